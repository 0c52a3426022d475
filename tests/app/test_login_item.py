from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.login_item import XdgLoginItem, autostart_folder
from app.wording_outside import NO_LOGIN_FOLDER

WORDS = ("/opt/a b/python", "-m", "app", "--home", '/home/me/50% "mine" $HOME\\x', "background")


@pytest.fixture
def item(tmp_path):
    return XdgLoginItem(tmp_path / "config" / "autostart", WORDS, tmp_path)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "config" / "autostart" / "shvayambhu.desktop"


@pytest.mark.feature("app.start_at_login_linux")
def test_the_autostart_file_comes_and_goes_with_the_setting(item, file):
    """On Linux the app can start with your session, through the file every desktop looks for."""
    assert not item.is_on()

    assert item.set_on(True) == ""
    assert item.is_on()
    lines = file.read_text().splitlines()
    assert lines[0] == "[Desktop Entry]"
    assert "Type=Application" in lines

    assert item.set_on(False) == ""
    assert not item.is_on()
    assert not file.exists()


def test_the_command_survives_the_desktops_reading(item, file):
    """Quoting as the Desktop Entry Specification has it: values unescaped, then words unquoted."""
    item.set_on(True)
    line = next(line for line in file.read_text().splitlines() if line.startswith("Exec="))

    value = line.removeprefix("Exec=").replace("\\\\", "\\").replace("%%", "%")

    quoted = re.findall(r'"((?:[^"\\]|\\.)*)"', value)
    assert tuple(re.sub(r"\\(.)", r"\1", word) for word in quoted) == WORDS


@pytest.mark.parametrize("line", ["Hidden=true", "X-GNOME-Autostart-enabled=false"])
def test_a_file_that_a_desktops_tool_switched_off_counts_as_off(item, file, line):
    item.set_on(True)
    kept = [old for old in file.read_text().splitlines() if not old.startswith("X-GNOME")]
    file.write_text("\n".join([*kept, line]))

    assert not item.is_on()


def test_switching_off_what_is_off_is_no_error(item):
    assert item.set_on(False) == ""


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "config").write_text("a file in the way")
    item = XdgLoginItem(tmp_path / "config" / "autostart", WORDS, tmp_path)

    assert item.set_on(True) == NO_LOGIN_FOLDER
    assert not item.is_on()


def test_the_folder_is_the_one_of_the_desktop(tmp_path):
    assert autostart_folder({"XDG_CONFIG_HOME": str(tmp_path)}) == tmp_path / "autostart"
    assert autostart_folder({"XDG_CONFIG_HOME": "relative"}) == Path.home() / ".config/autostart"
