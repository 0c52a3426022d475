"""The small window for a question from anywhere."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCursor,
    QGuiApplication,
    QKeySequence,
    QShortcut,
    QShowEvent,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from engine.contract.errors import ErrorReport
from ui import text as words
from ui import text_quick as text
from ui.model_status import Phase
from ui.quick.context import with_context
from ui.quick.context_bar import ContextBar
from ui.quick.quick_field import QuickField
from ui.quick.quick_foot import QuickFoot
from ui.quick.quick_messages import QuickMessages
from ui.quick.quick_talk import QuickTalk
from ui.session import Session
from ui.speech.reader import Reader
from ui.theme import Theme
from ui.widgets.announcing import announce
from ui.widgets.buttons import RoundButton, push_button
from ui.widgets.labels import label

_WIDTH_PX = 680
_SIDE_PX = 24
_TOP_SHARE = 0.18  # of the screen's height above the panel: where eyes rest
_MOST_SHARE = 0.55  # of the screen's height that messages may take
# A thread left this long is over; a new question should not be answered from it by chance.
_FRESH_AFTER_S = 600.0
_FOCUS_TRIES, _FOCUS_AGAIN_MS = 4, 50


class QuickPanel(QWidget):
    """Over any app, on the screen where the pointer is; Esc sends it away.

    Attributes:
        window_wanted: conversation identifier to show, or empty; and words for its composer.
        models_wanted: A model should be chosen in the window.
        talk: What is asked and answered on it.
        field: Where one types.
        context: What goes with the question.
        messages: What was said.
        foot: What can be done with the answer.
    """

    window_wanted = Signal(str, str)
    models_wanted = Signal()

    def __init__(self, session: Session, theme: Theme, reader: Reader) -> None:
        flags = Qt.WindowType.Tool | Qt.WindowType.FramelessWindowHint
        super().__init__(None, flags | Qt.WindowType.WindowStaysOnTopHint)
        # The window itself is clear, so that the ground's corners can be round.
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
        self.setWindowTitle(f"{text.QUICK_QUESTION} · {words.APP}")
        self._session = session
        self._theme = theme
        self._reader = reader
        self._hidden_at_s = 0.0
        self._said_of = ""
        self._act: Callable[[], object] = lambda: None
        self.talk = QuickTalk(session, self)
        self.field = QuickField(theme)
        self.context = ContextBar(theme)
        self.messages = QuickMessages(theme)
        self.foot = QuickFoot(theme)
        self.button = RoundButton(theme, "send", text.ASK, size=32)
        self.button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._notice = label("", "muted", wraps=True)
        self._way_out = push_button("", "plain", lambda: self._act())
        self._fit_soon = QTimer(self)
        self._fit_soon.setSingleShot(True)
        self._fit_soon.setInterval(0)
        self._fit_soon.timeout.connect(self._fit)
        self._tries = 0
        self._focus_again = QTimer(self)
        self._focus_again.setSingleShot(True)
        self._focus_again.setInterval(_FOCUS_AGAIN_MS)
        self._focus_again.timeout.connect(self._look_for_keyboard)
        self._arrange()
        self._connect()
        self._bind_keys()
        self.refresh()

    # coming and going

    def warm(self) -> None:
        """All that takes time the first time has been done, out of sight."""
        self.ensurePolished()
        self.winId()
        self._fit()
        self.grab()

    def open(self) -> None:
        """It is on the active screen and what is typed goes into its field."""
        if not self.isVisible() and time.monotonic() - self._hidden_at_s > _FRESH_AFTER_S:
            self._let_go()
        self.refresh()
        self._fit()
        self.move(self._place())
        self.show()
        self._tries = _FOCUS_TRIES
        self._take_keyboard()
        self.field.selectAll()

    def _take_keyboard(self) -> None:
        """The keyboard is asked for until it is here: a window just mapped may be refused it."""
        self.raise_()
        self.activateWindow()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._tries -= 1
        self._focus_again.start()

    def _look_for_keyboard(self) -> None:
        if self.isVisible() and not self.isActiveWindow() and self._tries > 0:
            self._take_keyboard()

    def toggle(self) -> None:
        """The keys that bring it also send it away."""
        if self.isVisible() and self.isActiveWindow():
            self.dismiss()
        else:
            self.open()

    def dismiss(self) -> None:
        """Esc: first a voice falls silent, then the panel goes. An answer is written on."""
        if self._reader.stop():
            return
        self._hidden_at_s = time.monotonic()
        self.hide()

    def is_fresh(self) -> bool:
        """Whether nothing is typed or said on it."""
        return not self.talk.conversation_id and not self.field.words()

    # acting

    def ask(self) -> None:
        """The question is on its way, with the text that was looked at."""
        question = self.field.words()
        if not question or not self._can_ask():
            return
        if self.talk.ask(with_context(question, self.context.context)):
            self.field.clear()
            self.context.drop()
            self._say_nothing()
            self.messages.view.go_to_end()

    def continue_in_window(self) -> None:
        """The thread is kept and goes on in the window, what is typed with it."""
        if self._session.vault.is_covered or not self._session.vault.is_open:
            self.window_wanted.emit("", "")
        else:
            typed = with_context(self.field.words(), self.context.context)
            self.window_wanted.emit(self.talk.hand_over(), typed)
            self.field.clear()
            self.context.drop()
        self.hide()

    def begin_anew(self) -> None:
        """An empty panel, ready to type."""
        self._let_go()
        self.refresh()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def copy_answer(self) -> None:
        """The answer's Markdown is on the clipboard."""
        answer = self.talk.last_answer()
        if answer:
            QGuiApplication.clipboard().setText(answer)
            self.foot.say(words.COPIED)

    def forget(self) -> None:
        """No word of the user is held any more."""
        self._reader.stop()
        self.talk.forget()
        self.messages.forget()
        self.context.drop()
        self.field.setPlainText("")
        self._say_nothing()
        self.refresh()

    def _let_go(self) -> None:
        self.talk.begin_anew()
        self.context.drop()
        self.field.clear()
        self._say_nothing()
        self.foot.say("")

    def _click(self) -> None:
        if self.talk.is_answering:
            self.talk.stop()
        else:
            self.ask()

    def _read(self) -> None:
        if not self._reader.stop():
            self._reader.read(self.talk.last_answer())

    # showing

    def refresh(self) -> None:
        """What can be asked and done now is what is there."""
        vault = self._session.vault
        is_open = vault.is_open and not vault.is_covered
        for widget in (self.field, self.button, self.context, self.foot):
            widget.setVisible(is_open)
        self.messages.setVisible(is_open and bool(self.talk.conversation_id))
        if not is_open:
            is_waiting = vault.status is None and not vault.is_covered
            said = text.OPENING if is_waiting else text.LOCKED
            unlock = "" if is_waiting else text.UNLOCK
            self._say("vault", said, unlock, self.continue_in_window)
        else:
            if self._said_of == "vault":
                self._say_nothing()
            self._show_model()
        has_talk = bool(self.talk.conversation_id)
        self.field.setPlaceholderText(text.FOLLOW_UP_HINT if has_talk else text.FIELD_HINT)
        self.foot.show_state(
            has_answer=bool(self.talk.last_answer()) and not self.talk.is_answering,
            has_talk=has_talk,
            can_read=self._reader.is_offered(),
        )
        self.button.icon_name = "stop" if self.talk.is_answering else "send"
        self.button.rename(text.STOP if self.talk.is_answering else text.ASK)
        self.button.setEnabled(self.talk.is_answering or bool(self.field.words()))
        self.button.update()
        self._fit_soon.start()

    def notice(self) -> str:
        """What is said in place of an answer; empty if nothing is."""
        return "" if self._notice.isHidden() else self._notice.text()

    def _can_ask(self) -> bool:
        models = self._session.models
        return models.loaded is not None or models.phase in (Phase.LOADING, Phase.FETCHING)

    def _show_model(self) -> None:
        models = self._session.models
        if models.loaded is not None:
            if self._said_of == "model":
                self._say_nothing()
        elif self._can_ask():
            self._say("model", text.LOADING)
        else:
            self._say("model", text.NO_MODEL, text.CHOOSE_MODEL, self._choose_model)

    def _choose_model(self) -> None:
        self.hide()
        self.models_wanted.emit()

    def _show_messages(self) -> None:
        self.messages.show_entry(self.talk.entry())
        self.refresh()

    def _grow(self) -> None:
        entry = self.talk.entry()
        if entry is not None and entry.live is not None:
            self.messages.grow(entry.live.message_id)

    def _finished(self, message_id: str) -> None:
        self.messages.finish(message_id)
        self.refresh()
        # A screen reader is told once, not at each token.
        announce(self.messages.view, words.ANSWER_DONE)

    def _failed(self, error: ErrorReport, taken_back: str) -> None:
        if taken_back and not self.field.words():
            self.field.set_words(taken_back)
        if error.kind not in ("cancelled", "vault_locked"):
            again = f" {text.FAILED_AGAIN}" if taken_back else ""
            self._say("answer", f"{error.message} {error.action}".strip() + again)
        self.refresh()

    def _say(
        self, about: str, said: str, action: str = "", act: Callable[[], object] = lambda: None
    ) -> None:
        """In place of an answer: what holds, about "vault", "model" or "answer", and a way out."""
        self._said_of = about
        self._notice.setText(said)
        self._notice.show()
        self._act = act
        self._way_out.setText(action)
        self._way_out.setVisible(bool(action))

    def _say_nothing(self) -> None:
        self._said_of = ""
        self._notice.setText("")
        self._notice.hide()
        self._way_out.hide()

    # building

    def _arrange(self) -> None:
        self.ground = QFrame()
        self.ground.setObjectName("QuickGround")
        top = QHBoxLayout()
        top.setContentsMargins(_SIDE_PX, 0, _SIDE_PX - 6, 0)
        top.setSpacing(12)
        top.addWidget(self.field, 1, Qt.AlignmentFlag.AlignVCenter)
        top.addWidget(self.button, 0, Qt.AlignmentFlag.AlignBottom)
        notice = QHBoxLayout()
        notice.setContentsMargins(_SIDE_PX, 0, _SIDE_PX - 6, 0)
        notice.setSpacing(12)
        notice.addWidget(self._notice, 1)
        notice.addWidget(self._way_out)
        column = QVBoxLayout(self.ground)
        # The messages keep the same distance from the edge by themselves.
        column.setContentsMargins(1, 16, 1, 12)
        column.setSpacing(10)
        below = QHBoxLayout()
        below.setContentsMargins(_SIDE_PX - 4, 0, _SIDE_PX - 10, 0)
        below.addWidget(self.context)
        self.context.row.addWidget(self.foot, 1)
        column.addLayout(top)
        column.addLayout(notice)
        column.addWidget(self.messages)
        column.addLayout(below)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.ground)
        self._say_nothing()

    def _connect(self) -> None:
        session, talk = self._session, self.talk
        self.field.asked.connect(self.ask)
        self.field.continued.connect(self.continue_in_window)
        self.field.grew.connect(self._fit_soon.start)
        self.field.textChanged.connect(
            lambda: self.button.setEnabled(talk.is_answering or bool(self.field.words()))
        )
        self.button.clicked.connect(self._click)
        self.context.changed.connect(self._fit_soon.start)
        self.messages.copied.connect(lambda: self.foot.say(words.COPIED))
        self.messages.grew.connect(self._fit_soon.start)
        self.foot.copy.clicked.connect(self.copy_answer)
        self.foot.read.clicked.connect(self._read)
        self.foot.new.clicked.connect(self.begin_anew)
        self.foot.on.clicked.connect(self.continue_in_window)
        talk.changed.connect(self._show_messages)
        talk.grew.connect(self._grow)
        talk.finished.connect(self._finished)
        talk.failed.connect(self._failed)
        session.vault.changed.connect(self.refresh)
        session.vault.closed.connect(self.forget)
        session.models.changed.connect(self.refresh)
        session.settings.changed.connect(self.refresh)
        self._theme.changed.connect(self._fit_soon.start)
        self._reader.changed.connect(
            lambda: self.foot.show_reading(is_reading=self._reader.is_reading)
        )

    def _bind_keys(self) -> None:
        for keys, act in (
            ("Esc", self.dismiss),
            ("Ctrl+Return", self.continue_in_window),
            ("Ctrl+Enter", self.continue_in_window),
            ("Ctrl+N", self.begin_anew),
            ("Ctrl+.", self.talk.stop),
            ("Ctrl+Shift+C", self.copy_answer),
            ("Ctrl+W", self.dismiss),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.activated.connect(act)

    # placing

    def showEvent(self, event: QShowEvent) -> None:
        """It is as high as what is on it."""
        super().showEvent(event)
        self._fit_soon.start()

    def changeEvent(self, event: QEvent) -> None:
        """Nothing typed and nothing said: then it goes when one turns to another app."""
        super().changeEvent(event)
        is_left = event.type() == QEvent.Type.ActivationChange and not self.isActiveWindow()
        if is_left and self.isVisible() and self.is_fresh() and self.context.context is None:
            self.hide()

    def _screen(self) -> QRect:
        screen = QGuiApplication.screenAt(QCursor.pos()) or QGuiApplication.primaryScreen()
        return screen.availableGeometry()

    def _place(self) -> QPoint:
        room = self._screen()
        left = room.left() + (room.width() - self.width()) // 2
        return QPoint(left, room.top() + round(room.height() * _TOP_SHARE))

    def _fit(self) -> None:
        room = self._screen()
        width = min(self._theme.px(_WIDTH_PX), room.width() - 32)
        most = round(room.height() * _MOST_SHARE)
        self.messages.setFixedHeight(max(1, min(most, self.messages.wanted_height())))
        self.setFixedWidth(width)
        self.field.fit()
        layout = self.layout()
        if layout is not None:
            layout.activate()
            height = layout.totalHeightForWidth(width)
            self.resize(width, height if height > 0 else layout.totalSizeHint().height())
