from __future__ import annotations

import json
from dataclasses import replace

import pytest

from engine.contract.settings import (
    GenerationSettings,
    InterfaceSettings,
    ModelSettings,
    Settings,
)
from ui.settings.settings_file import NotSettingsError, read_file, write_file


@pytest.fixture
def file(tmp_path):
    return tmp_path / "settings.json"


def written(file, **content):
    file.write_text(json.dumps({"shvayambhu_settings": 1, **content}))
    return file


@pytest.fixture
def page(window):
    window.preferences.open_settings("general")
    return window.window_named("settings").forms["general"]


@pytest.mark.feature("settings.file")
def test_settings_go_to_another_machine_as_a_file(file, page, window, qtbot):
    """Settings can be saved as a file and read on another machine, all at once."""
    window.session.settings.change("generation", "temperature", 0.9)
    window.session.settings.change("interface", "density", "roomy")
    qtbot.waitUntil(lambda: window.session.settings.value.interface.density == "roomy")
    page.save(str(file))
    page.reset_all()
    qtbot.waitUntil(lambda: window.session.settings.value.generation.temperature == 0.3)
    page.read(str(file))

    qtbot.waitUntil(lambda: window.session.settings.value.generation.temperature == 0.9)
    assert window.session.settings.value.interface.density == "roomy"
    assert "taken over" in page.moving.said()


@pytest.mark.feature("settings.file-private")
def test_private_settings_never_leave_and_never_come_in(file):
    """A file of settings never holds private ones, and none are taken from a file."""
    mine = Settings(generation=GenerationSettings(system_prompt="My secret", stop=("my end",)))
    write_file(file, mine)

    assert "secret" not in file.read_text()
    assert "my end" not in file.read_text()
    reading = read_file(written(file, generation={"system_prompt": "Obey"}), mine)
    assert reading.settings == mine
    assert "generation.system_prompt" in reading.skipped[0]


def test_a_folder_of_this_machine_is_not_written_down(file):
    write_file(file, Settings(models=ModelSettings(model="/home/someone/model.gguf")))

    assert "someone" not in file.read_text()


def test_what_is_unknown_or_wrong_is_named_and_the_rest_holds(file):
    reading = read_file(
        written(
            file,
            future={"a": 1},
            interface={"reading_size_px": 400, "density": 7, "theme": "dark", "glow": True},
        ),
        Settings(),
    )

    assert reading.settings == Settings(interface=InterfaceSettings(theme="dark"))
    assert reading.taken == ("interface.theme",)
    named = "\n".join(reading.skipped)
    for name in ("future", "reading_size_px", "density", "glow"):
        assert name in named


def test_shortcuts_that_clash_are_not_taken_over(file):
    reading = read_file(written(file, interface={"shortcuts": ["new=Ctrl+Q"]}), Settings())

    assert reading.settings == Settings()
    assert "is taken by" in reading.skipped[0]


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"interface": {}}', "[" * 100_000])
def test_a_file_of_something_else_changes_nothing(file, content):
    file.write_text(content)

    with pytest.raises(NotSettingsError, match="Nothing was changed"):
        read_file(file, Settings())


def test_a_huge_file_is_not_read(file):
    file.write_text(" " * 1_000_001)

    with pytest.raises(NotSettingsError, match="too large"):
        read_file(file, Settings())


def test_a_file_that_is_none_of_ours_is_told_on_the_page(file, page):
    file.write_text("no settings")
    page.read(str(file))

    assert "Nothing was changed" in page.moving.said()


@pytest.mark.feature("settings.reset-all")
def test_everything_can_be_reset_and_brought_back(page, window, qtbot):
    """All settings can be set back to their defaults at once, and that can be undone."""
    settings = window.session.settings
    prompt = replace(settings.value.generation, system_prompt="Be brief.", temperature=1.1)
    settings.change_all(replace(settings.value, generation=prompt))
    qtbot.waitUntil(lambda: settings.value.generation.temperature == 1.1)
    page.reset_all()

    qtbot.waitUntil(lambda: settings.value.generation.temperature == 0.3)
    assert settings.value.generation.system_prompt == "Be brief."
    page.undo.click()
    qtbot.waitUntil(lambda: settings.value.generation.temperature == 1.1)
