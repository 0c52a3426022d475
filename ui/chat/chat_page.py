"""Arranges the messages, what stands in their way, and the composer."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from engine.contract.events import ContextMeasured
from ui import text
from ui.chat.compare_face import CompareFace
from ui.chat.composer import Composer
from ui.chat.conversation_desk import ConversationDesk
from ui.chat.formulas import formulas
from ui.chat.highlight import code_colours
from ui.chat.link_question import LinkQuestion
from ui.chat.message_face import MessageFace, PageSources
from ui.chat.message_list_model import MessageListModel, MessageRole
from ui.chat.message_reader import MessageReader
from ui.chat.message_view import MessageView
from ui.chat.pulse import Pulse
from ui.chat.queue_strip import QueueStrip
from ui.model_status import ModelStatus, Phase
from ui.theme import Theme
from ui.widgets.announcing import announce
from ui.widgets.buttons import FloatingButton
from ui.widgets.empty_state import EmptyState
from ui.widgets.error_banner import ErrorBanner
from ui.widgets.progress_row import ProgressRow
from ui.widgets.toast import Toast

_PROGRESS_AFTER_MS = 300  # a model from the disk cache is there sooner; then nothing flashes
_AROUND = 12  # px the composer is wider than the reading column, on each side


class ChatPage(QWidget):
    """One conversation on screen.

    Attributes:
        model_wanted: The user should choose a model.
        files_to_send: Takes the files that go with the words.
    """

    model_wanted = Signal()

    def __init__(
        self,
        desk: ConversationDesk,
        models: ModelStatus,
        theme: Theme,
        sources: PageSources,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._models = models
        self._theme = theme
        self.messages = MessageListModel(self)
        self.view = MessageView(self.messages, theme)
        self.reader = MessageReader(self.view)
        self.empty = EmptyState(theme, text.EMPTY_SENTENCE, text.EXAMPLES)
        self.banner = ErrorBanner(theme)
        self.progress = ProgressRow()
        self.composer = Composer(theme)
        self.pulse = Pulse(models, theme)
        self.toast = Toast(self)
        self.queue = QueueStrip(theme)
        self.face = MessageFace(desk, models, sources, self.view, self.reader, self.toast, theme)
        self.compare = CompareFace(desk, models, sources, self.toast, theme, self)
        self._end_button = FloatingButton(theme, "arrow-down", text.TO_THE_END, self, size=34)
        self.files_to_send: Callable[[], tuple[str, ...]] = tuple
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(_PROGRESS_AFTER_MS)
        self._wait.timeout.connect(self._show_progress)
        self._arrange()
        self._connect()
        self._show_conversation()
        self._show_model()

    def last_answer(self) -> str:
        """The text of the last message."""
        row = self.messages.rowCount() - 1
        return str(self.messages.index(row, 0).data(MessageRole.TEXT)) if row >= 0 else ""

    def draft(self) -> str:
        """What is typed and not sent, an unfinished edit of a message before the rest."""
        parts = (self.face.unsent_words(), self.composer.draft())
        return "\n\n".join(part for part in parts if part)

    def go_to_message(self, message_id: str) -> None:
        """The message is in sight, on another path of the conversation if need be."""
        if not self._desk.tree.show(message_id):
            self.view.go_to_message(message_id)

    def forget(self) -> None:
        """No word of a conversation is held any more, on screen or behind it."""
        self.face.forget()
        self.compare.forget()
        self.queue.show_waiting((), is_held=False)
        self.messages.show(None)
        self.view.delegate.forget_words()
        code_colours().forget()
        formulas().forget()
        self.composer.forget()
        self.banner.forget()
        self.toast.hide()
        self._show_state()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Composer and messages share one column."""
        super().resizeEvent(event)
        self._fit_column()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The way back to the end stays above the composer."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move):
            self._place_end_button()
        return super().eventFilter(watched, event)

    # building

    def _arrange(self) -> None:
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.view)
        self._stack.addWidget(self.compare.view)
        self._foot = QWidget()
        foot = QVBoxLayout(self._foot)
        foot.setContentsMargins(0, 0, 0, 10)
        foot.setSpacing(8)
        for widget in (self.banner, self.progress, self.queue, self.composer, self.pulse):
            foot.addWidget(widget)
        self.progress.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._stack, 1)
        column.addWidget(self._foot)
        self._end_button.hide()
        self._stack.installEventFilter(self)

    def _connect(self) -> None:
        desk = self._desk
        desk.shown.connect(self._show_conversation)
        desk.changed.connect(self._update_messages)
        desk.grew.connect(self._grow)
        desk.finished.connect(self._finished)
        desk.measured.connect(self._show_measure)
        desk.failed.connect(self.banner.show_error)
        desk.draft_returned.connect(self._take_back)
        self._connect_queue()
        self.compare.changed.connect(self._show_state)
        self.compare.asked.connect(lambda: self.composer.set_draft(""))
        self.compare.draft = self.composer.draft
        self.face.compare = self.compare.open
        self._models.changed.connect(self._show_model)
        self.composer.edit_wanted.connect(lambda: self.face.acts()["edit_last"]())
        self.composer.sent.connect(self._send)
        self.composer.stopped.connect(desk.stop)
        self.composer.draft_changed.connect(desk.note)
        self.composer.draft_changed.connect(desk.measure)
        self.empty.chosen.connect(self._begin)
        self.empty.acted.connect(self.model_wanted)
        self.progress.cancelled.connect(lambda: self._models.cancel(self._models.target_id))
        self.reader.copied.connect(lambda: self.toast.say(text.COPIED))
        self.reader.link_clicked.connect(lambda link: LinkQuestion(link, self).show())
        self.view.end_left.connect(self._end_button.setVisible)
        self._end_button.clicked.connect(self.view.go_to_end)
        self._theme.changed.connect(self._fit_column)

    def _connect_queue(self) -> None:
        desk, queue = self._desk, self._desk.queue
        queue.changed.connect(lambda _id: self._show_queue())
        self.queue.edited.connect(lambda id_, said: queue.edit(desk.current_id or "", id_, said))
        self.queue.removed.connect(self._take_waiting_back)
        self.queue.send_wanted.connect(desk.send_waiting)

    # showing

    def _show_queue(self) -> None:
        desk = self._desk
        is_held = desk.queue.is_held(desk.current_id) and not desk.is_answering()
        self.queue.show_waiting(desk.queue.of(desk.current_id), is_held=is_held)

    def _show_measure(self, measured: ContextMeasured) -> None:
        self.composer.meter.show_measure(measured)
        self.composer.show_cut(measured.cut_messages)
        self.messages.show_first_seen()

    def _show_conversation(self) -> None:
        entry = self._desk.entry()
        self.messages.show(entry)
        self.banner.hide()
        self.composer.meter.clear()
        self.composer.show_cut(0)
        self.composer.set_draft(self._desk.draft())
        self._show_state()
        if self.isVisible():
            self.composer.focus()

    def _update_messages(self) -> None:
        entry = self._desk.entry()
        if self.messages.entry is not entry:
            self.messages.show(entry)
        else:
            self.messages.update()
        self._show_state()

    def _show_state(self) -> None:
        is_empty = self.messages.rowCount() == 0
        is_compared = self.compare.is_shown()
        page = self.compare.view if is_compared else self.empty if is_empty else self.view
        self._stack.setCurrentWidget(page)
        if page is not self.view:
            self._end_button.hide()
        is_free = not self._desk.is_answering()
        if is_free != self.messages.is_free:
            self.messages.is_free = is_free
            self.view.viewport().update()
        self._show_queue()
        entry = self._desk.entry()
        self.composer.set_answering(self._desk.is_answering())
        self.pulse.show_state(entry.live if entry else None, is_waiting=self._desk.is_answering())

    def _grow(self) -> None:
        entry = self._desk.entry()
        if entry is not None and entry.live is not None:
            self.view.grow(entry.live.message_id)
            self.pulse.show_state(entry.live, is_waiting=True)

    def _finished(self, message_id: str) -> None:
        self.messages.update()
        self.messages.announce(message_id)
        self._show_state()
        # A screen reader is told once, not at each token.
        announce(self.view, text.ANSWER_DONE)

    def _show_model(self) -> None:
        phase = self._models.phase
        if phase is Phase.FETCHING or (phase is Phase.LOADING and self.progress.isVisible()):
            self._show_progress()
        elif phase is Phase.LOADING:
            if not self._wait.isActive():
                self._wait.start()
        else:
            self._wait.stop()
            self.progress.hide()
        if phase in (Phase.NONE, Phase.FAILED) and self._models.loaded is None:
            self.empty.say(text.NO_MODEL_SENTENCE, text.NO_MODEL_DETAIL, text.CHOOSE_MODEL)
        else:
            self.empty.say(text.EMPTY_SENTENCE)
        if phase is Phase.READY:
            self._desk.measure(self.composer.draft())

    def _show_progress(self) -> None:
        models = self._models
        name = models.name_of(models.target_id)
        download = models.downloads.get(models.target_id)
        if models.phase is Phase.FETCHING and download is not None:
            detail = text.fetch_progress(
                download.done_bytes, download.total_bytes, download.remaining_s
            )
            self.progress.show_progress(
                text.fetching(name, download.total_bytes),
                f"{text.licence(download.licence)} · {detail}",
                download.done_bytes / max(1, download.total_bytes),
            )
        elif models.phase is Phase.LOADING:
            self.progress.show_progress(text.loading(name), "", models.load_ratio)

    # acting

    def _send(self, words: str) -> None:
        self.banner.hide()
        self.view.go_to_end()
        self._desk.send(words, self.files_to_send())

    def _begin(self, words: str) -> None:
        self.composer.set_draft(words)
        self.composer.focus()

    def _take_waiting_back(self, waiting_id: str) -> None:
        """What waited goes; a word brings it back, as it may have been long."""
        desk = self._desk
        gone = desk.queue.remove(desk.current_id or "", waiting_id)
        if gone is not None:
            self.toast.say(
                text.DELETED, text.UNDO, lambda: desk.send(gone.text, gone.attachment_ids)
            )

    def _take_back(self, words: str) -> None:
        typed = self.composer.draft()
        if not typed.startswith(words):
            self.composer.set_draft(f"{words}\n\n{typed}" if typed.strip() else words)
        self.composer.focus()

    # placing

    def _fit_column(self) -> None:
        left, width = self.view.delegate.column(self.width())
        side = max(0, round(left) - _AROUND)
        layout = self._foot.layout()
        if layout is not None:
            layout.setContentsMargins(side, 0, self.width() - side - round(width) - 2 * _AROUND, 10)

    def _place_end_button(self) -> None:
        button = self._end_button
        bottom = self._stack.geometry().bottom()
        button.move((self.width() - button.width()) // 2, bottom - button.height() - 8)
        button.raise_()
