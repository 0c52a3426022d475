"""Conversations and their messages, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from engine.contract.attachments import Attachment
from engine.contract.library import NO_OVERRIDES, SamplingOverrides


class Role(Enum):
    """Who speaks in a message."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


class FinishReason(Enum):
    """Why an answer ended."""

    STOP = "stop"
    """The model ended its turn, or a stop string was reached."""
    LENGTH = "length"
    """The token limit, or the end of the model's context, was reached."""
    STOPPED = "stopped"
    """The user stopped it."""
    FAILED = "failed"
    """An error ended it; what had been written is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerStats:
    """What was measured while one answer was written.

    Attributes:
        model: Identifier of the model that wrote it.
        prompt_tokens: Length of the whole prompt.
        cached_tokens: How many of those came from the prompt cache and were not computed again.
        completion_tokens: Tokens generated, the end-of-turn token not counted.
        ttft_ms: Time to first token, from the moment the engine took up the command.
        tokens_per_second: Decode speed after the first token; None below two tokens.
        prefill_tokens_per_second: Prompt tokens computed per second; None if all were cached.
        drafted_tokens: Tokens proposed by speculation; 0 without it.
        accepted_tokens: How many of those the model agreed with.
        seed: Seed of the sampler.
        reasoning_ms: Time spent inside thinking tags; 0 if there were none.
        temperature: As it was for this answer, like the other settings after it; None in answers
            from before these were kept.
    """

    model: str
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    ttft_ms: float
    tokens_per_second: float | None
    prefill_tokens_per_second: float | None
    drafted_tokens: int = 0
    accepted_tokens: int = 0
    seed: int = 0
    reasoning_ms: float = 0.0
    temperature: float | None = None
    top_p: float | None = None
    min_p: float | None = None
    repetition_penalty: float | None = None
    max_tokens: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of a conversation.

    Attributes:
        id: Sorts by creation time.
        parent_id: The message it answers or follows; None for the first. Messages with one parent
            are versions of each other; see message_tree.py.
        text: Markdown for the assistant, plain text for the user.
        reasoning: What the model wrote inside its thinking tags; empty if nothing.
        created_at_s: Seconds since the Unix epoch.
        finish_reason: None while an answer is being written, and for the user's messages.
        stats: None until an answer has ended.
        attachments: Files that went with it.
    """

    id: str
    role: Role
    text: str
    created_at_s: float
    parent_id: str | None = None
    reasoning: str = ""
    finish_reason: FinishReason | None = None
    stats: AnswerStats | None = None
    attachments: tuple[Attachment, ...] = ()


class TitleSource(Enum):
    """Who gave a conversation its title."""

    FIRST_WORDS = "first_words"
    MODEL = "model"
    USER = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """One conversation and all versions of its messages, in the order they were made.

    Attributes:
        title: What the sidebar shows.
        updated_at_s: Time of the last message, seconds since the Unix epoch.
        system_prompt: None means that of the preset, or else of the settings.
        leaf_id: The last message of the path that is shown; None takes the newest message.
        folder_id: Empty means none.
        is_temporary: It is never written anywhere and is gone when the app or the vault closes.
        preset_id: Empty means none.
        sampling: What differs here from the preset and the settings.
    """

    id: str
    title: str
    created_at_s: float
    updated_at_s: float
    system_prompt: str | None = None
    messages: tuple[Message, ...] = ()
    leaf_id: str | None = None
    folder_id: str = ""
    is_pinned: bool = False
    is_archived: bool = False
    is_temporary: bool = False
    title_source: TitleSource = TitleSource.FIRST_WORDS
    preset_id: str = ""
    sampling: SamplingOverrides = NO_OVERRIDES
