"""Every vector compared with the question at full precision: what others are measured against."""

from __future__ import annotations

from typing import Any

from engine.retrieval.numbered_index import NumberedIndex


class ExactIndex(NumberedIndex):
    """FAISS's flat index: 6 ms for 100,000 vectors of 384 numbers, which take 154 MB."""

    def __init__(self, dims: int) -> None:
        super().__init__(dims, self._flat_index)

    def _flat_index(self) -> Any:
        import faiss

        return faiss.IndexFlatIP(self.dims)
