from __future__ import annotations

from dataclasses import fields

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine.contract import commands
from engine.contract.settings import Settings, describe
from ui.settings.setting_fields import Switch


@pytest.fixture
def settings(window):
    window.open_settings()
    return window.window_named("settings")


def row(settings, section, name):
    return settings.forms[section].rows[name]


def rows_of(settings, section):
    """The rows of a section, which the vault's settings share between three pages."""
    if section != "storage":
        return settings.forms[section].rows
    pages = [settings.forms[name] for name in ("privacy", "storage", "backups")]
    found = {name: row for page in pages for name, row in page.rows.items()}
    return {name: found[name] for name, _ in describe(Settings().storage)}


@pytest.mark.feature("settings.form")
def test_every_setting_has_a_row_with_its_words(settings):
    """Every setting has a row that says what it does."""
    for field in fields(Settings):
        section = getattr(Settings(), field.name)
        rows = rows_of(settings, field.name)
        assert list(rows) == [name for name, _ in describe(section)]
        for name, description in describe(section):
            assert rows[name].field.widget.accessibleName() == description.title


@pytest.mark.feature("settings.at_once")
def test_a_change_holds_at_once(settings, window, engine, qtbot):
    """A changed setting holds at once; there is no OK to press."""
    box = row(settings, "generation", "temperature").field.widget
    box.setValue(0.9)

    qtbot.waitUntil(lambda: window.session.settings.value.generation.temperature == 0.9)
    assert engine.sent(commands.ChangeSettings)[-1].settings.generation.temperature == 0.9


def test_the_theme_changes_while_one_looks(settings, window, qtbot):
    box = row(settings, "interface", "theme").field.widget
    box.setCurrentIndex(box.findData("dark"))
    box.activated.emit(box.currentIndex())

    qtbot.waitUntil(lambda: window.theme.is_dark)


def test_a_switch_is_thrown_with_the_keyboard(settings, window, qtbot):
    switch = row(settings, "models", "is_context_rolling").field.widget
    assert isinstance(switch, Switch)
    QTest.keyClick(switch, Qt.Key.Key_Space)

    qtbot.waitUntil(lambda: window.session.settings.value.models.is_context_rolling)


def test_a_long_text_is_applied_when_its_writer_pauses(settings, window, qtbot):
    field = row(settings, "generation", "system_prompt").field.widget
    field.setPlainText("Be brief.")

    qtbot.waitUntil(lambda: window.session.settings.value.generation.system_prompt == "Be brief.")


def test_stop_texts_are_one_a_line(settings, window, qtbot):
    row(settings, "generation", "stop").field.widget.setPlainText("END\nSTOP")

    qtbot.waitUntil(lambda: window.session.settings.value.generation.stop == ("END", "STOP"))


@pytest.mark.feature("settings.reset")
def test_each_row_has_its_own_way_back(settings, window, qtbot):
    """Each setting can be set back to its default on its own."""
    temperature = row(settings, "generation", "temperature")
    assert temperature.reset.isHidden()
    temperature.field.widget.setValue(1.5)
    qtbot.waitUntil(lambda: not temperature.reset.isHidden())
    temperature.reset.click()

    qtbot.waitUntil(lambda: window.session.settings.value.generation.temperature == 0.3)
    qtbot.waitUntil(temperature.reset.isHidden)


def test_a_value_that_cannot_be_is_refused_in_words(settings, window):
    seed = row(settings, "generation", "seed")
    seed.field.widget.setText("-5")
    QTest.keyClick(seed.field.widget, Qt.Key.Key_Return)

    assert "must be from 0" in seed.fault()
    assert window.session.settings.value.generation.seed is None


def test_an_empty_seed_is_a_random_one(settings, window, qtbot):
    seed = row(settings, "generation", "seed").field.widget
    seed.setText("7")
    QTest.keyClick(seed, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.session.settings.value.generation.seed == 7)
    seed.setText("")
    QTest.keyClick(seed, Qt.Key.Key_Return)

    qtbot.waitUntil(lambda: window.session.settings.value.generation.seed is None)


@pytest.mark.feature("settings.search")
def test_search_looks_in_all_sections(settings):
    """Settings can be searched by any word of their title or help."""
    settings.search.setText("cache")
    found = [
        name
        for form in settings.forms.values()
        for name, setting in form.rows.items()
        if setting.isVisible()
    ]
    assert found == ["memory_share", "prompt_cache_mb"]

    settings.search.setText("zebra")
    assert settings.nothing.isVisible()
    settings.search.clear()
    assert settings.forms["generation"].isVisible()
