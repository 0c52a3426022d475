"""Dictionaries for zstd, trained by kind on the user's own text, kept as long as rows need them.

A dictionary holds pieces of the texts it was trained on. So that forgetting a text is enough, it
is trained on pairs of words alone that at least three owners share: a name, a number or a secret
that stands in one conversation never comes in. That costs 3 % of its gain (measured on SQuAD).
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import zstandard

from engine.storage.damage import damaged

if TYPE_CHECKING:
    from engine.storage.database import Reader, Writer

# Fewer say too little about what comes next; either is enough.
LEAST_SAMPLES = 2_000
LEAST_BYTES = 1_000_000
# More than this changes a dictionary little and takes longer: 8 MB are read in about two seconds.
_MOST_BYTES = 8_000_000
# Each size has to earn its bytes; zstd's own advice is a hundredth of the text.
_SIZES_BYTES = (16 * 1024, 32 * 1024, 64 * 1024, 112 * 1024, 256 * 1024)
_TEXT_PER_SIZE = 3
# A new dictionary saves at least so many times what it takes, and so much of what is stored now.
_PAYS_TIMES = 3
_PAYS_RATIO = 0.02
# zstd cannot train on less.
_LEAST_TRAINING_BYTES = 10_000
_OWNERS = 3
_LEVEL = 19
_LIMIT_BYTES = 4 * 1024 * 1024
_LEAST_TEXT = 8
# A word, or what stands between two; scripts without spaces are taken sign by sign.
_WORDS = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]|\w+|\W+")
_TOGETHER = 3
_MIX = tuple(
    np.uint64(factor)
    for factor in (
        0x9E3779B97F4A7C15,
        0xC2B2AE3D27D4EB4F,
        0x165667B19E3779F9,
        0xD6E8FEB86659FD93,
    )
)
# What zstd's types ask for.
_Text = bytes | bytearray | memoryview
_BLOCKS = 20
_EVERY = 5


@dataclass(frozen=True, slots=True)
class Dictionary:
    """What zstd knows before it reads a text of this kind.

    Attributes:
        id: Its row, and the number in the header of every blob that needs it.
        kind: What it was trained on, such as "message".
        bytes: zstd's form, which holds `id` too.
        samples: How many texts it was trained on.
    """

    id: int
    kind: str
    bytes: bytes
    made_at_s: float
    samples: int


@dataclass(frozen=True, slots=True)
class Sample:
    """One text to train on.

    Attributes:
        owner: What the user would forget as one thing: a conversation, a document, a memory.
    """

    owner: str
    text: str


class Dictionaries:
    """The dictionaries of one unlocked vault, for every thread."""

    def __init__(self, dictionaries: Iterable[Dictionary] = ()) -> None:
        self._lock = threading.Lock()
        self._by_id: dict[int, Dictionary] = {}
        self._newest: dict[str, Dictionary] = {}
        for dictionary in dictionaries:
            self.add(dictionary)

    def add(self, dictionary: Dictionary) -> None:
        """From now on it reads, and packs if it is its kind's newest. Call it after the commit."""
        with self._lock:
            self._by_id[dictionary.id] = dictionary
            newest = self._newest.get(dictionary.kind)
            if newest is None or newest.id < dictionary.id:
                self._newest[dictionary.kind] = dictionary

    def by_id(self, number: int) -> Dictionary | None:
        """The dictionary of that number, however old; None if there is none."""
        return self._by_id.get(number)

    def newest(self, kind: str) -> Dictionary | None:
        """The one to pack with; None as long as too little was kept of that kind."""
        return self._newest.get(kind)

    def next_id(self) -> int:
        """The number of the next one to be trained."""
        with self._lock:
            return max(self._by_id, default=0) + 1

    def forget(self) -> None:
        """None is in memory any more."""
        with self._lock:
            self._by_id = {}
            self._newest = {}


def load(reader: Reader) -> list[Dictionary]:
    """All that the vault holds, oldest first.

    Raises:
        VaultDamagedError: One is not what was saved.
    """
    rows = reader.execute(
        "SELECT id, kind, bytes, made_at_s, samples FROM dictionaries ORDER BY id"
    ).fetchall()
    return [
        Dictionary(number, kind, _unpack(number, packed), made_at_s, samples)
        for number, kind, packed, made_at_s, samples in rows
    ]


def save(writer: Writer, dictionary: Dictionary) -> None:
    """It is in the vault once this transaction is; only then may `Dictionaries.add` have it."""
    writer.execute(
        "INSERT INTO dictionaries (id, kind, bytes, made_at_s, samples) VALUES (?, ?, ?, ?, ?)",
        (
            dictionary.id,
            dictionary.kind,
            _pack(dictionary.bytes),
            dictionary.made_at_s,
            dictionary.samples,
        ),
    )


def remove(writer: Writer, number: int) -> None:
    """It is gone. No row may need it any more: `Codec.repack` them first."""
    writer.execute("DELETE FROM dictionaries WHERE id = ?", (number,))


def _pack(content: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compress(content)


def _unpack(number: int, packed: bytes) -> bytes:
    try:
        if not 0 <= zstandard.frame_content_size(packed) <= _LIMIT_BYTES:
            raise damaged()
        content = zstandard.ZstdDecompressor().decompress(packed, allow_extra_data=False)
        dictionary = zstandard.ZstdCompressionDict(content, dict_type=zstandard.DICT_TYPE_FULLDICT)
    except zstandard.ZstdError:
        raise damaged() from None
    if dictionary.dict_id() != number:
        raise damaged()
    return content


def is_enough(samples: int, raw_bytes: int) -> bool:
    """Whether so much text is worth a training."""
    return samples >= LEAST_SAMPLES or raw_bytes >= LEAST_BYTES


def train(
    kind: str,
    samples: Sequence[Sample],
    dictionaries: Dictionaries,
    *,
    raw_bytes: int,
    now_s: float | None = None,
) -> Dictionary | None:
    """A dictionary that pays for itself, or None.

    Every fifth stretch of the samples is held out; the size that saves most there, all its bytes
    counted, is compared with what the kind has today.

    Args:
        samples: In the order they were written, so that what is held out is not a neighbour's twin.
        raw_bytes: How much text of this kind the vault holds, which is also taken as what is to
            come: rows change over as they are written or compacted.
        now_s: For `made_at_s`; the clock's time if left out.

    Returns:
        A dictionary to `save`, then to `Dictionaries.add`.
    """
    if not is_enough(len(samples), sum(len(sample.text) for sample in samples)):
        return None
    seen, unseen = _split(samples)
    shared: list[_Text] = list(_shared(seen))
    number, best, best_gain = dictionaries.next_id(), None, 0.0
    held_out_bytes = sum(len(text) for text in unseen)
    today = dictionaries.newest(kind)
    before = _packed_bytes(today.bytes if today else None, unseen)
    for size in _sizes(sum(len(text) for text in shared)):
        words = _trained(size, shared, number)
        if words is None:
            continue
        saved = before - _packed_bytes(words, unseen)
        gain = saved / held_out_bytes * raw_bytes - _PAYS_TIMES * len(_pack(words))
        if saved >= _PAYS_RATIO * before and gain > best_gain:
            best, best_gain = words, gain
    if best is None:
        return None
    made_at_s = time.time() if now_s is None else now_s
    return Dictionary(number, kind, best, made_at_s, len(samples))


def _sizes(text_bytes: int) -> Iterator[int]:
    if text_bytes >= _LEAST_TRAINING_BYTES:
        yield from (size for size in _SIZES_BYTES if size * _TEXT_PER_SIZE <= text_bytes)


def _trained(size: int, texts: list[_Text], number: int) -> bytes | None:
    try:
        trained = zstandard.train_dictionary(size, texts, dict_id=number)
    except zstandard.ZstdError:
        # Too few or too uniform texts for this size.
        return None
    return trained.as_bytes()


def _packed_bytes(words: bytes | None, texts: Sequence[bytes]) -> int:
    """What these take with that dictionary, each never more than raw."""
    dictionary = None
    if words is not None:
        dictionary = zstandard.ZstdCompressionDict(words, dict_type=zstandard.DICT_TYPE_FULLDICT)
    compressor = zstandard.ZstdCompressor(level=_LEVEL, dict_data=dictionary, write_dict_id=False)
    return sum(min(len(compressor.compress(text)), len(text)) for text in texts)


def _split(samples: Sequence[Sample]) -> tuple[list[Sample], list[bytes]]:
    """What to train on, and stretches of what it has not seen."""
    stretch = max(len(samples) // _BLOCKS, 1)
    seen: list[Sample] = []
    unseen: list[bytes] = []
    taken = 0
    # The newest come first, for they are most like what will be written next.
    for place in range(len(samples) - 1, -1, -1):
        content = _encoded(samples[place].text)
        taken += len(content)
        if taken > _MOST_BYTES:
            break
        if place // stretch % _EVERY == _EVERY - 1:
            unseen.append(content)
        else:
            seen.append(samples[place])
    return seen, unseen


def _shared(samples: Sequence[Sample]) -> Iterator[bytes]:
    """Each text without what fewer than three owners say."""
    worded = [_WORDS.findall(sample.text) for sample in samples]
    words = list(chain.from_iterable(worded))
    if len(words) < _TOGETHER:
        return
    numbers = {word: number for number, word in enumerate(dict.fromkeys(words))}
    text_of = np.repeat(np.arange(len(worded)), [len(found) for found in worded])
    owner_numbers = {owner: number for number, owner in enumerate({s.owner for s in samples})}
    owner_of = np.array([owner_numbers[sample.owner] for sample in samples])[text_of]
    ids = np.fromiter((numbers[word] for word in words), np.uint64, len(words))
    keeps = _kept(ids, text_of, owner_of)
    place = 0
    for found in worded:
        kept = keeps[place : place + len(found)]
        place += len(found)
        text = "".join(word for word, keep in zip(found, kept, strict=True) if keep)
        if len(text) >= _LEAST_TEXT:
            yield _encoded(text)


def _kept(
    ids: npt.NDArray[np.uint64], text_of: npt.NDArray[np.int64], owner_of: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Which words belong to a pair, with what is between them, that enough owners share."""
    # Odd factors keep every bit; two different runs of words meet once in 2**64.
    mixed = ids[:-2] * _MIX[0] + ids[1:-1] * _MIX[1] + ids[2:] * _MIX[2]
    mixed ^= mixed >> np.uint64(29)
    mixed *= _MIX[3]
    is_inside = text_of[:-2] == text_of[2:]
    runs, run_of = np.unique(mixed, return_inverse=True)
    of_owners = np.unique(run_of[is_inside] * (owner_of.max() + 1) + owner_of[:-2][is_inside])
    owners = np.bincount(of_owners // (owner_of.max() + 1), minlength=len(runs))
    is_shared = is_inside & (owners[run_of] >= _OWNERS)
    keeps = np.zeros(len(ids), np.bool_)
    for step in range(_TOGETHER):
        keeps[step : len(ids) - _TOGETHER + 1 + step] |= is_shared
    return keeps


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
