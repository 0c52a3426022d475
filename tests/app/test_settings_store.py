from __future__ import annotations

import json
from dataclasses import replace

import pytest

from app import settings_store
from app.settings_store import SettingsStore, write_atomically
from engine.contract.settings import (
    GenerationSettings,
    InterfaceSettings,
    Settings,
    StorageSettings,
)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "settings.json"


def loaded(file):
    store = SettingsStore(file)
    store.load()
    return store


def test_without_a_file_the_defaults_hold_and_nothing_is_written(file):
    store = loaded(file)

    assert store.in_force == Settings()
    assert not store.notices
    assert not file.exists()


@pytest.mark.feature("settings.kept")
def test_every_setting_comes_back_as_it_was(file):
    """Settings changed in the app come back after a restart."""
    settings = Settings(
        generation=GenerationSettings(temperature=0.0, seed=7),
        interface=InterfaceSettings(theme="dark", is_motion_reduced=True),
        storage=StorageSettings(lock_after_min=5, is_locked_on_sleep=False, trash_days=90),
    )

    loaded(file).keep(settings)

    assert loaded(file).in_force == settings


def test_a_setting_put_back_to_its_default_leaves_the_file(file):
    store = loaded(file)
    store.keep(Settings(generation=GenerationSettings(seed=7)))
    store.keep(Settings())

    assert json.loads(file.read_text())["generation"] == {}


def test_unknown_keys_survive(file):
    """A newer version's settings must not be lost by an older one."""
    unknown = {"version": 1, "future": {"a": [1]}, "generation": {"mood": "calm"}}
    file.write_text(json.dumps(unknown))

    loaded(file).keep(Settings(generation=GenerationSettings(seed=7)))

    written = json.loads(file.read_text())
    assert written["future"] == {"a": [1]}
    assert written["generation"] == {"mood": "calm", "seed": 7}


def test_the_command_line_does_not_become_a_lasting_choice(file):
    store = loaded(file)
    store.in_force = Settings(generation=GenerationSettings(temperature=0.0, seed=1))

    changed = replace(store.in_force, interface=InterfaceSettings(theme="dark"))
    store.keep(changed)

    assert loaded(file).in_force == Settings(interface=InterfaceSettings(theme="dark"))


@pytest.mark.logs_warning("settings file was damaged")
@pytest.mark.parametrize("content", [b"{", b"", b"\xff\xfe\x00", b"[1]", b"null", b"[" * 100_000])
def test_a_damaged_file_is_set_aside_whole(file, content):
    file.write_bytes(content)

    store = loaded(file)

    assert store.in_force == Settings()
    aside = next(file.parent.glob("settings.damaged-*.json"))
    assert aside.read_bytes() == content
    assert aside.name in store.notices[0]
    assert not file.exists()


@pytest.mark.logs_warning("cannot be used as it stands")
@pytest.mark.parametrize(
    ("section", "name", "value"),
    [
        ("generation", "temperature", 9),
        ("generation", "temperature", "hot"),
        ("generation", "temperature", True),
        ("generation", "temperature", float("nan")),
        ("generation", "max_tokens", 1.5),
        ("generation", "seed", -1),
        ("generation", "stop", "x"),
        ("generation", "stop", [1]),
        ("generation", "system_prompt", None),
        ("interface", "theme", "pink"),
        ("interface", "theme", ["dark"]),
        ("interface", "is_motion_reduced", 1),
        ("models", "model", 3),
    ],
)
def test_one_bad_value_costs_only_itself(file, section, name, value):
    file.write_text(json.dumps({section: {name: value}, "models": {"prompt_cache_mb": 5}}))
    if section == "models":
        file.write_text(json.dumps({"models": {"prompt_cache_mb": 5, name: value}}))

    store = loaded(file)

    default = getattr(getattr(Settings(), section), name)
    assert getattr(getattr(store.in_force, section), name) == default
    assert store.in_force.models.prompt_cache_mb == 5
    assert f"{section}.{name}" in store.notices[0]


def test_whole_numbers_may_be_written_either_way(file):
    file.write_text('{"generation": {"temperature": 1, "max_tokens": 5.0}}')

    generation = loaded(file).in_force.generation

    assert (generation.temperature, generation.max_tokens) == (1.0, 5)
    assert isinstance(generation.temperature, float)
    assert isinstance(generation.max_tokens, int)


@pytest.mark.logs_warning("cannot be used as it stands")
def test_a_section_that_is_no_table_is_ignored(file):
    file.write_text('{"generation": 3}')

    store = loaded(file)

    assert store.in_force == Settings()
    assert store.notices


@pytest.mark.logs_warning("newer version")
def test_a_newer_file_is_read_as_far_as_it_is_understood(file):
    file.write_text('{"version": 99, "generation": {"seed": 4}}')

    store = loaded(file)
    store.keep(replace(store.in_force, interface=InterfaceSettings(theme="dark")))

    assert store.in_force.generation.seed == 4
    assert json.loads(file.read_text())["version"] == 99


def test_an_old_file_is_migrated(file, monkeypatch):
    def rename(content):
        content["generation"] = {"seed": content.pop("start")}
        return content

    monkeypatch.setitem(settings_store.MIGRATIONS, 0, rename)
    file.write_text('{"version": 0, "start": 4}')

    store = loaded(file)
    store.keep(replace(store.in_force, interface=InterfaceSettings(theme="dark")))

    assert store.in_force.generation.seed == 4
    assert json.loads(file.read_text())["version"] == 1


def test_a_failed_write_leaves_the_old_file_and_no_rubbish(file, monkeypatch):
    file.write_text("old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(settings_store.os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(file, "new")

    assert file.read_text() == "old"
    assert list(file.parent.iterdir()) == [file]


def test_a_link_stays_a_link(file, tmp_path):
    target = tmp_path / "dotfiles" / "mine.json"
    target.parent.mkdir()
    target.write_text("{}")
    file.symlink_to(target)

    loaded(file).keep(Settings(generation=GenerationSettings(seed=7)))

    assert file.is_symlink()
    assert json.loads(target.read_text())["generation"]["seed"] == 7


def test_the_file_is_for_its_owner_only(file):
    loaded(file).keep(Settings(generation=GenerationSettings(seed=7)))

    assert file.stat().st_mode & 0o077 == 0


PRIVATE = GenerationSettings(system_prompt="marker prompt", stop=("marker stop",), seed=7)
OLD = json.dumps(
    {"generation": {"system_prompt": "marker prompt", "stop": ["marker stop"], "seed": 7}}
)


@pytest.mark.feature("settings.private")
def test_private_settings_are_never_in_the_file(file):
    """The system prompt and stop texts are kept in the vault, never in the settings file."""
    loaded(file).keep(Settings(generation=PRIVATE))

    assert "marker" not in file.read_text()
    assert json.loads(file.read_text())["generation"] == {"seed": 7}


def test_a_change_of_private_settings_alone_writes_nothing(file):
    loaded(file).keep(Settings(generation=replace(PRIVATE, seed=None)))

    assert not file.exists()


def test_an_old_files_private_settings_hold_until_the_vault_has_them(file):
    file.write_text(OLD)
    store = loaded(file)
    assert store.in_force.generation == PRIVATE

    store.keep(replace(store.in_force, interface=InterfaceSettings(theme="dark")))
    assert "marker prompt" in file.read_text()

    assert store.take_private() == {
        "generation.system_prompt": "marker prompt",
        "generation.stop": ("marker stop",),
    }
    assert "marker" not in file.read_text()
    assert json.loads(file.read_text())["generation"] == {"seed": 7}
    assert store.in_force.generation == PRIVATE
    assert store.take_private() == {}


def test_private_settings_that_cannot_be_taken_out_stay_in_the_file(file, monkeypatch):
    file.write_text(OLD)
    store = loaded(file)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(settings_store.os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        store.take_private()

    assert file.read_text() == OLD
    assert loaded(file).private_values()
