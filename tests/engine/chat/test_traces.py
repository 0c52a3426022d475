from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest

from engine.chat.conversations import Conversations
from engine.chat.forgetting import forget
from engine.chat.keeping import Keeping
from engine.chat.traces import Traces
from engine.contract.errors import VaultLockedError
from engine.contract.messages import FinishReason, Message, Role
from engine.storage import conversations as shelf
from engine.storage.traces import find_trace, pack_trace
from engine.storage.vault import Vault
from tests.engine.storage.some_traces import long_trace, name_of, named
from tests.engine.storage.vault_walks import CHEAP, PASSPHRASE
from tests.helpers.keychain import MemoryKeychain


@dataclass
class Session:
    """An open vault with its conversations, kept as a chat keeps them."""

    vault: Vault
    conversations: Conversations
    keeping: Keeping
    traces: Traces
    is_kept: bool = True

    async def answer(self, conversation_id: str, *, is_temporary: bool = False) -> Message:
        """A question was answered."""
        self.conversations.create(conversation_id, is_temporary=is_temporary)
        said = self.conversations.add_message(conversation_id, Role.USER, "Hello")
        answered = self.conversations.add_message(
            conversation_id, Role.ASSISTANT, "Hi.", finish_reason=FinishReason.STOP
        )
        for message in (said, answered):
            await self.keeping.message(conversation_id, message)
        return answered

    async def measured(self, conversation_id: str, **how) -> str:
        """The same, measured; the answer's identifier."""
        answered = await self.answer(conversation_id, **how)
        await self.traces.keep(conversation_id, long_trace(answered.id, tokens=20))
        return answered.id

    async def on_disk(self, message_id: str) -> bool:
        return await self.vault.store.read(lambda r: find_trace(r, message_id)) is not None


@asynccontextmanager
async def opened(folder, **how):
    """A session on the vault in `folder`; None is a private one."""
    vault = Vault(folder, MemoryKeychain(is_absent=True), cost=CHEAP)
    await vault.open(PASSPHRASE if folder else "")
    conversations = Conversations()
    session = Session(vault, conversations, Keeping(vault, conversations), None)
    session.traces = Traces(vault, conversations, lambda: session.is_kept, named, **how)
    await session.keeping.load()
    try:
        yield session
    finally:
        session.traces.drop()
        await vault.lock()


def run(scenario):
    asyncio.run(scenario)


def test_a_trace_is_on_disk_and_comes_back_after_a_restart(tmp_path):
    async def scenario():
        async with opened(tmp_path) as session:
            message_id = await session.measured("conv_1")
            assert session.traces.held_bytes == 0
            assert await session.traces.load("conv_1", "msg_none") is None
        async with opened(tmp_path) as session:
            trace = await session.traces.load("conv_1", message_id)
            assert len(trace.tokens) == 20
            first = trace.tokens[0].alternatives[0]
            assert first.text == name_of(first.token_id)

    run(scenario())


@pytest.mark.feature("introspection.temporary_unwritten")
def test_of_a_temporary_conversation_nothing_measured_is_written_until_it_is_kept(tmp_path):
    """What is measured in a temporary conversation is in memory alone until you keep it."""

    async def scenario():
        async with opened(tmp_path) as session:
            message_id = await session.measured("conv_1", is_temporary=True)
            assert not await session.on_disk(message_id)
            assert len((await session.traces.load("conv_1", message_id)).tokens) == 20
            await session.traces.write_held()
            assert not await session.on_disk(message_id)
            await session.keeping.keep_temporary("conv_1")
            await session.traces.write_held()
            assert await session.on_disk(message_id)
            assert session.traces.held_bytes == 0

    run(scenario())


def test_a_private_session_holds_traces_in_memory_until_it_is_kept(tmp_path):
    async def scenario():
        vault = Vault(tmp_path, MemoryKeychain(is_absent=True), cost=CHEAP)
        await vault.open(is_private_allowed=True)
        conversations = Conversations()
        session = Session(vault, conversations, Keeping(vault, conversations), None)
        session.traces = Traces(vault, conversations)
        message_id = await session.measured("conv_1")
        assert session.traces.held_bytes > 0
        assert not await session.on_disk(message_id)
        await vault.set_passphrase(old="", new="a passphrase of ours")
        await session.traces.write_held()
        assert session.traces.held_bytes == 0
        assert await session.on_disk(message_id)
        await vault.lock()

    run(scenario())


def test_what_the_user_does_not_want_kept_is_in_memory_alone(tmp_path):
    async def scenario():
        async with opened(tmp_path) as session:
            session.is_kept = False
            message_id = await session.measured("conv_1")
            session.is_kept = True
            await session.traces.write_held()
            assert not await session.on_disk(message_id)
            assert await session.traces.load("conv_1", message_id) is not None
            session.traces.drop()
            assert await session.traces.load("conv_1", message_id) is None

    run(scenario())


def test_memory_holds_the_latest_and_no_more_than_it_may(tmp_path):
    async def scenario():
        size = len(pack_trace(shelf.Codec(), long_trace("msg_" + "x" * 20, tokens=20)).body)
        async with opened(tmp_path, memory_bytes=int(3.5 * size)) as session:
            ids = [await session.measured(f"conv_{n}", is_temporary=True) for n in range(5)]
            assert session.traces.held_bytes <= 3.5 * size
            there = [
                await session.traces.load(f"conv_{n}", id_) is not None for n, id_ in enumerate(ids)
            ]
            assert there == [False, False, True, True, True]

    run(scenario())


def test_a_locked_vault_leaves_nothing_measured_in_memory(tmp_path):
    async def scenario():
        async with opened(tmp_path) as session:
            message_id = await session.measured("conv_1", is_temporary=True)
            late = asyncio.ensure_future(
                session.traces.keep("conv_1", long_trace(message_id, tokens=400))
            )
            await asyncio.sleep(0)
            session.traces.drop()
            # It was being packed when the vault was locked.
            await late
            assert session.traces.held_bytes == 0
            await session.vault.lock()
            with pytest.raises(VaultLockedError):
                await session.traces.load("conv_1", message_id)
            await session.vault.open(PASSPHRASE)

    run(scenario())


def test_a_trace_of_something_forgotten_is_nowhere(tmp_path):
    async def scenario():
        async with opened(tmp_path) as session:
            kept = await session.measured("conv_1")
            held = await session.measured("conv_2", is_temporary=True)
            other = await session.measured("conv_3", is_temporary=True)
            await forget(session.vault, ("conv_1", held))
            session.traces.forget(("conv_1", held))
            assert not await session.on_disk(kept)
            assert await session.traces.load("conv_2", held) is None
            assert await session.traces.load("conv_3", other) is not None
            # It was forgotten while it was measured.
            session.conversations.drop("conv_1")
            await session.traces.keep("conv_1", long_trace(kept, tokens=3))
            assert await session.traces.load("conv_1", kept) is None
            session.traces.forget(("conv_3",))
            assert session.traces.held_bytes == 0

    run(scenario())


@pytest.mark.feature("introspection.branch")
def test_the_copies_of_a_branch_have_copies_of_what_was_measured(tmp_path):
    """A branch of a conversation shows what was measured in the answers it was copied from."""

    async def scenario():
        async with opened(tmp_path) as session:
            message_id = await session.measured("conv_1")
            (question, answer) = session.conversations.get("conv_1").messages
            ids = {question.id: "msg_a", answer.id: "msg_b"}
            session.conversations.create("conv_2")
            branch = session.conversations.change(
                "conv_2",
                messages=(
                    replace(question, id="msg_a"),
                    replace(answer, id="msg_b", parent_id="msg_a"),
                ),
            )
            await session.keeping.whole(branch)
            await session.traces.copy("conv_2", ids)
            copy = await session.traces.load("conv_2", "msg_b")
            assert copy == replace(
                await session.traces.load("conv_1", message_id), message_id="msg_b"
            )
            await forget(session.vault, ("conv_1",))
            assert await session.on_disk("msg_b")

    run(scenario())


@pytest.mark.logs_warning("could not be copied")
def test_a_damaged_trace_does_not_keep_a_branch_from_being_made(tmp_path):
    async def scenario():
        async with opened(tmp_path) as session:
            message_id = await session.measured("conv_1")
            await session.vault.store.write(lambda w: w.execute("UPDATE traces SET body = x'1100'"))
            await session.traces.copy("conv_2", {message_id: "msg_b"})
            assert session.traces.held_bytes == 0

    run(scenario())


@pytest.mark.logs_warning("could not be kept yet")
def test_a_trace_that_the_disk_refuses_is_tried_again_with_the_next(tmp_path, refuse_writes):
    async def scenario():
        async with opened(tmp_path) as session:
            answer = await session.answer("conv_1")
            with refuse_writes():
                await session.traces.keep("conv_1", long_trace(answer.id))
            assert not await session.on_disk(answer.id)
            assert await session.traces.load("conv_1", answer.id) is not None
            await session.measured("conv_2")
            assert await session.on_disk(answer.id)
            assert session.traces.held_bytes == 0

    run(scenario())
