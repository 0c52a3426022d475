"""The process that holds Chroma: it serves one index through two pipes until its asker is gone.

Runs on: a process of its own, started by `chroma_process.py`.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from typing import Any, BinaryIO

import numpy as np

from engine.contract.errors import BadRequestError
from engine.retrieval.chroma_index import ChromaIndex
from engine.retrieval.chroma_messages import Words, receive, send

# The window and the model come first while the index is filled.
_NICENESS = 10


def main() -> None:
    """Serves on standard input and output."""
    # Whatever a library says on standard output is not for the asker.
    answers = os.dup(1)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    # Ctrl-C in a terminal reaches this process too; it is for the app to end it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(OSError):
        os.nice(_NICENESS)
    with os.fdopen(answers, "wb") as sink, contextlib.suppress(BrokenPipeError):
        serve(sys.stdin.buffer, sink)


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Every question is answered until there are no more."""
    index: ChromaIndex | None = None
    while (asked := receive(source)) is not None:
        words, numbers = asked
        if index is None:
            index = ChromaIndex(int(words["dims"]))
        try:
            answer = _answer(index, words, np.frombuffer(numbers, np.float32))
        except BadRequestError as error:
            answer = {"refused": error.message}
        send(sink, answer)


def _answer(index: ChromaIndex, words: Words, numbers: np.ndarray[Any, Any]) -> Words:
    match words["what"]:
        case "add":
            index.add(words["ids"], numbers.reshape(len(words["ids"]), -1))
        case "remove":
            index.remove(words["ids"])
        case "search":
            return {"found": index.search(numbers, words["k"])}
        case "count":
            return {"count": index.count}
    return {}
