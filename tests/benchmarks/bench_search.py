"""How long a search over 100,000 messages takes, half of them in archives, as words are typed."""

from __future__ import annotations

import asyncio
import random
import time
import types
from functools import partial
from pathlib import Path

from engine.contract.library_commands import SearchFilters
from engine.contract.messages import Conversation, FinishReason, Message, Role
from engine.storage import conversations as shelf
from engine.storage.codec import Codec
from engine.storage.compact import Compaction
from engine.storage.database import Reader, connect
from engine.storage.keys import Secret
from engine.storage.migrations.upgrade import upgrade
from engine.storage.search import find_messages, nothing_at_hand
from engine.storage.store import Store
from engine.storage.words import Query
from tests.benchmarks import storage_texts as texts
from tests.benchmarks.figures import percentile
from tests.benchmarks.ground import Ground
from tests.benchmarks.report import Table

SHARE = 4
_MESSAGES = 100_000
_IN_ONE = 25
_NOW_S = 1_795_000_000.0
_DAY_S = 86_400.0
_KEY = Secret(b"k" * 32)
_QUERIES = 300
_WANTED_MS = 50.0
_FILTERS = (
    SearchFilters(role=Role.USER),
    SearchFilters(is_archived=False),
    SearchFilters(after_s=_NOW_S - 20 * _DAY_S),
    SearchFilters(is_pinned=True),
)


def run(ground: Ground) -> list[Table]:
    """One table."""
    said = [turn.decode() for turn in texts.turns()] or [
        unit.text for corpus in texts.corpora() for unit in corpus.units
    ]
    path = ground.scratch / "search.db"
    ground.say(f"search: a vault of {_MESSAGES:,} messages")
    asyncio.run(_build(path, said))
    ground.say("search: typing")
    reader = connect(path, _KEY, is_read_only=True)
    try:
        return [_table(Reader(reader), said)]
    finally:
        reader.close()


async def _build(path: Path, said: list[str]) -> None:
    connect(path, _KEY, may_create=True).close()
    store, codec, rng = await Store.open(path, _KEY), Codec(), random.Random(0)
    await store.maintain(upgrade)
    try:
        for number in range(_MESSAGES // _IN_ONE):
            # Half of the conversations are older than a month, so that archives take them.
            at_s = _NOW_S - 60 * _DAY_S * (1 - number * _IN_ONE / _MESSAGES)
            whole = _conversation(number, at_s, said, rng)
            await store.write(partial(_keep, codec=codec, whole=whole))
        vault = types.SimpleNamespace(store=store, codec=codec, folder=None)
        await Compaction(vault, lambda: _NOW_S).archive()
    finally:
        await store.close()


def _conversation(number: int, at_s: float, said: list[str], rng: random.Random) -> Conversation:
    messages = tuple(
        Message(
            id=f"msg_{number * _IN_ONE + place:018}",
            role=Role.ASSISTANT if place % 2 else Role.USER,
            text=f"{rng.choice(said)} {rng.choice(said)}",
            created_at_s=at_s + place,
            finish_reason=FinishReason.STOP if place % 2 else None,
        )
        for place in range(_IN_ONE)
    )
    return Conversation(
        id=f"conv_{number:018}",
        title=messages[0].text[:60],
        created_at_s=at_s,
        updated_at_s=at_s,
        messages=messages,
        is_pinned=number % 50 == 0,
        is_archived=number % 5 == 0,
    )


def _keep(writer, codec, whole) -> None:
    row = shelf.save_conversation(writer, codec, whole)
    for message in whole.messages:
        shelf.save_message(writer, codec, row, message, whole.updated_at_s)


def _table(reader: Reader, said: list[str]) -> Table:
    codec, rng = Codec(), random.Random(1)
    kept = {one.id: one for one in shelf.load_conversations(reader, codec)}

    def at_hand(conversation_id: str, message_id: str) -> Message | None:
        conversation = kept.get(conversation_id)
        messages = conversation.messages if conversation else ()
        return next((one for one in messages if one.id == message_id), None)

    typed = [_typed(said, rng) for _ in range(_QUERIES)]
    ways = {
        "one or two words, half typed": (typed, SearchFilters(), at_hand),
        "two words in quotes": ([_phrase(said, rng) for _ in typed], SearchFilters(), at_hand),
        "with a filter": (typed, None, at_hand),
        "texts read from the vault": (typed[:60], SearchFilters(), nothing_at_hand),
    }
    rows, figures = [], {}
    for name, (queries, filters, hand) in ways.items():
        spent, found = [], 0
        for number, words in enumerate(queries):
            chosen = filters or _FILTERS[number % len(_FILTERS)]
            begun = time.perf_counter()
            _, total = find_messages(reader, codec, Query.of(words), chosen, at_hand=hand)
            spent.append(1000 * (time.perf_counter() - begun))
            found += total
        figures[name] = {"ms": spent}
        shares = [percentile(spent, share) for share in (0.5, 0.95, 1.0)]
        rows.append([name, *(f"{ms:.1f}" for ms in shares), f"{found / len(queries):,.0f}"])
    return Table(
        name="search",
        title=f"Search over {_MESSAGES:,} messages, ms",
        columns=("", "median", "95 of 100", "slowest", "hits on average"),
        rows=rows,
        notes=[
            f"{_QUERIES} queries of words from the texts themselves, common ones included; half "
            f"of the messages lie in archives; {_WANTED_MS:.0f} ms for 95 of 100 is the aim.",
            "The window's engine has the texts at hand, so the first three rows are what a user "
            "waits for; the last one is what reading each shown text from disk would take.",
        ],
        figures=figures,
    )


def _typed(said: list[str], rng: random.Random) -> str:
    """One or two words of one text, the last one without its end."""
    words = [word for word in rng.choice(said).split() if word.isalpha()] or ["the"]
    place = rng.randrange(len(words))
    last = words[place]
    begun = last[: max(2, rng.randint(2, max(2, len(last))))]
    return f"{words[place - 1]} {begun}" if rng.random() < 0.5 and place else begun


def _phrase(said: list[str], rng: random.Random) -> str:
    words = rng.choice(said).split()
    place = rng.randrange(max(1, len(words) - 1))
    return '"' + " ".join(words[place : place + 2]).replace('"', "") + '"'
