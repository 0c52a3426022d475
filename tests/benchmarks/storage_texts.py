"""Real text and pages for the storage benchmark, from what any machine has."""

from __future__ import annotations

import html
import json
import random
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.machine import ROOT

_SQUAD = ROOT.parent / "shared" / "data" / "squad"
_DOCUMENTATION = tuple(
    Path(folder)
    for folder in (
        "/usr/share/doc",
        "/usr/local/share/doc",
        "/opt/homebrew/share/doc",
        "/Library/Documentation",
        f"{sys.base_prefix}/share/doc",
    )
)
_MOST_BYTES = 12_000_000
_PAGE_BYTES = range(2_000, 1_000_000)
_UNIT_SIGNS = 1_000
_SKIPPED = re.compile(r"<(script|style|head|nav).*?</\1>|<!--.*?-->", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of text of the length that is embedded, and the document it stands in."""

    owner: str
    text: str


@dataclass(frozen=True, slots=True)
class Corpus:
    """Text units in the order of their documents."""

    name: str
    units: tuple[Unit, ...]

    def halves(self) -> tuple[list[Unit], list[Unit]]:
        """Two of three documents, and the third ones, of which the first ones hold nothing."""
        owners = sorted({unit.owner for unit in self.units})
        # Neighbours in the alphabet often belong together.
        random.Random(0).shuffle(owners)
        held_out = set(owners[::3])
        seen = [unit for unit in self.units if unit.owner not in held_out]
        return seen, [unit for unit in self.units if unit.owner in held_out]


def corpora() -> list[Corpus]:
    """SQuAD's passages if they lie beside the clone, and this machine's documentation.

    Raises:
        ValueError: There is neither.
    """
    found = []
    if (_SQUAD / "passages.jsonl").exists():
        units = (Unit(one["title"], one["text"]) for one in _lines("passages.jsonl"))
        found.append(Corpus("SQuAD passages", tuple(units)))
    units = tuple(_units(pages()))
    if len(units) >= 1_000:
        found.append(Corpus("documentation of this machine", units))
    if not found:
        raise ValueError("there is no text on this machine to measure with")
    return found


def turns() -> list[bytes]:
    """Passages that somebody put into a chat, with questions on each and their answers."""
    if not (_SQUAD / "questions.jsonl").exists():
        return []
    asked: dict[int, list[dict[str, str]]] = {}
    for one in _lines("questions.jsonl"):
        asked.setdefault(one["passage"], []).append(one)
    found = []
    for passage in _lines("passages.jsonl"):
        found.append(passage["text"])
        for one in asked.get(passage["id"], ()):
            found += [one["question"], one["answer"]]
    return [text.encode() for text in found]


def pages() -> list[tuple[str, bytes]]:
    """Folder and content of HTML pages on this machine, neighbours side by side."""
    found: list[tuple[str, bytes]] = []
    filled = 0
    for folder in _DOCUMENTATION:
        for path in sorted(folder.rglob("*.htm*")) if folder.is_dir() else ():
            if not path.is_file() or path.is_symlink() or path.stat().st_size not in _PAGE_BYTES:
                continue
            content = path.read_bytes()
            found.append((str(path.parent), content))
            filled += len(content)
            if filled > _MOST_BYTES:
                return found
    return found


def sentences(units: tuple[Unit, ...]) -> list[str]:
    """Single sentences and a few words around them: short enough to embed many."""
    split = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
    found = (one for unit in units for one in split.split(unit.text))
    return [text for text in found if 40 < len(text) < 400]


def _lines(name: str) -> Iterator[dict]:
    with (_SQUAD / name).open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def _units(found: list[tuple[str, bytes]]) -> Iterator[Unit]:
    for number, (_, content) in enumerate(found):
        plain = _TAG.sub(" ", _SKIPPED.sub(" ", content.decode("utf-8", "replace")))
        text = _SPACE.sub(" ", html.unescape(plain)).strip()
        for begin in range(0, len(text) - 200, _UNIT_SIGNS):
            yield Unit(f"page {number}", text[begin : begin + _UNIT_SIGNS])
