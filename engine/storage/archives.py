"""Old turns and raw pages, many together in long zstd streams, each still readable alone.

An archive is a byte of version; CRC-32 of the packed index, its length as a varint, the index
(for each frame its stored bytes, its number of items, and each item's length plus one, 0 for an
item that was erased); then the frames, each about 1 MiB of items. What stands in the first frame
is known to all others, so that pages of one site do not repeat what surrounds their text.

On raw pages that is 10.1 to 1, where one stream without an entrance gives 11.8 and each page alone
4.9 (measured 2026-11-23 on 16 MB of HTML documentation). Reading one item unpacks two frames.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import zstandard

from engine.contract.errors import BadRequestError, NotFoundError
from engine.storage.codec import LIMIT_BYTES, plain_blob
from engine.storage.damage import damaged
from engine.storage.varint import read_varint, varint

if TYPE_CHECKING:
    from engine.storage.database import Reader, Writer

# What one archive should hold: it is read and rewritten as one value.
PORTION_BYTES = 16 * 1024 * 1024

_VERSION = 1
_FRAME_BYTES = 1024 * 1024
_INDEX_LIMIT_BYTES = 16 * 1024 * 1024
# A reader that goes through a whole list stays within one archive for long.
_OPEN_AT_ONCE = 2
_PARAMETERS = zstandard.ZstdCompressionParameters.from_level(
    19, window_log=24, write_content_size=True, write_checksum=True
)


@dataclass(slots=True)
class _Frame:
    """Items packed together; a length of None is an item that was erased."""

    lengths: list[int | None]
    stored: bytes = b""

    def raw_bytes(self) -> int:
        return sum(length or 0 for length in self.lengths)


def portions(items: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Groups of neighbours, each about as much as one archive should hold."""
    group: list[bytes] = []
    filled = 0
    for item in items:
        if group and filled + len(item) > PORTION_BYTES:
            yield group
            group, filled = [], 0
        group.append(item)
        filled += len(item)
    if group:
        yield group


def build(items: Iterable[bytes]) -> bytes:
    """One archive of all items, in their order; put what is alike side by side.

    Takes about a second for 3 MB: call it on a thread nobody waits for.

    Raises:
        BadRequestError: An item is larger than a blob may be.
    """
    groups: list[list[bytes]] = [[]]
    filled = 0
    for item in items:
        if len(item) > LIMIT_BYTES - _FRAME_BYTES:
            raise BadRequestError("This is too large for an archive. It was not kept.")
        if filled >= _FRAME_BYTES:
            groups.append([])
            filled = 0
        groups[-1].append(item)
        filled += len(item)
    key = _key(b"".join(groups[0]))
    frames = [
        _Frame([len(item) for item in group], _pack(b"".join(group), key if place else b""))
        for place, group in enumerate(groups)
    ]
    return _written(frames)


def without(archive: bytes, places: Collection[int]) -> bytes:
    """The same archive with these items gone for good; all others keep their places.

    Only frames that held them are packed anew, and all of them if the first one did.

    Raises:
        VaultDamagedError: The archive is not whole.
    """
    opened = Archive(archive)
    erased = set(places)
    is_rekeyed = any(place < len(opened.frames[0].lengths) for place in erased)
    frames: list[_Frame] = []
    begin, key = 0, b""
    for number, frame in enumerate(opened.frames):
        here = range(begin, begin + len(frame.lengths))
        begin = here.stop
        if not is_rekeyed and erased.isdisjoint(here):
            frames.append(frame)
            key = key if number else _key(opened.content(0))
            continue
        kept = [None if place in erased else opened.item(place) for place in here]
        content = b"".join(item for item in kept if item is not None)
        lengths = [None if item is None else len(item) for item in kept]
        frames.append(_Frame(lengths, _pack(content, key if number else b"")))
        key = key if number else _key(content)
    return _written(frames)


class Archive:
    """One archive, opened: its index is read, its frames as they are asked for."""

    def __init__(self, archive: bytes) -> None:
        """The index is whole.

        Raises:
            VaultDamagedError: It is not.
        """
        self.frames = _read(archive)
        self.count = sum(len(frame.lengths) for frame in self.frames)
        self.raw_bytes = sum(frame.raw_bytes() for frame in self.frames)
        self._key: bytes | None = None
        self._last: tuple[int, bytes] | None = None

    def item(self, place: int) -> bytes | None:
        """The item at that place; None if it was erased.

        Raises:
            VaultDamagedError: Its frame is not whole, or there is no such place.
        """
        begin = 0
        for number, frame in enumerate(self.frames):
            if 0 <= place - begin < len(frame.lengths):
                length = frame.lengths[place - begin]
                if length is None:
                    return None
                start = sum(one or 0 for one in frame.lengths[: place - begin])
                return self.content(number)[start : start + length]
            begin += len(frame.lengths)
        raise damaged()

    def items(self) -> Iterator[bytes | None]:
        """All items in order, None for each that was erased."""
        for number, frame in enumerate(self.frames):
            content, start = self.content(number), 0
            for length in frame.lengths:
                yield None if length is None else content[start : start + length]
                start += length or 0

    def content(self, number: int) -> bytes:
        """What one frame holds, all its items in a row.

        Raises:
            VaultDamagedError: The frame is not whole.
        """
        if self._last is None or self._last[0] != number:
            key = b""
            if number:
                if self._key is None:
                    self._key = _key(_unpack(self.frames[0], b""))
                key = self._key
            self._last = number, _unpack(self.frames[number], key)
        return self._last[1]


@dataclass(slots=True)
class ArchiveReader:
    """Reads items of the vault's archives; neighbours in one archive cost one unpacking."""

    reader: Reader
    _open: dict[int, Archive] = field(default_factory=dict)

    def item(self, archive: int, place: int) -> bytes:
        """The item as a blob for `Codec.unpack`, like one that lies in its own row.

        Raises:
            NotFoundError: It was erased.
            VaultDamagedError: The archive is gone or not whole.
        """
        if archive not in self._open:
            while len(self._open) >= _OPEN_AT_ONCE:
                self._open.pop(next(iter(self._open)))
            self._open[archive] = Archive(_load(self.reader, archive))
        content = self._open[archive].item(place)
        if content is None:
            raise NotFoundError("This was forgotten.")
        return plain_blob(content)


def read_item(reader: Reader, archive: int, place: int) -> bytes:
    """One item as a blob for `Codec.unpack`.

    Raises:
        NotFoundError: It was erased.
        VaultDamagedError: The archive is gone or not whole.
    """
    return ArchiveReader(reader).item(archive, place)


def keep(writer: Writer, kind: str, archive: bytes, now_s: float) -> int:
    """What `build` made is in the vault.

    Returns:
        Its row, to which its items' own rows refer, each with its place.
    """
    opened = Archive(archive)
    writer.execute(
        "INSERT INTO archives (kind, bytes, items, raw_bytes, made_at_s) VALUES (?, ?, ?, ?, ?)",
        (kind, archive, opened.count, opened.raw_bytes, now_s),
    )
    return int(writer.execute("SELECT last_insert_rowid()").fetchall()[0][0])


def erase(writer: Writer, archive: int, places: Collection[int]) -> None:
    """These items are gone for good. An archive that is empty goes with its last reference.

    Raises:
        VaultDamagedError: The archive is gone or not whole.
    """
    anew = without(_load(writer, archive), places)
    opened = Archive(anew)
    left = sum(length is not None for frame in opened.frames for length in frame.lengths)
    writer.execute(
        "UPDATE archives SET bytes = ?, items = ?, raw_bytes = ? WHERE row = ?",
        (anew, left, opened.raw_bytes, archive),
    )
    writer.execute(
        """DELETE FROM archives WHERE row = ? AND items = 0
        AND NOT EXISTS (SELECT 1 FROM messages WHERE archive = archives.row)
        AND NOT EXISTS (SELECT 1 FROM text_units WHERE archive = archives.row)""",
        (archive,),
    )


def _load(reader: Reader, archive: int) -> bytes:
    found = reader.execute("SELECT bytes FROM archives WHERE row = ?", (archive,)).fetchall()
    if not found:
        raise damaged()
    return bytes(found[0][0])


def _key(content: bytes) -> bytes:
    return content[:_FRAME_BYTES]


def _raw_dictionary(key: bytes) -> zstandard.ZstdCompressionDict | None:
    # zstd takes less than eight bytes for no dictionary.
    if len(key) < 8:
        return None
    return zstandard.ZstdCompressionDict(key, dict_type=zstandard.DICT_TYPE_RAWCONTENT)


def _pack(content: bytes, key: bytes) -> bytes:
    compressor = zstandard.ZstdCompressor(
        compression_params=_PARAMETERS, dict_data=_raw_dictionary(key)
    )
    return compressor.compress(content)


def _unpack(frame: _Frame, key: bytes) -> bytes:
    try:
        # A frame that says it holds more than the index does is refused before it is unpacked.
        if zstandard.frame_content_size(frame.stored) != frame.raw_bytes():
            raise damaged()
        unfold = zstandard.ZstdDecompressor(dict_data=_raw_dictionary(key))
        content = unfold.decompress(frame.stored, allow_extra_data=False)
    except zstandard.ZstdError:
        raise damaged() from None
    if len(content) != frame.raw_bytes():
        raise damaged()
    return content


def _written(frames: Sequence[_Frame]) -> bytes:
    index = bytearray()
    for frame in frames:
        index += varint(len(frame.stored)) + varint(len(frame.lengths))
        for length in frame.lengths:
            index += varint(0 if length is None else length + 1)
    head = bytes([_VERSION])
    packed = zstandard.ZstdCompressor(level=19).compress(bytes(index))
    check = zlib.crc32(packed, zlib.crc32(head)).to_bytes(4, "little")
    stored = b"".join(frame.stored for frame in frames)
    return head + check + varint(len(packed)) + packed + stored


def _read(archive: bytes) -> list[_Frame]:
    if archive[:1] != bytes([_VERSION]):
        raise damaged()
    size, begin = read_varint(archive, 5)
    packed = archive[begin : begin + size]
    if zlib.crc32(packed, zlib.crc32(archive[:1])).to_bytes(4, "little") != archive[1:5]:
        raise damaged()
    try:
        if not 0 < zstandard.frame_content_size(packed) <= _INDEX_LIMIT_BYTES:
            raise damaged()
        index = zstandard.ZstdDecompressor().decompress(packed, allow_extra_data=False)
    except zstandard.ZstdError:
        raise damaged() from None
    frames, place, begin = [], 0, begin + size
    while place < len(index):
        stored, place = read_varint(index, place)
        count, place = read_varint(index, place)
        lengths: list[int | None] = []
        for _ in range(count):
            length, place = read_varint(index, place)
            lengths.append(length - 1 if length else None)
        frames.append(_Frame(lengths, archive[begin : begin + stored]))
        begin += stored
    if begin != len(archive) or any(frame.raw_bytes() > LIMIT_BYTES for frame in frames):
        raise damaged()
    return frames
