"""One conversation with the engine, for the faces that live in a terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from app.errors import ReportedError
from app.measured_answer import Measured
from app.port_reader import PortReader
from engine.contract.attachments import Attachment
from engine.contract.commands import (
    CreateConversation,
    DeleteConversation,
    SendMessage,
    StopGeneration,
)
from engine.contract.errors import Cancelled, ErrorReport
from engine.contract.events import (
    ContextRolled,
    Event,
    HistoryCut,
    TextGenerated,
    TurnFinished,
)
from engine.contract.ids import new_id
from engine.contract.introspection_commands import SetInstruments
from engine.contract.introspection_events import TurnMeasured
from engine.contract.library_commands import FitAttachments, ReadAttachment
from engine.contract.library_events import AttachmentRead
from engine.contract.messages import Message
from engine.contract.settings import GenerationSettings
from engine.contract.signals import Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A finished answer and what the user should know about it.

    Attributes:
        measured: None with the instruments off.
    """

    message: Message
    notices: tuple[str, ...] = ()
    measured: Measured | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachedFiles:
    """Files that wait for a question, and what the user should know about them."""

    ids: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


class Dialogue:
    """One conversation; `begin_anew` and `forget` start the next one."""

    def __init__(
        self,
        reader: PortReader,
        generation: GenerationSettings,
        profile: Profile = Profile.OFF,
    ) -> None:
        self._reader = reader
        self._profile = profile
        self._generation = generation
        self._conversation_id = ""

    def ask(
        self,
        question: str,
        on_text: Callable[[str, bool], None],
        *,
        generation: GenerationSettings | None = None,
        files: tuple[str, ...] = (),
    ) -> Answer:
        """The answer to `question`, what was said before taken into account.

        Args:
            question: What the user says.
            on_text: Called with each new piece and whether it is reasoning.
            generation: Settings for this answer alone.
            files: Identifiers that `attach` gave.

        Raises:
            ReportedError: It could not be answered.
        """
        generation = generation or self._generation
        if not self._conversation_id:
            self._begin(generation.system_prompt)
        command = SendMessage(
            conversation_id=self._conversation_id,
            text=question,
            generation=generation,
            attachment_ids=files,
        )
        ends: list[Message] = []
        notices: list[str] = []
        measured, until = self._measured()
        try:
            for event in self._reader.events_of(command, stop=self._stop, until=until):
                if measured is not None:
                    measured.take(event)
                _take(event, on_text, ends, notices)
        except ReportedError as error:
            # A stopped job counts as cancelled, but what was written until then is an answer.
            if error.kind != Cancelled.kind or not ends:
                raise
        if not ends:
            raise ReportedError(ErrorReport(kind="bug", message="The answer was lost."))
        return Answer(message=ends[0], notices=tuple(notices), measured=measured)

    def _measured(self) -> tuple[Measured | None, type[Event] | None]:
        """Where measurements go, and what comes last of them."""
        if self._profile is Profile.OFF:
            return None, None
        self._reader.run(SetInstruments(profile=self._profile))
        return Measured(), TurnMeasured

    def attach(self, paths: Sequence[str], question: str, *, is_fitted: bool) -> AttachedFiles:
        """The files are read and can go with the question.

        Args:
            paths: Of the files.
            question: What goes with them.
            is_fitted: Whether of files that are too long the first part will do.

        Raises:
            ReportedError: One cannot be read.
        """
        found: dict[str, Attachment] = {}
        for path in paths:
            command = ReadAttachment(attachment_id=new_id("att"), path=path)
            found |= _cards(self._reader.run(command))
        if found and is_fitted:
            if not self._conversation_id:
                self._begin(self._generation.system_prompt)
            fit = FitAttachments(
                conversation_id=self._conversation_id, attachment_ids=tuple(found), draft=question
            )
            found |= _cards(self._reader.run(fit))
        return AttachedFiles(
            ids=tuple(found),
            notices=tuple(f"{card.name}: {card.notice}" for card in found.values() if card.notice),
        )

    def begin_anew(self) -> None:
        """The next question starts a new conversation; this one is kept."""
        self._conversation_id = ""

    def forget(self) -> None:
        """The next question starts a new conversation, and this one is gone."""
        if self._conversation_id:
            self._reader.run(DeleteConversation(conversation_id=self._conversation_id))
            self._conversation_id = ""

    def change(self, **settings: object) -> None:
        """From the next question on these generation settings hold.

        Raises:
            BadRequestError: A value is out of range.
        """
        self._generation = replace(self._generation, **settings)  # type: ignore[arg-type]

    def _begin(self, system_prompt: str) -> None:
        conversation_id = new_id("conv")
        self._reader.run(
            CreateConversation(conversation_id=conversation_id, system_prompt=system_prompt)
        )
        self._conversation_id = conversation_id

    def _stop(self) -> None:
        self._reader.port.submit(StopGeneration(conversation_id=self._conversation_id))


def _cards(events: Sequence[Event]) -> dict[str, Attachment]:
    read = (event.attachment for event in events if isinstance(event, AttachmentRead))
    return {card.id: card for card in read}


def _take(
    event: Event, on_text: Callable[[str, bool], None], ends: list[Message], notices: list[str]
) -> None:
    if isinstance(event, TextGenerated) and event.text:
        on_text(event.text, event.is_reasoning)
    elif isinstance(event, TurnFinished):
        ends.append(event.message)
    elif notice := _notice(event):
        notices.append(notice)


def _notice(event: Event) -> str:
    if isinstance(event, HistoryCut):
        count = len(event.message_ids)
        are = "oldest message was" if count == 1 else f"{count} oldest messages were"
        return f"The {are} left out: there is room for {event.context_tokens:,} tokens."
    if isinstance(event, ContextRolled):
        return "The answer outgrew the context; its oldest part is no longer seen by the model."
    return ""
