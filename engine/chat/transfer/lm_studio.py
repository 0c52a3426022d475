"""LM Studio's `*.conversation.json`: a list of messages, each with the versions of its place."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

from engine.chat.transfer.found import (
    FoundConversation,
    FoundMessage,
    count_in,
    dict_in,
    list_in,
    number_in,
    split_thinking,
    stats_of,
    text_in,
    time_in,
)
from engine.contract.messages import AnswerStats, FinishReason, Role

_ROLES = {"user": Role.USER, "assistant": Role.ASSISTANT}
_REASONS = {
    "maxPredictedTokensReached": FinishReason.LENGTH,
    "contextLengthReached": FinishReason.LENGTH,
    "userStopped": FinishReason.STOPPED,
    "modelUnloaded": FinishReason.STOPPED,
    "failed": FinishReason.FAILED,
}
_SYSTEM_PROMPT = "llm.prediction.systemPrompt"


@dataclass
class _Answer:
    """What the steps of one version add up to."""

    texts: list[str] = field(default_factory=list)
    thoughts: list[str] = field(default_factory=list)
    told: dict[str, Any] = field(default_factory=dict)


def is_one(element: dict[str, Any]) -> bool:
    """Whether it is a conversation of this kind."""
    messages = element.get("messages")
    if not isinstance(messages, list):
        return False
    return all("versions" in dict_in(one) for one in messages[:3]) and (
        bool(messages) or "usePerChatPredictionConfig" in element
    )


def read(element: dict[str, Any], name: str) -> FoundConversation | None:
    """The conversation with the versions of each message; None if it is empty.

    Args:
        element: The whole file.
        name: Of the file, which is all that tells it from others.
    """
    left_out: Counter[str] = Counter()
    messages: list[FoundMessage] = []
    parent: str | None = None
    for place, line in enumerate(list_in(element["messages"])):
        told = dict_in(line)
        chosen = count_in(told.get("currentlySelected"))
        after = parent
        for number, version in enumerate(list_in(told.get("versions"))):
            message = _version(f"{place}.{number}", parent, dict_in(version), left_out)
            if message is not None:
                messages.append(message)
                # What follows was said after the version on screen.
                after = message.source_id if number == chosen or after == parent else after
        parent = after
    if not messages:
        return None
    created = time_in(element.get("createdAt"))
    return FoundConversation(
        source_id=name,
        title=text_in(element.get("name")),
        created_at_s=created,
        updated_at_s=time_in(element.get("assistantLastMessagedAt")) or created,
        system_prompt=_system_prompt(element),
        messages=tuple(messages),
        leaf=parent or "",
        is_pinned=element.get("pinned") is True,
        left_out=dict(left_out),
    )


def _version(
    source_id: str, parent: str | None, version: dict[str, Any], left_out: Counter[str]
) -> FoundMessage | None:
    role = _ROLES.get(text_in(version.get("role")))
    if role is None:
        return None
    answer = _Answer()
    if version.get("type") == "multiStep":
        for step in map(dict_in, list_in(version.get("steps"))):
            _take_step(step, answer, left_out)
    else:
        answer.texts.append(_content(version.get("content"), left_out))
    text, tagged = "\n\n".join(filter(None, answer.texts)).strip(), ""
    if role is Role.ASSISTANT:
        text, tagged = split_thinking(text)
    reasoning = "\n\n".join(filter(None, (*answer.thoughts, tagged)))
    if not text and not reasoning:
        return None
    message = FoundMessage(
        source_id=source_id, parent=parent, role=role, text=text, reasoning=reasoning
    )
    return _finished(message, answer, version) if role is Role.ASSISTANT else message


def _take_step(step: dict[str, Any], answer: _Answer, left_out: Counter[str]) -> None:
    if step.get("type") != "contentBlock":
        return
    text = _content(step.get("content"), left_out).strip()
    if dict_in(step.get("style")).get("type") == "thinking":
        answer.thoughts.append(text)
        return
    answer.texts.append(text)
    answer.told = dict_in(step.get("genInfo")) or answer.told


def _content(content: Any, left_out: Counter[str]) -> str:
    pieces = []
    for part in map(dict_in, list_in(content)):
        kind = text_in(part.get("type"))
        if kind == "text":
            pieces.append(text_in(part.get("text")))
        elif kind == "file":
            left_out["files"] += 1
        elif kind == "toolCallRequest":
            left_out["steps with tools"] += 1
    return "".join(pieces)


def _finished(message: FoundMessage, answer: _Answer, version: dict[str, Any]) -> FoundMessage:
    measured = dict_in(answer.told.get("stats"))
    sender = text_in(dict_in(version.get("senderInfo")).get("senderName"))
    stats = stats_of(text_in(answer.told.get("identifier")) or sender)
    reason = _REASONS.get(text_in(measured.get("stopReason")), FinishReason.STOP)
    return replace(message, finish_reason=reason, stats=_measured(stats, measured))


def _measured(stats: AnswerStats | None, measured: dict[str, Any]) -> AnswerStats | None:
    if stats is None:
        return None
    return replace(
        stats,
        prompt_tokens=count_in(measured.get("promptTokensCount")),
        completion_tokens=count_in(measured.get("predictedTokensCount")),
        ttft_ms=1000 * max(number_in(measured.get("timeToFirstTokenSec")) or 0.0, 0.0),
        tokens_per_second=number_in(measured.get("tokensPerSecond")),
    )


def _system_prompt(element: dict[str, Any]) -> str | None:
    config = dict_in(element.get("perChatPredictionConfig"))
    for one in map(dict_in, list_in(config.get("fields"))):
        if one.get("key") == _SYSTEM_PROMPT and text_in(one.get("value")).strip():
            return text_in(one.get("value"))
    return text_in(element.get("systemPrompt")).strip() or None
