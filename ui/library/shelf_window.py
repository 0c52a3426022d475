"""A list of things the user keeps and an editor beside it: what presets and prompts share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

from PySide6.QtCore import QSignalBlocker, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from engine.contract.commands import Command
from engine.contract.library_commands import DeleteFromLibrary, RestoreToLibrary
from ui import text_library as words
from ui.jobs import Jobs
from ui.library.library_shelf import LibraryShelf
from ui.theme import Theme
from ui.widgets.buttons import push_button
from ui.widgets.flow import FlowLayout
from ui.widgets.labels import label
from ui.widgets.toast import Toast
from ui.widgets.window_size import open_at

_TYPING_PAUSE_MS = 400  # saved when its writer pauses, not at every letter
_NARROW_PX = 620


class Kept(Protocol):
    """What a library holds."""

    @property
    def id(self) -> str:
        """Its identifier."""
        ...

    @property
    def name(self) -> str:
        """What the list shows."""
        ...


Item = TypeVar("Item", bound=Kept)


class ShelfWindow(QWidget, Generic[Item]):
    """Not modal; each change is kept when its writer pauses.

    Attributes:
        list: One row for each thing.
        editor: The fields of the chosen one.
        toast: Says what was deleted, with Undo.
    """

    def __init__(
        self,
        shelf: LibraryShelf,
        jobs: Jobs,
        theme: Theme,
        parent: QWidget | None,
        title: str,
        note: str,
    ) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("SettingsWindow")
        self.setWindowTitle(title)
        self.shelf = shelf
        self.jobs = jobs
        self.theme = theme
        self._unsaved: Item | None = None
        self._shown: Item | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_TYPING_PAUSE_MS)
        self._pause.timeout.connect(self.save)
        self.search = QLineEdit()
        self.list = QListWidget()
        self.list.setObjectName("PlainList")
        self.list.setAccessibleName(title)
        self.nothing = label("", "muted", wraps=True)
        self.new_button = push_button("", "primary", self.add)
        self.duplicate_button = push_button(words.DUPLICATE, "plain", self.duplicate)
        self.delete_button = push_button(words.DELETE, "danger-quiet", self.delete)
        self.fault = label("", "error", wraps=True)
        self.editor = QWidget()
        self.editor.setObjectName("SettingsPage")
        self.toast = Toast(self, foot_px=24)
        self._arrange(title, note)
        self.build_editor()
        self.search.textChanged.connect(lambda _query: self._fill())
        self.list.currentItemChanged.connect(lambda *_: self._choose())
        shelf.changed.connect(self._fill)
        open_at(self, theme.px(860), theme.px(620))
        self.setMinimumSize(340, 360)
        self._fill()

    # what each kind says of itself

    def build_editor(self) -> None:
        """The editor's fields are there."""
        raise NotImplementedError

    def items(self) -> Sequence[Item]:
        """What the library holds of this kind."""
        raise NotImplementedError

    def blank(self) -> Item:
        """A new one, not kept yet."""
        raise NotImplementedError

    def copy_of(self, item: Item) -> Item:
        """A duplicate under another name, not kept yet."""
        raise NotImplementedError

    def show_item(self, item: Item) -> None:
        """The editor holds this one."""
        raise NotImplementedError

    def edited(self, item: Item) -> Item:
        """The item as the editor has it."""
        raise NotImplementedError

    def refusal(self, item: Item) -> str:
        """Why it cannot be kept as it stands, in words; empty if it can."""
        raise NotImplementedError

    def saving(self, item: Item) -> Command:
        """What keeps it."""
        raise NotImplementedError

    def row_words(self, item: Item) -> str:
        """What its row in the list says."""
        return item.name

    # acts

    def add(self) -> None:
        """A new one is in the editor, ready to be named."""
        self.save()
        self._begin(self.blank())

    def duplicate(self) -> None:
        """A copy is in the editor and kept."""
        self.save()
        if self._shown is not None:
            self._begin(self.copy_of(self._shown))
            self.save()

    def delete(self) -> None:
        """The chosen one is gone, with a way back."""
        item = self._shown
        if item is None:
            return
        self._pause.stop()
        self._shown = None
        if self._is_unsaved(item):
            self._unsaved = None
            self._fill()
            return
        self.jobs.submit(DeleteFromLibrary(item_id=item.id))
        self.toast.say(
            words.deleted(item.name or words.UNNAMED_PROMPT),
            words.UNDO,
            lambda: self.jobs.submit(RestoreToLibrary(item_id=item.id)),
        )

    def save(self) -> None:
        """What was typed is on its way into the vault, if it can be kept."""
        self._pause.stop()
        if self._shown is None:
            return
        item = self.edited(self._shown)
        fault = self.refusal(item)
        self.fault.setText(fault)
        self.fault.setVisible(bool(fault))
        if not fault and (item != self._shown or self._is_unsaved(item)):
            self._keep(item)

    def touched(self) -> None:
        """Something was typed; it is kept when its writer pauses."""
        self._pause.start()

    def select(self, item_id: str) -> None:
        """This one is in the editor."""
        for row in range(self.list.count()):
            if self.list.item(row).data(Qt.ItemDataRole.UserRole) == item_id:
                self.list.setCurrentRow(row)

    # Qt

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.save()
            self.close()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window the editor stands under the list."""
        super().resizeEvent(event)
        is_narrow = self.width() < self.theme.px(_NARROW_PX)
        flow = QBoxLayout.Direction
        self._side.setDirection(flow.TopToBottom if is_narrow else flow.LeftToRight)
        self._left.setMaximumHeight(self.theme.px(190) if is_narrow else 16_777_215)

    # list and editor

    def _begin(self, item: Item) -> None:
        self._unsaved = item
        self.search.clear()
        self._fill()
        self.select(item.id)

    def _keep(self, item: Item) -> None:
        self._shown = item
        if self._is_unsaved(item):
            self._unsaved = item
        self.jobs.submit(self.saving(item))

    def _is_unsaved(self, item: Item) -> bool:
        return self._unsaved is not None and self._unsaved.id == item.id

    def _all(self) -> list[Item]:
        found = list(self.items())
        unsaved = self._unsaved
        if unsaved is not None and any(item.id == unsaved.id for item in found):
            self._unsaved = unsaved = None
        return [*found, unsaved] if unsaved is not None else found

    def _fill(self) -> None:
        folded = self.search.text().strip().casefold()
        everything = self._all()
        chosen = self._shown.id if self._shown is not None else ""
        shown = [item for item in everything if folded in self.row_words(item).casefold()]
        with QSignalBlocker(self.list):
            self.list.clear()
            for item in shown:
                row = QListWidgetItem(self.row_words(item), self.list)
                row.setData(Qt.ItemDataRole.UserRole, item.id)
                if item.id == chosen:
                    self.list.setCurrentItem(row)
            if self.list.currentRow() < 0 and shown:
                self.list.setCurrentRow(0)
        self.nothing.setVisible(not shown)
        self.nothing.setText(words.NOTHING_FOUND if everything else self.empty_words())
        self._choose()

    def empty_words(self) -> str:
        """What is said while the library holds none."""
        raise NotImplementedError

    def _choose(self) -> None:
        row = self.list.currentItem()
        item_id = row.data(Qt.ItemDataRole.UserRole) if self.list.count() and row else ""
        item = next((item for item in self._all() if item.id == item_id), None)
        before = self._shown
        if item is not None and before is not None and item.id == before.id:
            # The answer to what was typed must not overwrite what was typed since.
            if not self._pause.isActive() and item != before:
                self._show(item)
        else:
            if self._pause.isActive():
                self.save()
            self._show(item)
        self._editor_scroll.setVisible(item is not None)
        for button in (self.duplicate_button, self.delete_button):
            button.setEnabled(item is not None)

    def _show(self, item: Item | None) -> None:
        self._shown = item
        self.fault.hide()
        if item is not None:
            self.show_item(item)
            self._pause.stop()

    def _arrange(self, title: str, note: str) -> None:
        left = QVBoxLayout()
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(8)
        left.addWidget(self.search)
        left.addWidget(self.list, 1)
        left.addWidget(self.nothing)
        self._left = QWidget()
        self._left.setLayout(left)
        self._editor_scroll = QScrollArea()
        self._editor_scroll.setWidget(self.editor)
        self._editor_scroll.setWidgetResizable(True)
        self._side = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._side.setSpacing(20)
        self._side.addWidget(self._left, 2)
        self._side.addWidget(self._editor_scroll, 4)
        # With large text in a narrow window the buttons stand under each other.
        foot = FlowLayout(spacing=8)
        for button in (self.new_button, self.duplicate_button, self.delete_button):
            foot.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 18, 24, 18)
        column.setSpacing(6)
        column.addWidget(label(title, "heading"))
        column.addWidget(label(note, "muted", wraps=True))
        column.addSpacing(6)
        column.addLayout(self._side, 1)
        column.addWidget(self.fault)
        column.addLayout(foot)
        self.fault.hide()
