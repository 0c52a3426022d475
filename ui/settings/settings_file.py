"""Settings to a file and back: what is private never leaves, what is wrong is named and skipped."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, get_type_hints

from engine.contract.errors import BadRequestError
from engine.contract.settings import Settings
from engine.contract.settings_values import as_kind, private_names
from ui import text_settings as text
from ui.shortcuts.key_map import KeyMap

_MARK = "shvayambhu_settings"
_FORMAT = 1
_LONGEST_BYTES = 1_000_000
# Where the welcome stands says nothing on another machine.
_STAYS = frozenset({("interface", "is_welcomed")})
_PATHS = frozenset({("models", "model"), ("models", "draft_model")})


class NotSettingsError(Exception):
    """The file is none of ours; its words say so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a file would change.

    Attributes:
        settings: All of them, with what the file says.
        taken: Full names of those that differ from before.
        skipped: What was left out, each with its reason.
    """

    settings: Settings
    taken: tuple[str, ...]
    skipped: tuple[str, ...]


def file_text(settings: Settings) -> str:
    """What goes into the file."""
    content: dict[str, dict[str, Any]] = {}
    for section, name, value in _public(settings):
        kept = list(value) if isinstance(value, tuple) else value
        content.setdefault(section, {})[name] = kept
    return json.dumps({_MARK: _FORMAT, **content}, ensure_ascii=False, indent=2) + "\n"


def write_file(path: Path, settings: Settings) -> None:
    """The file is whole, or as it was before.

    Raises:
        OSError: It cannot be written.
    """
    handle, scratch = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as new:
            new.write(file_text(settings))
        os.replace(scratch, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(scratch)
        raise


def read_file(path: Path, present: Settings) -> Reading:
    """What the file says on top of the present settings; nothing is changed.

    Raises:
        OSError: It cannot be read.
        NotSettingsError: It is not a file of settings.
    """
    with path.open("rb") as file:
        raw = file.read(_LONGEST_BYTES + 1)
    if len(raw) > _LONGEST_BYTES:
        raise NotSettingsError(text.TOO_LARGE)
    try:
        content = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise NotSettingsError(text.NOT_SETTINGS) from error
    if not isinstance(content, dict) or _MARK not in content:
        raise NotSettingsError(text.NOT_SETTINGS)
    return _Reader(present).read(content)


class _Reader:
    """Goes through a file's content once."""

    def __init__(self, present: Settings) -> None:
        self._settings = present
        self._taken: list[str] = []
        self._skipped: list[str] = []

    def read(self, content: dict[str, Any]) -> Reading:
        known = {section.name for section in fields(Settings)}
        for section, values in content.items():
            if section == _MARK:
                continue
            if section not in known or not isinstance(values, dict):
                self._skip(section, text.UNKNOWN)
                continue
            for name, value in values.items():
                self._take(section, name, value)
        return Reading(
            settings=self._settings, taken=tuple(self._taken), skipped=tuple(self._skipped)
        )

    def _take(self, section: str, name: str, value: Any) -> None:
        full_name = f"{section}.{name}"
        part = getattr(self._settings, section)
        kinds = get_type_hints(type(part))
        if name not in kinds:
            self._skip(full_name, text.UNKNOWN)
        elif (section, name) in private_names():
            self._skip(full_name, text.PRIVATE)
        elif (section, name) not in _STAYS:
            try:
                wanted = as_kind(value, kinds[name])
                _refuse_strange(section, name, wanted)
                new = replace(part, **{name: wanted})
            except TypeError:
                self._skip(full_name, text.WRONG_KIND)
            except BadRequestError as error:
                self._skip(full_name, error.message.rstrip("."))
            else:
                if new != part:
                    self._taken.append(full_name)
                self._settings = replace(self._settings, **{section: new})

    def _skip(self, name: str, why: str) -> None:
        # A file may name anything; what is shown of it stays short and on one line.
        shown = "".join(letter for letter in name[:60] if letter.isprintable())
        self._skipped.append(f"{shown} ({why})")


def _refuse_strange(section: str, name: str, value: Any) -> None:
    """A value that is of the right kind and still cannot be used is named as such."""
    if (section, name) == ("interface", "shortcuts"):
        for fault in KeyMap(value).faults():
            raise BadRequestError(fault)
    if (section, name) in _PATHS and _is_local(value):
        raise BadRequestError(text.ELSEWHERE)


def _public(settings: Settings) -> Iterator[tuple[str, str, Any]]:
    for section in fields(settings):
        part = getattr(settings, section.name)
        for field in fields(part):
            place = (section.name, field.name)
            value = getattr(part, field.name)
            is_path = place in _PATHS and _is_local(value)
            # A folder's path may tell who its owner is.
            if place not in private_names() and place not in _STAYS and not is_path:
                yield *place, value


def _is_local(model: str) -> bool:
    return model.startswith(("/", "~", ".")) or model.endswith(".gguf")
