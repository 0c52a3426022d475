"""Open WebUI's chat export: an array of chats, each with its messages and their parents."""

from __future__ import annotations

import html
import re
from collections import Counter
from dataclasses import replace
from typing import Any

from engine.chat.transfer.found import (
    FoundConversation,
    FoundMessage,
    Lineage,
    count_in,
    dict_in,
    in_a_row,
    list_in,
    number_in,
    split_thinking,
    stats_of,
    text_in,
    time_in,
)
from engine.contract.messages import AnswerStats, FinishReason, Role

_ROLES = {"user": Role.USER, "assistant": Role.ASSISTANT}
_OPENING = re.compile(r'<details type="(\w+)"[^<>]{0,2000}>\s*(?:<summary>[^<]*</summary>)?')
_CLOSING = "</details>"
_QUOTE = re.compile(r"^> ?", re.MULTILINE)


def is_one(element: dict[str, Any]) -> bool:
    """Whether it is a chat of this kind."""
    chat = element.get("chat")
    return isinstance(chat, dict) and ("history" in chat or "messages" in chat)


def read(element: dict[str, Any]) -> FoundConversation | None:
    """The chat with all its branches; None if it is empty."""
    chat = dict_in(element["chat"])
    left_out: Counter[str] = Counter()
    history = dict_in(chat.get("history"))
    tree = dict_in(history.get("messages"))
    messages, leaf = _tree(tree, text_in(history.get("currentId")), left_out)
    if not messages:
        lines = enumerate(list_in(chat.get("messages")))
        found = (_message(f"message {n}", dict_in(one), left_out) for n, one in lines)
        messages = in_a_row(one for one in found if one)
    if not messages:
        return None
    created = time_in(element.get("created_at")) or time_in(chat.get("timestamp"))
    system = text_in(dict_in(chat.get("params")).get("system")) or text_in(chat.get("system"))
    return FoundConversation(
        source_id=text_in(element.get("id")) or text_in(chat.get("id")) or messages[0].source_id,
        title=text_in(chat.get("title")) or text_in(element.get("title")),
        created_at_s=created,
        updated_at_s=time_in(element.get("updated_at")),
        system_prompt=system.strip() or None,
        messages=messages,
        leaf=leaf,
        is_pinned=element.get("pinned") is True,
        is_archived=element.get("archived") is True,
        left_out=dict(left_out),
    )


def _tree(
    tree: dict[str, Any], current: str, left_out: Counter[str]
) -> tuple[tuple[FoundMessage, ...], str]:
    found: dict[str, FoundMessage] = {}
    parents: dict[str, str] = {}
    for name, node in tree.items():
        told = dict_in(node)
        parents[name] = text_in(told.get("parentId"))
        message = _message(name, told, left_out)
        if message is not None:
            found[name] = message
    lineage = Lineage(parents, found)
    placed = (replace(one, parent=lineage.parent_of(one.source_id)) for one in found.values())
    return tuple(placed), lineage.nearest(current)


def _message(name: str, told: dict[str, Any], left_out: Counter[str]) -> FoundMessage | None:
    role = _ROLES.get(text_in(told.get("role")))
    if role is None:
        return None
    text, reasoning = _content(told.get("content"), left_out).strip(), ""
    left_out["files"] += len(list_in(told.get("files")))
    is_answer = role is Role.ASSISTANT
    if is_answer:
        text, reasoning = _without_details(text, left_out)
        reasoning = reasoning or text_in(told.get("reasoning_content")).strip()
    if not text and not reasoning:
        return None
    return FoundMessage(
        source_id=name,
        parent=None,
        role=role,
        text=text,
        reasoning=reasoning,
        created_at_s=time_in(told.get("timestamp")),
        finish_reason=_reason(told) if is_answer else None,
        stats=_stats(told) if is_answer else None,
    )


def _content(content: Any, left_out: Counter[str]) -> str:
    if not isinstance(content, list):
        return text_in(content)
    pieces = []
    for part in map(dict_in, content):
        pieces.append(text_in(part.get("text")))
        left_out["pictures"] += part.get("type") == "image_url"
    return "\n\n".join(piece for piece in pieces if piece)


def _without_details(text: str, left_out: Counter[str]) -> tuple[str, str]:
    """The answer, and the thoughts that are folded into it as HTML."""
    thoughts: list[str] = []
    kept: list[str] = []
    place = 0
    while opening := _OPENING.search(text, place):
        end = text.find(_CLOSING, opening.end())
        if end < 0:
            break
        kept.append(text[place : opening.start()])
        if opening[1] == "reasoning":
            inner = html.unescape(text[opening.end() : end])
            thoughts.append(_QUOTE.sub("", inner).strip())
        elif opening[1] == "tool_calls":
            left_out["steps with tools"] += 1
        else:
            kept.append(text[opening.start() : end + len(_CLOSING)])
        place = end + len(_CLOSING)
    answer, tagged = split_thinking("".join((*kept, text[place:])))
    return answer.strip(), "\n\n".join(filter(None, (*thoughts, tagged)))


def _reason(told: dict[str, Any]) -> FinishReason:
    if told.get("error"):
        return FinishReason.FAILED
    return FinishReason.STOPPED if told.get("done") is False else FinishReason.STOP


def _stats(told: dict[str, Any]) -> AnswerStats | None:
    stats = stats_of(text_in(told.get("model")))
    usage = dict_in(told.get("usage")) or dict_in(told.get("info"))
    if stats is None:
        return None
    return replace(
        stats,
        prompt_tokens=count_in(usage.get("prompt_tokens") or usage.get("prompt_eval_count")),
        completion_tokens=count_in(usage.get("completion_tokens") or usage.get("eval_count")),
        tokens_per_second=number_in(usage.get("response_token/s")),
    )
