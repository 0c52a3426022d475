"""A small modal sheet that asks, does one thing, shows how far it is, and says how it ended."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLayout,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from engine.contract.commands import Command
from engine.contract.errors import ErrorReport
from engine.contract.events import Event
from ui import text_vault as text
from ui.vault.errand import Errand
from ui.vault.parts import VaultParts
from ui.widgets.buttons import push_button
from ui.widgets.labels import label, set_style_property

_WIDTH_PX = 460


class Sheet(QDialog):
    """What the sheets of the vault share; each fills `body` and says what its action does.

    Attributes:
        parts: What it is built from.
        body: Where its fields stand.
        action: Its one main button.
        leave: Closes it without doing anything, or when it is done.
        is_done: Whether what it is there for has been done.
    """

    def __init__(
        self, parts: VaultParts, title: str, why: str, action: str, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setObjectName("Sheet")
        self.setWindowTitle(title)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.parts = parts
        self.is_done = False
        self.errand = Errand(parts.jobs, self)
        self.errand.changed.connect(self.show_progress)
        self.errand.answered.connect(self.take)
        self.errand.finished.connect(self._ended)
        self.errand.failed.connect(self.refuse)
        self.heading = label(title, "heading", wraps=True)
        self.why = label(why, "muted", wraps=True)
        self.why.setVisible(bool(why))
        self.body = QVBoxLayout()
        self.body.setSpacing(8)
        self._message = label("", "small", wraps=True)
        self._message.hide()
        self._stage = label("", "small")
        self._bar = QProgressBar()
        self._bar.setRange(0, 1000)
        self._bar.setTextVisible(False)
        self.leave = push_button(text.CANCEL, "plain", self.reject)
        self.action = push_button(action, "primary", self.act)
        self.leave.setAutoDefault(False)
        self.action.setDefault(True)
        self._foot = QHBoxLayout()
        self._arrange(parts.theme.px(_WIDTH_PX))
        self._bar.hide()
        self._stage.hide()

    # for the sheets themselves

    def act(self) -> None:
        """What the main button does."""

    def take(self, event: Event) -> None:
        """An answer of the engine that is not the end."""
        del event

    def is_ready(self) -> bool:
        """Whether the main button can be pressed."""
        return True

    def done_words(self) -> str:
        """What is said when all is done; empty closes the sheet."""
        return ""

    # what they use

    def run(self, command: Command) -> None:
        """The command is on its way, and the fields wait."""
        self.say("")
        self.errand.run(command)

    def say(self, words: str, *, is_error: bool = False) -> None:
        """A line above the buttons; empty for none."""
        self._message.setText(words)
        self._message.setVisible(bool(words))
        set_style_property(self._message, "role", "error" if is_error else "small")
        self.setAccessibleDescription(words)

    def said(self) -> str:
        """What the line above the buttons says."""
        return self._message.text()

    def refuse(self, error: ErrorReport) -> None:
        """What stands in the way is on screen, and nothing is lost of what was typed."""
        self.say(f"{error.message} {error.action}".strip(), is_error=True)
        self.refresh()

    def refresh(self) -> None:
        """The buttons fit what is typed and what is going on."""
        is_running = self.is_busy()
        self.action.setVisible(not self.is_done)
        self.action.setEnabled(not is_running and self.is_ready())
        self.leave.setText(text.DONE if self.is_done else text.CANCEL)
        self.leave.setEnabled(not is_running or self.can_be_stopped())

    def is_busy(self) -> bool:
        """Whether anything goes on that the fields wait for."""
        return self.errand.is_running

    def progress(self) -> tuple[str, float]:
        """What long work is at and how far, 0 to 1; empty words if there is none."""
        return self.errand.stage, self.errand.share_ratio

    def break_off(self) -> None:
        """What goes on is stopped."""
        self.errand.cancel()

    def can_be_stopped(self) -> bool:
        """Whether the running command may be cancelled."""
        return False

    def finish(self, words: str) -> None:
        """All is done: the sheet says so and can only be left."""
        self.is_done = True
        self.say(words)
        _hide_all(self.body)
        self.why.hide()
        self.refresh()
        self.leave.setDefault(True)
        self.leave.setFocus(Qt.FocusReason.OtherFocusReason)

    # Qt

    def reject(self) -> None:
        """It closes, unless something runs that must not be broken off."""
        if self.is_busy():
            if not self.can_be_stopped():
                return
            self.break_off()
        super().reject()

    def event(self, event: QEvent) -> bool:
        """It is as high as its lines need, whenever they change."""
        is_done = super().event(event)
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Show):
            layout = self.layout()
            if layout is not None:
                layout.activate()
                self.setFixedHeight(layout.totalHeightForWidth(self.width()))
        return is_done

    def closeEvent(self, event: QCloseEvent) -> None:
        """The window's own button does what Cancel does."""
        if self.is_busy() and not self.can_be_stopped():
            event.ignore()
            return
        super().closeEvent(event)

    def _ended(self) -> None:
        words = self.done_words()
        if words:
            self.finish(words)
        else:
            self.refresh()

    def show_progress(self) -> None:
        """The bar says how far long work is; the buttons fit it."""
        stage, share = self.progress()
        is_long = self.is_busy() and bool(stage)
        self._bar.setVisible(is_long)
        self._stage.setVisible(is_long)
        self._bar.setValue(round(1000 * share))
        self._bar.setAccessibleName(stage)
        self._stage.setText(text.progress(stage, share))
        self.refresh()

    def _arrange(self, width: int) -> None:
        self._foot.setSpacing(8)
        self._foot.addStretch(1)
        self._foot.addWidget(self.leave)
        self._foot.addWidget(self.action)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 18)
        column.setSpacing(8)
        column.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        column.addWidget(self.heading)
        column.addWidget(self.why)
        column.addSpacing(4)
        column.addLayout(self.body)
        column.addWidget(self._message)
        column.addWidget(self._stage)
        column.addWidget(self._bar)
        column.addSpacing(8)
        column.addLayout(self._foot)
        self.setFixedWidth(width)


def _hide_all(layout: QLayout) -> None:
    for place in range(layout.count()):
        item = layout.itemAt(place)
        widget, inner = (item.widget(), item.layout()) if item is not None else (None, None)
        if widget is not None:
            widget.hide()
        if inner is not None:
            _hide_all(inner)
