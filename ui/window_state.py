"""Remembers where the window was, across restarts; holds no word of the user's."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings


class WindowState:
    """Keeps geometry, sidebar and sizes in one small file, so that they come back.

    Nothing typed or read by the user may go in here: the file is not encrypted.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = QSettings(str(path), QSettings.Format.IniFormat)

    def geometry(self) -> QByteArray:
        """What `save_geometry` was last given; empty on a first start."""
        return self._bytes("window/geometry")

    def save_geometry(self, geometry: QByteArray) -> None:
        """The window comes back here after a restart."""
        self._file.setValue("window/geometry", geometry)

    def settings_geometry(self) -> QByteArray:
        """Where the settings window was; empty if it never was open."""
        return self._bytes("settings/geometry")

    def save_settings_geometry(self, geometry: QByteArray) -> None:
        """The settings window comes back here."""
        self._file.setValue("settings/geometry", geometry)

    def is_sidebar_open(self) -> bool:
        """Whether the sidebar was open; True on a first start."""
        return str(self._file.value("sidebar/is_open", "true")) == "true"

    def save_sidebar_open(self, is_open: bool) -> None:
        """The sidebar comes back open or folded, as it is now."""
        self._file.setValue("sidebar/is_open", "true" if is_open else "false")

    def sidebar_width(self, default: int) -> int:
        """Width in px the user gave the sidebar, or `default`."""
        value = str(self._file.value("sidebar/width", ""))
        return int(value) if value.isdigit() else default

    def save_sidebar_width(self, width: int) -> None:
        """The sidebar comes back this wide."""
        self._file.setValue("sidebar/width", str(width))

    def is_panel_open(self) -> bool:
        """Whether the introspection panel was open; False on a first start."""
        return str(self._file.value("introspection/is_open", "false")) == "true"

    def is_panel_out(self) -> bool:
        """Whether it was in a window of its own."""
        return str(self._file.value("introspection/is_out", "false")) == "true"

    def panel_width(self, default: int) -> int:
        """Width in px the user gave the introspection panel, or `default`."""
        value = str(self._file.value("introspection/width", ""))
        return int(value) if value.isdigit() else default

    def panel_tab(self) -> str:
        """Which of its views was shown; empty on a first start."""
        return str(self._file.value("introspection/tab", ""))

    def panel_geometry(self) -> QByteArray:
        """Where its own window was; empty if it never had one."""
        return self._bytes("introspection/geometry")

    def save_panel(self, width: int, tab: str, *, is_open: bool, is_out: bool) -> None:
        """The introspection panel comes back so."""
        self._file.setValue("introspection/is_open", "true" if is_open else "false")
        self._file.setValue("introspection/is_out", "true" if is_out else "false")
        self._file.setValue("introspection/width", str(width))
        self._file.setValue("introspection/tab", tab)

    def save_panel_geometry(self, geometry: QByteArray) -> None:
        """Its own window comes back here."""
        self._file.setValue("introspection/geometry", geometry)

    def open_windows(self) -> tuple[str, ...]:
        """Names of the windows that were open beside the main one."""
        return tuple(name for name in str(self._file.value("windows/open", "")).split(" ") if name)

    def save_open_windows(self, names: tuple[str, ...]) -> None:
        """These windows come back."""
        self._file.setValue("windows/open", " ".join(names))

    def was_told_of_tray(self) -> bool:
        """Whether the user knows that closing the window does not end the app."""
        return str(self._file.value("tray/is_told", "false")) == "true"

    def save_told_of_tray(self) -> None:
        """That is not told again."""
        self._file.setValue("tray/is_told", "true")

    def save(self) -> None:
        """Everything remembered so far is on disk."""
        self._file.sync()

    def _bytes(self, key: str) -> QByteArray:
        value = self._file.value(key)
        return value if isinstance(value, QByteArray) else QByteArray()
