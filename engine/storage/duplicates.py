"""Finds the text unit that says the same already; what differs in one number is never the same.

A twin is stored as a reference. If it is the same letter for letter, its text need not be kept
again; in any other case it keeps its own words, in its row and in the full-text index, and shares
the vector alone. So no wording is ever lost, and each can be found.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from engine.storage.text_facts import fingerprint, has_capitals

Floats = npt.NDArray[np.float32]
_Hashes = npt.NDArray[np.uint32]
_Factors = npt.NDArray[np.uint64]

# Half of what two texts hold together is in both; a footer or some changed words leave that.
_LEAST_SHARED_RATIO = 0.5
# Without vectors words alone decide, so more of them have to be the same.
_LEAST_SHARED_ALONE = 0.8
_LEAST_COSINE = 0.95
# They tell a half from another share to within 0.06.
_HASHES = 64
_WINDOW_BYTES = 8
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Twin:
    """A text unit that says the same.

    Attributes:
        unit_id: The one that was there first.
        is_exact: Letter for letter; only then may a text be left out.
        shared_ratio: Estimated share of what both hold together, from 0 to 1.
    """

    unit_id: str
    is_exact: bool
    shared_ratio: float


@dataclass(frozen=True, slots=True)
class _Unit:
    exact: bytes
    plain: bytes
    facts: bytes
    has_capitals: bool
    hashes: _Hashes
    vector: npt.NDArray[np.int8] | None

    def marks(self) -> tuple[bytes, ...]:
        """What a unit must share at least one of to be a twin."""
        return (b"e" + self.exact, b"p" + self.plain, b"f" + self.facts)


class Duplicates:
    """All text units of an unlocked vault by what they say; about 2 kB each, in memory alone.

    What costs least is asked first: only units with the same facts are compared at all.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._units: dict[str, _Unit] = {}
        self._sharing: dict[bytes, set[str]] = {}

    def __len__(self) -> int:
        return len(self._units)

    def add(self, unit_id: str, text: str, vector: Floats | None = None) -> None:
        """Later texts are compared with this one; only units that keep their own text belong here.

        Args:
            unit_id: A text unit's identifier.
            text: Its text.
            vector: Of length 1, shape (D,), if there is one.
        """
        unit = _described(text, vector)
        with self._lock:
            self._take_out(unit_id)
            self._units[unit_id] = unit
            for key in unit.marks():
                self._sharing.setdefault(key, set()).add(unit_id)

    def remove(self, unit_id: str) -> None:
        """Nothing is compared with it any more."""
        with self._lock:
            self._take_out(unit_id)

    def clear(self) -> None:
        """Nothing is known any more; for the vault that is being locked."""
        with self._lock:
            self._units.clear()
            self._sharing.clear()

    def _take_out(self, unit_id: str) -> None:
        unit = self._units.pop(unit_id, None)
        for key in unit.marks() if unit else ():
            self._sharing[key].discard(unit_id)
            if not self._sharing[key]:
                del self._sharing[key]

    def find(self, text: str, vector: Floats | None = None) -> Twin | None:
        """The unit that says the same as `text`; None if there is none, or if it is not sure.

        Args:
            text: A text that is not among them.
            vector: Of length 1, shape (D,), by the same model as theirs.
        """
        asked = _described(text, vector)
        exact, *others = asked.marks()
        with self._lock:
            if same := self._sharing.get(exact):
                return Twin(min(same), is_exact=True, shared_ratio=1.0)
            near = {one for key in others for one in self._sharing.get(key, ())}
            twins = [
                Twin(unit_id, is_exact=False, shared_ratio=shared)
                for unit_id in sorted(near)
                if (shared := _says_the_same(asked, self._units[unit_id])) is not None
            ]
        return max(twins, key=lambda twin: twin.shared_ratio, default=None)


def _says_the_same(one: _Unit, other: _Unit) -> float | None:
    """The share of what both hold together, or None if they may say different things."""
    if one.plain == other.plain:
        # The same but for capitals and white space.
        return 1.0
    if one.facts != other.facts or not (one.has_capitals and other.has_capitals):
        return None
    shared = float(np.mean(one.hashes == other.hashes))
    if one.vector is None or other.vector is None:
        return shared if shared >= _LEAST_SHARED_ALONE else None
    if shared < _LEAST_SHARED_RATIO or _cosine(one.vector, other.vector) < _LEAST_COSINE:
        return None
    return shared


def _cosine(one: npt.NDArray[np.int8], other: npt.NDArray[np.int8]) -> float:
    first, second = one.astype(np.float32), other.astype(np.float32)
    return float(first @ second / (np.linalg.norm(first) * np.linalg.norm(second) or 1.0))


def _in_bytes(vector: Floats) -> npt.NDArray[np.int8]:
    largest = float(np.abs(vector).max(initial=0.0))
    steps: npt.NDArray[np.int8] = np.rint(vector * (127 / largest if largest else 1.0)).astype(
        np.int8
    )
    return steps


def _described(text: str, vector: Floats | None) -> _Unit:
    plain = (
        _SPACE.sub(" ", unicodedata.normalize("NFC", text))
        .strip()
        .casefold()
        .encode("utf-8", "surrogatepass")
    )
    return _Unit(
        exact=_digest(text.encode("utf-8", "surrogatepass")),
        plain=_digest(plain),
        facts=fingerprint(text),
        has_capitals=has_capitals(text),
        hashes=_min_hashes(plain),
        vector=None if vector is None else _in_bytes(vector),
    )


def _digest(content: bytes) -> bytes:
    return blake2b(content, digest_size=16).digest()


def _factors() -> tuple[_Factors, _Factors]:
    chance = np.random.default_rng(20261123)
    return (
        chance.integers(0, 2**63, _HASHES, dtype=np.uint64) * np.uint64(2) + np.uint64(1),
        chance.integers(0, 2**63, _HASHES, dtype=np.uint64),
    )


_TIMES, _PLUS = _factors()


def _min_hashes(content: bytes) -> _Hashes:
    """For each of 64 orders of all windows of eight bytes, the first window that is there.

    Two texts agree in as many of them as they share windows, out of all that either holds.
    Source: Broder 1997, "On the resemblance and containment of documents".
    """
    padded = np.frombuffer(content.ljust(_WINDOW_BYTES), np.uint8)
    windows = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW_BYTES)
    numbers = np.unique(np.ascontiguousarray(windows).view("<u8").ravel())
    # Neighbouring windows differ in few bits; this spreads them over all.
    numbers ^= numbers >> np.uint64(31)
    numbers *= np.uint64(0x9E3779B97F4A7C15)
    numbers ^= numbers >> np.uint64(29)
    # One row a hash: 64 x windows x 8 bytes, 0.4 MB for a text unit.
    rows = numbers[None, :] * _TIMES[:, None] + _PLUS[:, None]
    # The upper half is the better mixed one.
    least: _Hashes = (rows.min(axis=1) >> np.uint64(32)).astype(np.uint32)
    return least
