"""When the first screens are shown, and what they leave behind."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from ui.model_status import ModelStatus
from ui.vault.parts import VaultParts
from ui.welcome.model_step import ModelStep
from ui.welcome.privacy_step import PrivacyStep
from ui.welcome.question_step import QuestionStep
from ui.welcome.welcome_panel import WelcomePanel


class WelcomeFace(QObject):
    """Shows the screens once, when the vault is open for the first time, and again when asked.

    Attributes:
        panel: The screens; None while they are not shown.
        changed: They came or went.
    """

    changed = Signal()

    def __init__(
        self,
        parts: VaultParts,
        models: ModelStatus,
        window: QWidget,
        behind: QWidget,
        ask: Callable[[str], object],
    ) -> None:
        """Nothing is shown yet.

        Args:
            parts: How the vault stands, settings and theme.
            models: The models there are.
            window: What is covered.
            behind: What cannot be reached meanwhile.
            ask: Takes the first question; empty only gives the keyboard back.
        """
        super().__init__(window)
        self._parts = parts
        self._models = models
        self._window = window
        self._behind = behind
        self._ask = ask
        self.panel: WelcomePanel | None = None
        parts.desk.opened.connect(lambda _drafts: self._begin_once())
        parts.desk.changed.connect(self._give_way)

    def acts(self) -> dict[str, Callable[[], object]]:
        """What the menu can do here."""
        return {"welcome": self.begin}

    def is_shown(self) -> bool:
        """Whether the screens cover the window."""
        return self.panel is not None

    def begin(self) -> None:
        """The first of the screens covers the window."""
        if self.panel is None:
            self._question = QuestionStep(self._models)
            steps = (
                ModelStep(self._models, self._parts.settings, self._parts.theme),
                PrivacyStep(self._parts),
                self._question,
            )
            self.panel = WelcomePanel(steps, self._parts.theme, self._window)
            self.panel.done.connect(self._end)
            self._question.asked.connect(self.panel.go_on)
        self._behind.setEnabled(False)
        self.panel.begin()
        self.changed.emit()

    def _begin_once(self) -> None:
        if not self._parts.settings.value.interface.is_welcomed:
            self.begin()

    def _end(self, is_taken: bool) -> None:
        words = self._question.question() if is_taken else ""
        self._close()
        if not self._parts.settings.value.interface.is_welcomed:
            self._parts.settings.change("interface", "is_welcomed", True)
        self._ask(words)

    def _give_way(self) -> None:
        """A locked vault is covered by its own screen, and nothing typed here stays."""
        if self.panel is not None and self._parts.desk.is_covered:
            self._close()

    def _close(self) -> None:
        panel, self.panel = self.panel, None
        if panel is not None:
            self._question.forget()
            panel.hide()
            panel.deleteLater()
        self._behind.setEnabled(True)
        self.changed.emit()
