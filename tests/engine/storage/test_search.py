from __future__ import annotations

import asyncio
import types

import pytest

from engine.contract.attachments import Attachment, AttachmentKind
from engine.contract.library_commands import SearchFilters
from engine.contract.messages import AnswerStats, Conversation, FinishReason, Message, Role
from engine.contract.vault import TrashKind
from engine.storage import conversations as shelf
from engine.storage import trash
from engine.storage.codec import Codec
from engine.storage.compact import Compaction
from engine.storage.migrations.upgrade import upgrade
from engine.storage.search import find_messages
from engine.storage.store import Store
from engine.storage.words import Query

NOON_S = 1_760_000_000.0
FILE = Attachment(
    id="att_1",
    name="map.pdf",
    kind=AttachmentKind.PDF,
    media_type="application/pdf",
    size_bytes=9,
    letters=4,
)


def stats(model):
    return AnswerStats(
        model=model,
        prompt_tokens=1,
        cached_tokens=0,
        completion_tokens=1,
        ttft_ms=1.0,
        tokens_per_second=None,
        prefill_tokens_per_second=None,
    )


class Shelf:
    """A store in memory with a few conversations."""

    def __init__(self, store):
        self.store = store
        self.codec = Codec()

    async def keep(self, id_, *texts, **fields):
        messages = tuple(
            text
            if isinstance(text, Message)
            else Message(
                id=f"{id_}-{number}", role=Role.USER, text=text, created_at_s=NOON_S + number
            )
            for number, text in enumerate(texts)
        )
        whole = Conversation(
            id=id_, title=id_, created_at_s=NOON_S, updated_at_s=NOON_S, messages=messages, **fields
        )

        def write(writer):
            row = shelf.save_conversation(writer, self.codec, whole)
            for message in messages:
                shelf.save_message(writer, self.codec, row, message, NOON_S)

        await self.store.write(write)

    async def find(self, words, filters=None, **more):
        filters = filters or SearchFilters()
        return await self.store.read(
            lambda r: find_messages(r, self.codec, Query.of(words), filters, **more)
        )

    async def ids(self, words, **filters):
        found, total = await self.find(words, SearchFilters(**filters))
        assert total == len(found)
        return {one.message_id for one in found}


@pytest.fixture
def on_shelf():
    def run(scenario):
        async def conduct():
            store = await Store.in_memory()
            await store.maintain(upgrade)
            try:
                await scenario(Shelf(store))
            finally:
                await store.close()

        asyncio.run(conduct())

    return run


def answer(id_, text, model="tiny", **more):
    return Message(
        id=id_,
        role=Role.ASSISTANT,
        text=text,
        created_at_s=NOON_S + 50,
        finish_reason=FinishReason.STOP,
        stats=stats(model),
        **more,
    )


def test_all_words_must_occur_and_the_last_may_go_on(on_shelf):
    async def scenario(shelf):
        await shelf.keep("c", "The grey heron stands", "Herons fly", "A grey wall")
        assert await shelf.ids("grey her") == {"c-0"}
        assert await shelf.ids("her") == {"c-0", "c-1"}
        assert await shelf.ids('"grey heron"') == {"c-0"}
        assert await shelf.ids('"heron grey"') == set()
        assert await shelf.ids("nothing") == set()
        assert await shelf.ids("  ") == set()

    on_shelf(scenario)


def test_accents_and_case_make_no_difference(on_shelf):
    async def scenario(shelf):
        await shelf.keep("c", "Le CAFÉ est fermé", "Cafe\u0301 noir")
        found, _ = await shelf.find("cafe")
        assert {one.excerpt[a:b] for one in found for a, b in one.marks} == {"CAFÉ", "Cafe\u0301"}

    on_shelf(scenario)


def test_an_excerpt_is_one_line_round_the_match(on_shelf):
    async def scenario(shelf):
        await shelf.keep(
            "c", "Some words. " * 40 + "\n\nThe\theron\nstands. " + "More words. " * 40
        )
        (found,), _ = await shelf.find("heron")
        assert "The heron stands." in found.excerpt
        assert "\n" not in found.excerpt
        assert found.excerpt[0] == found.excerpt[-1] == "…"
        assert len(found.excerpt) <= 165
        assert [found.excerpt[a:b] for a, b in found.marks] == ["heron"]

    on_shelf(scenario)


def test_what_a_model_thought_is_found_and_shown(on_shelf):
    async def scenario(shelf):
        await shelf.keep("c", answer("a", "Yes.", reasoning="Moths follow the moon."))
        (found,), _ = await shelf.find("moths")
        assert found.excerpt == "Moths follow the moon."

    on_shelf(scenario)


def test_an_endless_word_is_cut(on_shelf):
    async def scenario(shelf):
        await shelf.keep("c", "x" * 100_000 + " heron " + "y" * 100_000)
        (found,), _ = await shelf.find("heron")
        assert len(found.excerpt) < 200
        assert [found.excerpt[a:b] for a, b in found.marks] == ["heron"]

    on_shelf(scenario)


def test_filters_narrow_what_is_found(on_shelf):
    async def scenario(shelf):
        question = Message(
            id="q", role=Role.USER, text="tea", created_at_s=NOON_S, attachments=(FILE,)
        )
        await shelf.keep("kitchen", question, answer("a", "tea"), folder_id="f", is_pinned=True)
        await shelf.keep("attic", answer("b", "tea", "other"), is_archived=True)
        assert await shelf.ids("tea") == {"q", "a", "b"}
        assert await shelf.ids("tea", role=Role.USER) == {"q"}
        assert await shelf.ids("tea", folder_id="f") == {"q", "a"}
        assert await shelf.ids("tea", is_pinned=False) == {"b"}
        assert await shelf.ids("tea", is_archived=True) == {"b"}
        assert await shelf.ids("tea", has_attachment=True) == {"q"}
        assert await shelf.ids("tea", has_attachment=False) == {"a", "b"}
        assert await shelf.ids("tea", model_id="other") == {"b"}
        assert await shelf.ids("tea", after_s=NOON_S + 1) == {"a", "b"}
        assert await shelf.ids("tea", before_s=NOON_S + 1, is_pinned=True) == {"q"}

    on_shelf(scenario)


@pytest.mark.parametrize("looked_up", [0, 1000])
def test_many_rows_are_filtered_as_few_are(on_shelf, monkeypatch, looked_up):
    """Few are looked up one by one, many are not; both must say the same."""
    monkeypatch.setattr("engine.storage.search._LOOKED_UP", looked_up)

    async def scenario(shelf):
        await shelf.keep("one", *["tea"] * 30, folder_id="f")
        await shelf.keep("two", *["tea"] * 20)
        found, total = await shelf.find("tea", SearchFilters(folder_id="f"), limit=5)
        assert (len(found), total) == (5, 30)

    on_shelf(scenario)


def test_where_very_many_are_found_the_newest_lead(on_shelf, monkeypatch):
    monkeypatch.setattr("engine.storage.search._RANKED", 10)

    async def scenario(shelf):
        await shelf.keep("c", *["tea"] * 30)
        found, total = await shelf.find("tea", limit=2)
        assert [one.message_id for one in found] == ["c-29", "c-28"]
        assert total == 30

    on_shelf(scenario)


def test_the_shorter_text_with_more_of_the_words_comes_first(on_shelf):
    async def scenario(shelf):
        await shelf.keep("c", "tea " + "and other things " * 30, "tea tea", *["nothing"] * 9)
        found, _ = await shelf.find("tea")
        assert [one.message_id for one in found] == ["c-1", "c-0"]

    on_shelf(scenario)


def test_nothing_in_the_trash_is_found(on_shelf):
    async def scenario(shelf):
        await shelf.keep("c", "tea", "tea again")
        await shelf.keep("d", "more tea")
        await shelf.store.write(
            lambda w: trash.put_into_trash(w, TrashKind.CONVERSATION, "d", NOON_S)
        )
        await shelf.store.write(
            lambda w: w.execute("UPDATE messages SET deleted_at_s = 1 WHERE id = 'c-0'").rowcount
        )
        assert await shelf.ids("tea") == {"c-1"}
        assert await shelf.ids("tea", role=Role.USER) == {"c-1"}

    on_shelf(scenario)


def test_what_lies_in_an_archive_is_found_and_shown(on_shelf):
    async def scenario(shelf):
        long = "Some filling words that nobody looks for, number {}. " * 40
        await shelf.keep("c", *(long.format(*range(40)) + f"heron{n}" for n in range(300)))
        vault = types.SimpleNamespace(store=shelf.store, codec=shelf.codec, folder=None)
        assert await Compaction(vault, lambda: NOON_S + 1e8).archive()
        (found,), _ = await shelf.find("heron77")
        assert [found.excerpt[a:b] for a, b in found.marks] == ["heron77"]

    on_shelf(scenario)


@pytest.mark.parametrize(
    "words",
    [
        '"',
        '""',
        "AND OR NOT",
        "NEAR(a b)",
        "*",
        "a*b",
        "x:y",
        "^a",
        "-a",
        "(",
        "'; DROP",
        "\0",
        "\ud800",
    ],
)
def test_the_index_s_own_language_is_only_words(on_shelf, words):
    async def scenario(shelf):
        await shelf.keep("c", "and or not near a b x y drop")
        await shelf.find(words)

    on_shelf(scenario)
