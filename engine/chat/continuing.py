"""The part of an answer that is there already, as the beginning of a turn that is still open.

Runs on: compute (it encodes text; no mlx).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.contract.messages import Conversation, Message
from engine.models.tokenizer import Tokenizer

# Enough of a prompt's end to hold an opening tag.
_TAG_TOKENS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What stands in the assistant's turn before the first new token.

    Attributes:
        is_reasoning: Whether it ends inside the thinking tags.
    """

    tokens: tuple[int, ...] = ()
    is_reasoning: bool = False


def continuable(answer: Message) -> Message | None:
    """The answer as something to go on from; None if there is nothing of it.

    An answer that was cut off inside a character ends with the sign for a broken one.
    """
    text = answer.text.rstrip("\ufffd")
    return replace(answer, text=text) if text or answer.reasoning else None


def begun_with(conversation: Conversation, answer_id: str) -> Message | None:
    """The answer of this identifier as something to go on from; None if it is not there."""
    found = next((message for message in conversation.messages if message.id == answer_id), None)
    return continuable(found) if found is not None else None


def opening_of(tokenizer: Tokenizer, prompt: Sequence[int], answer: Message) -> Opening:
    """The answer as the model wrote it, after a prompt that opens the assistant's turn.

    The same tokens as when it was written, as far as the text tells, so that what the model has
    read of them by then need not be read again.
    """
    start, end = tokenizer.think_start, tokenizer.think_end
    tokens: list[int] = []
    is_open = start is not None and _ends_with(tokenizer, prompt, start)
    if start is not None and answer.reasoning:
        if not is_open:
            tokens += tokenizer.encode(f"{start}\n", with_special=True)
        tokens += tokenizer.encode(answer.reasoning, with_special=False)
        if not answer.text:
            return Opening(tokens=tuple(tokens), is_reasoning=True)
        is_open = True
    if is_open and end is not None:
        tokens += tokenizer.encode(f"\n{end}\n\n", with_special=True)
    text = answer.text if tokens else _lead(tokenizer, answer.text) + answer.text
    return Opening(tokens=(*tokens, *tokenizer.encode(text, with_special=False)))


def _ends_with(tokenizer: Tokenizer, prompt: Sequence[int], tag: str) -> bool:
    return tokenizer.decode(prompt[-_TAG_TOKENS:]).rstrip().endswith(tag)


def _lead(tokenizer: Tokenizer, text: str) -> str:
    """What the template writes between the opened turn and the answer, such as one space."""
    if text[:1].isspace():
        return ""
    opened = tokenizer.render([("user", "x")])
    closed = tokenizer.render([("user", "x"), ("assistant", "y")], add_generation_prompt=False)
    lead, found, _ = closed.removeprefix(opened).partition("y")
    return lead if found and closed.startswith(opened) and not lead.strip() else ""
