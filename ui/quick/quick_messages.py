"""The messages of the quick panel: the chat's own view, with copying as its one action."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.chat.conversation_entry import ConversationEntry
from ui.chat.link_question import LinkQuestion
from ui.chat.message_list_model import MessageListModel, MessageRole
from ui.chat.message_offers import NOTHING
from ui.chat.message_reader import MessageReader
from ui.chat.message_view import MessageView
from ui.theme import Theme

_FOOT_PX = 20  # what the view keeps free below the last message


class _Messages(MessageListModel):
    """Editing, branching and the like belong to the window."""

    def data(
        self,
        index: QModelIndex | QPersistentModelIndex,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        """As in the chat, but a message can only be copied."""
        if role == MessageRole.OFFERS and index.isValid():
            return NOTHING
        return super().data(index, role)


class QuickMessages(QWidget):
    """Question and answer, as high as they need.

    Attributes:
        copied: Something went to the clipboard.
        grew: Another height would fit.
        view: The chat's view.
    """

    copied = Signal()
    grew = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._messages = _Messages(self)
        self.view = MessageView(self._messages, theme)
        self._reader = MessageReader(self.view)
        self._reader.copied.connect(self.copied)
        self._reader.link_clicked.connect(lambda link: LinkQuestion(link, self).show())
        self.view.verticalScrollBar().rangeChanged.connect(lambda _low, _high: self.grew.emit())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view)

    def show_entry(self, entry: ConversationEntry | None) -> None:
        """What was said is on screen, the latest in sight."""
        if self._messages.entry is not entry:
            self._messages.show(entry)
        else:
            self._messages.update()
        self.grew.emit()

    def grow(self, message_id: str) -> None:
        """The answer being written has more text."""
        self.view.grow(message_id)

    def finish(self, message_id: str) -> None:
        """The answer is shown as it is kept."""
        self._messages.announce(message_id)
        self.grew.emit()

    def wanted_height(self) -> int:
        """What all of it would take."""
        return round(self.view.heights.total()) + _FOOT_PX if self._messages.rowCount() else 0

    def forget(self) -> None:
        """No word is held any more, on screen or behind it."""
        self._messages.show(None)
        self.view.delegate.forget_words()
