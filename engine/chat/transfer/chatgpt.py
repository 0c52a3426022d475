"""ChatGPT's `conversations.json`: each conversation is a mapping of nodes with their parents.

The form is not documented by its maker; this reads what others describe of exports up to 2026. No
real export was at hand.
"""

from __future__ import annotations

import re
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

_ROLES = {"user": Role.USER, "assistant": Role.ASSISTANT}
_SHOWN = ("text", "multimodal_text", "code")
# A footnote of theirs between private letters, which only their own page can draw.
_CITATION = re.compile("\ue200[^\ue200\ue201]*\ue201")
_PARTS = {
    "image_asset_pointer": "pictures",
    "audio_asset_pointer": "recordings",
    "real_time_user_audio_video_asset_pointer": "recordings",
    "video_container_asset_pointer": "recordings",
}


def is_one(element: dict[str, Any]) -> bool:
    """Whether it is a conversation of this kind."""
    return isinstance(element.get("mapping"), dict)


def read(element: dict[str, Any]) -> FoundConversation | None:
    """The conversation with all its branches; None if nothing in it can be shown."""
    nodes = {name: dict_in(node) for name, node in dict_in(element["mapping"]).items()}
    left_out: Counter[str] = Counter()
    shown: dict[str, FoundMessage] = {}
    thoughts: dict[str, str] = {}
    system_prompt = None
    for name, node in nodes.items():
        message = dict_in(node.get("message"))
        if text := _thoughts(message):
            thoughts[name] = text
        elif found := _message(name, message, left_out):
            shown[name] = found
        elif text_in(dict_in(message.get("author")).get("role")) == "system":
            system_prompt = _parts(message, left_out).strip() or system_prompt
    parents = {name: text_in(node.get("parent")) for name, node in nodes.items()}
    lineage = Lineage(parents, shown)
    messages = tuple(_placed(one, lineage, thoughts) for one in shown.values())
    if not messages:
        return None
    source_id = text_in(element.get("conversation_id")) or text_in(element.get("id"))
    return FoundConversation(
        source_id=source_id or messages[0].source_id,
        title=text_in(element.get("title")),
        created_at_s=time_in(element.get("create_time")),
        updated_at_s=time_in(element.get("update_time")),
        system_prompt=system_prompt,
        messages=messages,
        leaf=lineage.nearest(text_in(element.get("current_node"))),
        is_pinned=element.get("is_starred") is True or element.get("pinned_time") is not None,
        is_archived=element.get("is_archived") is True,
        left_out=dict(left_out),
    )


def _message(name: str, message: dict[str, Any], left_out: Counter[str]) -> FoundMessage | None:
    """What a reader of theirs sees; None for steps in between and for what they hide."""
    role = _ROLES.get(text_in(dict_in(message.get("author")).get("role")))
    facts, content = dict_in(message.get("metadata")), dict_in(message.get("content"))
    kind = text_in(content.get("content_type"))
    is_hidden = facts.get("is_visually_hidden_from_conversation") is True
    # What is addressed to a tool is a step in between.
    is_to_all = message.get("recipient") in (None, "all")
    if role is None or is_hidden or kind not in _SHOWN or not is_to_all:
        return None
    text = _parts(message, left_out).strip()
    files = len(list_in(facts.get("attachments")))
    if files and role is Role.USER:
        left_out["files"] += files
    if not text:
        return None
    is_answer = role is Role.ASSISTANT
    return FoundMessage(
        source_id=name,
        parent=None,
        role=role,
        text=text,
        created_at_s=time_in(message.get("create_time")),
        finish_reason=_reason(message, facts) if is_answer else None,
        stats=stats_of(text_in(facts.get("model_slug"))) if is_answer else None,
    )


def _reason(message: dict[str, Any], facts: dict[str, Any]) -> FinishReason:
    kind = text_in(dict_in(facts.get("finish_details")).get("type"))
    if kind == "max_tokens":
        return FinishReason.LENGTH
    if kind == "interrupted" or message.get("status") == "in_progress":
        return FinishReason.STOPPED
    return FinishReason.STOP


def _parts(message: dict[str, Any], left_out: Counter[str]) -> str:
    content = dict_in(message.get("content"))
    if content.get("content_type") == "code":
        code = text_in(content.get("text"))
        return f"```\n{code}\n```" if code.strip() else ""
    pieces = []
    for part in list_in(content.get("parts")):
        if isinstance(part, dict):
            kind = text_in(part.get("content_type"))
            pieces.append(text_in(part.get("text")))
            if kind in _PARTS:
                left_out[_PARTS[kind]] += 1
        else:
            pieces.append(text_in(part))
    return _CITATION.sub("", "\n\n".join(piece for piece in pieces if piece))


def _thoughts(message: dict[str, Any]) -> str:
    content = dict_in(message.get("content"))
    if content.get("content_type") != "thoughts":
        return ""
    steps = [dict_in(one) for one in list_in(content.get("thoughts"))]
    lines = (
        "\n".join(filter(None, (text_in(one.get("summary")), text_in(one.get("content")))))
        for one in steps
    )
    return "\n\n".join(line for line in lines if line)


def _placed(message: FoundMessage, lineage: Lineage, thoughts: dict[str, str]) -> FoundMessage:
    """The message after the nearest one that is shown, with the thoughts that led to it."""
    between = lineage.between(message.source_id) if message.role is Role.ASSISTANT else []
    return replace(
        message,
        parent=lineage.parent_of(message.source_id),
        reasoning="\n\n".join(thoughts[name] for name in reversed(between) if name in thoughts),
    )
