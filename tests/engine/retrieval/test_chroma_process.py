"""Chroma in a process of its own, and what becomes of searching when that process is gone."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import psutil
import pytest

from engine.contract.errors import BadRequestError, StorageError
from engine.retrieval import chroma_process
from engine.retrieval.chroma_process import ChromaProcess
from engine.retrieval.exact_index import ExactIndex
from engine.retrieval.index_keeper import IndexKeeper
from tests.engine.retrieval.test_index_keeper import Shelf
from tests.engine.retrieval.vectors import DIMS, names, recall, topics

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def index():
    made = ChromaProcess(DIMS)
    yield made
    made.clear()


def end(index):
    child = index._child
    child.kill()
    child.wait()


def test_it_does_what_an_index_must_in_another_process(index):
    assert index.search(topics(1)[0], 3) == []
    assert index.count == 0
    index.remove(["none"])
    assert index._child is None

    vectors = topics(1_500)
    index.add(names(1_500), vectors)
    exact = ExactIndex(DIMS)
    exact.add(names(1_500), vectors)
    assert recall(index, exact, topics(40, seed=5)) >= 0.98
    found = index.search(2.5 * vectors[7], 3)
    assert found[0] == ("unit-00007", pytest.approx(1.0, abs=0.02))

    index.remove(names(1_490))
    index.add(["unit-01495"], -vectors[1495:1496])
    assert index.count == 10
    assert index.search(-vectors[1495], 1)[0][0] == "unit-01495"
    with pytest.raises(BadRequestError):
        index.add(["a"], np.zeros((1, DIMS), np.float32))


def test_its_process_ends_with_it_and_with_the_app(index):
    index.add(names(3), topics(3))
    child = psutil.Process(index._child.pid)
    index.clear()
    assert not child.is_running()
    assert index.count == 0

    code = (
        "import os, sys\n"
        "from engine.retrieval.chroma_process import ChromaProcess\n"
        "from tests.engine.retrieval.vectors import DIMS, names, topics\n"
        "index = ChromaProcess(DIMS)\n"
        "index.add(names(3), topics(3))\n"
        "print(index._child.pid, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == -signal.SIGKILL
    pid = int(done.stdout)
    # It reads the end of its pipe and leaves.
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(pid).wait(timeout=20)


def test_a_lost_process_is_an_error_and_clearing_begins_anew(index):
    index.add(names(3), topics(3))
    end(index)
    for _ in range(2):
        with pytest.raises(StorageError):
            index.search(topics(1)[0], 1)
        with pytest.raises(StorageError):
            index.add(["a"], topics(1))
    index.clear()
    assert index.search(topics(1)[0], 1) == []


@pytest.mark.feature("vault.search_survives")
def test_searching_goes_on_when_the_larger_index_is_lost():
    """Search answers on from its first index if the process of the second one ends."""

    async def walk():
        shelf = await Shelf.with_vectors(300)
        keeper = IndexKeeper(DIMS)
        await keeper.fill(shelf.read, 300, lambda _: None)
        await shelf.store.close()
        return keeper

    keeper = asyncio.run(walk())
    assert keeper.is_full
    end(keeper._full)
    assert keeper.search(topics(300)[4], 1)[0][0] == "unit-00004"
    assert not keeper.is_full
    keeper.add(["new"], -topics(1))
    assert keeper.search(-topics(1)[0], 1)[0][0] == "new"
    keeper.drop()


def test_a_process_that_cannot_start_leaves_the_quick_index(monkeypatch):
    monkeypatch.setattr(chroma_process, "_BOOT", "raise SystemExit(3)")

    async def walk():
        shelf = await Shelf.with_vectors(300)
        keeper = IndexKeeper(DIMS)
        with pytest.raises(StorageError):
            await keeper.fill(shelf.read, 300, lambda _: None)
        await shelf.store.close()
        return keeper

    keeper = asyncio.run(walk())
    assert keeper.search(topics(300)[4], 1)[0][0] == "unit-00004"
    keeper.drop()
