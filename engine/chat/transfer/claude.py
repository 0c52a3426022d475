"""Claude's `conversations.json`: each conversation is a list of messages, newer ones with parents.

The form is not documented by its maker; this reads what others describe of exports up to 2026. No
real export was at hand.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from engine.chat.transfer.found import (
    FoundConversation,
    FoundMessage,
    Lineage,
    dict_in,
    list_in,
    stats_of,
    text_in,
    time_in,
)
from engine.contract.messages import FinishReason, Role

_ROLES = {"human": Role.USER, "user": Role.USER, "assistant": Role.ASSISTANT}
# What a first message names as its parent.
_NOBODY = "00000000-0000-4000-8000-000000000000"
_STEPS = {"tool_use": "steps with tools", "tool_result": "", "image": "pictures"}


def is_one(element: dict[str, Any]) -> bool:
    """Whether it is a conversation of this kind."""
    return isinstance(element.get("chat_messages"), list)


def read(element: dict[str, Any]) -> FoundConversation | None:
    """The conversation with its branches, where the export has them; None if it is empty."""
    left_out: Counter[str] = Counter()
    found: dict[str, FoundMessage] = {}
    parents: dict[str, str] = {}
    before = ""
    for number, line in enumerate(list_in(element["chat_messages"])):
        told = dict_in(line)
        name = text_in(told.get("uuid")) or f"message {number}"
        # Older exports name no parents: there each follows the one before it.
        parent = text_in(told.get("parent_message_uuid")) or before
        parents[name] = "" if parent == _NOBODY else parent
        before = name
        message = _message(name, told, text_in(element.get("model")), left_out)
        if message is not None:
            found.setdefault(name, message)
    if not found:
        return None
    lineage = Lineage(parents, found)
    return FoundConversation(
        source_id=text_in(element.get("uuid")) or next(iter(found)),
        title=text_in(element.get("name")),
        created_at_s=time_in(element.get("created_at")),
        updated_at_s=time_in(element.get("updated_at")),
        messages=tuple(_placed(one, lineage) for one in found.values()),
        leaf=lineage.nearest(text_in(element.get("current_leaf_message_uuid"))),
        is_pinned=element.get("is_starred") is True,
        left_out=dict(left_out),
    )


def _placed(message: FoundMessage, lineage: Lineage) -> FoundMessage:
    return replace(message, parent=lineage.parent_of(message.source_id))


def _message(
    name: str, told: dict[str, Any], model: str, left_out: Counter[str]
) -> FoundMessage | None:
    role = _ROLES.get(text_in(told.get("sender")))
    if role is None:
        return None
    texts, thoughts = _blocks(told, left_out)
    text = "\n\n".join(texts).strip() or text_in(told.get("text")).strip()
    files = [dict_in(one) for one in list_in(told.get("attachments"))]
    text = "\n\n".join(filter(None, (text, *map(_pasted, files))))
    left_out["files"] += len(list_in(told.get("files")))
    if not text:
        return None
    is_answer = role is Role.ASSISTANT
    return FoundMessage(
        source_id=name,
        parent=None,
        role=role,
        text=text,
        reasoning="\n\n".join(thoughts),
        created_at_s=time_in(told.get("created_at")),
        finish_reason=_reason(told) if is_answer else None,
        stats=stats_of(model) if is_answer else None,
    )


def _blocks(told: dict[str, Any], left_out: Counter[str]) -> tuple[list[str], list[str]]:
    texts: list[str] = []
    thoughts: list[str] = []
    for block in map(dict_in, list_in(told.get("content"))):
        kind = text_in(block.get("type"))
        if kind == "text":
            texts.append(text_in(block.get("text")))
        elif kind == "thinking":
            thoughts.append(text_in(block.get("thinking")))
        elif _STEPS.get(kind):
            left_out[_STEPS[kind]] += 1
    return [text for text in texts if text], [text for text in thoughts if text]


def _pasted(file: dict[str, Any]) -> str:
    """The text of a file that went with the message; it is all their export has of it."""
    content = text_in(file.get("extracted_content")).strip()
    if not content:
        return ""
    fence = "`" * max(3, 1 + _longest_run(content))
    return f"{text_in(file.get('file_name')) or 'Pasted text'}:\n\n{fence}\n{content}\n{fence}"


def _longest_run(text: str) -> int:
    longest = run = 0
    for sign in text:
        run = run + 1 if sign == "`" else 0
        longest = max(longest, run)
    return longest


def _reason(told: dict[str, Any]) -> FinishReason:
    if told.get("stop_reason") == "max_tokens":
        return FinishReason.LENGTH
    is_cut = told.get("truncated") is True or told.get("stop_reason") == "user_canceled"
    return FinishReason.STOPPED if is_cut else FinishReason.STOP
