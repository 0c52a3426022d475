"""What was typed and not sent, by conversation; kept in the vault when its writer pauses."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, QTimer

from engine.contract.vault_commands import KeepDraft
from ui.jobs import Jobs

# With the composer's own pause before it, a draft is on its way a second after the last key.
_KEEP_AFTER_MS = 850


class Drafts(QObject):
    """Holds drafts in memory and hands those that changed to the vault."""

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._words: dict[str, str] = {}
        self._kept: dict[str, str] = {}
        self._can_keep = False
        self._never_kept: set[str] = set()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_KEEP_AFTER_MS)
        self._pause.timeout.connect(self.keep)

    def of(self, conversation_id: str) -> str:
        """What was typed in this conversation."""
        return self._words.get(conversation_id, "")

    def kept_ids(self) -> list[str]:
        """Conversations of which the vault keeps a draft, the latest first."""
        return [id_ for id_, words in self._kept.items() if words]

    def never_keep(self, conversation_id: str) -> None:
        """What is typed there is held in memory only."""
        self._never_kept.add(conversation_id)

    def may_keep(self, conversation_id: str) -> None:
        """What is typed there is kept from now on."""
        if conversation_id in self._never_kept:
            self._never_kept.discard(conversation_id)
            self._pause.start()

    def note(self, conversation_id: str, words: str) -> None:
        """This is typed there now; it is kept when nothing else is noted for a while."""
        self._words[conversation_id] = words
        if words != self._kept.get(conversation_id, ""):
            self._pause.start()

    def keep(self) -> None:
        """Everything noted is on its way into the vault."""
        self._pause.stop()
        if not self._can_keep:
            return
        for conversation_id, words in list(self._words.items()):
            if conversation_id in self._never_kept:
                continue
            if words != self._kept.get(conversation_id, ""):
                self._kept[conversation_id] = words
                self._jobs.submit(KeepDraft(conversation_id=conversation_id, text=words))
            if not words:
                del self._words[conversation_id]

    def put_back(self, drafts: Iterable[tuple[str, str]]) -> None:
        """These come from the vault; what was typed meanwhile stays."""
        self._can_keep = True
        for conversation_id, words in drafts:
            self._kept[conversation_id] = words
            self._words.setdefault(conversation_id, words)
        self.keep()

    def lose(self, conversation_id: str) -> None:
        """The conversation is gone, and the vault let go of its draft with it."""
        self._words.pop(conversation_id, None)
        self._kept.pop(conversation_id, None)

    def forget(self) -> None:
        """Nothing is in memory any more; what the vault has stays there."""
        self._pause.stop()
        self._can_keep = False
        self._words.clear()
        self._kept.clear()
        self._never_kept.clear()
