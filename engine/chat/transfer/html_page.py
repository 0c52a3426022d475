"""One conversation as a page of HTML that loads nothing, runs nothing, and prints well.

Every text is escaped, tags in an answer are text like any other, pictures become links, and the
page forbids itself scripts and the network. Colours follow the reader's light or dark theme.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.tasklists import tasklists_plugin

from engine.chat.transfer.pages import SPEAKERS, Shown, day_of, shown_messages, title_of
from engine.contract.messages import Conversation, Role

_SAFE_LINK = re.compile(r"(?:https?|mailto):", re.IGNORECASE)
_MARK = re.compile(r"[*_`\[\]<~!]")
_BOX = re.compile(r'<input class="task-list-item-checkbox"[^>]*>')
_BLANK = re.compile(r"\n[ \t]*\n")
# The parser's time grows with the square of the marks in one paragraph; see ui/chat/markdown.py.
_MOST_MARKS = 1_500
_MOST_LETTERS = 300_000

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_STYLE = """
body { font-family: Helvetica, Arial, sans-serif; font-size: 16px; line-height: 1.55;
  max-width: 46em; margin: 2em auto; padding: 0 1em; color: #1c1c1e; background: #ffffff; }
h1 { font-size: 1.5em; line-height: 1.25; } h2, h3, h4 { line-height: 1.3; }
a { color: #0b57d0; overflow-wrap: anywhere; }
.facts { color: #5f6368; font-size: 0.85em; }
.message { margin: 1.6em 0; } .who { font-weight: 600; margin: 0 0 0.3em; }
.said { white-space: pre-wrap; overflow-wrap: anywhere; background: #f1f3f4; padding: 0.7em 1em;
  border-radius: 0.7em; }
.aside { color: #5f6368; border-left: 3px solid #c4c7c5; padding-left: 1em; margin: 0.6em 0;
  white-space: pre-wrap; overflow-wrap: anywhere; font-size: 0.92em; }
.instead { border-top: 1px solid #c4c7c5; padding-top: 0.8em; color: #5f6368; }
pre { background: #f1f3f4; padding: 0.8em 1em; border-radius: 0.5em; white-space: pre-wrap;
  overflow-wrap: anywhere; font-size: 0.88em; }
code { font-family: monospace; }
table { border-collapse: collapse; } th, td { border: 1px solid #c4c7c5; padding: 0.3em 0.6em; }
blockquote { margin: 0.6em 0; padding-left: 1em; border-left: 3px solid #c4c7c5; }
"""
# Qt paints a ground line by line, so that gaps between lines would be stripes.
_PRINTING = """
pre, .said { background: transparent; line-height: 120%; }
"""
# Kept apart: QTextDocument, which prints, would stumble over these.
_THEMES = """
:root { color-scheme: light dark; }
@media screen and (prefers-color-scheme: dark) {
  body { color: #e3e3e3; background: #1b1b1d; } a { color: #a8c7fa; }
  .facts, .aside, .instead { color: #b4b7bb; } .said, pre { background: #2a2b2e; }
  .aside, blockquote, .instead, th, td { border-color: #55585c; }
}
@media print {
  body { max-width: none; margin: 0; font-size: 11pt; } .who, h1, h2, h3 { break-after: avoid; }
  pre, table, blockquote { break-inside: avoid; } .said { border: 1px solid #c4c7c5; }
}
"""


def html_page(
    conversation: Conversation, *, has_all_versions: bool = False, is_for_printing: bool = False
) -> str:
    """The whole page.

    Args:
        conversation: What is on it.
        has_all_versions: Whether all paths are, or the one that is shown.
        is_for_printing: For Qt's own documents: black on white, and no rule they do not know.
    """
    title = escape(title_of(conversation))
    style = _STYLE + (_PRINTING if is_for_printing else _THEMES)
    body = [f"<h1>{title}</h1>"]
    if conversation.system_prompt:
        body.append(_aside("System prompt", conversation.system_prompt))
    shown = shown_messages(conversation, has_all_versions=has_all_versions)
    body += [_message(one) for one in shown]
    policy = "" if is_for_printing else _policy()
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"{policy}<title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )


def _policy() -> str:
    return (
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="referrer" content="no-referrer">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    )


def _message(shown: Shown) -> str:
    message = shown.message
    parts = []
    if shown.follows is not None:
        after = f"after message {shown.follows}" if shown.follows else "at first"
        parts.append(f'<p class="instead">Instead, {after}:</p>')
    model = message.stats.model if message.stats else ""
    speaker = SPEAKERS[message.role] + (f" ({model})" if model else "")
    parts.append(f'<p class="who">{escape(speaker)}</p>')
    facts = " · ".join(filter(None, (day_of(message.created_at_s), shown.note)))
    parts.append(f'<p class="facts">{escape(facts)}</p>')
    parts += [f'<p class="facts">File: {escape(file.name)}</p>' for file in message.attachments]
    if message.reasoning:
        parts.append(_aside("Reasoning", message.reasoning))
    if message.role is Role.ASSISTANT:
        parts.append(_answer(message.text, f"m{shown.place}"))
    elif message.text:
        parts.append(f'<div class="said">{escape(message.text)}</div>')
    inner = "\n".join(parts)
    return f'<div class="message" id="m{shown.place}">\n{inner}\n</div>'


def _aside(title: str, text: str) -> str:
    return f'<div class="aside"><strong>{title}</strong>\n{escape(text.strip())}</div>'


def _answer(text: str, name: str) -> str:
    """The answer's Markdown as HTML; as plain text where reading it would take too long."""
    too_many = max(len(_MARK.findall(part)) for part in _BLANK.split(text)) > _MOST_MARKS
    if too_many or len(text) > _MOST_LETTERS:
        return f"<pre>{escape(text)}</pre>"
    # Footnotes of two answers on one page must not lead to each other.
    page = str(_parser().render(text, {"docId": name}))
    # Signs instead of boxes, which Qt does not print; only the parser itself writes such a tag.
    return _BOX.sub(lambda found: "\u2611" if "checked" in found[0] else "\u2610", page)


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = _Parser("commonmark", {"html": False, "typographer": False})
    parser.enable(["table", "strikethrough"])
    parser.use(footnote_plugin, inline=False).use(tasklists_plugin)
    parser.add_render_rule("image", _picture)
    parser.add_render_rule("link_open", _link)
    return parser


class _Parser(MarkdownIt):
    """Leaves every link that does not lead to the web or to a letter as text."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the library's name
        """Whether the link may be one."""
        return _SAFE_LINK.match(url.strip()) is not None


def _link(
    renderer: RendererHTML, tokens: Sequence[Token], place: int, options: Any, env: Any
) -> str:
    tokens[place].attrSet("rel", "noopener noreferrer")
    return renderer.renderToken(tokens, place, options, env)


def _picture(
    renderer: RendererHTML, tokens: Sequence[Token], place: int, options: Any, env: Any
) -> str:
    """A picture would be loaded from elsewhere, and tell that the page was read."""
    token = tokens[place]
    words = renderer.renderInlineAsText(token.children or [], options, env) or "Picture"
    address = str(token.attrGet("src") or "")
    rel = 'rel="noopener noreferrer"'
    return f'<a href="{escape(address)}" {rel}>{escape(words)}</a>'
