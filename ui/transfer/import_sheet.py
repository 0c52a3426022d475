"""Shows what is in an export file of ours or another app, then takes it in."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from engine.contract.errors import ErrorReport
from engine.contract.events import Event
from engine.contract.library_commands import ImportConversations, PlanImport
from engine.contract.library_events import ConversationsImported, ImportPlanned
from ui import text_transfer as text
from ui.vault.parts import VaultParts
from ui.vault.sheet import Sheet
from ui.widgets.buttons import push_button
from ui.widgets.file_choice import choose_file, choose_folder
from ui.widgets.labels import label

_NOTICES_SHOWN = 6


class ImportSheet(Sheet):
    """Nothing is changed before the plan was seen.

    Attributes:
        from_file, from_folder: Ask where the export lies.
        plan: What is in it; None before it was looked into.
    """

    def __init__(self, parts: VaultParts, parent: QWidget) -> None:
        super().__init__(parts, text.IMPORT_TITLE, text.IMPORT_WHY, text.IMPORT_ACT, parent)
        self.plan: ImportPlanned | None = None
        self._imported: ConversationsImported | None = None
        self.from_file = push_button(
            text.IMPORT_FILE, "plain", lambda: choose_file(self, text.IMPORT_TITLE, self.look_into)
        )
        self.from_folder = push_button(
            text.IMPORT_FOLDER,
            "plain",
            lambda: choose_folder(self, text.IMPORT_TITLE, self.look_into),
        )
        self._found = label("", "strong", wraps=True)
        self._known = label("", "muted", wraps=True)
        self._notices = label("", "small", wraps=True)
        ways = QHBoxLayout()
        ways.setSpacing(8)
        for button in (self.from_file, self.from_folder):
            button.setAutoDefault(False)
            ways.addWidget(button)
        ways.addStretch(1)
        self.body.addLayout(ways)
        for said in (self._found, self._known, self._notices):
            said.hide()
            self.body.addWidget(said)
        self.refresh()
        self.from_file.setFocus(Qt.FocusReason.OtherFocusReason)

    def look_into(self, path: str) -> None:
        """What lies there is being read; nothing is changed."""
        self.plan = None
        self._show_plan()
        self.run(PlanImport(path=path))

    def is_ready(self) -> bool:
        """Whether there is anything new in it."""
        return self.plan is not None and self.plan.conversations > self.plan.known

    def act(self) -> None:
        """What was planned is being taken in."""
        if self.is_ready() and self.plan is not None:
            self.run(ImportConversations(plan_id=self.plan.plan_id))

    def progress(self) -> tuple[str, float]:
        """How far it is."""
        is_looking = self.plan is None
        return text.LOOKING if is_looking else text.IMPORTING, self.errand.share_ratio

    def can_be_stopped(self) -> bool:
        """What came in already stays; the rest can be imported again."""
        return True

    def take(self, event: Event) -> None:
        """The plan, or what came of it."""
        if isinstance(event, ImportPlanned):
            self.plan = event
            self._show_plan()
        elif isinstance(event, ConversationsImported):
            self._imported = event

    def refuse(self, error: ErrorReport) -> None:
        """What stands in the way is on screen; another file can be chosen."""
        super().refuse(error)
        if self.plan is None:
            self.from_file.setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self) -> None:
        """Another place can be chosen while nothing goes on."""
        super().refresh()
        if hasattr(self, "from_folder"):
            for button in (self.from_file, self.from_folder):
                button.setEnabled(not self.is_busy())

    def done_words(self) -> str:
        """How much came in."""
        made = self._imported
        return text.imported(made.conversations, made.messages) if made is not None else ""

    def _show_plan(self) -> None:
        plan = self.plan
        for said in (self._found, self._known, self._notices):
            said.setVisible(plan is not None)
        if plan is None:
            return
        self._found.setText(text.planned(plan.source, plan.conversations, plan.messages))
        self._known.setText(text.known(plan.known))
        self._known.setVisible(plan.known > 0)
        shown = plan.notices[:_NOTICES_SHOWN]
        rest = len(plan.notices) - len(shown)
        lines = [*shown, text.more_notices(rest)] if rest else shown
        self._notices.setText("\n".join(lines))
        self._notices.setVisible(bool(lines))
        self.refresh()
        self.action.setFocus(Qt.FocusReason.OtherFocusReason)
