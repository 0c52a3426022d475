"""The strip of files above the words in the composer: chips, what failed, and what does not fit."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from ui import text_attachments as words
from ui.chat.attachment_tray import TrayFile
from ui.chat.file_chip import FileChip
from ui.theme import Theme
from ui.widgets.buttons import IconButton, push_button
from ui.widgets.flow import FlowLayout
from ui.widgets.labels import label, set_style_property

# Rows shown at once, and in a low window; the half row says that there are more.
_ROWS, _ROWS_IF_LOW, _LOW_PX = 2.5, 1.5, 680


class _Refusal(QFrame):
    """One file that cannot be read, with the reason and a cross."""

    def __init__(self, theme: Theme, file: TrayFile, on_remove: Callable[[str], object]) -> None:
        super().__init__()
        self.setObjectName("FileRefusal")
        error = file.error
        why = f"{error.message} {error.action}".strip() if error is not None else ""
        self.setAccessibleName(f"{file.name}: {why}")
        said = label(f"{file.name}: {why}", "", wraps=True)
        cross = IconButton(theme, "close", words.remove(file.name), size=24)
        cross.clicked.connect(lambda: on_remove(file.id))
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 5, 5, 5)
        row.setSpacing(8)
        row.addWidget(said, 1)
        row.addWidget(cross, 0, Qt.AlignmentFlag.AlignTop)


class FileStrip(QWidget):
    """Shows the files that go with the next message.

    Attributes:
        opened: File identifier whose text is to be shown.
        removed: File identifier.
        offered: What the button beside the note does was asked for.
    """

    opened = Signal(str)
    removed = Signal(str)
    offered = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(words.STRIP)
        self._theme = theme
        self._chips: dict[str, FileChip] = {}
        self._shown_refusals: tuple[TrayFile, ...] = ()
        self._inner = QWidget()
        self._flow = FlowLayout(self._inner, spacing=8)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setWidget(self._inner)
        # The composer's own ground shows.
        self._inner.setAutoFillBackground(False)
        self._area.viewport().setAutoFillBackground(False)
        self._refusals = QVBoxLayout()
        self._refusals.setSpacing(6)
        self.note = label("", "small", wraps=True)
        self.offer = push_button("", "quiet", self.offered.emit)
        self._note_row = QWidget()
        row = QHBoxLayout(self._note_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.note, 1)
        row.addWidget(self.offer)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 8, 4)
        column.setSpacing(6)
        column.addWidget(self._area)
        column.addLayout(self._refusals)
        column.addWidget(self._note_row)
        self._note_row.hide()
        self.hide()
        theme.changed.connect(self._fit_height)

    def chips(self) -> tuple[FileChip, ...]:
        """Those on screen, in order."""
        return tuple(self._chips.values())

    def show_files(self, files: tuple[TrayFile, ...]) -> None:
        """These go with the next message, or failed to."""
        good = [file for file in files if file.error is None]
        ids = [file.id for file in good]
        for id_ in [id_ for id_ in self._chips if id_ not in ids]:
            self._take_chip(id_)
        for file in good:
            if file.id in self._chips:
                self._chips[file.id].show_file(file)
            else:
                self._add_chip(file)
        self._show_refusals(tuple(file for file in files if file.error is not None))
        self._area.setVisible(bool(good))
        self.setVisible(bool(files) or not self._note_row.isHidden())
        self._fit_height()

    def say(self, note: str, offer: str = "", *, is_warning: bool = False) -> None:
        """A line under the chips, and a button with what can be done; empty for none."""
        self.note.setText(note)
        set_style_property(self.note, "role", "warn" if is_warning else "small")
        self.offer.setText(offer)
        self.offer.setVisible(bool(offer))
        self._note_row.setVisible(bool(note))
        self.setVisible(bool(self._chips) or bool(self._shown_refusals) or bool(note))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Narrower is higher."""
        super().resizeEvent(event)
        self._fit_height()

    def event(self, event: QEvent) -> bool:
        """Chips that grew take another line."""
        is_done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit_height()
        return is_done

    def _add_chip(self, file: TrayFile) -> None:
        chip = FileChip(self._theme, file)
        chip.clicked.connect(lambda: self.opened.emit(file.id))
        chip.removed.connect(self._remove)
        self._chips[file.id] = chip
        self._flow.addWidget(chip)
        # After the last one, so that new chips are in view.
        self._area.verticalScrollBar().setValue(self._area.verticalScrollBar().maximum())

    def _remove(self, file_id: str) -> None:
        """The chip goes, and the keyboard is on the next one."""
        ids = list(self._chips)
        place = ids.index(file_id)
        others = ids[place + 1 :] + ids[:place][::-1]
        had_focus = self._chips[file_id].hasFocus() or self._chips[file_id].cross.hasFocus()
        if had_focus and others:
            self._chips[others[0]].setFocus(Qt.FocusReason.OtherFocusReason)
        self.removed.emit(file_id)

    def _take_chip(self, file_id: str) -> None:
        chip = self._chips.pop(file_id)
        self._flow.removeWidget(chip)
        chip.hide()
        chip.deleteLater()

    def _show_refusals(self, refused: tuple[TrayFile, ...]) -> None:
        if refused == self._shown_refusals:
            return
        self._shown_refusals = refused
        while self._refusals.count():
            item = self._refusals.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for file in refused:
            self._refusals.addWidget(_Refusal(self._theme, file, self.removed.emit))

    def _fit_height(self) -> None:
        needed = self._flow.heightForWidth(max(1, self._area.viewport().width()))
        rows = _ROWS_IF_LOW if self.window().height() < _LOW_PX else _ROWS
        most = round(self._theme.px(44 + 8) * rows)
        self._area.setFixedHeight(min(needed, most) if self._chips else 0)
