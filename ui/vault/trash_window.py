"""What was deleted: look, bring back, or forget for good."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from engine.contract.errors import ErrorReport
from engine.contract.events import Event
from engine.contract.vault import TrashItem, TrashKind
from engine.contract.vault_commands import ListTrash, RestoreFromTrash
from engine.contract.vault_events import TrashListed
from ui import text_vault as text
from ui.settings.choice_box import ChoiceBox
from ui.text import TRY_AGAIN
from ui.theme import Theme
from ui.vault.errand import Errand
from ui.vault.forget_sheet import ForgetSheet
from ui.vault.parts import VaultParts
from ui.vault.trash_list import TrashList
from ui.vault.trash_model import TrashModel
from ui.widgets.buttons import push_button
from ui.widgets.empty_state import EmptyState
from ui.widgets.error_banner import ErrorBanner
from ui.widgets.labels import label
from ui.widgets.skeleton import Skeleton
from ui.widgets.toast import Toast


class TrashWindow(QWidget):
    """Not modal: what comes back is seen in the main window at once.

    Attributes:
        model: What is listed.
        list: Where it is chosen.
        filter: Words to look for.
        kinds: Which kind is shown.
        put_back, forget: What can be done with what is chosen.
    """

    def __init__(self, parts: VaultParts, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("TrashWindow")
        self.setWindowTitle(text.TRASH)
        self._parts = parts
        self._listing = Errand(parts.jobs, self)
        self._restoring = Errand(parts.jobs, self)
        self._is_known = False
        self._came_back = 0
        self.model = TrashModel(self)
        self.list = TrashList(self.model, parts.theme)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(text.TRASH_FILTER)
        self.filter.setAccessibleName(text.TRASH_FILTER)
        self.kinds = _kind_box(parts.theme)
        self._count = label("", "small")
        self._banner = ErrorBanner(parts.theme)
        self.put_back = push_button(text.PUT_BACK, "primary", self._put_back)
        self.forget = push_button(text.FORGET, "danger-quiet", self._forget)
        self._arrange(parts.theme)
        self.toast = Toast(self, foot_px=72)
        self._connect()
        self._refresh()
        self.resize(720, 560)

    def said(self) -> str:
        """What stands in the place of an empty list; empty while there are rows."""
        shown = self._stack.currentWidget()
        if shown is self._empty:
            return text.TRASH_EMPTY
        return self._nothing.text() if shown is self._nothing else ""

    def showEvent(self, event: QShowEvent) -> None:
        """What is shown is of now."""
        super().showEvent(event)
        self._listing.run(ListTrash())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc clears the filter, then closes."""
        if event.key() == Qt.Key.Key_Escape:
            if self.filter.text():
                self.filter.clear()
            else:
                self.close()
        else:
            super().keyPressEvent(event)

    def _connect(self) -> None:
        self.filter.textChanged.connect(lambda _words: self._find())
        self.kinds.currentIndexChanged.connect(lambda _row: self._find())
        self.list.choice_changed.connect(self._refresh)
        self.list.put_back_wanted.connect(self._put_back)
        self.list.forget_wanted.connect(self._forget)
        self._restoring.finished.connect(lambda _c: self.toast.say(text.put_back(self._came_back)))
        for errand in (self._listing, self._restoring):
            errand.failed.connect(self._refuse)
            errand.changed.connect(self._refresh)
        self._parts.jobs.bridge.event_received.connect(self._take)

    def _take(self, event: Event) -> None:
        if isinstance(event, TrashListed):
            self._is_known = True
            self.model.show(event.items)
            self._refresh()

    def _refuse(self, error: ErrorReport) -> None:
        self._banner.show_error(error, TRY_AGAIN, lambda: self._listing.run(ListTrash()))

    def _find(self) -> None:
        self.model.filter(self.filter.text(), self.kinds.currentData())
        self._refresh()

    def _refresh(self) -> None:
        chosen = self.list.chosen()
        is_free = not self._restoring.is_running
        self.put_back.setEnabled(bool(chosen) and is_free)
        self.forget.setEnabled(bool(chosen) and is_free)
        self._count.setText(text.trash_count(self.model.rowCount(), self.model.total))
        for widget in (self._count, self.put_back, self.forget):
            widget.setVisible(self.model.total > 0)
        if self.model.rowCount():
            self._stack.setCurrentWidget(self.list)
        elif not self._is_known:
            self._stack.setCurrentWidget(self._skeleton)
        else:
            self._stack.setCurrentWidget(self._nothing if self.model.total else self._empty)

    def _put_back(self) -> None:
        items = self.list.chosen()
        if items and self._restoring.run(RestoreFromTrash(item_ids=_ids(items))):
            self._came_back = len(items)

    def _forget(self) -> None:
        items = self.list.chosen()
        if items:
            sheet = ForgetSheet(self._parts, items, self)
            sheet.accepted.connect(lambda: self.toast.say(text.forgotten(len(items))))
            sheet.open()

    def _arrange(self, theme: Theme) -> None:
        self._empty = EmptyState(theme, text.TRASH_EMPTY, ())
        self._empty.say(text.TRASH_EMPTY, text.TRASH_EMPTY_DETAIL)
        self._nothing = label(text.TRASH_NOT_FOUND, "muted", wraps=True)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._skeleton = Skeleton(theme)
        self._skeleton.setAccessibleName(text.TRASH_LOADING)
        self._stack = QStackedWidget()
        for widget in (self.list, self._empty, self._nothing, self._skeleton):
            self._stack.addWidget(widget)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.filter, 1)
        head.addWidget(self.kinds)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self._count, 1)
        foot.addWidget(self.forget)
        foot.addWidget(self.put_back)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(10)
        column.addLayout(head)
        column.addWidget(self._banner)
        column.addWidget(self._stack, 1)
        column.addLayout(foot)


def _kind_box(theme: Theme) -> QComboBox:
    box = ChoiceBox(theme)
    box.setAccessibleName(text.TRASH_KINDS)
    box.setFixedWidth(theme.px(160))
    box.addItem(text.ALL_KINDS, None)
    for kind in TrashKind:
        box.addItem(text.trash_kind(kind), kind)
    return box


def _ids(items: list[TrashItem]) -> tuple[str, ...]:
    return tuple(item.id for item in items)
