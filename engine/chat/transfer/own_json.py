"""Our own JSON: conversations with every version of every message, written and read back.

The file is one object: `format`, `version`, `exported_at_s`, `folders`, and last `conversations`,
so that a reader knows what it reads before the first of them comes. What was measured in an answer
is its `measured`: the packed trace in base64, see engine/storage/traces.py.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from enum import Enum
from typing import Any, TypeVar

from engine.chat.transfer.found import (
    FoundConversation,
    FoundMessage,
    count_in,
    dict_in,
    list_in,
    number_in,
    text_in,
    time_in,
)
from engine.contract.attachments import Attachment, AttachmentKind
from engine.contract.errors import TransferError
from engine.contract.library import Folder
from engine.contract.messages import AnswerStats, Conversation, FinishReason, Role, TitleSource
from engine.storage.library import sampling_from

FORMAT = "shvayambhu-conversations"
VERSION = 1
KEY = "conversations"

# Beyond it a conversation would be larger than what is read back; see json_stream.py. A million
# measured tokens take twice as much.
_MOST_MEASURED_LETTERS = 80 << 20

Measured = Callable[[Sequence[str]], Mapping[str, bytes]]


def nothing_measured(message_ids: Sequence[str]) -> Mapping[str, bytes]:  # noqa: ARG001
    """No message has a trace."""
    return {}


Choice = TypeVar("Choice", bound=Enum)


def write(
    conversations: Iterable[Conversation],
    folders: Iterable[Folder],
    exported_at_s: float,
    put: Callable[[str], object],
    measured: Measured = nothing_measured,
) -> None:
    """The whole file went through `put`, one conversation at a time.

    Args:
        measured: Gives the packed traces of those messages of a conversation that have one.
    """
    head = {
        "format": FORMAT,
        "version": VERSION,
        "exported_at_s": exported_at_s,
        "folders": [asdict(folder) for folder in folders],
    }
    put(json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}"))
    put(f',\n "{KEY}": [')
    for number, conversation in enumerate(conversations):
        put(",\n" if number else "\n")
        told = asdict(conversation)
        _add_measured(told["messages"], measured([one.id for one in conversation.messages]))
        put(json.dumps(told, ensure_ascii=False, default=_plain))
    put("\n]}\n")


def _add_measured(messages: Iterable[dict[str, Any]], traces: Mapping[str, bytes]) -> None:
    left = _MOST_MEASURED_LETTERS
    for message in messages:
        body = traces.get(message["id"])
        if body is not None:
            told = base64.b64encode(body).decode()
            left -= len(told)
            if left >= 0:
                message["measured"] = told


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    raise TypeError(f"{type(value).__name__} is not plain")


def is_one(head: dict[str, Any], element: dict[str, Any]) -> bool:
    """Whether it is a conversation of this kind."""
    return head.get("format") == FORMAT and "messages" in element


def check_version(head: dict[str, Any]) -> None:
    """This version can read the file.

    Raises:
        TransferError: A newer one wrote it.
    """
    if count_in(head.get("version")) > VERSION:
        raise TransferError(
            "A newer version of Shvayambhu wrote this file. Nothing was taken in.",
            action="Update Shvayambhu, then try again.",
        )


def read(head: dict[str, Any], told: dict[str, Any]) -> FoundConversation | None:
    """The conversation with all that was kept of it; None if it is empty."""
    found = [_message(dict_in(one)) for one in list_in(told.get("messages"))]
    messages = tuple(one for one in found if one is not None)
    folders = {
        text_in(one.get("id")): text_in(one.get("name"))
        for one in map(dict_in, list_in(head.get("folders")))
    }
    if not messages:
        return None
    prompt = told.get("system_prompt")
    return FoundConversation(
        source_id=text_in(told.get("id")) or messages[0].source_id,
        title=text_in(told.get("title")),
        created_at_s=time_in(told.get("created_at_s")),
        updated_at_s=time_in(told.get("updated_at_s")),
        system_prompt=text_in(prompt) if isinstance(prompt, str) else None,
        messages=messages,
        leaf=text_in(told.get("leaf_id")),
        folder=folders.get(text_in(told.get("folder_id")), ""),
        is_pinned=told.get("is_pinned") is True,
        is_archived=told.get("is_archived") is True,
        title_source=_choice(TitleSource, told.get("title_source"), TitleSource.USER),
        preset_id=text_in(told.get("preset_id")),
        sampling=sampling_from(dict_in(told.get("sampling"))),
    )


def _message(told: dict[str, Any]) -> FoundMessage | None:
    role = _choice(Role, told.get("role"), None)
    source_id = text_in(told.get("id"))
    if role is None or not source_id:
        return None
    reason = _choice(FinishReason, told.get("finish_reason"), None)
    if role is Role.ASSISTANT and reason is None:
        # It was being written when the file was.
        reason = FinishReason.STOPPED
    return FoundMessage(
        source_id=source_id,
        parent=text_in(told.get("parent_id")) or None,
        role=role,
        text=text_in(told.get("text")),
        reasoning=text_in(told.get("reasoning")),
        created_at_s=time_in(told.get("created_at_s")),
        finish_reason=reason if role is Role.ASSISTANT else None,
        stats=_stats(dict_in(told.get("stats"))) if role is Role.ASSISTANT else None,
        attachments=tuple(
            attachment
            for one in list_in(told.get("attachments"))
            if (attachment := _attachment(dict_in(one)))
        ),
        measured=_bytes(text_in(told.get("measured"))) if role is Role.ASSISTANT else b"",
    )


def _bytes(told: str) -> bytes:
    """What base64 says; empty if it is none."""
    try:
        return base64.b64decode(told, validate=True)
    except ValueError:
        return b""


def _choice(kind: type[Choice], value: Any, otherwise: Any) -> Any:
    try:
        return kind(value)
    except (ValueError, TypeError):
        return otherwise


_COUNTS = (
    *("prompt_tokens", "cached_tokens", "completion_tokens", "drafted_tokens"),
    *("accepted_tokens", "seed", "max_tokens"),
)
_OPTIONAL = (
    *("tokens_per_second", "prefill_tokens_per_second", "max_tokens"),
    *("temperature", "top_p", "min_p", "repetition_penalty"),
)


def _stats(told: dict[str, Any]) -> AnswerStats | None:
    if not told:
        return None
    values: dict[str, Any] = {"model": text_in(told.get("model"))}
    for field in fields(AnswerStats):
        if field.name == "model":
            continue
        value = number_in(told.get(field.name))
        if value is None and field.name in _OPTIONAL:
            values[field.name] = None
        else:
            is_count = field.name in _COUNTS
            values[field.name] = count_in(told.get(field.name)) if is_count else value or 0.0
    return AnswerStats(**values)


def _attachment(told: dict[str, Any]) -> Attachment | None:
    kind = _choice(AttachmentKind, told.get("kind"), None)
    if kind is None or not text_in(told.get("id")):
        return None
    return Attachment(
        id=text_in(told.get("id")),
        name=text_in(told.get("name")),
        kind=kind,
        media_type=text_in(told.get("media_type")),
        size_bytes=count_in(told.get("size_bytes")),
        letters=count_in(told.get("letters")),
        tokens=count_in(told.get("tokens")),
        parts=count_in(told.get("parts")),
        notice=text_in(told.get("notice")),
    )
