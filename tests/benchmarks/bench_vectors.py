"""Embeddings: what they take, what they still find, and how long each index takes to fill."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np

from engine.retrieval.chroma_index import ChromaIndex
from engine.retrieval.chroma_process import ChromaProcess
from engine.retrieval.exact_index import ExactIndex
from engine.retrieval.quantised_index import QuantisedIndex
from engine.retrieval.vector_index import VectorIndex
from engine.storage.quantising import ProductQuantiser, as_floats, quantise, rescore
from tests.benchmarks import minilm
from tests.benchmarks import storage_texts as texts
from tests.benchmarks.figures import percentile
from tests.benchmarks.ground import Ground
from tests.benchmarks.report import Table

SHARE = 10
_QUERIES, _NEAREST = 200, 10
_COUNTS = (10_000, 100_000)
_SHORTLIST = 100
_PARTS = 96
_LEAST_REAL = 1_000
_BATCH = 4_096
# Of the time this benchmark has, for embedding texts; the rest fills indexes.
_EMBEDDING_SHARE = 0.4
_WANTED_RECALL = 0.99
_NAMES: dict[type[VectorIndex], str] = {
    ExactIndex: "Exact",
    QuantisedIndex: "Quantised",
    ChromaIndex: "Chroma in this process",
    ChromaProcess: "Chroma",
}


def run(ground: Ground) -> list[Table]:
    """Two tables."""
    vectors, queries, note = _real_vectors(ground)
    ground.say(f"vectors: {len(vectors)} embeddings, quantised")
    tables = [_sizes_table(vectors, queries, note)]
    rows, figures = [], {}
    for count in _COUNTS:
        grown = _grown(vectors, count)
        truth = None
        for kind in (ExactIndex, QuantisedIndex, ChromaIndex, ChromaProcess):
            # Chroma needs about ten times longer for ten times as many, and a little more.
            name = f"{_NAMES[kind]} {count}"
            before = figures.get(f"{_NAMES[kind]} {_COUNTS[0]}", {"fill_s": 0.0})
            needed_s = 12 * before["fill_s"]
            if needed_s > ground.left_s():
                note += f" No time was left for {name}: about {needed_s:,.0f} s."
                continue
            ground.say(f"vectors: {name}")
            found, facts = _filled(kind(minilm.DIMS), grown, queries)
            truth = truth or found
            facts["recall"] = _recall(found, truth)
            figures[name] = facts
            rows.append(
                [
                    f"{_NAMES[kind]}, {count:,}",
                    f"{facts['fill_s']:,.2f}",
                    f"{facts['held_up_ms']:,.0f}",
                    f"{facts['p50_ms']:.2f}",
                    f"{facts['p95_ms']:.2f}",
                    f"{facts['recall']:.3f}",
                ]
            )
    tables.append(
        Table(
            name="vectors_fill",
            title="Filling an index after unlocking",
            columns=("", "full after s", "longest hold-up ms", "p50 ms", "p95 ms", "recall@10"),
            rows=rows,
            notes=[
                note,
                "Hold-up: the longest time in which no other thread of the process ran. Vectors "
                "beyond the real ones lie between two real ones that are near each other.",
            ],
            figures=figures,
        )
    )
    return tables


def _real_vectors(ground: Ground) -> tuple[np.ndarray, np.ndarray, str]:
    """Vectors, queries, and where they are from."""
    folder = Path(ground.scratch) / "minilm"
    folder.mkdir(exist_ok=True)
    ground.say("vectors: fetching all-MiniLM-L6-v2")
    model = minilm.fetch(folder)
    if model is not None:
        found = texts.sentences(texts.corpora()[0].units)
        # The same mixture however many there is time for.
        np.random.default_rng(0).shuffle(found)
        until_s = time.monotonic() + _EMBEDDING_SHARE * ground.left_s()
        ground.say("vectors: embedding sentences")
        vectors = model.encode(found, until_s)
        if len(vectors) >= _LEAST_REAL:
            return (
                vectors[_QUERIES:],
                vectors[:_QUERIES],
                (
                    f"{len(vectors) - _QUERIES} real embeddings of all-MiniLM-L6-v2, sentences "
                    f"of the {texts.corpora()[0].name}; {_QUERIES} others ask."
                ),
            )
    chance = np.random.default_rng(0)
    centres = chance.normal(size=(400, minilm.DIMS))
    made = centres[chance.integers(0, 400, 8_000)] + chance.normal(size=(8_000, minilm.DIMS))
    made = (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)
    return (
        made[_QUERIES:],
        made[:_QUERIES],
        (
            "No embeddings of a real model: all-MiniLM-L6-v2 could not be fetched, or there was no "
            "time for it. Clusters around 400 random directions stand in."
        ),
    )


def _grown(vectors: np.ndarray, count: int) -> np.ndarray:
    """As many as asked for: the real ones, then mixtures of each with a near one."""
    chance = np.random.default_rng(1)
    parts = [vectors[:count]]
    left = count - len(parts[0])
    while left > 0:
        some = chance.integers(0, len(vectors), min(left, 5_000))
        near = np.argpartition(-(vectors[some] @ vectors.T), 5, axis=1)[:, 1:6]
        others = vectors[near[np.arange(len(some)), chance.integers(0, 5, len(some))]]
        share = chance.uniform(0.2, 0.8, (len(some), 1))
        mixed = share * vectors[some] + (1 - share) * others
        parts.append((mixed / np.linalg.norm(mixed, axis=1, keepdims=True)).astype(np.float32))
        left -= len(some)
    return np.concatenate(parts)


def _recall(found: list[set[str]], truth: list[set[str]]) -> float:
    return float(np.mean([len(a & b) / _NEAREST for a, b in zip(found, truth, strict=True)]))


def _sizes_table(vectors: np.ndarray, queries: np.ndarray, note: str) -> Table:
    truth = [_best(query, vectors) for query in queries]
    form, packed = quantise(vectors)
    kept = as_floats(form, packed, vectors.shape[1])
    int8 = _recall([_best(query, kept) for query in queries], truth)
    begun = time.perf_counter()
    quantiser = ProductQuantiser.train(vectors, parts=_PARTS)
    train_s = time.perf_counter() - begun
    codes = quantiser.encode(vectors)
    alone = _recall(
        [set(map(str, quantiser.shortlist(one, codes, _NEAREST))) for one in queries], truth
    )
    rescored = []
    for query in queries:
        places = quantiser.shortlist(query, codes, _SHORTLIST)
        best = rescore(query, kept[places], _NEAREST)
        rescored.append({str(places[place]) for place, _ in best})
    raw = vectors.nbytes
    ratio = raw / sum(map(len, packed))
    rows = [
        ["int8, as the vault keeps them", f"{ratio:.2f}", f"{int8:.4f}"],
        [f"product-quantised in {_PARTS} bytes", f"{raw / codes.nbytes:.2f}", f"{alone:.4f}"],
        [
            f"the same, best {_SHORTLIST} rescored by int8",
            f"{raw / codes.nbytes:.2f} in memory",
            f"{_recall(rescored, truth):.4f}",
        ],
    ]
    return Table(
        name="vectors_sizes",
        title="Embeddings in fewer bytes",
        columns=("", "ratio to float32", "recall@10"),
        rows=rows,
        notes=[
            note,
            f"Wanted 4 to 1 at {_WANTED_RECALL}: "
            f"{'reached' if ratio >= 4 and int8 >= _WANTED_RECALL else 'not reached'} by int8. "
            f"Training the product quantiser took {train_s:.1f} s.",
        ],
        figures={
            "int8_ratio": ratio,
            "int8_recall": int8,
            "pq_recall": alone,
            "pq_rescored_recall": _recall(rescored, truth),
        },
    )


def _best(query: np.ndarray, vectors: np.ndarray) -> set[str]:
    return {str(place) for place in np.argsort(-(vectors @ query))[:_NEAREST]}


def _filled(
    index: VectorIndex, vectors: np.ndarray, queries: np.ndarray
) -> tuple[list[set[str]], dict[str, float]]:
    ids = [f"unit-{number:026x}" for number in range(len(vectors))]
    gaps: list[float] = []
    is_done = threading.Event()
    ticking = threading.Thread(target=_tick, args=(is_done, gaps))
    ticking.start()
    begun = time.perf_counter()
    for first in range(0, len(ids), _BATCH):
        index.add(ids[first : first + _BATCH], vectors[first : first + _BATCH])
    fill_s = time.perf_counter() - begun
    is_done.set()
    ticking.join()
    found, took = [], []
    for query in queries:
        begun = time.perf_counter()
        best = index.search(query, _NEAREST)
        took.append(1e3 * (time.perf_counter() - begun))
        found.append({id_ for id_, _ in best})
    index.clear()
    return found, {
        "fill_s": fill_s,
        "held_up_ms": 1e3 * max(gaps, default=0.0),
        "p50_ms": percentile(took, 0.5),
        "p95_ms": percentile(took, 0.95),
    }


def _tick(is_done: threading.Event, gaps: list[float]) -> None:
    last = time.perf_counter()
    while not is_done.wait(0.001):
        now = time.perf_counter()
        gaps.append(now - last)
        last = now
