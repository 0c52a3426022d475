"""Every setting is described once, in full, and can be changed in the window."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from engine.contract.errors import BadRequestError
from engine.contract.settings import Settings, describe
from tests.helpers.fakes import FakeEngine
from ui import text
from ui.bridge import EngineBridge
from ui.current_settings import CurrentSettings
from ui.jobs import Jobs
from ui.settings.settings_form import SettingsForm
from ui.theme import Theme

SECTIONS = {field.name: getattr(Settings(), field.name) for field in fields(Settings)}
SETTINGS = [
    pytest.param(part, name, description, id=f"{section}.{name}")
    for section, part in SECTIONS.items()
    for name, description in describe(part)
]


@pytest.mark.parametrize(("part", "name", "description"), SETTINGS)
def test_every_setting_says_what_it_is(part, name, description):  # noqa: ARG001
    assert description.title
    assert description.help.endswith(".")
    assert "!" not in description.title + description.help


@pytest.mark.parametrize(("part", "name", "description"), SETTINGS)
def test_every_number_has_a_range_and_its_default_lies_in_it(part, name, description):
    default = getattr(part, name)
    is_number = isinstance(default, (int, float)) and not isinstance(default, bool)
    if is_number or name == "seed":
        assert description.minimum is not None
        assert description.maximum is not None
    if is_number:
        assert description.minimum <= default <= description.maximum


@pytest.mark.parametrize(("part", "name", "description"), SETTINGS)
def test_a_value_out_of_range_is_refused(part, name, description):
    if description.choices:
        with pytest.raises(BadRequestError, match=name):
            replace(part, **{name: "nothing like it"})
    elif description.maximum is not None:
        for value in (description.minimum - 1, description.maximum + 1):
            with pytest.raises(BadRequestError, match=name):
                replace(part, **{name: value})


@pytest.mark.parametrize("section", SECTIONS)
def test_every_setting_has_a_row_in_the_form(section, qtbot, resources):
    engine = FakeEngine()
    bridge = EngineBridge(engine)
    settings = CurrentSettings(Jobs(bridge), Settings())
    theme = Theme(resources)
    form = SettingsForm(section, settings, theme)
    qtbot.addWidget(form)
    assert text.SECTION_TITLES[section]
    assert list(form.rows) == [name for name, _ in describe(SECTIONS[section])]
    bridge.close()
    engine.close()
    theme.deleteLater()
