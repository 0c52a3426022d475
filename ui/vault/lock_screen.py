"""Covers the whole window while the vault is not open, and says why in one calm page."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from engine.contract.vault import VaultState
from ui import text_lock
from ui import text_vault as text
from ui.theme import Theme
from ui.vault.unlock_form import WIDTH, UnlockForm
from ui.vault.vault_desk import VaultDesk
from ui.widgets.announcing import announce
from ui.widgets.buttons import push_button
from ui.widgets.labels import label

_WORDS_PX = 420


class _Sign(QWidget):
    """A padlock on a soft round, in the theme's colours."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setFixedSize(QSize(64, 64))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the round and the padlock."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colors.accent_soft)
        painter.drawEllipse(self.rect())
        inner = self.rect().toRectF().adjusted(18, 18, -18, -18)
        self._theme.icons.paint(painter, "lock", inner, self._theme.colors.accent)
        painter.end()


class LockScreen(QWidget):
    """One page for each state of a vault that is not open.

    Attributes:
        restore_wanted: The user wants a backup brought back.
        quit_wanted: The user wants to leave.
        form: Passphrase or recovery key.
        buttons: The buttons of a state without the form, the first of them the main one.
    """

    restore_wanted = Signal()
    quit_wanted = Signal()

    def __init__(self, vault: VaultDesk, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("LockScreen")
        self._vault = vault
        self._shown: tuple[object, ...] = ()
        self._was_opening = False
        self.form = UnlockForm(vault, theme)
        self._title = label("", "heading", wraps=True)
        self._detail = label("", "muted", wraps=True)
        self._note = label("", "small", wraps=True)
        self.buttons: list[QPushButton] = []
        self._button_column = QVBoxLayout()
        self._button_column.setSpacing(8)
        self._arrange(theme)
        self.form.mode_changed.connect(self.refresh)
        vault.changed.connect(self._vault_changed)
        self.refresh()

    def title(self) -> str:
        """The heading of the page."""
        return self._title.text()

    def detail(self) -> str:
        """What the page says under its heading."""
        return self._detail.text()

    def note(self, words: str) -> None:
        """A line under the page's words, until the state changes."""
        self._note.setText(words)
        self._note.setVisible(bool(words))

    def focus(self) -> None:
        """The first thing that can be done has the focus."""
        if self.form.isVisibleTo(self):
            self.form.focus()
        elif self.buttons:
            self.buttons[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self) -> None:
        """The page fits the vault's state."""
        self._title.setText(self._heading())
        self._detail.setText(self._explanation())
        self._detail.setVisible(bool(self._detail.text()))
        self.setAccessibleName(f"{self._title.text()}. {self._detail.text()}")
        wants = self._wanted_actions()
        shown = (self._title.text(), *(words for words, _ in wants))
        if shown != self._shown:
            self._shown = shown
            self._make_actions(wants)
            self.note("")
        for button in self.buttons:
            button.setEnabled(not self._vault.is_opening and not self._vault.is_locking)
        self.form.setVisible(self._shows_form())
        self.form.refresh()

    # what is said

    def _state(self) -> VaultState | None:
        return self._vault.status.state if self._vault.status is not None else None

    def _shows_form(self) -> bool:
        vault = self._vault
        if vault.is_wiped or vault.is_locking or vault.is_open or vault.status is None:
            return False
        return vault.status.state is VaultState.LOCKED or self.form.is_recovery

    def _heading(self) -> str:
        vault = self._vault
        if vault.is_wiped:
            return text_lock.FORGOTTEN
        if vault.is_locking:
            return text_lock.LOCKING
        if vault.is_open:
            return text_lock.LOCK_FAILED
        if vault.status is None:
            return text_lock.OPEN_FAILED
        return (
            text.RECOVERY_KEY
            if self.form.is_recovery
            else text_lock.state_title(vault.status.state)
        )

    def _explanation(self) -> str:
        vault = self._vault
        if vault.is_locking:
            return ""
        if vault.is_wiped or vault.status is None or vault.is_open:
            error = vault.error
            if error is not None:
                return f"{error.message} {error.action}".strip()
            return text_lock.FORGOTTEN_DETAIL if vault.is_wiped else ""
        if self.form.is_recovery:
            return ""
        return text_lock.state_detail(vault.status, vault.reason)

    def _wanted_actions(self) -> list[tuple[str, Callable[[], object]]]:
        vault = self._vault
        again = (text_lock.TRY_AGAIN, vault.open)
        leave = (text_lock.QUIT, self.quit_wanted.emit)
        if vault.is_wiped:
            return [(text_lock.BEGIN_ANEW, vault.open), leave]
        if vault.is_locking or self._shows_form():
            return []
        if vault.is_open:
            return [(text_lock.TRY_AGAIN, vault.lock)]
        recover = (text.USE_RECOVERY_KEY, lambda: self.form.ask_for_recovery(True))
        with_key = [recover] if vault.status and vault.status.has_recovery_key else []
        restore = (text_lock.RESTORE_A_BACKUP, self.restore_wanted.emit)
        last = (text.RESTORE_LAST, self.restore_wanted.emit)
        match self._state():
            case VaultState.KEY_MISSING:
                return [*with_key, again] if with_key else [again, restore]
            case VaultState.KEYCHAIN_UNREADABLE:
                return [again, *with_key]
            case VaultState.DAMAGED:
                return [last, again]
            case VaultState.NEWER | VaultState.BUSY:
                return [again, leave]
        return [again, leave]

    def _make_actions(self, wants: list[tuple[str, Callable[[], object]]]) -> None:
        for button in self.buttons:
            self._button_column.removeWidget(button)
            button.deleteLater()
        self.buttons = [
            push_button(words, "quiet" if place else "primary", act)
            for place, (words, act) in enumerate(wants)
        ]
        for button in self.buttons:
            button.setMinimumWidth(240)
            self._button_column.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)

    def _vault_changed(self) -> None:
        was_refused = self._vault.error is not None and self._vault.error.kind == "wrong_key"
        if self._vault.is_open:
            self.form.forget()
        had_form = self.form.isVisibleTo(self)
        self.refresh()
        was_opening, self._was_opening = self._was_opening, self._vault.is_opening
        is_opened_or_not = was_opening and not self._vault.is_opening
        # While it locked there was nothing yet that could take the focus.
        has_new_form = not had_form and self.form.isVisibleTo(self)
        if (is_opened_or_not or has_new_form) and self.isVisible():
            self.focus()
        if was_refused and self.form.isVisibleTo(self) and not self._vault.is_opening:
            self.form.take_refusal()
            announce(self, self.form.message.text(), is_urgent=True)

    def _arrange(self, theme: Theme) -> None:
        page = QWidget()
        page.setObjectName("LockPage")
        column = QVBoxLayout(page)
        column.setContentsMargins(32, 24, 32, 24)
        column.setSpacing(8)
        column.addStretch(4)
        column.addWidget(_Sign(theme), 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(12)
        for words in (self._title, self._detail, self._note):
            words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            words.setMinimumWidth(min(theme.px(WIDTH), _WORDS_PX))
            words.setMaximumWidth(theme.px(_WORDS_PX))
            column.addLayout(_centred(words))
        column.addSpacing(16)
        column.addLayout(_centred(self.form))
        column.addLayout(self._button_column)
        column.addStretch(6)
        self.note("")
        scroll = QScrollArea()
        scroll.setWidget(page)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scroll)


def _centred(widget: QWidget) -> QHBoxLayout:
    """In the middle; unlike an alignment, this leaves it the height its lines need."""
    row = QHBoxLayout()
    row.addStretch(1)
    row.addWidget(widget, 100)
    row.addStretch(1)
    return row
