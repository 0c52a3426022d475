"""The vector index of an unlocked vault: it answers at once, and better once it is full."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import partial

from engine.contract.errors import Cancelled, StorageError
from engine.retrieval.chroma_process import ChromaProcess
from engine.retrieval.quantised_index import QuantisedIndex
from engine.retrieval.vector_index import Floats, VectorIndex
from engine.storage.embeddings import EmbeddingBatch
from engine.storage.long_work import LongWork, conduct
from engine.storage.sql_errors import locked

ReadBatch = Callable[[int, int], Awaitable[EmbeddingBatch]]
"""The vault's next vectors: takes the last row that was read, and how many to read at most."""

_READ_TOGETHER = 4_096
# Locking the vault waits for one slice, some 30 ms.
_POUR_TOGETHER = 64
# Filling FAISS takes about a hundredth of what Chroma takes.
_QUICK_SHARE = 0.02


class IndexKeeper:
    """Two indexes of the same vectors: one that is filled at once, and one behind it.

    `add` and `remove` come after the commit, so that whatever is read from the vault later has
    them too.

    Attributes:
        is_full: Whether the second holds everything; from then on it answers.
    """

    def __init__(self, dims: int, make_full: Callable[[int], VectorIndex] = ChromaProcess) -> None:
        self.dims = dims
        self.is_full = False
        self._make_full = make_full
        self._quick = QuantisedIndex(dims)
        self._full: VectorIndex | None = None
        self._is_dropped = False
        # Held while both change, so that neither has what the other lacks.
        self._lock = threading.Lock()
        # Came or went while the vault is being read: newer than what a batch says.
        self._changed: set[str] = set()

    @property
    def count(self) -> int:
        """How many vectors can be found."""
        return self._quick.count

    def add(self, ids: Sequence[str], vectors: Floats) -> None:
        """These are found from now on, in place of what had the same identifiers.

        Raises:
            BadRequestError: See `VectorIndex.add`.
            VaultLockedError: The keeper was dropped.
        """
        with self._lock:
            self._check_open()
            self._changed.update(ids)
            self._quick.add(ids, vectors)
            self._tell_full(lambda full: full.add(ids, vectors))

    def remove(self, ids: Collection[str]) -> None:
        """These are not found any more.

        Raises:
            VaultLockedError: The keeper was dropped.
        """
        with self._lock:
            self._check_open()
            self._changed.update(ids)
            self._quick.remove(ids)
            self._tell_full(lambda full: full.remove(ids))

    def search(self, vector: Floats, k: int) -> list[tuple[str, float]]:
        """At most `k` identifiers with their cosine, the best first; some milliseconds.

        Raises:
            VaultLockedError: The keeper was dropped.
        """
        self._check_open()
        full = self._full
        if self.is_full and full is not None:
            try:
                return full.search(vector, k)
            except StorageError:
                # Its process has ended; the quick one has everything too.
                self._check_open()
                with self._lock:
                    self._let_full_go()
        return self._quick.search(vector, k)

    def drop(self) -> None:
        """No vector is held any more, and filling ends; for the vault that is being locked."""
        self._is_dropped = True
        with self._lock:
            self._quick.clear()
            self._changed.clear()
            self._let_full_go()

    async def fill(self, read: ReadBatch, total: int, on_progress: Callable[[float], None]) -> None:
        """Everything in the vault is found, at first by the quick index, at the end by the other.

        If it is cancelled or fails, the quick index answers on with what it has.

        Args:
            read: Gives the vault's vectors in the order of their rows.
            total: About how many there are.
            on_progress: Called on the loop's thread with the share that is done, from 0 to 1.

        Raises:
            Cancelled: The keeper was dropped.
        """
        try:
            with self._lock:
                self._changed.clear()
            await self._pour(
                read,
                total,
                self._quick.add,
                _READ_TOGETHER,
                partial(_tell_share, on_progress, 0.0, _QUICK_SHARE, ""),
            )
            with self._lock:
                self._check_filling()
                self._changed.clear()
                self._full = self._make_full(self.dims)
            await self._pour(
                read,
                total,
                self._into_full,
                _POUR_TOGETHER,
                partial(_tell_share, on_progress, _QUICK_SHARE, 1.0, ""),
            )
            with self._lock:
                self._check_filling()
                self.is_full = self._full is not None
            on_progress(1.0)
        finally:
            if not self.is_full:
                with self._lock:
                    self._let_full_go()

    async def _pour(
        self,
        read: ReadBatch,
        total: int,
        take: Callable[[Sequence[str], Floats], None],
        together: int,
        on_progress: Callable[[float], None],
    ) -> None:
        """Everything went through `take`, `together` at a time, on a worker thread."""
        row = poured = 0
        while (batch := await read(row, _READ_TOGETHER)).ids:
            begun = poured / max(total, poured + len(batch.ids))
            poured += len(batch.ids)
            ended = poured / max(total, poured)
            await conduct(
                partial(self._take_batch, batch, take, together),
                partial(_tell_share, on_progress, begun, ended),
            )
            row = batch.last_row

    def _take_batch(
        self,
        batch: EmbeddingBatch,
        take: Callable[[Sequence[str], Floats], None],
        together: int,
        work: LongWork,
    ) -> None:
        for begin in range(0, len(batch.ids), together):
            ids = batch.ids[begin : begin + together]
            vectors = batch.vectors[begin : begin + together]
            with self._lock:
                self._check_filling()
                kept = [place for place, id_ in enumerate(ids) if id_ not in self._changed]
                take([ids[place] for place in kept], vectors[kept])
            work.step("Filling the index", (begin + len(ids)) / len(batch.ids))

    def _into_full(self, ids: Sequence[str], vectors: Floats) -> None:
        if self._full is not None:
            self._full.add(ids, vectors)

    def _tell_full(self, tell: Callable[[VectorIndex], None]) -> None:
        """The second index, if there is one, knows it too; or it is given up."""
        if self._full is None:
            return
        try:
            tell(self._full)
        except StorageError:
            self._let_full_go()

    def _let_full_go(self) -> None:
        self.is_full = False
        if self._full is not None:
            self._full.clear()
            self._full = None

    def _check_open(self) -> None:
        if self._is_dropped:
            raise locked()

    def _check_filling(self) -> None:
        if self._is_dropped:
            raise Cancelled("The vault was locked.")


def _tell_share(
    on_progress: Callable[[float], None], begin: float, end: float, _stage: str, share: float
) -> None:
    """The share of a part is told as that of the whole, of which the part is `begin` to `end`."""
    on_progress(begin + share * (end - begin))
