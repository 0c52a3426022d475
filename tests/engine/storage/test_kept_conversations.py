from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from engine.contract.messages import AnswerStats, Conversation, FinishReason, Message, Role
from engine.contract.vault import TrashKind
from engine.storage import conversations as shelf
from engine.storage import drafts, trash
from engine.storage.codec import Codec
from engine.storage.migrations.upgrade import upgrade
from engine.storage.past import past_of
from engine.storage.store import Store

NOW_S = 1_795_000_000.0
STATS = AnswerStats(
    model="m",
    prompt_tokens=9,
    cached_tokens=4,
    completion_tokens=3,
    ttft_ms=12.5,
    tokens_per_second=None,
    prefill_tokens_per_second=88.0,
)


def question(id_="msg-1", text="Why is the sky blue?", **more):
    return Message(id=id_, role=Role.USER, text=text, created_at_s=NOW_S, **more)


def answer(id_="msg-2", text="Air scatters blue light most.", **more):
    facts = {"finish_reason": FinishReason.STOP, "stats": STATS, "parent_id": "msg-1", **more}
    return Message(id=id_, role=Role.ASSISTANT, text=text, created_at_s=NOW_S + 1, **facts)


def conversation(*messages, id_="conv-1", title="The sky", **more):
    return Conversation(
        id=id_,
        title=title,
        created_at_s=NOW_S,
        updated_at_s=NOW_S,
        messages=tuple(messages),
        **more,
    )


class Kept:
    """A store in memory and the codec, with what the tests do again and again."""

    def __init__(self, store):
        self.store = store
        self.codec = Codec()

    async def save(self, whole):
        def write(writer):
            row = shelf.save_conversation(writer, self.codec, whole)
            for message in whole.messages:
                shelf.save_message(writer, self.codec, row, message, NOW_S)

        await self.store.write(write)

    async def load(self):
        return await self.store.read(lambda r: shelf.load_conversations(r, self.codec))

    async def write(self, function, *arguments):
        return await self.store.write(lambda w: function(w, *arguments))

    async def search(self, words):
        return await self.store.read(lambda r: shelf.search_messages(r, words))


@pytest.fixture
def in_store():
    """Runs a coroutine function on a new store."""

    def run(scenario):
        async def conduct():
            store = await Store.in_memory()
            await store.maintain(upgrade)
            try:
                await scenario(Kept(store))
            finally:
                await store.close()

        asyncio.run(conduct())

    return run


def test_everything_in_a_conversation_comes_back_equal(in_store):
    whole = conversation(
        question(),
        answer(reasoning="Rayleigh, 1871."),
        system_prompt="Be brief.",
        title="Ein Täubchen 🕊",
    )

    async def scenario(kept):
        await kept.save(whole)
        assert await kept.load() == (whole,)

    in_store(scenario)


def test_an_answer_without_an_end_was_broken_off(in_store):
    async def scenario(kept):
        await kept.save(conversation(question(), answer(finish_reason=None, stats=None)))
        assert (await kept.load())[0].messages[1].finish_reason is FinishReason.FAILED

    in_store(scenario)


def test_an_answer_that_grows_has_no_past_and_an_edit_has_one(in_store):
    async def scenario(kept):
        for text in ("Air", "Air scatters"):
            growing = answer(text=text, finish_reason=None, stats=None)
            await kept.save(conversation(question(), growing))
        await kept.save(conversation(question(), answer()))
        past = await kept.store.read(lambda r: past_of(r, kept.codec, "msg-2"))
        assert past == ()

        await kept.save(conversation(question(text="Why is the sea blue?"), answer()))
        past = await kept.store.read(lambda r: past_of(r, kept.codec, "msg-1"))
        assert [text for _, text in past] == ["Why is the sky blue?"]

    in_store(scenario)


@pytest.mark.parametrize("words", ["scatters light", "SCATTERS", 'blue "light', "täubchen"])
def test_words_are_found_in_the_message_that_has_them_all(in_store, words):
    async def scenario(kept):
        await kept.save(conversation(question(), answer(text="Air scatters blue light, Taubchen")))
        assert await kept.search(words) == (("conv-1", "msg-2"),)

    in_store(scenario)


def test_words_that_were_edited_away_are_not_found(in_store):
    async def scenario(kept):
        await kept.save(conversation(question(text="Why is the heron grey?")))
        await kept.save(conversation(question(text="Why is the sky blue?")))
        assert await kept.search("heron") == ()
        assert await kept.search("sky") == (("conv-1", "msg-1"),)

    in_store(scenario)


def test_search_syntax_in_words_is_only_words(in_store):
    async def scenario(kept):
        await kept.save(conversation(question()))
        for words in ('"', "NEAR(", "text:", "a OR b", "*", "", "  "):
            assert await kept.search(words) == ()

    in_store(scenario)


def test_the_trash_hides_a_conversation_everywhere_and_gives_it_back(in_store):
    async def scenario(kept):
        whole = conversation(question(), answer())
        await kept.save(whole)
        assert await kept.write(trash.put_into_trash, TrashKind.CONVERSATION, "conv-1", NOW_S + 5)
        assert await kept.load() == ()
        assert await kept.search("sky") == ()
        items = await kept.store.read(lambda r: trash.list_trash(r, kept.codec, trash_days=30))
        assert [(i.id, i.title, i.size_bytes) for i in items] == [("conv-1", "The sky", 49)]

        back = await kept.write(trash.take_from_trash, ["conv-1", "conv-x"], NOW_S + 9)
        assert back == {"conv-1": TrashKind.CONVERSATION}
        assert await kept.load() == (replace(whole, updated_at_s=NOW_S + 9),)

    in_store(scenario)


def test_only_what_has_lain_long_enough_is_overdue(in_store):
    async def scenario(kept):
        await kept.save(conversation(question()))
        await kept.save(conversation(question(id_="msg-3"), id_="conv-2"))
        await kept.write(trash.put_into_trash, TrashKind.CONVERSATION, "conv-1", NOW_S)
        day_s = 86_400

        async def overdue(now_s):
            return await kept.store.read(lambda r: trash.overdue(r, trash_days=30, now_s=now_s))

        assert await overdue(NOW_S + 30 * day_s) == ()
        assert await overdue(NOW_S + 30 * day_s + 1) == ("conv-1",)

    in_store(scenario)


def test_retention_names_what_is_older_than_the_settings_keep(in_store):
    async def scenario(kept):
        await kept.save(conversation(question()))

        async def outdated(days):
            return await kept.store.read(
                lambda r: trash.outdated(
                    r, conversation_days=days, page_days=0, now_s=NOW_S + 10 * 86_400
                )
            )

        assert await outdated(0) == ()
        assert await outdated(11) == ()
        assert await outdated(9) == ((TrashKind.CONVERSATION, "conv-1"),)

    in_store(scenario)


def test_drafts_and_settings_come_back_and_an_empty_draft_is_gone(in_store):
    async def scenario(kept):
        await kept.write(drafts.save_draft, kept.codec, "conv-1", "half a thought", NOW_S)
        await kept.write(drafts.save_draft, kept.codec, "conv-2", "another", NOW_S + 1)
        await kept.write(drafts.save_draft, kept.codec, "conv-1", "", NOW_S + 2)
        values = {"generation.system_prompt": "Be brief.", "generation.stop": ["\n\n"]}
        await kept.write(drafts.save_settings, kept.codec, values, NOW_S)

        assert await kept.store.read(lambda r: drafts.load_drafts(r, kept.codec)) == (
            ("conv-2", "another"),
        )
        assert await kept.store.read(lambda r: drafts.load_settings(r, kept.codec)) == values

    in_store(scenario)
