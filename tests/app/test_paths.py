from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from app import paths
from app.errors import FolderError, UsageError
from app.paths import find_paths


def test_a_home_holds_every_file_the_app_writes(tmp_path):
    found = find_paths(str(tmp_path), {})

    for place in (
        found.settings_file(),
        found.window_state_file(),
        found.lock_file(),
        found.socket_file(),
        found.log_file(),
        found.models_dir,
    ):
        assert tmp_path in place.parents


def test_the_option_comes_before_the_variable(tmp_path):
    environment = {"SHVAYAMBHU_HOME": str(tmp_path / "b")}

    assert find_paths(str(tmp_path / "a"), environment).settings_dir == tmp_path / "a"
    assert find_paths(None, environment).settings_dir == tmp_path / "b"


def test_models_may_lie_elsewhere(tmp_path):
    environment = {"SHVAYAMBHU_MODELS_DIR": str(tmp_path / "weights")}

    found = find_paths(str(tmp_path / "home"), environment)

    assert found.models_dir == tmp_path / "weights"
    assert found.settings_dir == tmp_path / "home"


@pytest.mark.skipif(sys.platform == "darwin", reason="XDG is for the others")
def test_linux_folders_follow_xdg_and_ignore_relative_values(tmp_path):
    environment = {"XDG_CONFIG_HOME": str(tmp_path / "c"), "XDG_CACHE_HOME": "relative"}

    found = find_paths(None, environment)

    assert found.settings_file() == tmp_path / "c" / "shvayambhu" / "settings.json"
    assert found.models_dir == Path.home() / ".cache" / "shvayambhu" / "models"


def test_mac_folders_are_those_apple_names():
    found = paths._mac(Path("/Users/ann"))

    assert str(found.settings_dir) == "/Users/ann/Library/Application Support/Shvayambhu"
    assert str(found.models_dir) == "/Users/ann/Library/Caches/Shvayambhu/models"
    assert str(found.logs_dir) == "/Users/ann/Library/Logs/Shvayambhu"


def test_a_relative_home_and_one_with_spaces_work(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    found = find_paths("my home/é", {})
    found.prepare()

    assert found.logs_dir.is_dir()
    assert found.settings_dir == tmp_path / "my home" / "é"


@pytest.mark.parametrize("home", ["", "  ", "a\0b", "~no-such-user-here/x"])
def test_an_impossible_home_is_refused(home):
    with pytest.raises(UsageError):
        find_paths(home, {})


def test_folders_are_for_their_owner_only(tmp_path):
    found = find_paths(str(tmp_path / "home"), {})

    found.prepare()

    assert found.logs_dir.stat().st_mode & 0o077 == 0
    assert found.settings_dir.stat().st_mode & 0o077 == 0


def test_a_home_that_is_a_file_is_refused_without_its_path(tmp_path):
    (tmp_path / "secret-name").write_text("mine")

    with pytest.raises(FolderError) as caught:
        find_paths(str(tmp_path / "secret-name"), {}).prepare()

    assert "secret-name" not in caught.value.message + caught.value.action
    assert (tmp_path / "secret-name").read_text() == "mine"


def test_a_long_home_still_gets_a_socket_the_system_can_open(tmp_path):
    homes = [tmp_path / ("x" * 120) / name for name in ("a", "b")]

    sockets = [find_paths(str(home), {}).socket_file() for home in homes]

    assert all(len(os.fsencode(socket)) < 104 for socket in sockets)
    assert sockets[0] != sockets[1]
