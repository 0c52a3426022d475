from __future__ import annotations

import asyncio
import random

import pytest

from engine.contract.messages import Conversation, Message, Role
from engine.storage import archives, dictionaries
from engine.storage.cold_texts import ARCHIVE_AFTER_S
from engine.storage.compact import Compaction
from engine.storage.conversations import save_conversation, save_message
from engine.storage.verify import Verification
from tests.engine.storage.backup_vault import small_vault
from tests.engine.storage.test_backup import NOW_S, a_backups
from tests.engine.storage.test_restore import texts

WORDS = [
    "the", "vault", "keeps", "what", "you", "say", "and", "nobody", "else", "reads", "a", "word",
    "of", "it", "because", "every", "page", "is", "sealed", "before", "lies", "on", "disk",
]  # fmt: skip


async def talk(vault, at_s: float, messages: int, words: int = 60) -> None:
    """Texts as alike as those of one person."""
    chance = random.Random(3)

    def write(writer):
        for number in range(messages):
            id_ = f"conv_{number % 20}"
            row = save_conversation(
                writer,
                vault.codec,
                Conversation(id=id_, title="t", created_at_s=at_s, updated_at_s=at_s),
            )
            text = f"{number}: " + " ".join(chance.choices(WORDS, k=words))
            message = Message(id=f"msg_{number}", role=Role.USER, text=text, created_at_s=at_s)
            save_message(writer, vault.codec, row, message, at_s)

    await vault.store.write(write)


def run(scenario):
    asyncio.run(scenario)


@pytest.mark.feature("vault.compact")
def test_compacting_makes_the_file_smaller_and_changes_no_text(tmp_path):
    """Compacting trains dictionaries, archives what is old and shrinks the file; all texts stay."""

    async def scenario():
        async with small_vault(tmp_path) as vault:
            await talk(vault, NOW_S - 2 * ARCHIVE_AFTER_S, 2400)
            before = await texts(vault)
            told = []
            done = await Compaction(vault, lambda: NOW_S).run(lambda *step: told.append(step))
            assert done.trained == 1
            assert done.archived == 2400
            assert done.after_bytes < 0.8 * done.before_bytes
            assert (tmp_path / "vault.db").stat().st_size == done.after_bytes
            assert await texts(vault) == before
            shares = [share for _, share in told]
            assert shares == sorted(shares)
            whole = await Verification(vault, a_backups(vault), vault.files).run()
            assert whole.damages == ()

    run(scenario())


def test_what_is_new_is_not_archived(tmp_path):
    async def scenario():
        async with small_vault(tmp_path) as vault:
            await talk(vault, NOW_S - 0.5 * ARCHIVE_AFTER_S, 100, words=900)
            assert await Compaction(vault, lambda: NOW_S).archive() == 0

    run(scenario())


def test_a_message_that_changed_while_it_was_archived_keeps_its_new_text(tmp_path, monkeypatch):
    async def scenario():
        async with small_vault(tmp_path) as vault:
            await talk(vault, 1.0, 100, words=900)
            build = archives.build
            loop = asyncio.get_running_loop()

            def edit_meanwhile(contents):
                asyncio.run_coroutine_threadsafe(
                    vault.store.write(
                        lambda w: w.execute(
                            "UPDATE messages SET text = ? WHERE id = 'msg_7'",
                            (vault.codec.pack("message", "edited"),),
                        )
                    ),
                    loop,
                ).result()
                return build(contents)

            monkeypatch.setattr(archives, "build", edit_meanwhile)
            assert await Compaction(vault, lambda: NOW_S).archive() == 99
            assert (await texts(vault))["msg_7"] == "edited"

    run(scenario())


def test_a_dictionary_goes_only_when_no_row_needs_it(tmp_path):
    async def scenario():
        async with small_vault(tmp_path) as vault:
            codec = vault.codec

            def trained(number: int):
                samples = [
                    dictionaries.Sample(f"c{n % 9}", f"{' '.join(WORDS)} {n} {number}" * 2)
                    for n in range(2500)
                ]
                made = dictionaries.train(
                    "message",
                    samples,
                    dictionaries.Dictionaries(
                        [dictionaries.Dictionary(number - 1, "other", b"", 0.0, 0)]
                    ),
                    raw_bytes=10**8,
                )
                assert made is not None
                assert made.id == number
                return made

            first = trained(1)
            await vault.store.write(lambda w: dictionaries.save(w, first))
            codec.dictionaries.add(first)
            await talk(vault, NOW_S, 50)
            second = trained(2)
            await vault.store.write(lambda w: dictionaries.save(w, second))
            codec.dictionaries.add(second)
            compaction = Compaction(vault, lambda: NOW_S)
            await compaction._drop_unneeded()
            assert [d.id for d in await vault.store.read(dictionaries.load)] == [1, 2]
            await vault.store.write(lambda w: w.execute("DELETE FROM messages"))
            await compaction._drop_unneeded()
            assert [d.id for d in await vault.store.read(dictionaries.load)] == [2]

    run(scenario())
