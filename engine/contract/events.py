"""What the engine reports. Events are past, plain, and may go to any thread."""

from __future__ import annotations

from dataclasses import dataclass

from engine.contract.errors import ErrorReport
from engine.contract.messages import Conversation, Message
from engine.contract.model_cards import LoadedModelInfo, ModelCard
from engine.contract.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened.

    Attributes:
        job_id: What `submit` returned for the command that led to it; empty if none did.
    """

    job_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandFinished(Event):
    """The command ran to its end. The last event of a job, unless CommandFailed is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandFailed(Event):
    """The command could not be carried out; kind "cancelled" if the user stopped it."""

    error: ErrorReport


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationCreated(Event):
    """A conversation began, or came back from being deleted."""

    conversation: Conversation


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationChanged(Event):
    """Title, prompt or time changed. `conversation.messages` is left empty here."""

    conversation: Conversation


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationDeleted(Event):
    """It is gone from the list and can be restored until the app is closed."""

    conversation_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationsListed(Event):
    """All conversations, latest first, with their messages."""

    conversations: tuple[Conversation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageAdded(Event):
    """A message joined a conversation; an answer joins empty and then grows."""

    conversation_id: str
    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class PrefillProgressed(Event):
    """The model is reading the prompt.

    Attributes:
        done_tokens: Tokens read so far, those from the cache included.
        cached_tokens: Tokens that had been read before.
    """

    conversation_id: str
    message_id: str
    done_tokens: int
    total_tokens: int
    cached_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryCut(Event):
    """Older messages did not fit and were left out of this prompt. They stay in the conversation.

    Attributes:
        message_ids: Those left out, oldest first.
        tokens_cut: Their length.
        context_tokens: What there was room for.
    """

    conversation_id: str
    message_ids: tuple[str, ...]
    tokens_cut: int
    context_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextRolled(Event):
    """The answer outgrew the context; its oldest tokens are no longer seen by the model."""

    conversation_id: str
    message_id: str
    kept_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TextGenerated(Event):
    """One step of an answer.

    Attributes:
        text: New text, always whole characters; may be empty while a character or a stop text
            is incomplete.
        is_reasoning: Whether it belongs inside the thinking tags.
        completion_tokens: Tokens generated so far.
    """

    conversation_id: str
    message_id: str
    text: str
    is_reasoning: bool
    completion_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnFinished(Event):
    """The answer has ended; `message` is what is kept."""

    conversation_id: str
    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextMeasured(Event):
    """How the next prompt would fill the context, in tokens of the loaded model.

    Attributes:
        limit_tokens: What the model can take, the answer included.
        answer_tokens: Room kept for the answer.
        cut_messages: How many older messages would be left out.
    """

    conversation_id: str
    system_tokens: int
    history_tokens: int
    draft_tokens: int
    answer_tokens: int
    limit_tokens: int
    memory_tokens: int = 0
    document_tokens: int = 0
    cut_messages: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsListed(Event):
    """The catalogue and what lies on this machine."""

    models: tuple[ModelCard, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDownloadProgressed(Event):
    """Part of a download came in.

    Attributes:
        remaining_s: Estimate from the speed so far; None while there is none.
    """

    model_id: str
    licence: str
    done_bytes: int
    total_bytes: int
    bytes_per_second: float
    remaining_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFetched(Event):
    """The model is on this machine, complete and checked."""

    model_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelLoadProgressed(Event):
    """Loading goes on. `share_ratio` is from 0 to 1."""

    model_id: str
    stage: str
    share_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelLoaded(Event):
    """From now on this model answers."""

    model: LoadedModelInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelUnloaded(Event):
    """No model is loaded. `freed_bytes` was measured on the process."""

    model_id: str
    freed_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsChanged(Event):
    """These settings hold now."""

    settings: Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineInspected(Event):
    """What runs underneath.

    Attributes:
        blas: Library that multiplies matrices on the CPU, or "Metal".
        compute_dtype: Number format of the activations.
        active_bytes: Memory mlx holds in live arrays.
        cache_bytes: Memory mlx keeps for reuse.
        peak_bytes: Highest `active_bytes` so far.
        limit_bytes: What model, context and caches may use together.
        prompt_cache_bytes: Memory of conversations already read.
    """

    device: str
    device_name: str
    blas: str
    compute_dtype: str
    model: LoadedModelInfo | None
    active_bytes: int
    cache_bytes: int
    peak_bytes: int
    limit_bytes: int
    prompt_cache_bytes: int
    conversations: int
