from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from engine.retrieval.chroma_index import ChromaIndex
from tests.engine.retrieval.vectors import DIMS, names, topics

ROOT = Path(__file__).resolve().parents[3]

# Run in a process of its own, so that nothing that pytest opened is mistaken for Chroma's.
_WATCHED = """
import json, os, sys

opened, asked = [], []

def hear(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes)):
        mode, flags = arguments[1], arguments[2]
        if (mode and set(mode) & set("wax+")) or (flags & (os.O_WRONLY | os.O_RDWR)):
            opened.append(os.fsdecode(arguments[0]))
    elif event.startswith("socket.") and event not in ("socket.gethostname", "socket.__new__"):
        asked.append(event + repr(arguments[1:]))
    elif event in ("os.mkdir", "shutil.copyfile", "subprocess.Popen"):
        opened.append(repr(arguments))

sys.dont_write_bytecode = True
sys.addaudithook(hear)
from engine.retrieval.chroma_index import ChromaIndex
from tests.engine.retrieval.vectors import DIMS, names, topics

index = ChromaIndex(DIMS)
index.add(names(2_000), topics(2_000))
found = index.search(topics(1)[0], 5)
index.remove(names(10))
count = index.count
files = [os.readlink(f"/proc/self/fd/{n}") for n in os.listdir("/proc/self/fd")
         if os.path.exists(f"/proc/self/fd/{n}")] if os.path.isdir("/proc/self/fd") else []
index.clear()
print(json.dumps({"opened": opened, "asked": asked, "count": count, "files": files}))
"""


def everything_in(folder: Path) -> set[str]:
    return {str(path) for path in folder.rglob("*")}


def test_chroma_writes_no_file_and_asks_no_server(tmp_path):
    """Vectors tell what a text says, so they may not rest anywhere but in the vault."""
    home, temporary = tmp_path / "home", tmp_path / "tmp"
    home.mkdir()
    temporary.mkdir()
    environment = {
        **os.environ,
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_DATA_HOME": str(home / "share"),
        "PYTHONPATH": str(ROOT),
    }

    done = subprocess.run(
        [sys.executable, "-c", _WATCHED],
        cwd=home,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )

    told = json.loads(done.stdout.splitlines()[-1])
    assert told["count"] == 1_990
    assert told["asked"] == []
    assert [path for path in told["opened"] if path != os.devnull] == []
    assert [path for path in told["files"] if path.startswith((str(home), str(temporary)))] == []
    assert everything_in(home) | everything_in(temporary) == set()


def test_chroma_never_embeds_a_text_itself():
    """Its own function would fetch a model from a server, with the user's text waiting for it."""
    index = ChromaIndex(DIMS)
    index.add(names(2), topics(2))

    with pytest.raises(TypeError, match="not embedded here"):
        index._collection.query(query_texts=["hello"], n_results=1)
    with pytest.raises(TypeError, match="not embedded here"):
        index._collection.add(ids=["c"], documents=["hello"])

    index.clear()


def test_two_indexes_in_one_process_know_nothing_of_each_other():
    one, other = ChromaIndex(DIMS), ChromaIndex(DIMS)
    one.add(names(5), topics(5))
    other.add(names(2), topics(2, seed=8))

    assert (one.count, other.count) == (5, 2)
    one.clear()
    assert (one.count, other.count) == (0, 2)
    assert len(other.search(topics(1)[0], 5)) == 2
    other.clear()


def test_more_than_chroma_takes_at_once_is_taken_in_parts():
    index = ChromaIndex(4)
    index.add(names(6_000), topics(6_000, dims=4))
    assert index.count == 6_000

    index.remove(names(5_900))

    assert index.count == 100
    index.clear()


def test_without_the_index_chroma_is_not_even_imported():
    check = (
        "import sys; import engine.retrieval.index_keeper; "
        "sys.exit('chromadb' in sys.modules or 'faiss' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", check], cwd=ROOT, check=False).returncode == 0


def test_the_guard_against_the_network_is_on():
    """The first test's claim rests on audit hooks, which must see what a socket does."""
    seen = []

    def hear(event, _arguments):
        if event == "socket.connect":
            seen.append(event)

    sys.addaudithook(hear)
    with socket.socket() as closed, pytest.raises(ConnectionError):
        closed.connect(("127.0.0.1", 1))
    assert seen
