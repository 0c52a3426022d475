"""What may be asked of the engine. Every command is an order and is answered by events."""

from __future__ import annotations

from dataclasses import dataclass

from engine.contract.settings import GenerationSettings, Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """An order to the engine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateConversation(Command):
    """Start a conversation. Answered by ConversationCreated.

    Attributes:
        conversation_id: Made by the asker with `new_id("conv")`.
        system_prompt: None takes that of the preset, or else of the settings.
        is_temporary: Whether nothing of it is ever written anywhere.
    """

    conversation_id: str
    title: str = ""
    system_prompt: str | None = None
    is_temporary: bool = False
    preset_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameConversation(Command):
    """Give a conversation another title. Answered by ConversationChanged."""

    conversation_id: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteConversation(Command):
    """Remove a conversation. Answered by ConversationDeleted, which holds it, so it can return."""

    conversation_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreConversation(Command):
    """Bring back the conversation last deleted under this identifier."""

    conversation_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListConversations(Command):
    """Answered by ConversationsListed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendMessage(Command):
    """Say something and have it answered.

    Answered by MessageAdded for the user's message and for the empty answer, then TextGenerated
    as it is written, then TurnFinished.

    Attributes:
        generation: Settings for this one answer; None takes those that hold for the conversation.
        attachment_ids: Files that ReadAttachment has read.
        parent_id: The message it follows; None takes the end of the path that is shown.
    """

    conversation_id: str
    text: str
    generation: GenerationSettings | None = None
    attachment_ids: tuple[str, ...] = ()
    parent_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StopGeneration(Command):
    """End the answer being written in this conversation within one step; keep what is there."""

    conversation_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureContext(Command):
    """Count how the next prompt would fill the context. Answered by ContextMeasured."""

    conversation_id: str
    draft: str = ""
    attachment_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListModels(Command):
    """Answered by ModelsListed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchModel(Command):
    """Download a model, or go on where a download was broken off. Cancel the job to pause."""

    model_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadModel(Command):
    """Load a model, fetching it first if need be; the one before is unloaded first.

    Attributes:
        model_id: Catalogue identifier, Hub repository or local path.
    """

    model_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnloadModel(Command):
    """Give the model's memory back. Answered by ModelUnloaded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSettings(Command):
    """Use these settings from the next command on. Answered by SettingsChanged."""

    settings: Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectEngine(Command):
    """Answered by EngineInspected."""
