"""Starting with the user's session on Linux: a file in the XDG autostart folder.

Source: Desktop Application Autostart Specification 0.5, Desktop Entry Specification 1.5.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from app.wording_outside import NO_LOGIN_FOLDER

_FILE = "shvayambhu.desktop"


def autostart_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where desktops look for what starts with the session."""
    config = environment.get("XDG_CONFIG_HOME", "")
    root = Path(config) if os.path.isabs(config) else Path.home() / ".config"
    return root / "autostart"


class XdgLoginItem:
    """The file is the truth: whether it is there and in force is read each time."""

    def __init__(self, folder: Path, words: Sequence[str], working_dir: Path) -> None:
        """Nothing is written yet.

        Args:
            folder: The autostart folder; made if need be.
            words: The command that starts the app, each word by itself.
            working_dir: Where the command is run.
        """
        self._file = folder / _FILE
        self._words = tuple(words)
        self._working_dir = working_dir

    def why_not(self) -> str:
        """It can be changed everywhere."""
        return ""

    def is_on(self) -> bool:
        """Whether the file is there and no desktop's tool has switched it off."""
        try:
            lines = self._file.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            return False
        values = dict(line.split("=", 1) for line in lines if "=" in line)
        is_hidden = values.get("Hidden", "").strip() == "true"
        is_off = values.get("X-GNOME-Autostart-enabled", "").strip() == "false"
        return not is_hidden and not is_off

    def set_on(self, is_on: bool) -> str:
        """The file is there, complete, or gone."""
        try:
            if not is_on:
                self._file.unlink(missing_ok=True)
                return ""
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            fresh = self._file.with_suffix(".new")
            fresh.write_text(self._entry(), encoding="utf-8")
            fresh.replace(self._file)
        except OSError:
            return NO_LOGIN_FOLDER
        return ""

    def _entry(self) -> str:
        command = " ".join(_quoted(word) for word in self._words)
        return "\n".join(
            (
                "[Desktop Entry]",
                "Type=Application",
                "Name=Shvayambhu",
                "Comment=A private assistant on this machine",
                "Icon=shvayambhu",
                f"Exec={command}",
                f"Path={_escaped(str(self._working_dir))}",
                "Terminal=false",
                "X-GNOME-Autostart-enabled=true",
                "",
            )
        )


def _quoted(word: str) -> str:
    """A word of the command as the specification has it: quoted, and its signs escaped twice."""
    inner = "".join(f"\\{sign}" if sign in '"`$\\' else sign for sign in word)
    # A percent sign begins a field code.
    return _escaped(f'"{inner}"'.replace("%", "%%"))


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n")
