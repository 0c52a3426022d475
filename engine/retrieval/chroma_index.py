"""Chroma in memory: quick among many vectors, slow to fill, and kept from disk and network."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Collection, Sequence
from typing import Any

from engine.retrieval.vector_index import Floats, unit_rows

# Chroma holds Python's lock while it adds: 64 take it 45 ms, 1,000 take it 0.4 s. Much smaller
# ones take two to four times as long in all (measured 2026-11-23).
_TOGETHER = 64
# It refuses more identifiers than 5,461 in one call.
_MOST_TOGETHER = 5_000
# How many neighbours it looks at; with its own 100 it finds 0.988 of the true ten in 100,000.
_LOOKED_AT = 160


class ChromaIndex:
    """One collection of a client that has neither files nor telemetry nor an embedding function.

    The app uses it through `ChromaProcess`, for it holds up all threads of its process.

    Its persistent client would write every text and vector plainly, and is never made.
    """

    def __init__(self, dims: int) -> None:
        self.dims = dims
        self._lock = threading.Lock()
        self._client: Any = None
        self._collection: Any = None

    def add(self, ids: Sequence[str], vectors: Floats) -> None:
        """As `VectorIndex.add`; holds up all threads for some hundredths of a second at a time."""
        rows = unit_rows(vectors, self.dims)
        for begin in range(0, len(ids), _TOGETHER):
            part = slice(begin, begin + _TOGETHER)
            with self._lock:
                if self._collection is None:
                    self._client, self._collection = _connected()
                # `add` would pass over identifiers that are there. Metadata must not be given:
                # both an empty one and None in a list are refused.
                self._collection.upsert(ids=list(ids[part]), embeddings=rows[part])

    def remove(self, ids: Collection[str]) -> None:
        """As `VectorIndex.remove`."""
        gone = list(ids)
        for begin in range(0, len(gone), _MOST_TOGETHER):
            with self._lock:
                if self._collection is None:
                    return
                self._collection.delete(ids=gone[begin : begin + _MOST_TOGETHER])

    def search(self, vector: Floats, k: int) -> list[tuple[str, float]]:
        """As `VectorIndex.search`."""
        row = unit_rows(vector, self.dims)
        with self._lock:
            if self._collection is None:
                return []
            found = self._collection.query(query_embeddings=row, n_results=k, include=["distances"])
        return [
            (id_, 1.0 - distance)
            for id_, distance in zip(found["ids"][0], found["distances"][0], strict=True)
        ]

    @property
    def count(self) -> int:
        """How many vectors there are."""
        with self._lock:
            return 0 if self._collection is None else int(self._collection.count())

    def clear(self) -> None:
        """As `VectorIndex.clear`."""
        with self._lock:
            if self._collection is None:
                return
            self._client.delete_collection(self._collection.name)
            # Its memory is the client's, and goes with the last one that is closed.
            self._client.close()
            self._client = self._collection = None


def _connected() -> tuple[Any, Any]:
    # Imported here: it takes a second and 80 MB.
    import chromadb
    from chromadb.config import Settings

    client = chromadb.EphemeralClient(settings=Settings(anonymized_telemetry=False))
    collection = client.create_collection(
        # All ephemeral clients of a process share their collections.
        f"vectors-{uuid.uuid4().hex}",
        embedding_function=_refusing(),
        configuration={"hnsw": {"space": "cosine", "ef_search": _LOOKED_AT}},
    )
    return client, collection


def _refusing() -> Any:
    """Without an embedding function of ours Chroma takes its own, which it would download."""
    from chromadb import Documents, EmbeddingFunction, Embeddings

    class Refusing(EmbeddingFunction[Documents]):
        """Nothing is embedded here: vectors come from the vault."""

        def __init__(self) -> None:
            pass

        def __call__(self, input: Documents) -> Embeddings:  # noqa: ARG002
            raise TypeError("vectors are to be given, texts are not embedded here")

        @staticmethod
        def name() -> str:
            return "refuses"

        def get_config(self) -> dict[str, Any]:
            return {}

        @staticmethod
        def build_from_config(
            config: dict[str, Any],  # noqa: ARG004
        ) -> EmbeddingFunction[Documents]:
            return Refusing()

    return Refusing()
