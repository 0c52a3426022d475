"""What the engine reports of a conversation's tree and its answers."""

from __future__ import annotations

from dataclasses import dataclass

from engine.contract.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagesRemoved(Event):
    """These are in the trash and off the page.

    Attributes:
        message_ids: All that went, the deleted one first.
        leaf_id: Where the shown path ends now; None if nothing is left.
    """

    conversation_id: str
    message_ids: tuple[str, ...]
    leaf_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswersCompared(Event):
    """All sides have answered, or failed.

    Attributes:
        message_ids: The answers, in the order of the contenders.
    """

    conversation_id: str
    question_id: str
    message_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerExplained(Event):
    """The prompt of an answer.

    Attributes:
        prompt: The text the model was given, special tokens written out.
        prompt_tokens: Its length.
        is_exact: Whether it was rebuilt to the same tokens, told by their digest; where it is not
            (another model is loaded, or a part was forgotten) `notice` says why.
        left_out: Messages that did not fit.
    """

    conversation_id: str
    message_id: str
    prompt: str
    prompt_tokens: int
    is_exact: bool
    notice: str = ""
    left_out: int = 0
