"""The settings file to settings values and back; nothing a user wrote in it is lost unsaid.

Settings that could tell something about the user lie in the vault and never in this file. A file
of the time before the vault may hold some: they are in force until the vault has them, and then
they are taken out of the file.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, get_type_hints

from engine.contract.errors import BadRequestError
from engine.contract.settings import Settings, describe
from engine.contract.settings_values import as_kind

_log = logging.getLogger(__name__)

CURRENT_VERSION = 1

MIGRATIONS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""From a version of the file to the next one."""


class SettingsStore:
    """The settings on disk, and those in force, which the command line may have changed.

    Attributes:
        notices: What the user should know about the file, one sentence each.
        in_force: What the engine was last told.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._content: dict[str, Any] = {}
        self._stored = Settings()
        self._may_write = True
        self.notices: list[str] = []
        self.in_force = Settings()

    def load(self) -> Settings:
        """The stored settings; a default where the file has none or one that cannot be used."""
        self._content = self._migrated(self._read())
        sections = {}
        for section in fields(Settings):
            given = self._content.get(section.name, {})
            default = getattr(Settings(), section.name)
            if isinstance(given, dict):
                sections[section.name] = self._section(section.name, default, given)
            else:
                self._ignore(section.name)
        self._stored = Settings(**sections)
        self.in_force = self._stored
        return self._stored

    def keep(self, settings: Settings) -> None:
        """What was changed since the last call is on disk, and only that.

        A value that the command line gave for this run is not taken for the user's lasting choice.

        Raises:
            OSError: The disk is full or the folder cannot be written. The old file is whole.
        """
        stored = self._stored
        for section in fields(Settings):
            new, old = getattr(settings, section.name), getattr(self.in_force, section.name)
            changed = {
                f.name: getattr(new, f.name)
                for f in fields(new)
                if getattr(new, f.name) != getattr(old, f.name)
            }
            kept = replace(getattr(stored, section.name), **changed)
            stored = replace(stored, **{section.name: kept})
        self.in_force = settings
        if stored == self._stored:
            return
        is_changed = _public(stored) != _public(self._stored)
        self._stored = stored
        if is_changed:
            self._fill_in(stored)
            self._write()

    def private_values(self) -> dict[str, Any]:
        """Private settings that a file from before the vault holds, by their full name."""
        found: dict[str, Any] = {}
        for section in fields(Settings):
            given = self._content.get(section.name)
            for name in _private_names(section.name):
                if isinstance(given, dict) and name in given:
                    found[f"{section.name}.{name}"] = getattr(
                        getattr(self._stored, section.name), name
                    )
        return found

    def take_private(self) -> dict[str, Any]:
        """The same values, which are in the file no longer; call it once the vault has them.

        Raises:
            OSError: The file cannot be written, so they are in it still.
        """
        taken = self.private_values()
        if taken:
            for full_name in taken:
                section, name = full_name.split(".", 1)
                del self._content[section][name]
            self._write()
        return taken

    def _write(self) -> None:
        if self._may_write:
            write_atomically(self._file, json.dumps(self._content, ensure_ascii=False, indent=2))

    def _fill_in(self, stored: Settings) -> None:
        self._content.setdefault("version", CURRENT_VERSION)
        for section in fields(Settings):
            values, default = getattr(stored, section.name), getattr(Settings(), section.name)
            given = self._content.get(section.name)
            row = given if isinstance(given, dict) else {}
            private = _private_names(section.name)
            for f in fields(values):
                if f.name in private:
                    continue
                value = getattr(values, f.name)
                # A default is not written down, so a better one of a later version takes hold.
                if value == getattr(default, f.name):
                    row.pop(f.name, None)
                else:
                    row[f.name] = list(value) if isinstance(value, tuple) else value
            self._content[section.name] = row

    def _read(self) -> dict[str, Any]:
        try:
            raw = self._file.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as error:
            self._may_write = False
            self._notify(f"The settings file cannot be read ({error.strerror}); defaults are used.")
            return {}
        try:
            content = json.loads(raw.decode("utf-8-sig"))
        except (ValueError, RecursionError):
            content = None
        if isinstance(content, dict):
            return content
        self._set_aside()
        return {}

    def _set_aside(self) -> None:
        aside = self._file.with_name(f"{self._file.stem}.damaged-{time.time_ns() // 10**6}.json")
        try:
            os.replace(self._file, aside)
        except OSError:
            self._may_write = False
            self._notify("The settings file is damaged; defaults are used and it is left alone.")
            return
        self._notify(
            f"The settings file was damaged and was set aside as {aside.name}; defaults are used."
        )

    def _migrated(self, content: dict[str, Any]) -> dict[str, Any]:
        version = content.get("version", CURRENT_VERSION)
        if not isinstance(version, int) or isinstance(version, bool):
            self._ignore("version")
            content["version"] = CURRENT_VERSION
            return content
        if version > CURRENT_VERSION:
            self._notify("The settings file is of a newer version; what is understood is used.")
        while version in MIGRATIONS:
            content = MIGRATIONS[version](content)
            version += 1
            content["version"] = version
        return content

    def _section(self, name: str, default: Any, given: dict[str, Any]) -> Any:
        kinds = get_type_hints(type(default))
        section = default
        for f in fields(default):
            if f.name not in given:
                continue
            try:
                section = replace(section, **{f.name: as_kind(given[f.name], kinds[f.name])})
            except (BadRequestError, TypeError):
                self._ignore(f"{name}.{f.name}")
        return section

    def _ignore(self, name: str) -> None:
        self._notify(f"The setting {name} cannot be used as it stands; its default is used.")

    def _notify(self, sentence: str) -> None:
        _log.warning("%s", sentence)
        self.notices.append(sentence)


def _private_names(section: str) -> set[str]:
    """The settings of a section that are kept in the vault."""
    described = describe(getattr(Settings(), section))
    return {name for name, description in described if description.is_private}


def _public(settings: Settings) -> list[tuple[str, str, Any]]:
    """Those that may lie in the file."""
    return [
        (section.name, f.name, getattr(getattr(settings, section.name), f.name))
        for section in fields(Settings)
        for f in fields(getattr(settings, section.name))
        if f.name not in _private_names(section.name)
    ]


def write_atomically(file: Path, text: str) -> None:
    """`file` holds `text` whole, or what it held before, whenever the process is killed.

    Raises:
        OSError: It could not be written; the old content is untouched.
    """
    # A settings file may be a link into a folder of dotfiles; the link stays.
    target = Path(os.path.realpath(file))
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as new:
            new.write(text + "\n")
            new.flush()
            os.fsync(new.fileno())
        os.replace(name, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
