"""Asks where a file is or shall be, without stopping the window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

Chosen = Callable[[str], object]


def choose_new_file(parent: QWidget, title: str, name: str, chosen: Chosen) -> QFileDialog:
    """The system's dialog asks where a new file goes; `chosen` is given its path."""
    dialog = _dialog(parent, title, chosen)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setFileMode(QFileDialog.FileMode.AnyFile)
    dialog.selectFile(str(Path(dialog.directory().absolutePath()) / name))
    dialog.open()
    return dialog


def choose_file(parent: QWidget, title: str, chosen: Chosen) -> QFileDialog:
    """The system's dialog asks for a file that is there; `chosen` is given its path."""
    dialog = _dialog(parent, title, chosen)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.open()
    return dialog


def choose_files(parent: QWidget, title: str, chosen: Callable[[list[str]], object]) -> QFileDialog:
    """The system's dialog asks for one or more files; `chosen` is given their paths."""
    dialog = _dialog(parent, title, lambda _: None)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    dialog.filesSelected.connect(lambda paths: chosen(list(paths)))
    dialog.open()
    return dialog


def choose_folder(parent: QWidget, title: str, chosen: Chosen) -> QFileDialog:
    """The system's dialog asks for a folder; `chosen` is given its path."""
    dialog = _dialog(parent, title, chosen)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    dialog.open()
    return dialog


def _dialog(parent: QWidget, title: str, chosen: Chosen) -> QFileDialog:
    place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    start = place if Path(place).is_dir() else str(Path.home())
    dialog = QFileDialog(parent, title, start)
    dialog.setWindowModality(Qt.WindowModality.WindowModal)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(lambda path: chosen(path))
    return dialog
