"""The text of a file, as the model is given it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from engine.contract.attachments import Attachment, AttachmentKind
from engine.contract.events import CommandFailed, Event
from engine.contract.library_commands import ShowAttachment
from engine.contract.library_events import AttachmentShown
from ui import text_attachments as words
from ui.jobs import Jobs
from ui.theme import Theme
from ui.widgets.buttons import push_button
from ui.widgets.labels import label

# A field lays out about so many letters in a tenth of a second.
_SHOWN_LETTERS = 400_000
_AS_WRITTEN = frozenset((AttachmentKind.CODE, AttachmentKind.SHEET))


class AttachmentSheet(QDialog):
    """A window over the page with one file's text.

    Attributes:
        field: The text.
    """

    def __init__(self, jobs: Jobs, theme: Theme, card: Attachment, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("Sheet")
        self.setWindowTitle(card.name)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._jobs = jobs
        self._text = ""
        name = label(card.name, "heading", wraps=True)
        facts = label(words.all_facts(card), "small", wraps=True)
        self.notice = label(card.notice, "warn", wraps=True)
        self.notice.setVisible(bool(card.notice))
        self.field = QPlainTextEdit(words.READING_TEXT)
        self.field.setProperty("kind", "field")
        self.field.setReadOnly(True)
        self.field.setAccessibleName(card.name)
        self.field.setTabChangesFocus(True)
        is_as_written = card.kind in _AS_WRITTEN
        self.field.setFont(theme.mono() if is_as_written else theme.font(13.5))
        if is_as_written:
            self.field.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._rest = label(words.NOT_SHOWN, "small")
        self._rest.hide()
        self.copy_button = push_button(words.COPY, "plain", self._copy)
        self.copy_button.setEnabled(False)
        close = push_button(words.CLOSE, "primary", self.accept)
        close.setDefault(True)
        foot = QHBoxLayout()
        foot.addWidget(self._rest, 1)
        foot.addStretch(0)
        foot.addWidget(self.copy_button)
        foot.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 18)
        column.setSpacing(6)
        for widget in (name, facts, self.notice):
            column.addWidget(widget)
        column.addSpacing(6)
        column.addWidget(self.field, 1)
        column.addSpacing(6)
        column.addLayout(foot)
        room = parent.window().size()
        self.resize(min(theme.px(760), room.width() - 48), min(theme.px(620), room.height() - 48))
        jobs.bridge.event_received.connect(self._take)
        self._job = jobs.submit(ShowAttachment(attachment_id=card.id), has_asker=True)

    def _take(self, event: Event) -> None:
        if event.job_id != self._job:
            return
        if isinstance(event, AttachmentShown):
            self._text = event.text
            self.field.setPlainText(event.text[:_SHOWN_LETTERS])
            self._rest.setVisible(len(event.text) > _SHOWN_LETTERS)
            self.copy_button.setEnabled(True)
        elif isinstance(event, CommandFailed):
            self.field.setPlainText(event.error.message)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._text)
