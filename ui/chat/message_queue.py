"""What was sent while an answer is still written: it waits, in order, and is never lost."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal

from engine.contract.ids import new_id


@dataclass(frozen=True, slots=True)
class Waiting:
    """One message that waits.

    Attributes:
        attachment_ids: Files that go with it.
    """

    id: str
    text: str
    attachment_ids: tuple[str, ...] = ()


class MessageQueue(QObject):
    """Keeps what waits, by conversation.

    Attributes:
        changed: conversation identifier whose messages came, changed or went.
    """

    changed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: dict[str, list[Waiting]] = {}
        self._held: set[str] = set()

    def of(self, conversation_id: str | None) -> tuple[Waiting, ...]:
        """What waits in this conversation, the next one first."""
        return tuple(self._waiting.get(conversation_id or "", ()))

    def conversations(self) -> tuple[str, ...]:
        """Where something waits."""
        return tuple(self._waiting)

    def add(self, conversation_id: str, text: str, attachment_ids: tuple[str, ...] = ()) -> None:
        """The words wait behind those that wait already."""
        one = Waiting(new_id("wait"), text, attachment_ids)
        self._waiting.setdefault(conversation_id, []).append(one)
        self.changed.emit(conversation_id)

    def edit(self, conversation_id: str, waiting_id: str, text: str) -> None:
        """Other words wait in its place; none take it back."""
        if not text.strip():
            self.remove(conversation_id, waiting_id)
            return
        waiting = self._waiting.get(conversation_id, [])
        waiting[:] = [replace(one, text=text) if one.id == waiting_id else one for one in waiting]
        self.changed.emit(conversation_id)

    def remove(self, conversation_id: str, waiting_id: str) -> Waiting | None:
        """It waits no longer; returned if it did."""
        waiting = self._waiting.get(conversation_id, [])
        found = next((one for one in waiting if one.id == waiting_id), None)
        if found is not None:
            waiting.remove(found)
            self._tidy(conversation_id)
        return found

    def hold(self, conversation_id: str) -> None:
        """Nothing follows by itself, as the user stopped the answer."""
        if self._waiting.get(conversation_id):
            self._held.add(conversation_id)
            self.changed.emit(conversation_id)

    def is_held(self, conversation_id: str | None) -> bool:
        """Whether what waits is sent only when the user says so."""
        return conversation_id in self._held

    def next(self, conversation_id: str) -> Waiting | None:
        """The next one, which waits no longer; None while it is held or nothing waits."""
        if conversation_id in self._held:
            return None
        return self._pop(conversation_id)

    def release(self, conversation_id: str) -> Waiting | None:
        """The next one, though it was held."""
        self._held.discard(conversation_id)
        return self._pop(conversation_id)

    def take_all(self, conversation_id: str) -> tuple[Waiting, ...]:
        """Everything that waited here, which does so no longer."""
        waiting = self.of(conversation_id)
        if waiting:
            self._waiting[conversation_id].clear()
            self._tidy(conversation_id)
        return waiting

    def forget(self) -> None:
        """Nothing waits anywhere."""
        for conversation_id in self.conversations():
            self.take_all(conversation_id)

    def _pop(self, conversation_id: str) -> Waiting | None:
        waiting = self._waiting.get(conversation_id)
        if not waiting:
            return None
        first = waiting.pop(0)
        self._tidy(conversation_id)
        return first

    def _tidy(self, conversation_id: str) -> None:
        if not self._waiting.get(conversation_id):
            self._waiting.pop(conversation_id, None)
            self._held.discard(conversation_id)
        self.changed.emit(conversation_id)
