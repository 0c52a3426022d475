"""What was measured in answers, kept with them in the vault, or in memory for as long as it may be.

Runs on: io; packing on threads of their own, rows on the store's.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.chat.conversations import Conversations
from engine.contract.errors import StorageError, VaultDamagedError
from engine.contract.signals import Trace
from engine.storage.codec import Codec
from engine.storage.database import Reader, Writer
from engine.storage.trace_codec import Names, TextOf, in_brackets, unnamed
from engine.storage.traces import (
    PackedTrace,
    copied_trace,
    find_trace,
    pack_trace,
    save_trace,
    unpack_trace,
)
from engine.storage.vault import Vault

if TYPE_CHECKING:
    from engine.chat.active_model import ActiveModel

_log = logging.getLogger(__name__)

# Packed traces of answers that are not on disk: some 700 answers of 300 tokens.
MEMORY_BYTES = 64 * 1024 * 1024
# Traces of a branch that are in memory together while it is made.
_COPIED_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class _Held:
    """A trace in memory.

    Attributes:
        may_be_kept: Whether it goes to disk once its conversation does.
    """

    conversation_id: str
    packed: PackedTrace
    may_be_kept: bool


def names_from(models: ActiveModel) -> Names:
    """The texts of the model that is loaded; another's tokens go by their numbers."""

    def names(model_id: str) -> TextOf:
        loaded = models.loaded
        if loaded is None or loaded.info.id != model_id:
            return in_brackets
        return loaded.tokenizer.token_text

    return names


class Traces:
    """Keeps and finds what was measured.

    In memory alone are those of temporary conversations, of private sessions, those that the user
    does not want kept, and those whose answer the disk has refused so far. The oldest go first.
    """

    def __init__(
        self,
        vault: Vault,
        conversations: Conversations,
        may_keep: Callable[[], bool] = lambda: True,
        names: Names = unnamed,
        *,
        memory_bytes: int = MEMORY_BYTES,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        """Nothing is held yet.

        Args:
            may_keep: Whether the user wants what is measured from now on kept.
            names: Gives the texts of a model's tokens, asked on any thread.
            memory_bytes: What may be held in memory.
        """
        self._vault = vault
        self._conversations = conversations
        self._may_keep = may_keep
        self._names = names
        self._memory_bytes = memory_bytes
        self._now_s = now_s
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self._held_bytes = 0
        self._opening = 0

    @property
    def held_bytes(self) -> int:
        """What lies in memory."""
        return self._held_bytes

    async def keep(self, conversation_id: str, trace: Trace) -> None:
        """The trace is on disk, in place of an earlier one of its answer, if it may be there.

        If the disk refuses, it is in memory, and tried again with the next.

        Raises:
            StorageError: The vault is locked, or the trace too large.
        """
        codec, opening = self._vault.codec, self._opening
        packed = await asyncio.to_thread(pack_trace, codec, trace)
        if opening == self._opening:
            self._hold(conversation_id, packed)
            await self.write_held()

    async def load(self, conversation_id: str, message_id: str) -> Trace | None:
        """The trace of the answer; None if it was not measured, or is gone.

        Raises:
            VaultDamagedError: It is not whole.
        """
        codec = self._vault.codec
        held = self._held.get(message_id)
        if held is not None and held.conversation_id != conversation_id:
            return None
        found = await self.find((message_id,))
        if not found:
            return None
        return await asyncio.to_thread(unpack_trace, codec, found[0], self._names)

    async def copy(self, conversation_id: str, ids: Mapping[str, str]) -> None:
        """Copies of answers have copies of their traces.

        Args:
            conversation_id: Where the copies are.
            ids: For each message that was copied, its copy.

        Raises:
            StorageError: The vault is locked, or cannot be read.
        """
        codec, opening = self._vault.codec, self._opening
        originals = list(ids)
        for begin in range(0, len(originals), _COPIED_AT_ONCE):
            some = originals[begin : begin + _COPIED_AT_ONCE]
            found = await self.find(some)
            copies = await asyncio.to_thread(_copied, codec, found, ids)
            if opening != self._opening:
                return
            for packed in copies:
                self._hold(conversation_id, packed)
            await self.write_held()

    async def find(self, message_ids: Sequence[str]) -> list[PackedTrace]:
        """The traces of those of the answers that have one, packed."""
        held = [self._held[id_].packed for id_ in message_ids if id_ in self._held]
        others = [id_ for id_ in message_ids if id_ not in self._held]

        def read(reader: Reader) -> list[PackedTrace]:
            found = [find_trace(reader, message_id) for message_id in others]
            return [packed for packed in found if packed is not None]

        return held + await self._vault.store.read(read)

    async def write_held(self) -> None:
        """What is in memory and may be on disk by now is there, unless the disk refuses."""
        waiting = [held for held in self._held.values() if self._is_due(held)]
        if not waiting or self._vault.store.is_in_memory:
            return
        now_s = self._now_s()

        def write(writer: Writer) -> list[str]:
            return [
                held.packed.message_id for held in waiting if save_trace(writer, held.packed, now_s)
            ]

        try:
            written = set(await self._vault.store.write(write))
        except StorageError as error:
            # The answers are kept; these are tried again with the next.
            _log.warning("what was measured in answers could not be kept yet: %s", error.kind)
            return
        for held in waiting:
            message_id = held.packed.message_id
            is_newest = self._held.get(message_id) is held
            # One that is nowhere was forgotten while it was measured.
            if is_newest and (message_id in written or not self._is_there(held)):
                self._let_go(message_id)

    def _is_due(self, held: _Held) -> bool:
        return held.may_be_kept and not self._conversations.is_temporary(held.conversation_id)

    def _is_there(self, held: _Held) -> bool:
        found = self._conversations.find_message(held.conversation_id, held.packed.message_id)
        return found is not None

    def forget(self, item_ids: Iterable[str]) -> None:
        """No trace of these answers, or of answers in these conversations, is in memory."""
        gone = set(item_ids)
        for message_id, held in list(self._held.items()):
            if message_id in gone or held.conversation_id in gone:
                self._let_go(message_id)

    def drop(self) -> None:
        """Nothing that was measured is in memory any more, nor what is being packed now."""
        self._opening += 1
        self._held.clear()
        self._held_bytes = 0

    def _hold(self, conversation_id: str, packed: PackedTrace) -> None:
        self._let_go(packed.message_id)
        self._held[packed.message_id] = _Held(conversation_id, packed, self._may_keep())
        self._held_bytes += len(packed.body)
        while self._held_bytes > self._memory_bytes:
            self._let_go(next(iter(self._held)))

    def _let_go(self, message_id: str) -> None:
        held = self._held.pop(message_id, None)
        if held is not None:
            self._held_bytes -= len(held.packed.body)


def _copied(
    codec: Codec, found: Iterable[PackedTrace], ids: Mapping[str, str]
) -> list[PackedTrace]:
    copies = []
    for packed in found:
        try:
            copies.append(copied_trace(codec, packed, ids))
        except VaultDamagedError:
            # Verification names it; the rest of the branch is whole.
            _log.warning("what was measured in an answer could not be copied")
    return copies
