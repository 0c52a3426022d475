"""Takes conversations in from a file: first a plan that changes nothing, then the plan's doing.

The file is read through once for the plan, so that what is broken is known before anything is
written; then again, portion by portion, each in one transaction. What stops in between can be
asked for again: conversations that are there are left alone.

Runs on: io; reading on threads of its own, writing on the store's.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from engine.chat.transfer.found import FoundConversation
from engine.chat.transfer.planting import conversation_id_of, plant
from engine.chat.transfer.sources import Reading, read_source
from engine.contract.errors import NotFoundError, TransferError, VaultDamagedError
from engine.contract.ids import new_id
from engine.contract.library import Folder
from engine.contract.messages import Conversation
from engine.storage import conversations as shelf
from engine.storage import library, presence
from engine.storage.codec import Codec
from engine.storage.database import Writer
from engine.storage.long_work import LongWork, conduct
from engine.storage.traces import PackedTrace, checked_trace, copied_trace, save_trace

if TYPE_CHECKING:
    from engine.chat.turn import Chat

_log = logging.getLogger(__name__)

# What is written in one transaction: a user's own message waits at most for that.
_PORTION_MESSAGES = 200
_PORTION_LETTERS = 1 << 20
_ASKED_AT_ONCE = 5_000
_TOLD_EVERY_S = 0.1
_ONE = {
    "entries": "entry",
    "empty conversations": "empty conversation",
    "files": "file",
    "pictures": "picture",
    "recordings": "recording",
    "steps with tools": "step with tools",
}

Tell = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class _Planted:
    """A conversation, the name of its folder, and what was measured in its answers."""

    conversation: Conversation
    folder: str
    traces: tuple[PackedTrace, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a file would bring.

    Attributes:
        stamp: Size and time of the file when it was read.
        conversation_ids: What its conversations are called here.
        known: Those of them that are here already, in the trash included.
        notices: What will not come over, one sentence each.
    """

    id: str
    path: Path
    stamp: tuple[int, int]
    source: str
    conversation_ids: tuple[str, ...]
    messages: int
    known: frozenset[str]
    notices: tuple[str, ...]


async def make_plan(chat: Chat, path: Path, tell: Tell) -> Plan:
    """The file was read through, and what it would bring is known.

    Raises:
        TransferError: Nothing of it can be taken in.
    """
    survey = await conduct(partial(_survey, path), lambda _, share: tell(share))
    ids = list(survey.sizes)
    known: set[str] = set()
    for begin in range(0, len(ids), _ASKED_AT_ONCE):
        some = ids[begin : begin + _ASKED_AT_ONCE]
        known |= await chat.vault.store.read(partial(presence.conversations_here, ids=some))
    days = chat.settings.storage.conversation_days
    return Plan(
        id=new_id("plan"),
        path=path,
        stamp=survey.stamp,
        source=survey.reading.source,
        conversation_ids=tuple(ids),
        messages=sum(size for id_, size in survey.sizes.items() if id_ not in known),
        known=frozenset(known),
        notices=_notices(survey.reading, days, survey.oldest_s),
    )


@dataclass
class _Survey:
    reading: Reading
    stamp: tuple[int, int]
    sizes: dict[str, int]
    oldest_s: float


def _survey(path: Path, work: LongWork) -> _Survey:
    stamp = _stamp(path)
    reading = Reading()
    sizes: dict[str, int] = {}
    oldest_s = time.time()
    step = _paced(work)
    for found in read_source(path, reading, step):
        conversation = plant(reading.source, found, stamp[1] / 1e9)
        # The same one twice in a file counts once, like the first.
        sizes.setdefault(conversation.id, len(conversation.messages))
        oldest_s = min(oldest_s, conversation.updated_at_s)
    if not sizes:
        raise TransferError("All conversations in this are empty. Nothing was taken in.")
    return _Survey(reading, stamp, sizes, oldest_s)


def _stamp(path: Path) -> tuple[int, int]:
    try:
        facts = path.stat()
    except OSError:
        # The reader says what is wrong with it.
        return 0, 0
    return facts.st_size, facts.st_mtime_ns


def _paced(work: LongWork) -> Tell:
    """Tells the share now and then; every call sees to it that nobody has stopped the work."""
    told_s = 0.0
    share_told = 0.0

    def step(share: float) -> None:
        nonlocal told_s, share_told
        if time.monotonic() - told_s >= _TOLD_EVERY_S:
            told_s, share_told = time.monotonic(), share
        work.step("Reading", share_told)

    return step


def _notices(reading: Reading, conversation_days: int, oldest_s: float) -> tuple[str, ...]:
    notices = [
        f"Not taken over: {_counted(what, count)}."
        for what, count in sorted(reading.left_out.items())
        if count
    ]
    if reading.unknown:
        notices.append(f"Of a kind that cannot be read: {_counted('entries', reading.unknown)}.")
    if reading.empty:
        notices.append(f"Passed over: {_counted('empty conversations', reading.empty)}.")
    if conversation_days and oldest_s < time.time() - conversation_days * 86_400:
        notices.append(
            f"Conversations older than {conversation_days:,} days go to the trash, as the "
            "settings say."
        )
    return tuple(notices)


def _counted(what: str, count: int) -> str:
    return f"{count:,} {_ONE.get(what, what) if count == 1 else what}"


async def carry_out(chat: Chat, plan: Plan, tell: Tell) -> tuple[int, int]:
    """What the plan found and is not here yet is among the conversations.

    Returns:
        How many conversations and messages came in.

    Raises:
        TransferError: The file is another than the plan was made of.
        StorageError: The disk refused; what was taken in by then stays.
    """
    if _stamp(plan.path) != plan.stamp or plan.stamp == (0, 0):
        raise TransferError(
            "The file has changed since it was looked at. Nothing was taken in.",
            action="Choose it again.",
        )
    wanted = frozenset(plan.conversation_ids) - plan.known
    conversations = messages = 0
    with closing(_portions(plan, wanted)) as portions:
        while portion := await conduct(lambda _: next(portions, None)):
            for conversation in await _taken_in(chat, portion):
                conversations += 1
                messages += len(conversation.messages)
            tell(conversations / max(len(wanted), 1))
    return conversations, messages


async def _taken_in(chat: Chat, portion: list[_Planted]) -> list[Conversation]:
    """The portion is on disk and among the conversations, even if nobody waits for it any more."""
    write = partial(_write, codec=chat.vault.codec, portion=portion, now_s=time.time())

    async def take_in() -> list[Conversation]:
        brought = await chat.vault.store.write(write)
        for conversation in brought:
            chat.conversations.put(conversation)
        return brought

    task = asyncio.ensure_future(take_in())
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait((task,))
        raise


def _portions(plan: Plan, wanted: frozenset[str]) -> Generator[list[_Planted], None, None]:
    """Conversations to be written together."""
    portion: list[_Planted] = []
    filled = letters = 0
    left = set(wanted)
    reading = Reading()
    for found in read_source(plan.path, reading, lambda _: None):
        if conversation_id_of(reading.source, found) not in left:
            continue
        conversation = plant(reading.source, found, plan.stamp[1] / 1e9)
        left.discard(conversation.id)
        portion.append(_Planted(conversation, found.folder, tuple(_traces(found, conversation))))
        filled += len(conversation.messages)
        letters += _letters(found)
        if filled >= _PORTION_MESSAGES or letters >= _PORTION_LETTERS:
            yield portion
            portion, filled, letters = [], 0, 0
    if portion:
        yield portion


def _traces(found: FoundConversation, conversation: Conversation) -> Iterator[PackedTrace]:
    """What was measured, of the answers that are called here as they are in the file."""
    ids = {message.id for message in conversation.messages}
    for one in found.messages:
        if one.measured and one.source_id in ids:
            try:
                yield checked_trace(one.source_id, one.measured)
            except VaultDamagedError:
                # The answer itself comes.
                _log.warning("what was measured in an answer is not whole in the file")


def _letters(found: FoundConversation) -> int:
    return sum(len(one.text) + len(one.reasoning) + len(one.measured) for one in found.messages)


def _write(
    writer: Writer, codec: Codec, portion: Sequence[_Planted], now_s: float
) -> list[Conversation]:
    """All of the portion is kept; what came in by another way meanwhile is left alone."""
    known = presence.conversations_here(writer, [planted.conversation.id for planted in portion])
    brought: list[Conversation] = []
    for planted in portion:
        conversation = planted.conversation
        if conversation.id in known:
            continue
        whole = _settled(writer, codec, conversation, planted.folder, now_s)
        row = shelf.save_conversation(writer, codec, whole)
        for message in whole.messages:
            shelf.save_message(writer, codec, row, message, now_s)
        for packed in planted.traces:
            save_trace(writer, _renamed(codec, packed, conversation, whole), now_s)
        brought.append(whole)
    return brought


def _renamed(
    codec: Codec, packed: PackedTrace, planted: Conversation, whole: Conversation
) -> PackedTrace:
    """The trace under the name that its answer has here."""
    ids = {
        before.id: after.id
        for before, after in zip(planted.messages, whole.messages, strict=True)
        if before.id != after.id
    }
    return copied_trace(codec, packed, ids) if packed.message_id in ids else packed


def _settled(
    writer: Writer, codec: Codec, conversation: Conversation, folder: str, now_s: float
) -> Conversation:
    """The conversation with a folder and a preset that are here, and identifiers of its own."""
    taken = presence.messages_here(writer, [message.id for message in conversation.messages])
    names = {old: new_id("msg") for old in taken}
    messages = tuple(
        replace(
            message,
            id=names.get(message.id, message.id),
            parent_id=names.get(message.parent_id or "", message.parent_id),
        )
        for message in conversation.messages
    )
    preset = library.load_preset(writer, codec, conversation.preset_id)
    return replace(
        conversation,
        messages=messages,
        leaf_id=names.get(conversation.leaf_id or "", conversation.leaf_id),
        folder_id=_folder_id(writer, codec, folder, now_s) if folder else "",
        preset_id=preset.id if preset else "",
    )


def _folder_id(writer: Writer, codec: Codec, name: str, now_s: float) -> str:
    """The folder of that name, made if there is none."""
    folders, _, _ = library.load_library(writer, codec)
    for folder in folders:
        if folder.name == name:
            return folder.id
    made = Folder(id=new_id("folder"), name=name, created_at_s=now_s)
    library.save_item(writer, codec, made, now_s)
    return made.id


class Plans:
    """Plans that wait to be carried out; the latest few, until the vault is closed."""

    _MOST = 4

    def __init__(self) -> None:
        self._plans: dict[str, Plan] = {}

    def keep(self, plan: Plan) -> None:
        """It can be asked for by its identifier."""
        self._plans[plan.id] = plan
        while len(self._plans) > self._MOST:
            self._plans.pop(next(iter(self._plans)))

    def take(self, plan_id: str) -> Plan:
        """The plan, which is not waiting any more.

        Raises:
            NotFoundError: There is none.
        """
        if plan_id not in self._plans:
            raise NotFoundError("This plan is not there any more.", action="Choose the file again.")
        return self._plans.pop(plan_id)
