"""One conversation as the window holds it, and its answer while it is written."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from engine.contract.library import NO_OVERRIDES, SamplingOverrides
from engine.contract.messages import Message, Role
from ui import text
from ui.chat.message_tree import MessageTree

_TITLE_LENGTH = 60


def title_from(words: str) -> str:
    """A title made of a message's first line."""
    line = next((line.strip() for line in words.splitlines() if line.strip()), "")
    if len(line) <= _TITLE_LENGTH:
        return line
    return line[:_TITLE_LENGTH].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"


@dataclass
class LiveAnswer:
    """An answer while it is written.

    Attributes:
        pieces: Text so far, in the steps it came in.
        reasoning: What was written inside the thinking tags, likewise.
        tokens: Tokens generated so far.
        read_tokens: Prompt tokens read so far, of `prompt_tokens`.
    """

    message_id: str
    pieces: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    tokens: int = 0
    read_tokens: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    first_token_at: float | None = None
    first_tokens: int = 0
    reasoned_until: float | None = None

    def take(self, words: str, *, is_reasoning: bool, tokens: int) -> None:
        """One more step was written."""
        now = time.perf_counter()
        if self.first_token_at is None:
            self.first_token_at, self.first_tokens = now, tokens
        if is_reasoning:
            self.reasoned_until = now
        self.tokens = tokens
        if words:
            (self.reasoning if is_reasoning else self.pieces).append(words)

    def reasoning_s(self) -> float:
        """How long it has been thinking, or did before it began to answer."""
        if self.reasoned_until is None or self.first_token_at is None:
            return 0.0
        return self.reasoned_until - self.first_token_at

    def tokens_per_second(self) -> float | None:
        """Speed since the first token; None before there is a second of it."""
        if self.first_token_at is None:
            return None
        elapsed = time.perf_counter() - self.first_token_at
        return (self.tokens - self.first_tokens) / elapsed if elapsed > 0.5 else None


@dataclass
class ConversationEntry:
    """One conversation as the window holds it.

    Attributes:
        tree: Every version of every message, and the path on screen.
        pending: The user's message while the engine has not yet taken it up.
        pending_job: The job that will take it up.
        pending_place: Where on the path it will stand; -1 at its end.
        live: The answer being written; None if none is.
        notices: Message identifier to what is said above it.
        first_seen_id: The oldest message that still fits into the next prompt; empty if all do.
        folder_id: Empty means none.
        is_temporary: It is shown while it is on screen, and never listed.
    """

    id: str
    title: str
    updated_at_s: float
    tree: MessageTree = field(default_factory=MessageTree)
    pending: Message | None = None
    pending_job: str = ""
    pending_place: int = -1
    live: LiveAnswer | None = None
    notices: dict[str, str] = field(default_factory=dict)
    cut_waiting: str = ""
    first_seen_id: str = ""
    folder_id: str = ""
    is_pinned: bool = False
    is_archived: bool = False
    is_temporary: bool = False
    preset_id: str = ""
    system_prompt: str | None = None
    sampling: SamplingOverrides = NO_OVERRIDES
    _search_text: str = ""
    _searched_messages: int = -1

    @property
    def messages(self) -> list[Message]:
        """The path on screen, the first message first."""
        return self.tree.path

    def rows(self) -> list[Message]:
        """What is on screen: the path, and what the engine has not yet taken up."""
        path = self.tree.path
        if self.pending is not None and self.pending_place >= 0:
            path = path[: self.pending_place]
        rows = [message for message in path if message.role is not Role.SYSTEM]
        return [*rows, self.pending] if self.pending is not None else rows

    def shown_title(self) -> str:
        """The title; without one, the first words of the user."""
        if self.title:
            return self.title
        for message in self.messages:
            if message.role is Role.USER:
                return title_from(message.text)
        return title_from(self.pending.text) if self.pending else text.NEW_CONVERSATION

    def contains(self, folded_query: str) -> bool:
        """Whether title or text holds the query, which must be case-folded."""
        if self._searched_messages != len(self.messages):
            self._search_text = "\n".join(message.text for message in self.messages).casefold()
            self._searched_messages = len(self.messages)
        return folded_query in self.shown_title().casefold() or folded_query in self._search_text

    def will_cut(self, messages: int) -> None:
        """So many older messages will not fit into the next prompt."""
        said = [message for message in self.messages if message.text or message.attachments]
        is_cut = 0 < messages < len(said)
        self.first_seen_id = said[messages].id if is_cut else ""

    def search_anew(self) -> None:
        """Its words have changed since they were last searched."""
        self._searched_messages = -1

    def is_empty(self) -> bool:
        """Whether nothing was said in it yet."""
        return not self.messages and self.pending is None
