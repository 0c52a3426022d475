"""Temporary conversations: beginning one, saying so on the page, and keeping it after all."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from engine.contract.chat_commands import KeepConversation
from engine.contract.commands import Command
from ui import text_sidebar as words
from ui.session import Session
from ui.theme import Theme
from ui.widgets.buttons import push_button
from ui.widgets.labels import label


class _Sign(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setFixedSize(QSize(18, 18))

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        self._theme.icons.paint(
            painter, "temporary", QRectF(0, 0, 18, 18), self._theme.colors.signal
        )
        painter.end()


class TemporaryBanner(QFrame):
    """Above the page for as long as nothing of it is kept.

    Attributes:
        keep: Makes it one of the others.
    """

    def __init__(self, theme: Theme, on_keep: Callable[[], object]) -> None:
        super().__init__()
        self.setObjectName("TemporaryBanner")
        self.setAccessibleName(words.TEMPORARY_WHY)
        self.keep = push_button(words.KEEP, "quiet", on_keep)
        self.words = label(words.TEMPORARY_WHY, "muted", wraps=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 5, 14, 5)
        row.setSpacing(10)
        row.addWidget(_Sign(theme), 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.words, 1)
        row.addWidget(self.keep, 0, Qt.AlignmentFlag.AlignVCenter)
        self.hide()


class TemporaryFace(QObject):
    """Begins and keeps temporary conversations.

    Attributes:
        said: words, words of an action, what it does; for a toast.
        banner: Stands above the page.
    """

    said = Signal(str, str, object)

    def __init__(self, session: Session, theme: Theme, begin: Callable[[], object]) -> None:
        """Nothing temporary is on screen.

        Args:
            session: Everything behind the window.
            theme: Colours and fonts.
            begin: Puts an empty temporary page on screen, ready to type.
        """
        super().__init__(session)
        self._session = session
        self._begin = begin
        self._shown_id = ""
        self.banner = TemporaryBanner(theme, self.keep)
        session.desk.shown.connect(self._follow)
        session.book.listed.connect(self._show)
        session.book.messages_changed.connect(self._show)
        session.jobs.finished.connect(self._finished)

    def acts(self) -> dict[str, Callable[[], object]]:
        """What menu items do."""
        return {"new_temporary": self._begin, "keep": self.keep}

    def states(self) -> Mapping[str, bool]:
        """Which menu items can be chosen now."""
        return {"keep": self._can_keep()}

    def keep(self) -> None:
        """The conversation on screen is one of the others from now on."""
        if self._can_keep():
            current = self._session.desk.current_id or ""
            self._session.jobs.submit(KeepConversation(conversation_id=current))

    def _can_keep(self) -> bool:
        entry = self._session.desk.entry()
        return entry is not None and entry.is_temporary and not entry.is_empty()

    def _finished(self, _job_id: str, command: Command) -> None:
        if isinstance(command, KeepConversation):
            self._session.desk.drafts.may_keep(command.conversation_id)
            self.said.emit(words.KEPT, "", None)

    def _follow(self) -> None:
        """Whoever leaves one in which something was said is told the way back, once."""
        left, self._shown_id = self._shown_id, self._session.desk.current_id or ""
        entry = self._session.book.entries.get(left)
        is_left = left != self._shown_id and entry is not None and entry.is_temporary
        if is_left and entry is not None and not entry.is_empty():
            self.said.emit(
                words.LEFT_TEMPORARY, words.GO_BACK, lambda: self._session.desk.show(left)
            )
        self._show()

    def _show(self) -> None:
        self.banner.setVisible(self._session.desk.is_temporary())
        self.banner.keep.setEnabled(self._can_keep())
