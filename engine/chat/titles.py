"""Gives a conversation a title by its first exchange, while the model has nothing else to do.

A title the user gave is never touched; one that is no good is thrown away, and the first words of
the question stay. Tried once a session for each conversation.

Runs on: io; generating runs on compute, behind everything else.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from engine.contract.errors import EngineError
from engine.contract.events import ConversationChanged, Event, TurnFinished
from engine.contract.ids import new_id
from engine.contract.message_tree import shown_path
from engine.contract.messages import Conversation, FinishReason, Role, TitleSource
from engine.contract.settings import GenerationSettings
from engine.runtime.compute import Priority
from engine.storage.words import fold, words_of

if TYPE_CHECKING:
    from engine.chat.turn import Chat
    from engine.models.loaded import LoadedModel

_log = logging.getLogger(__name__)

Exchange = tuple[str, str]
"""The first question and the beginning of its answer."""
Write = Callable[["Chat", Exchange], Coroutine[None, None, str]]

# A reader looks at the answer first; a second question within this time goes before the title.
_QUIET_S = 2.0
_QUESTION_LETTERS = 1_000
_ANSWER_LETTERS = 500
_MOST_TITLE_LETTERS = 60
_MOST_WORDS = 9
# Words of this many letters say what a text is about; their beginnings survive inflection.
_TELLING_LETTERS = 4
# A user who asks meanwhile waits for one step at most: 0.15 s on two cores with the starter model.
_TOKENS_AT_ONCE = 32
_TASK = "You name conversations. Answer with a title of two to six words and nothing else."
_EXAMPLES = (
    ("how long do i boil eggs", "About ten minutes from when the water boils.", "Boiling eggs"),
    ("Wie alt werden Katzen?", "Hauskatzen werden etwa 15 Jahre alt.", "Lebensdauer von Katzen"),
    ("My laptop gets hot when I play games. Why?", "The graphics chip works hard.", "Hot laptop"),
)
_SETTINGS = GenerationSettings(
    system_prompt=_TASK, temperature=0.2, max_tokens=24, seed=0, stop=("\n",)
)
_LEAD = re.compile(r"^(?:conversation |chat )?title\s*(?:is)?\s*[:\-]\s*", re.IGNORECASE)
# Quotes of several languages are written as numbers, for they look like others.
_AROUND = " \t\"'`*_#.:;,-\u201c\u201d\u2018\u2019\u201e\u00ab\u00bb\u2013"
_REFUSALS = re.compile(
    r"\b(?:sorry|as an ai|language model|i (?:can|can't|cannot|am|will|would)|i'm|i'd|here is|"
    r"here's|sure|certainly|untitled|new conversation|conversation title)\b",
    re.IGNORECASE,
)
_NEVER = re.compile(r"https?:|[\x00-\x1f\ufffd<>{}|\\]")


def first_exchange(conversation: Conversation) -> Exchange | None:
    """What a title would be made of; None until a question has been answered."""
    path = shown_path(conversation)
    for question, answer in pairwise(path):
        is_pair = question.role is Role.USER and answer.role is Role.ASSISTANT
        is_whole = answer.finish_reason in (FinishReason.STOP, FinishReason.LENGTH)
        if is_pair and is_whole and question.text.strip() and answer.text.strip():
            return question.text, answer.text[:_ANSWER_LETTERS]
    return None


def clean_title(written: str, exchange: Exchange) -> str:
    """The title in what a model wrote; empty if there is no good one."""
    line = next((line for line in written.strip().splitlines() if line.strip()), "")
    title = " ".join(_LEAD.sub("", line.strip(_AROUND)).strip(_AROUND).split())
    words = words_of(title)
    # One word names a thing, not a conversation; in scripts without spaces it may be a sentence.
    fewest = 2 if title.isascii() else 1
    is_usable = (
        2 <= len(title) <= _MOST_TITLE_LETTERS
        and fewest <= len(words) <= _MOST_WORDS
        and len(set(words)) * 2 > len(words)
        and not _NEVER.search(title)
        and not _REFUSALS.search(title)
    )
    return title if is_usable and _is_about(title, exchange) else ""


def _is_about(title: str, exchange: Exchange) -> bool:
    """Whether a word of the title, or its beginning, occurs in what was said.

    A small model names something else as often as not; such a title would hide a conversation.
    """
    said = fold(" ".join(exchange))
    telling = [word for word in words_of(title) if len(word) >= _TELLING_LETTERS]
    if telling:
        beginnings = {word[:_TELLING_LETTERS] for word in words_of(said)}
        return any(word[:_TELLING_LETTERS] in beginnings for word in telling)
    # Scripts whose words are one or two letters long.
    folded = fold(title)
    return any(folded[place : place + 2] in said for place in range(max(len(folded) - 1, 1)))


async def write_title(chat: Chat, exchange: Exchange) -> str:
    """What the loaded model makes of it, however good.

    Raises:
        ModelNotLoadedError: There is none.
    """
    async with chat.models.using() as loaded:
        request_of = _request_of(loaded, exchange)
        pieces: list[str] = []
        async for text in chat.compute.stream(request_of, priority=Priority.BACKGROUND):
            pieces.append(text)
        return "".join(pieces)


def _request_of(loaded: LoadedModel, exchange: Exchange) -> Callable[[], Iterator[str]]:
    question, answer = (text.strip() for text in exchange)
    # A small model repeats what it was shown, and would answer the question if it saw it alone.
    turns = [("system", _TASK)]
    for shown in (*_EXAMPLES, (question[:_QUESTION_LETTERS], answer, "")):
        turns.append(("user", f"Question: {shown[0]}\nAnswer: {shown[1]}\nTitle?"))
        turns.append(("assistant", shown[2]))
    turns.pop()

    def start() -> Iterator[str]:
        from engine.models.generator import Request, TokenStep, generate
        from engine.models.prompt_cache import PromptCache

        tokens = loaded.tokenizer.encode_chat(turns)
        limit = loaded.info.context_tokens
        if len(tokens) + _SETTINGS.max_tokens > limit:
            return
        request = Request(
            prompt=tuple(tokens),
            settings=_SETTINGS,
            seed=0,
            limit_tokens=limit,
            most_at_once=_TOKENS_AT_ONCE,
        )
        # A cache of its own, so that no conversation is pushed out of the real one.
        for step in generate(loaded, request, PromptCache(0)):
            pieces = getattr(step, "pieces", ()) or ()
            # A step without text still gives way to a user who asks something.
            yield "".join(piece.text for piece in pieces if not piece.is_reasoning)
            if isinstance(step, TokenStep) and step.completion_tokens >= _SETTINGS.max_tokens:
                return

    return start


class Titles:
    """Waits for conversations that have been answered, and names them one after the other."""

    def __init__(
        self,
        chat: Chat,
        publish: Callable[[Event], None],
        *,
        write: Write = write_title,
        quiet_s: float = _QUIET_S,
    ) -> None:
        self._chat = chat
        self._publish = publish
        self._write = write
        self._quiet_s = quiet_s
        self._waiting: dict[str, None] = {}
        self._tried: set[str] = set()
        self._task: asyncio.Task[None] | None = None

    def listen(self, event: Event) -> None:
        """For the event bus: a conversation whose turn has ended may get a title."""
        if not isinstance(event, TurnFinished) or event.conversation_id in self._tried:
            return
        self._waiting[event.conversation_id] = None
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        while self._waiting:
            await asyncio.sleep(self._quiet_s)
            if self._chat.vault.is_closed:
                self._waiting.clear()
                return
            if self._chat.writing or self._chat.models.loaded is None:
                # The next turn's end begins anew where no model is there any more.
                if self._chat.models.loaded is None:
                    return
                continue
            conversation_id = next(iter(self._waiting))
            del self._waiting[conversation_id]
            await self._name(conversation_id)

    async def _name(self, conversation_id: str) -> None:
        """The conversation has a title by the model, or keeps what it has."""
        with contextlib.suppress(EngineError):
            conversation = self._chat.conversations.get(conversation_id)
            exchange = first_exchange(conversation)
            if exchange is None or not _may_be_named(conversation):
                return
            self._tried.add(conversation_id)
            title = clean_title(await self._written(exchange), exchange)
            # The user may have named it meanwhile.
            if title and _may_be_named(self._chat.conversations.get(conversation_id)):
                await self._keep(conversation_id, title)

    async def _written(self, exchange: Exchange) -> str:
        """What the model wrote; locking the vault ends it, as it does with any answer."""
        name = new_id("title")
        task = asyncio.ensure_future(self._write(self._chat, exchange))
        self._chat.writing[name] = task
        try:
            return await task
        except asyncio.CancelledError:
            if not task.cancelled():
                task.cancel()
                raise
            return ""
        finally:
            self._chat.writing.pop(name, None)

    async def _keep(self, conversation_id: str, title: str) -> None:
        conversation = self._chat.conversations.rename(conversation_id, title, TitleSource.MODEL)
        await self._chat.keeping.conversation(conversation_id)
        _log.info("a conversation was given a title")
        self._publish(ConversationChanged(conversation=replace(conversation, messages=())))


def _may_be_named(conversation: Conversation) -> bool:
    return conversation.title_source is TitleSource.FIRST_WORDS and not conversation.is_temporary
