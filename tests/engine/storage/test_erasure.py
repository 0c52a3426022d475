from __future__ import annotations

import asyncio
import base64
import hashlib
import random

import pytest

from engine.contract.messages import Conversation, FinishReason, Message, Role
from engine.storage import archives, embeddings, erasure
from engine.storage.conversations import save_conversation, save_message, search_messages
from engine.storage.drafts import save_draft
from engine.storage.keys import Purpose
from engine.storage.sealed_files import every
from tests.engine.storage.backup_vault import small_vault
from tests.engine.storage.decrypted_pages import decrypted_pages

WORDS = [base64.b32encode(bytes([n, 255 - n, n])).decode().lower()[:4] for n in range(250)]


def marker(*place) -> str:
    """A word that stands nowhere else; its first letters differ, so an index holds most of it."""
    return base64.b32encode(hashlib.sha256(repr(place).encode()).digest())[:14].decode().lower()


class Chats:
    """A few hundred messages, written in a random order as a life would."""

    def __init__(self, vault, conversations: int = 40, messages: int = 8) -> None:
        self.vault = vault
        self.chance = random.Random(7)
        self.blobs: dict[str, list[bytes]] = {}
        self.ids = [f"conv_{n}" for n in range(conversations)]
        self.order = [(id_, place) for id_ in self.ids for place in range(messages)]
        self.chance.shuffle(self.order)

    async def write(self) -> None:
        for begin in range(0, len(self.order), 40):
            await self.vault.store.write(lambda w, begin=begin: self._write(w, begin))

    def _write(self, writer, begin: int) -> None:
        codec = self.vault.codec
        for id_, place in self.order[begin : begin + 40]:
            row = save_conversation(
                writer,
                codec,
                Conversation(
                    id=id_, title=marker(id_, "title"), created_at_s=1.0, updated_at_s=1.0
                ),
            )
            for edit in ("edited", "last"):
                text = " ".join(self.chance.choices(WORDS, k=self.chance.randint(5, 90)))
                text += f" {marker(id_, place, edit)} {marker(id_, 'shared')}"
                message = Message(
                    id=f"msg_{id_}_{place}", role=Role.USER, text=text, created_at_s=1.0
                )
                save_message(writer, codec, row, message, 2.0)
                self.blobs.setdefault(id_, []).append(codec.pack("message", text))
            save_draft(writer, codec, id_, f"draft {marker(id_, 'draft')}", 1.0)

    def tokens(self, id_: str) -> list[bytes]:
        words = [marker(id_, word) for word in ("title", "draft", "shared")]
        words += [
            marker(*place, edit)
            for place in self.order
            if place[0] == id_
            for edit in ("edited", "last")
        ]
        return [word.encode() for word in words]

    async def found(self, id_: str) -> list[str]:
        """What of a conversation can still be found in the decrypted file."""
        key = self.vault.subkey(Purpose.DATABASE)
        files = [self.vault.folder / "vault.db", self.vault.folder / "vault.db-wal"]
        assert not files[1].exists() or files[1].stat().st_size == 0
        image = b"".join(decrypted_pages(files[0], key))
        # An index stores a word without the letters it shares with the one before it.
        hits = [token.decode() for token in self.tokens(id_) if token[4:] in image]
        hits += ["packed text" for blob in self.blobs[id_] if blob[20:60] in image]
        plain = await self.vault.store.maintain(_plain_copy)
        return hits + [token.decode() for token in self.tokens(id_) if token in plain]


def _plain_copy(connection) -> bytes:
    """The database as sqlcipher_export writes it, in memory alone."""
    connection.execute("ATTACH DATABASE ':memory:' AS plain KEY ''")
    connection.execute("SELECT sqlcipher_export('plain')").fetchall()
    rows = []
    for (table,) in connection.execute(
        "SELECT name FROM plain.sqlite_master WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'"
    ).fetchall():
        rows += connection.execute(f"SELECT * FROM plain.{table}").fetchall()
    connection.execute("DETACH DATABASE plain")
    return b"\n".join(
        value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row
    )


async def forget(vault, *ids: str) -> tuple[str, ...]:
    files = await vault.store.write(lambda w: erasure.forget_items(w, vault.codec, ids))
    await vault.store.maintain(erasure.finish)
    return files


@pytest.mark.feature("trash.forget")
def test_a_forgotten_conversation_is_nowhere_in_the_decrypted_file(tmp_path):
    """Forgetting one conversation leaves none of its words in any page, index, archive or log."""

    async def scenario():
        async with small_vault(tmp_path) as vault:
            chats = Chats(vault)
            await chats.write()
            await vault.store.checkpoint()
            assert len(await chats.found("conv_3")) > 10
            await forget(vault, "conv_3")
            assert await chats.found("conv_3") == []
            # Once more, when the index is one part already.
            await forget(vault, "conv_5", "conv_39")
            assert await chats.found("conv_5") == []
            assert await chats.found("conv_39") == []
            hits = await vault.store.read(
                lambda r: [search_messages(r, marker(id_, "shared")) for id_ in chats.ids]
            )
            assert [bool(hit) for hit in hits] == [
                id_ not in ("conv_3", "conv_5", "conv_39") for id_ in chats.ids
            ]

    asyncio.run(scenario())


def test_what_hangs_on_a_forgotten_message_goes_with_it(tmp_path):
    async def scenario():
        async with small_vault(tmp_path) as vault:
            chats = Chats(vault, conversations=1, messages=3)
            await chats.write()
            file = await vault.files.keep(vault.store, "cache", "msg_conv_0_1", [b"keys"], 1.0)

            def hang_on(writer):
                import numpy as np

                embeddings.save(writer, "model", ["msg_conv_0_1"], np.ones((1, 4), np.float32))
                writer.execute(
                    """INSERT INTO records (id, kind, parent_id, body, created_at_s, updated_at_s,
                    raw_bytes) VALUES ('rec_1', 'trace', 'msg_conv_0_1', x'00', 1, 1, 1)"""
                )
                writer.execute(
                    "UPDATE messages SET parent_id = 'msg_conv_0_1' WHERE id = 'msg_conv_0_2'"
                )
                writer.execute(
                    "UPDATE messages SET parent_id = 'msg_conv_0_0' WHERE id = 'msg_conv_0_1'"
                )

            await vault.store.write(hang_on)
            assert await forget(vault, "msg_conv_0_1") == (file.id,)
            counts = await vault.store.read(
                lambda r: [
                    r.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                    for table in ("embeddings", "records", "sealed_files", "messages")
                ]
            )
            assert counts == [0, 0, 0, 2]
            parent = await vault.store.read(
                lambda r: r.execute(
                    "SELECT parent_id FROM messages WHERE id = 'msg_conv_0_2'"
                ).fetchone()
            )
            assert parent == ("msg_conv_0_0",)

    asyncio.run(scenario())


def test_an_archived_message_is_erased_from_its_archive(tmp_path):
    async def scenario():
        async with small_vault(tmp_path) as vault:
            chats = Chats(vault, conversations=2, messages=3)
            await chats.write()

            def archive_all(writer):
                rows = writer.execute("SELECT row, text FROM messages ORDER BY row").fetchall()
                packed = archives.build([vault.codec.unpack_bytes(text) for _, text in rows])
                kept = archives.keep(writer, "message", packed, 1.0)
                for place, (row, _) in enumerate(rows):
                    writer.execute(
                        "UPDATE messages SET text = NULL, archive = ?, archive_place = ?"
                        " WHERE row = ?",
                        (kept, place, row),
                    )

            await vault.store.write(archive_all)
            await forget(vault, "conv_0")
            left = await vault.store.read(
                lambda r: archives.Archive(r.execute("SELECT bytes FROM archives").fetchone()[0])
            )
            text = b" ".join(item for item in left.items() if item)
            assert marker("conv_1", "shared").encode() in text
            assert marker("conv_0", "shared").encode() not in text
            assert await chats.found("conv_0") == []
            await forget(vault, "conv_1")
            assert await vault.store.read(
                lambda r: r.execute("SELECT count(*) FROM archives").fetchone()
            ) == (0,)

    asyncio.run(scenario())


def add_unit(writer, codec, number: int, document: int, text: str | None, same_as: int | None):
    writer.execute(
        """INSERT INTO text_units (row, id, document, place, text, content_hash, same_as, raw_bytes)
        VALUES (?, ?, ?, ?, ?, x'00', ?, 1)""",
        (
            number,
            f"unit_{number}",
            document,
            number,
            None if text is None else codec.pack("text_unit", text),
            same_as,
        ),
    )
    writer.execute("INSERT INTO text_units_index (rowid, text) VALUES (?, ?)", (number, text or ""))


def add_document(writer, codec, number: int):
    writer.execute(
        """INSERT INTO documents (row, id, kind, title, source, body, content_hash, created_at_s,
        updated_at_s, raw_bytes) VALUES (?, ?, 'page', ?, ?, ?, x'00', 1, 1, 1)""",
        (number, f"doc_{number}", *(codec.pack("t", word) for word in ("title", "src", "{}"))),
    )


def test_the_only_copy_of_a_shared_text_is_never_dropped(tmp_path):
    """Two documents may share a text unit; forgetting one leaves the other whole."""

    async def scenario():
        async with small_vault(tmp_path) as vault:

            def fill(writer):
                for number in (1, 2, 3):
                    add_document(writer, vault.codec, number)
                add_unit(writer, vault.codec, 1, 1, "said once", None)
                for number in (2, 3):
                    add_unit(writer, vault.codec, number, number, None, 1)

            await vault.store.write(fill)
            await forget(vault, "doc_1")
            rows = await vault.store.read(
                lambda r: r.execute(
                    "SELECT id, text, same_as FROM text_units ORDER BY row"
                ).fetchall()
            )
            assert [(id_, same_as) for id_, _, same_as in rows] == [("unit_2", None), ("unit_3", 2)]
            assert vault.codec.unpack(rows[0][1]) == "said once"

    asyncio.run(scenario())


def test_a_file_of_something_forgotten_cannot_be_read_even_before_it_is_gone(tmp_path):
    async def scenario():
        async with small_vault(tmp_path) as vault:
            chats = Chats(vault, conversations=1, messages=1)
            await chats.write()
            file = await vault.files.keep(vault.store, "cache", "conv_0", [b"content"], 1.0)
            files = await forget(vault, "conv_0")
            assert await vault.store.read(every) == ()
            assert (tmp_path / "sealed" / file.id).exists()
            vault.files.unlink(files)
            assert not (tmp_path / "sealed" / file.id).exists()

    asyncio.run(scenario())


def test_an_unfinished_answer_is_forgotten_too(tmp_path):
    async def scenario():
        async with small_vault(tmp_path) as vault:

            def fill(writer):
                row = save_conversation(
                    writer,
                    vault.codec,
                    Conversation(id="conv_0", title="t", created_at_s=1.0, updated_at_s=1.0),
                )
                for reason in (None, FinishReason.STOP):
                    message = Message(
                        id=f"msg_{reason}",
                        role=Role.ASSISTANT,
                        text="an answer",
                        created_at_s=1.0,
                        finish_reason=reason,
                    )
                    save_message(writer, vault.codec, row, message, 1.0)

            await vault.store.write(fill)
            await forget(vault, "conv_0")
            assert await vault.store.read(
                lambda r: r.execute("SELECT count(*) FROM messages").fetchone()
            ) == (0,)

    asyncio.run(scenario())
