"""Opens a GGUF file: checks every length in it, then hands out views, never copies."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from engine.contract.errors import ModelDamagedError, ModelNotFoundError, UnsupportedModelError
from engine.models.gguf.block_types import BLOCK_TYPES, BlockType

_MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_DEFAULT_ALIGNMENT = 32
# The largest vocabularies have 262,144 tokens and about twice as many merges; the caps only keep
# a hostile file from being turned into millions of Python objects.
_MAX_ITEMS = 4_000_000
_MAX_ENTRIES = 100_000
_MAX_KEY_BYTES = 65_535
_MAX_DIMENSIONS = 4

_STRING, _ARRAY = 8, 9
_SCALARS: dict[int, tuple[str, str]] = {
    0: ("<B", "u1"),
    1: ("<b", "i1"),
    2: ("<H", "<u2"),
    3: ("<h", "<i2"),
    4: ("<I", "<u4"),
    5: ("<i", "<i4"),
    6: ("<f", "<f4"),
    7: ("<?", "?"),
    10: ("<Q", "<u8"),
    11: ("<q", "<i8"),
    12: ("<d", "<f8"),
}


@dataclass(frozen=True, slots=True)
class GgufTensor:
    """One tensor as it lies in the file.

    Attributes:
        shape: Rows first, as numpy and mlx have it (the file has it the other way round).
        blocks: Raw bytes, shape (all leading dimensions multiplied, bytes of one row).
    """

    name: str
    shape: tuple[int, ...]
    block_type: BlockType
    blocks: npt.NDArray[np.uint8]

    @property
    def size(self) -> int:
        """Number of weights."""
        return int(np.prod(self.shape, dtype=np.int64))


@dataclass(slots=True)
class _Cursor:
    """Reads forward through the header and refuses to step over the file's end."""

    view: mmap.mmap
    position: int = 0
    sizes: dict[str, int] = field(default_factory=dict)

    def take(self, count: int) -> bytes:
        end = self.position + count
        if end > len(self.view):
            raise ModelDamagedError("The model file ends in the middle of its header.")
        piece = self.view[self.position : end]
        self.position = end
        return piece

    def number(self, form: str) -> Any:
        size = self.sizes.get(form) or self.sizes.setdefault(form, struct.calcsize(form))
        return struct.unpack(form, self.take(size))[0]

    def text(self, *, limit: int | None = None) -> str:
        length = self.number("<Q")
        if limit is not None and length > limit:
            raise ModelDamagedError("The model file names something with an impossibly long name.")
        # Some published vocabularies hold pieces of characters; they must not stop the loading.
        return self.take(length).decode("utf-8", errors="replace")

    def value(self, kind: int) -> Any:
        if kind == _STRING:
            return self.text()
        if kind == _ARRAY:
            return self.array()
        if kind not in _SCALARS:
            raise ModelDamagedError(f"The model file has a value of an unknown kind ({kind}).")
        return self.number(_SCALARS[kind][0])

    def array(self) -> Any:
        kind, count = self.number("<I"), self.number("<Q")
        if count > _MAX_ITEMS:
            raise ModelDamagedError(f"The model file claims a list of {count:,} items.")
        if kind == _STRING:
            return [self.text() for _ in range(count)]
        if kind not in _SCALARS:
            raise ModelDamagedError(f"The model file has a list of an unknown kind ({kind}).")
        dtype = np.dtype(_SCALARS[kind][1])
        return np.frombuffer(self.take(count * dtype.itemsize), dtype)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line of the tensor table, before its data is looked at."""

    name: str
    shape: tuple[int, ...]
    block_type: BlockType
    offset: int

    @property
    def row_bytes(self) -> int:
        return self.shape[-1] // self.block_type.weights * self.block_type.bytes

    @property
    def total_bytes(self) -> int:
        rows = 1
        for dimension in self.shape[:-1]:
            rows *= dimension
        return rows * self.row_bytes


def _read_header(cursor: _Cursor) -> tuple[int, int]:
    if cursor.take(4) != _MAGIC:
        raise ModelDamagedError("This is not a GGUF model file.")
    version = cursor.number("<I")
    if version not in _VERSIONS:
        raise UnsupportedModelError(
            "The model file uses a version of the GGUF format that cannot be read "
            f"({version if version < 1000 else 'big-endian'}).",
            action="Take a newer conversion of the model.",
        )
    tensors, entries = cursor.number("<Q"), cursor.number("<Q")
    if tensors > _MAX_ENTRIES or entries > _MAX_ENTRIES:
        raise ModelDamagedError("The model file claims an impossible number of parts.")
    return tensors, entries


def _read_entry(cursor: _Cursor) -> _Entry:
    name = cursor.text(limit=_MAX_KEY_BYTES)
    dimensions = cursor.number("<I")
    if not 0 < dimensions <= _MAX_DIMENSIONS:
        raise ModelDamagedError(f"The weights {name!r} have {dimensions} dimensions.")
    shape = tuple(reversed([int(cursor.number("<Q")) for _ in range(dimensions)]))
    kind, offset = cursor.number("<I"), int(cursor.number("<Q"))
    if kind not in BLOCK_TYPES:
        raise UnsupportedModelError(
            f"The model file holds weights in a format the engine does not know ({kind}).",
            action="Take the Q4_K_M, Q8_0 or F16 file of the same model.",
        )
    block_type = BLOCK_TYPES[kind]
    if min(shape) < 1 or shape[-1] % block_type.weights:
        raise ModelDamagedError(f"The weights {name!r} have an impossible shape.")
    return _Entry(name, shape, block_type, offset)


def _check_layout(entries: list[_Entry], start: int, alignment: int, file_bytes: int) -> None:
    end_of_last = 0
    for entry in sorted(entries, key=lambda entry: entry.offset):
        if entry.offset % alignment or entry.offset < end_of_last:
            raise ModelDamagedError(f"The weights {entry.name!r} lie where others are.")
        end_of_last = entry.offset + entry.total_bytes
    if entries and start + end_of_last > file_bytes:
        raise ModelDamagedError(
            f"The model file is cut short: {start + end_of_last:,} bytes are needed and "
            f"{file_bytes:,} are there.",
            action="Fetch the model again.",
        )
    if len({entry.name for entry in entries}) != len(entries):
        raise ModelDamagedError("The model file has two weights of the same name.")


class GgufFile:
    """An open GGUF file. Its arrays are views of the file and end with `close`.

    Attributes:
        metadata: Texts, numbers, lists of texts, and numpy arrays, by the file's own keys.
        tensors: By the file's own names, in the file's order.
    """

    def __init__(self, path: Path) -> None:
        self.metadata: dict[str, Any] = {}
        self.tensors: dict[str, GgufTensor] = {}
        try:
            with path.open("rb") as stream:
                self._map = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError as error:
            raise ModelDamagedError("The model file is empty.") from error
        except OSError as error:
            raise ModelNotFoundError("The model file cannot be opened.") from error
        try:
            self._read()
        except BaseException:
            self.close()
            raise

    def _read(self) -> None:
        cursor = _Cursor(self._map)
        tensor_count, entry_count = _read_header(cursor)
        for _ in range(entry_count):
            key = cursor.text(limit=_MAX_KEY_BYTES)
            self.metadata[key] = cursor.value(cursor.number("<I"))
        entries = [_read_entry(cursor) for _ in range(tensor_count)]
        alignment = self.metadata.get("general.alignment", _DEFAULT_ALIGNMENT)
        if not isinstance(alignment, int) or alignment < 1 or alignment > 1 << 20:
            raise ModelDamagedError("The model file claims an impossible alignment.")
        start = -(-cursor.position // alignment) * alignment
        _check_layout(entries, start, alignment, len(self._map))
        everything = np.frombuffer(self._map, np.uint8)
        for entry in entries:
            begin = start + entry.offset
            blocks = everything[begin : begin + entry.total_bytes].reshape(-1, entry.row_bytes)
            self.tensors[entry.name] = GgufTensor(entry.name, entry.shape, entry.block_type, blocks)

    def forget_pages(self) -> None:
        """Let the system take back the memory of what was read so far; views stay valid."""
        if hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED)

    def close(self) -> None:
        """Let go of the file. Views still held elsewhere keep it mapped until they go."""
        self.tensors.clear()
        try:
            self._map.close()
        except BufferError:
            # A view is alive (an exception's traceback holds one): the last one closes the map.
            return

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def expect(metadata: dict[str, Any], key: str, check: Callable[[Any], bool]) -> Any:
    """The value under `key`, if it is there and `check` holds.

    Raises:
        ModelDamagedError: It is missing or of the wrong kind.
    """
    value = metadata.get(key)
    if value is None or not check(value):
        raise ModelDamagedError(f"The model file lacks a usable {key!r}.")
    return value
