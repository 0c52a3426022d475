"""Jan's threads: a folder each, with `thread.json` and one message a line in `messages.jsonl`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from engine.chat.transfer.found import (
    FoundConversation,
    FoundMessage,
    dict_in,
    in_a_row,
    list_in,
    number_in,
    split_thinking,
    stats_of,
    text_in,
    time_in,
)
from engine.contract.messages import FinishReason, Role

_ROLES = {"user": Role.USER, "assistant": Role.ASSISTANT}


def read(thread: dict[str, Any], lines: Iterable[Any], name: str) -> FoundConversation | None:
    """The thread with its messages in order of time; None if it is empty.

    Args:
        thread: What `thread.json` holds.
        lines: What each line of `messages.jsonl` holds.
        name: Of its folder, in case the thread does not say.
    """
    left_out: Counter[str] = Counter()
    assistant = dict_in(next(iter(list_in(thread.get("assistants"))), None))
    model = text_in(dict_in(assistant.get("model")).get("id"))
    found = [
        message
        for number, line in enumerate(lines)
        if (message := _message(number, dict_in(line), model, left_out))
    ]
    if not found:
        return None
    # Older versions wrote the latest first; a sort keeps the order of those without a time.
    found.sort(key=lambda message: message.created_at_s or 0.0)
    created = time_in(thread.get("created")) or time_in(thread.get("created_at"))
    return FoundConversation(
        source_id=text_in(thread.get("id")) or name,
        title=text_in(thread.get("title")) or text_in(thread.get("summary")),
        created_at_s=created,
        updated_at_s=time_in(thread.get("updated")) or time_in(thread.get("updated_at")),
        system_prompt=text_in(assistant.get("instructions")).strip() or None,
        messages=in_a_row(found),
        is_pinned=thread.get("isFavorite") is True
        or dict_in(thread.get("metadata")).get("is_favorite") is True,
        left_out=dict(left_out),
    )


def _message(
    number: int, told: dict[str, Any], model: str, left_out: Counter[str]
) -> FoundMessage | None:
    role = _ROLES.get(text_in(told.get("role")))
    if role is None:
        return None
    text, reasoning = _text(told.get("content"), left_out).strip(), ""
    if role is Role.ASSISTANT:
        text, reasoning = split_thinking(text)
    left_out["files"] += len(list_in(told.get("attachments")))
    if not text and not reasoning:
        return None
    is_answer = role is Role.ASSISTANT
    facts = dict_in(told.get("metadata"))
    own_model = text_in(dict_in(facts.get("model")).get("id")) or text_in(facts.get("modelId"))
    return FoundMessage(
        source_id=text_in(told.get("id")) or f"message {number}",
        parent=None,
        role=role,
        text=text,
        reasoning=reasoning,
        created_at_s=time_in(number_in(told.get("created_at"))),
        finish_reason=_reason(told) if is_answer else None,
        stats=stats_of(own_model or model) if is_answer else None,
    )


def _text(content: Any, left_out: Counter[str]) -> str:
    if not isinstance(content, list):
        return text_in(content)
    pieces = []
    for part in map(dict_in, content):
        text = part.get("text")
        pieces.append(text_in(dict_in(text).get("value")) or text_in(text))
        left_out["pictures"] += part.get("type") in ("image", "image_url")
    return "\n\n".join(piece for piece in pieces if piece)


def _reason(told: dict[str, Any]) -> FinishReason:
    status = told.get("status")
    if status == "error":
        return FinishReason.FAILED
    return FinishReason.STOPPED if status in ("stopped", "pending") else FinishReason.STOP
