"""What the user does with the messages of the conversation on screen, as commands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from engine.contract.chat_commands import (
    BranchConversation,
    CompareAnswers,
    Contender,
    ContinueAnswer,
    DeleteMessage,
    EditMessage,
    RegenerateAnswer,
    RestoreMessage,
    ShowVersion,
)
from engine.contract.chat_events import AnswersCompared, MessagesRemoved
from engine.contract.commands import SendMessage
from engine.contract.events import ConversationChanged, ConversationCreated, Event
from engine.contract.ids import new_id
from engine.contract.introspection_commands import BranchAtToken
from engine.contract.messages import Message, Role
from engine.contract.settings import GenerationSettings
from ui.chat.conversation_book import ConversationBook
from ui.chat.conversation_entry import ConversationEntry
from ui.jobs import Jobs

# Commands that an answer is written for, from their being taken up to their end.
Turn = (
    SendMessage | EditMessage | RegenerateAnswer | ContinueAnswer | CompareAnswers | BranchAtToken
)


def words_of(command: Turn) -> str:
    """What the user typed for it; empty if nothing."""
    return command.text if isinstance(command, (SendMessage, EditMessage, CompareAnswers)) else ""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a TreeDesk is given by the desk it belongs to.

    Attributes:
        entry: The conversation on screen.
        begin: Submits a command that an answer is written for; the words are shown at a place of
            the path until it is taken up.
        can_begin: Whether an answer may be begun now.
    """

    entry: Callable[[], ConversationEntry | None]
    begin: Callable[[Turn, str, int], str]
    can_begin: Callable[[], bool]


class TreeDesk(QObject):
    """Edits, answers again, branches, deletes and compares.

    Attributes:
        branched: conversation identifier of a branch that is there now.
        removed: conversation, message: what is in the trash now and was asked for here.
        compared: AnswersCompared of the conversation on screen.
        arrived: message identifier that was asked for and is on the path now.
    """

    branched = Signal(str)
    removed = Signal(str, str)
    compared = Signal(object)
    arrived = Signal(str)

    def __init__(
        self, jobs: Jobs, book: ConversationBook, around: Surroundings, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._book = book
        self._around = around
        self._branches: set[str] = set()
        self._wanted = ""
        jobs.bridge.event_received.connect(self._take)

    def message(self, message_id: str) -> Message | None:
        """The message of the conversation on screen, on whatever path it is."""
        entry = self._around.entry()
        return entry.tree.get(message_id) if entry is not None else None

    def last_of(self, role: Role) -> Message | None:
        """The last question, or the last answer, on screen."""
        entry = self._around.entry()
        path = entry.messages if entry is not None else []
        return next((message for message in reversed(path) if message.role is role), None)

    def edit(self, message_id: str, words: str) -> None:
        """Another version of the message stands beside it; a question is answered anew."""
        entry, message = self._around.entry(), self.message(message_id)
        if entry is None or message is None or not words.strip() or words == message.text:
            return
        command = EditMessage(conversation_id=entry.id, message_id=message_id, text=words)
        if message.role is not Role.USER:
            self._jobs.submit(command)
        elif self._around.can_begin():
            self._around.begin(command, words, entry.tree.place_of(message_id))

    def regenerate(
        self, message_id: str, generation: GenerationSettings | None = None, model_id: str = ""
    ) -> None:
        """The question is answered once more, by this model and with these settings."""
        entry = self._around.entry()
        if entry is None or not self._around.can_begin():
            return
        command = RegenerateAnswer(
            conversation_id=entry.id,
            message_id=message_id,
            generation=generation,
            model_id=model_id,
        )
        self._around.begin(command, "", -1)

    def write_on(self, message_id: str) -> None:
        """The answer goes on where it ended, as another version."""
        entry = self._around.entry()
        if entry is not None and self._around.can_begin():
            command = ContinueAnswer(conversation_id=entry.id, message_id=message_id)
            self._around.begin(command, "", -1)

    def branch_at(self, message_id: str, index: int, token_id: int) -> None:
        """Another version begins as this one does, and has another token at this place."""
        entry = self._around.entry()
        if entry is not None and self._around.can_begin():
            command = BranchAtToken(
                conversation_id=entry.id, message_id=message_id, index=index, token_id=token_id
            )
            self._around.begin(command, "", -1)

    def show_beside(self, message_id: str, step: int) -> None:
        """The version before or after this one is on screen, when the engine has said so."""
        entry = self._around.entry()
        beside = entry.tree.versions(message_id) if entry is not None else ()
        place = beside.index(message_id) + step if message_id in beside else -1
        if 0 <= place < len(beside):
            self.show(beside[place])

    def show(self, message_id: str) -> bool:
        """A path through the message is on screen; False if it is on screen already."""
        entry = self._around.entry()
        if entry is None or entry.tree.place_of(message_id) >= 0:
            return False
        self._wanted = message_id
        self._jobs.submit(ShowVersion(conversation_id=entry.id, message_id=message_id))
        return True

    def branch(self, message_id: str) -> None:
        """Another conversation begins with what was said up to this message."""
        entry = self._around.entry()
        if entry is None:
            return
        made = new_id("conv")
        self._branches.add(made)
        self._jobs.submit(
            BranchConversation(
                conversation_id=entry.id, message_id=message_id, new_conversation_id=made
            )
        )

    def delete(self, message_id: str) -> None:
        """The message and what follows it are on their way to the trash."""
        entry = self._around.entry()
        if entry is not None and self._around.can_begin():
            self._jobs.submit(DeleteMessage(conversation_id=entry.id, message_id=message_id))

    def restore(self, conversation_id: str, message_id: str) -> None:
        """What was deleted with this message comes back."""
        self._jobs.submit(RestoreMessage(conversation_id=conversation_id, message_id=message_id))

    def compare(self, message_id: str, contenders: tuple[Contender, ...], words: str = "") -> str:
        """The question is answered once by each contender; returns the job."""
        entry = self._around.entry()
        if entry is None or not self._around.can_begin():
            return ""
        command = CompareAnswers(
            conversation_id=entry.id, message_id=message_id, text=words, contenders=contenders
        )
        return self._around.begin(command, words, -1)

    def _take(self, event: Event) -> None:
        entry = self._around.entry()
        match event:
            case ConversationCreated() if event.conversation.id in self._branches:
                self._branches.discard(event.conversation.id)
                self.branched.emit(event.conversation.id)
            case MessagesRemoved() if event.message_ids:
                self.removed.emit(event.conversation_id, event.message_ids[0])
            case AnswersCompared() if entry is not None and event.conversation_id == entry.id:
                self.compared.emit(event)
            case ConversationChanged() if entry is not None and self._wanted:
                if entry.tree.place_of(self._wanted) >= 0:
                    wanted, self._wanted = self._wanted, ""
                    self.arrived.emit(wanted)
