"""The vault's vectors in memory, from unlocking to locking, one index for each model they are of.

Runs on: io; filling on threads of its own.
"""

from __future__ import annotations

import asyncio
import logging

from engine.contract.errors import Cancelled, StorageError
from engine.retrieval.index_keeper import IndexKeeper
from engine.storage import embeddings
from engine.storage.long_work import Progress
from engine.storage.vault import Vault

_log = logging.getLogger(__name__)


class Vectors:
    """Finds what is near; empty while the vault is locked."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._keepers: dict[str, IndexKeeper] = {}
        self._filling: set[asyncio.Task[None]] = set()

    def of(self, model: str) -> IndexKeeper | None:
        """The index of that model's vectors; None if the vault has none by it."""
        return self._keepers.get(model)

    async def begin(self, on_progress: Progress) -> None:
        """Every index is being filled beside everything else, and answers with what it has."""
        for model, dims, total in await self._vault.store.read(embeddings.models):
            keeper = self._keepers[model] = IndexKeeper(dims)
            task = asyncio.get_running_loop().create_task(
                self._fill(model, keeper, total, on_progress)
            )
            self._filling.add(task)
            task.add_done_callback(self._filling.discard)

    async def _fill(
        self, model: str, keeper: IndexKeeper, total: int, on_progress: Progress
    ) -> None:
        store = self._vault.store

        async def read(after_row: int, limit: int) -> embeddings.EmbeddingBatch:
            return await store.read(
                lambda reader: embeddings.read_batch(
                    reader, model, keeper.dims, after_row=after_row, limit=limit
                )
            )

        try:
            await keeper.fill(read, total, lambda share: on_progress("Reading vectors", share))
        except Cancelled:
            return
        except StorageError as error:
            # Search answers with what was read; verification names what is damaged.
            _log.warning("an index could not be filled: %s", error.kind)

    async def drop(self) -> None:
        """No vector is in memory any more."""
        tasks = list(self._filling)
        for task in tasks:
            task.cancel()
        for keeper in self._keepers.values():
            keeper.drop()
        self._keepers.clear()
        if tasks:
            await asyncio.wait(tasks)
