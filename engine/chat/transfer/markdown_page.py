"""One conversation as a Markdown file."""

from __future__ import annotations

import re

from engine.chat.transfer.pages import SPEAKERS, Shown, day_of, shown_messages, title_of
from engine.contract.messages import Conversation, Role

_ESCAPED = re.compile(r"([\\`*_\[\]<>#|])")


def markdown_page(conversation: Conversation, *, has_all_versions: bool = False) -> str:
    """The whole file. A message stands as it is, for it is Markdown itself."""
    parts = [f"# {_plain(title_of(conversation))}"]
    if conversation.system_prompt:
        parts.append(_quoted("System prompt", conversation.system_prompt))
    for shown in shown_messages(conversation, has_all_versions=has_all_versions):
        parts.append(_message(shown))
    return "\n\n".join(parts) + "\n"


def _message(shown: Shown) -> str:
    message = shown.message
    parts = []
    if shown.follows is not None:
        after = (
            f"Instead, after message {shown.follows}:" if shown.follows else "Instead, at first:"
        )
        parts.append(f"---\n\n*{after}*")
    model = message.stats.model if message.stats else ""
    speaker = SPEAKERS[message.role] + (f" ({_plain(model)})" if model else "")
    parts.append(f"## {speaker}")
    facts = " · ".join(filter(None, (day_of(message.created_at_s), shown.note)))
    parts.append(f"*{facts}*")
    parts += [f"- File: {_plain(file.name)}" for file in message.attachments]
    if message.reasoning:
        parts.append(_quoted("Reasoning", message.reasoning))
    if message.text:
        parts.append(_spoken(message.text) if message.role is Role.USER else message.text)
    return "\n\n".join(parts)


def _spoken(text: str) -> str:
    """What the user typed is plain text: its lines stay lines, and its signs stay signs.

    Blocks of code between fences stay as they are.
    """
    lines, is_code = [], False
    for line in text.split("\n"):
        is_fence = line.lstrip().startswith("```")
        is_code = is_code != is_fence
        lines.append(line if is_code or is_fence or not line.strip() else f"{line}  ")
    if is_code:
        lines.append("```")
    return "\n".join(lines)


def _quoted(title: str, text: str) -> str:
    body = "\n".join(f"> {line}".rstrip() for line in text.strip().split("\n"))
    return f"> **{title}**\n>\n{body}"


def _plain(text: str) -> str:
    return _ESCAPED.sub(r"\\\1", text)
