"""Shows what a restore would do, and does it when the user agrees."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.contract.errors import ErrorReport
from engine.contract.events import Event
from engine.contract.vault_commands import ApplyRestore, PlanRestore
from engine.contract.vault_events import RestorePlanned, VaultRestored
from ui import text_vault as text
from ui.vault.parts import VaultParts
from ui.vault.secret_field import SecretField
from ui.vault.sheet import Sheet
from ui.widgets.buttons import push_button
from ui.widgets.labels import label


class RestoreSheet(Sheet):
    """First the plan in words and counts, then the deed.

    Attributes:
        secret: Passphrase or recovery key of the file; there only where it is needed.
        other: Changes between the two.
        lines: What would be done, once it is known.
    """

    def __init__(
        self, parts: VaultParts, path: str, parent: QWidget, *, needs_secret: bool = False
    ) -> None:
        super().__init__(parts, text.RESTORE_TITLE, "", text.CONTINUE, parent)
        self._path = path
        self._plan: RestorePlanned | None = None
        self._done = ""
        self._is_recovery = False
        self.secret = SecretField(parts.theme, text.PASSPHRASE)
        self.secret.changed.connect(self._typed)
        self.other = push_button(text.USE_RECOVERY_KEY, "quiet", self._turn)
        self.other.setAutoDefault(False)
        self.lines: list[str] = []
        self._list = QVBoxLayout()
        self._list.setSpacing(4)
        self.body.addWidget(self.secret)
        self.body.addWidget(self.other)
        self.body.addLayout(self._list)
        self._ask(needs_secret)
        self.errand.finished.connect(lambda _command: self._focus())
        self.refresh()
        if needs_secret:
            self.secret.setFocus()
        else:
            self._look()

    def is_ready(self) -> bool:
        """Whether there is something to go on with."""
        if self._plan is not None:
            return text.would_change(self._plan.counts)
        return not self._asks() or bool(self.secret.words())

    def act(self) -> None:
        """The plan is made, or carried out."""
        if self._plan is None:
            self._look()
        else:
            self.run(ApplyRestore(plan_id=self._plan.plan_id))

    def take(self, event: Event) -> None:
        """The plan, or what was done."""
        if isinstance(event, RestorePlanned):
            self._show_plan(event)
        elif isinstance(event, VaultRestored):
            self._done = text.restored(event.counts)

    def refuse(self, error: ErrorReport) -> None:
        """A file that our own keys do not open asks for its passphrase."""
        was_asked = self._asks()
        super().refuse(error)
        if error.kind == "wrong_key" and self._plan is None:
            self._ask(True)
            self.secret.mark(was_asked)
            if not was_asked:
                self.say("")
            self.secret.setFocus()
        self.refresh()

    def done_words(self) -> str:
        """What was brought in; nothing while only the plan is made."""
        return self._done

    def _look(self) -> None:
        words = self.secret.words()
        self.run(
            PlanRestore(
                path=self._path,
                passphrase="" if self._is_recovery else words,
                recovery_key=words if self._is_recovery else "",
            )
        )
        self.say(text.RESTORE_PLANNING)

    def _show_plan(self, plan: RestorePlanned) -> None:
        self._plan = plan
        self._ask(False)
        self.secret.clear()
        self.say("")
        self.heading.setText(text.plan_title(plan.made_at_s))
        has_any = text.would_change(plan.counts)
        self.why.setText(text.RESTORE_SAFE if has_any else text.RESTORE_NOTHING)
        self.why.show()
        self.lines = text.plan_lines(plan.counts)
        for line in self.lines:
            self._list.addWidget(label(line, wraps=True))
        self.action.setText(text.RESTORE_ACT)

    def _focus(self) -> None:
        """Return does what can be done next."""
        (self.action if self.action.isEnabled() and not self.is_done else self.leave).setFocus()

    def _asks(self) -> bool:
        return self.secret.isVisibleTo(self)

    def _ask(self, is_asked: bool) -> None:
        self.secret.setVisible(is_asked)
        self.other.setVisible(is_asked)
        if is_asked:
            self.why.setText(text.RESTORE_NEEDS_SECRET)
            self.why.show()

    def _turn(self) -> None:
        self._is_recovery = not self._is_recovery
        self.secret.clear()
        self.secret.rename(text.RECOVERY_KEY if self._is_recovery else text.PASSPHRASE)
        self.other.setText(text.USE_PASSPHRASE if self._is_recovery else text.USE_RECOVERY_KEY)
        self.secret.setFocus()

    def _typed(self) -> None:
        self.secret.mark(False)
        self.refresh()
