"""What may be asked of a conversation's tree, its place in the list, and its answers."""

from __future__ import annotations

from dataclasses import dataclass

from engine.contract.commands import Command
from engine.contract.library import NO_OVERRIDES, SamplingOverrides
from engine.contract.settings import GenerationSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class EditMessage(Command):
    """Add another version of a message beside it.

    The user's message is answered anew, with the events of SendMessage; an answer edited by the
    user stands as it is (MessageAdded). The version before is kept.
    """

    conversation_id: str
    message_id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegenerateAnswer(Command):
    """Write another version of an answer. Answered like SendMessage, without the question.

    Attributes:
        message_id: An answer, or a question without one.
        generation: None takes what holds for the conversation.
        model_id: Loaded first if it is not the one that answers; empty takes the loaded one.
    """

    conversation_id: str
    message_id: str
    generation: GenerationSettings | None = None
    model_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContinueAnswer(Command):
    """Write on where an answer ended, as another version that begins with its text."""

    conversation_id: str
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowVersion(Command):
    """Show the newest path through this message. Answered by ConversationChanged."""

    conversation_id: str
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchConversation(Command):
    """Begin another conversation with the path up to a message. Answered by ConversationCreated.

    Attributes:
        new_conversation_id: Made by the asker with `new_id("conv")`.
    """

    conversation_id: str
    message_id: str
    new_conversation_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteMessage(Command):
    """Move a message and what follows it on any path to the trash. Answered by MessagesRemoved."""

    conversation_id: str
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreMessage(Command):
    """Bring back what one DeleteMessage moved. Answered by ConversationCreated with all of it."""

    conversation_id: str
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganiseConversation(Command):
    """Change its place in the list. Answered by ConversationChanged. None leaves a thing alone.

    Attributes:
        folder_id: Empty takes it out of its folder.
    """

    conversation_id: str
    folder_id: str | None = None
    is_pinned: bool | None = None
    is_archived: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigureConversation(Command):
    """Give a conversation its own prompt, preset and sampling. Answered by ConversationChanged.

    Attributes:
        system_prompt: None takes that of the preset, or else of the settings.
    """

    conversation_id: str
    preset_id: str = ""
    system_prompt: str | None = None
    sampling: SamplingOverrides = NO_OVERRIDES


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepConversation(Command):
    """Make a temporary conversation a kept one. Answered by ConversationChanged."""

    conversation_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One side of a comparison.

    Attributes:
        model_id: Empty takes the loaded one.
        generation: None takes what holds for the conversation.
    """

    model_id: str = ""
    generation: GenerationSettings | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareAnswers(Command):
    """Have one question answered several times, as versions beside each other.

    Answered like SendMessage, with one answer after another, then AnswersCompared. The model that
    answered before is loaded again at the end.

    Attributes:
        message_id: A question that is there already; empty asks `text` as a new one.
        contenders: Two to four.
    """

    conversation_id: str
    text: str = ""
    message_id: str = ""
    contenders: tuple[Contender, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainAnswer(Command):
    """Show the exact prompt an answer was made from. Answered by AnswerExplained."""

    conversation_id: str
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepPlace(Command):
    """Remember what is on screen, for the next start; told by VaultOpened.

    Attributes:
        message_id: The topmost message in view; empty at the end.
        offset_px: How far its top is above the view's.
    """

    conversation_id: str
    message_id: str = ""
    offset_px: int = 0
