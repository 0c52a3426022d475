"""What a conversation's tree and its place need of the vault: columns, trash, recipes, restores."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace

import pytest

from engine.contract.attachments import Attachment, AttachmentKind
from engine.contract.library import SamplingOverrides
from engine.contract.messages import Conversation, FinishReason, Message, Role, TitleSource
from engine.contract.vault import TrashKind
from engine.storage import backup, erasure, trash
from engine.storage.conversations import load_conversations, save_conversation, save_message
from engine.storage.drafts import load_drafts, load_settings
from engine.storage.past import past_of
from engine.storage.recipes import Recipe, load_recipe, save_recipe
from engine.storage.vault import Vault
from tests.architecture.source import ROOT
from tests.engine.storage.backup_vault import CHEAP, small_vault
from tests.engine.storage.old_vault import PASSPHRASE, make_no_backup
from tests.engine.storage.test_backup import NOW_S, a_backups
from tests.engine.storage.test_restore import a_restorer
from tests.helpers.keychain import MemoryKeychain

FILE = Attachment(
    id="att_1",
    name="herons.pdf",
    kind=AttachmentKind.PDF,
    media_type="application/pdf",
    size_bytes=9,
    letters=4,
    tokens=2,
    parts=1,
    notice="One page is a picture.",
)
RECIPE = Recipe(
    message_id="msg_1",
    system_prompt="Be brief.",
    first_id="msg_0",
    question_id="msg_0",
    messages=1,
    left_out=0,
    continued_id="",
    model_key="key",
    prompt_tokens=9,
    digest="ab" * 32,
)


def tree(*parents, **fields):
    """A message after each of these; questions and answers by turns."""
    messages = tuple(
        Message(
            id=f"msg_{number}",
            role=Role.ASSISTANT if number % 2 else Role.USER,
            text=f"words {number}",
            created_at_s=10.0 + number,
            parent_id=None if parent is None else f"msg_{parent}",
            finish_reason=FinishReason.STOP if number % 2 else None,
        )
        for number, parent in enumerate(parents)
    )
    facts = {"title": "A tree", "created_at_s": 1.0, "updated_at_s": 2.0, "messages": messages}
    return Conversation(id="conv_1", **{**facts, **fields})


class Kept:
    """A vault with what these tests do again and again."""

    def __init__(self, vault):
        self.vault = vault

    async def save(self, whole, now_s=2.0):
        def write(writer):
            row = save_conversation(writer, self.vault.codec, whole)
            for message in whole.messages:
                save_message(writer, self.vault.codec, row, message, now_s)

        await self.vault.store.write(write)

    async def load(self):
        codec = self.vault.codec
        return await self.vault.store.read(lambda r: load_conversations(r, codec))

    async def ids(self):
        return [m.id for whole in await self.load() for m in whole.messages]

    async def write(self, function, *arguments):
        return await self.vault.store.write(lambda w: function(w, *arguments))

    async def trash(self):
        codec = self.vault.codec
        return await self.vault.store.read(lambda r: trash.list_trash(r, codec, trash_days=30))


@pytest.fixture
def in_vault(tmp_path):
    def run(scenario):
        async def conduct():
            async with small_vault(tmp_path / "vault") as vault:
                await scenario(Kept(vault))

        asyncio.run(conduct())

    return run


WHOLE = tree(
    None,
    0,
    1,
    2,
    leaf_id="msg_1",
    folder_id="folder_1",
    is_pinned=True,
    is_archived=True,
    title_source=TitleSource.MODEL,
    preset_id="preset_1",
    sampling=SamplingOverrides(temperature=0.5, seed=7),
    system_prompt="",
)
WITH_FILE = replace(
    WHOLE, messages=(replace(WHOLE.messages[0], attachments=(FILE,)), *WHOLE.messages[1:])
)


def test_every_field_of_a_conversation_and_its_files_come_back_equal(in_vault):
    async def scenario(kept):
        await kept.save(WITH_FILE)
        assert await kept.load() == (WITH_FILE,)
        plain = tree(None, 0)
        await kept.save(replace(plain, messages=()))
        assert (await kept.load())[0] == replace(WITH_FILE, **_header(plain))

    in_vault(scenario)


def _header(whole):
    names = (
        "title", "updated_at_s", "system_prompt", "leaf_id", "folder_id", "is_pinned",
        "is_archived", "title_source", "preset_id", "sampling",
    )  # fmt: skip
    return {name: getattr(whole, name) for name in names}


def test_what_a_stranger_wrote_into_a_title_source_counts_as_the_users(in_vault):
    async def scenario(kept):
        await kept.save(WHOLE)
        await kept.write(lambda w: w.execute("UPDATE conversations SET title_source = 'nobody'"))
        assert (await kept.load())[0].title_source is TitleSource.USER

    in_vault(scenario)


def test_a_deleted_part_is_one_thing_in_the_trash_and_comes_back_whole(in_vault):
    async def scenario(kept):
        await kept.save(tree(None, 0, 1, 2, 0))
        await kept.write(trash.put_messages_into_trash, ("msg_1", "msg_2", "msg_3"), 50.0)
        assert await kept.ids() == ["msg_0", "msg_4"]
        (item,) = await kept.trash()
        assert (item.id, item.kind, item.size_bytes) == ("msg_1", TrashKind.MESSAGE, 3 * 7)

        back = await kept.write(trash.take_from_trash, ("msg_1",), 60.0)
        assert back == {"msg_1": TrashKind.MESSAGE}
        assert await kept.ids() == [f"msg_{n}" for n in range(5)]
        assert await kept.trash() == ()

    in_vault(scenario)


def test_a_part_that_was_deleted_inside_a_deleted_part_stays_in_the_trash(in_vault):
    async def scenario(kept):
        await kept.save(tree(None, 0, 1, 2))
        await kept.write(trash.put_messages_into_trash, ("msg_3",), 50.0)
        await kept.write(trash.put_messages_into_trash, ("msg_1", "msg_2", "msg_3"), 51.0)
        assert {item.id for item in await kept.trash()} == {"msg_3", "msg_1"}
        await kept.write(trash.take_from_trash, ("msg_1",), 60.0)
        assert await kept.ids() == ["msg_0", "msg_1", "msg_2"]

    in_vault(scenario)


def test_a_forgotten_part_is_gone_with_all_that_went_with_it(in_vault):
    async def scenario(kept):
        await kept.save(tree(None, 0, 1, 2, 0))
        await kept.write(save_recipe, kept.vault.codec, RECIPE, 3.0)
        await kept.write(trash.put_messages_into_trash, ("msg_1", "msg_2", "msg_3"), 50.0)
        await kept.write(erasure.forget_items, kept.vault.codec, ("msg_1",))
        left = await kept.vault.store.read(
            lambda r: [
                r.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                for table in ("messages", "messages_index_docsize", "records")
            ]
        )
        assert left == [2, 2, 0]

    in_vault(scenario)


def test_everything_overdue_is_named_whatever_it_went_with(in_vault):
    async def scenario(kept):
        await kept.save(tree(None, 0, 1, 2))
        await kept.write(trash.put_messages_into_trash, ("msg_1", "msg_2", "msg_3"), 0.0)
        late_s = 31 * 86_400.0
        found = await kept.vault.store.read(lambda r: trash.overdue(r, trash_days=30, now_s=late_s))
        await kept.write(erasure.forget_items, kept.vault.codec, found)
        assert await kept.ids() == ["msg_0"]

    in_vault(scenario)


def test_a_recipe_comes_back_equal_and_is_replaced_by_a_later_one(in_vault):
    async def scenario(kept):
        codec = kept.vault.codec
        await kept.save(tree(None, 0))
        for recipe in (RECIPE, replace(RECIPE, left_out=2)):
            await kept.write(save_recipe, codec, recipe, 3.0)
            assert await kept.vault.store.read(lambda r: load_recipe(r, codec, "msg_1")) == recipe
        assert await kept.vault.store.read(lambda r: load_recipe(r, codec, "msg_0")) is None

    in_vault(scenario)


def test_a_restored_backup_brings_the_tree_its_files_and_its_place(tmp_path, monkeypatch):
    monkeypatch.setattr(backup, "tune_cost", lambda: CHEAP)

    async def scenario():
        async with small_vault(tmp_path) as vault:
            kept = Kept(vault)
            await kept.save(WITH_FILE)
            await kept.write(trash.put_messages_into_trash, ("msg_2", "msg_3"), 50.0)
            await kept.write(save_recipe, vault.codec, RECIPE, 3.0)
            card = await a_backups(vault).make("by hand", kept=9)
            before, lain = await kept.load(), await kept.trash()
            await kept.write(erasure.forget_items, vault.codec, ("conv_1",))
            assert await kept.load() == ()

            restorer = a_restorer(vault)
            plan = await restorer.plan(card.name)
            await restorer.apply(plan.id, backups_kept=9)

            assert await kept.load() == before
            assert await kept.trash() == lain
            codec = vault.codec
            assert await vault.store.read(lambda r: load_recipe(r, codec, "msg_1")) == RECIPE
            await kept.write(trash.take_from_trash, ("msg_2",), NOW_S)
            assert await kept.ids() == [m.id for m in WITH_FILE.messages]

    asyncio.run(scenario())


def test_conversations_of_the_first_version_open_as_trees_and_keep_their_titles(tmp_path):
    """A vault of version 1 with what that version's own code wrote."""
    shutil.copytree(ROOT / "tests/data/vaults/chats-1", tmp_path / "vault")

    async def walk():
        vault = Vault(tmp_path / "vault", MemoryKeychain(is_absent=True))
        vault.before_upgrade = make_no_backup
        await vault.open(PASSPHRASE)
        codec = vault.codec
        kept = await vault.store.read(lambda r: load_conversations(r, codec))
        assert [(c.title, c.title_source, c.leaf_id) for c in kept] == [
            ("My own title", TitleSource.USER, None),
            ("Herons", TitleSource.USER, None),
        ]
        assert [m.text for m in kept[1].messages] == [
            "Why do herons stand on one leg?",
            "To keep warm, mostly.",
            "Are you sure?",
            "Fairly.",
        ]
        assert kept[1].messages[3].reasoning == "Hm."
        assert kept[1].messages[3].stats.seed == 7
        assert kept[1].messages[3].stats.temperature is None
        assert kept[0].system_prompt == "Answer in one word."
        drafts = await vault.store.read(lambda r: load_drafts(r, codec))
        settings = await vault.store.read(lambda r: load_settings(r, codec))
        assert (drafts, settings) == (
            (("conv-1", "half a thought"),),
            {"generation.system_prompt": "Be brief."},
        )
        assert await vault.store.read(lambda r: past_of(r, codec, "msg-00")) == ()
        await vault.lock()

    asyncio.run(walk())
