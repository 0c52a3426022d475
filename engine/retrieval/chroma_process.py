"""Chroma in a process of its own: it holds Python's lock for long, and there it holds nobody up.

In the app's own process the window and the event loop stood still for up to 108 ms at a time
while Chroma was filled (100,000 vectors on two cores, measured 2026-11-23). Locking the vault ends
the process, and all that it held is gone with it.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Collection, Sequence

from engine.contract.errors import BadRequestError, StorageError
from engine.retrieval.chroma_messages import Words, receive, send
from engine.retrieval.vector_index import Floats, unit_rows

_BOOT = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from engine.retrieval.chroma_child import main; main()"
)
# One message; a search that comes meanwhile waits for no more than this.
_TOGETHER = 256


class ChromaProcess:
    """A `VectorIndex` that lies in another process, which is started by the first vector."""

    def __init__(self, dims: int) -> None:
        self.dims = dims
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._is_lost = False

    def add(self, ids: Sequence[str], vectors: Floats) -> None:
        """As `VectorIndex.add`.

        Raises:
            StorageError: The process has ended.
        """
        rows = unit_rows(vectors, self.dims)
        for begin in range(0, len(ids), _TOGETHER):
            part = slice(begin, begin + _TOGETHER)
            self._ask({"what": "add", "ids": list(ids[part])}, rows[part].tobytes())

    def remove(self, ids: Collection[str]) -> None:
        """As `VectorIndex.remove`."""
        if self._is_begun:
            self._ask({"what": "remove", "ids": list(ids)})

    def search(self, vector: Floats, k: int) -> list[tuple[str, float]]:
        """As `VectorIndex.search`.

        Raises:
            StorageError: The process has ended.
        """
        row = unit_rows(vector, self.dims)
        if not self._is_begun:
            return []
        answer = self._ask({"what": "search", "k": k}, row.tobytes())
        return [(str(id_), float(score)) for id_, score in answer["found"]]

    @property
    def count(self) -> int:
        """How many vectors there are."""
        return int(self._ask({"what": "count"})["count"]) if self._is_begun else 0

    def clear(self) -> None:
        """As `VectorIndex.clear`; does not wait for what is being added."""
        if self._child is not None:
            self._child.kill()
        with self._lock:
            self._end()
            self._is_lost = False

    @property
    def _is_begun(self) -> bool:
        return self._child is not None or self._is_lost

    def _ask(self, words: Words, numbers: bytes = b"") -> Words:
        with self._lock:
            answer = None
            if not self._is_lost:
                with contextlib.suppress(OSError):
                    answer = self._exchange(words, numbers)
            if answer is None:
                self._end()
                self._is_lost = True
                raise StorageError("The larger index of vectors has ended.")
        if "refused" in answer:
            raise BadRequestError(str(answer["refused"]))
        return answer

    def _exchange(self, words: Words, numbers: bytes) -> Words | None:
        if self._child is None:
            self._child = subprocess.Popen(
                [
                    sys.executable,
                    "-c",
                    _BOOT,
                    json.dumps([os.path.abspath(path) for path in sys.path]),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        child = self._child
        if child.stdin is None or child.stdout is None:
            return None
        send(child.stdin, {"dims": self.dims, **words}, numbers)
        answer = receive(child.stdout)
        return None if answer is None else answer[0]

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                # What was not sent any more has nowhere to go.
                with contextlib.suppress(OSError):
                    pipe.close()
