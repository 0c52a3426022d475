"""Texts to small blobs and back; a damaged blob is an error, never another text.

A blob is one byte with the version in its upper half and the form in its lower; the dictionary's
number as a varint, in that form alone; CRC-32 of these bytes, of what follows and of the content,
little end first; then the content itself, or its zstd frame without the four bytes that all frames
begin with.
"""

from __future__ import annotations

import threading
import zlib
from dataclasses import dataclass

import zstandard

from engine.contract.errors import BadRequestError
from engine.storage.damage import damaged
from engine.storage.dictionaries import Dictionaries, Dictionary
from engine.storage.varint import read_varint, varint

VERSION = 1
# What a blob may unfold to. Larger things are sealed files; a blob that says more is not ours.
LIMIT_BYTES = 64 * 1024 * 1024

_RAW, _ZSTD, _ZSTD_DICTIONARY = 0, 1, 2
_FORMS = (_RAW, _ZSTD, _ZSTD_DICTIONARY)
_MAGIC = zstandard.MAGIC_NUMBER.to_bytes(4, "little")
_CHECK_BYTES = 4
# Below this zstd's own header outweighs what it finds without a dictionary (tried on SQuAD).
_LEAST_ALONE_BYTES = 48
# A text of 1 kB takes 0.2 ms at level 19 and is 8 % smaller than at level 3 with the dictionary;
# a text of 1 MB would take 0.3 s, and the writer would wait for it (measured 2026-11-23).
_SMALL_BYTES = 64 * 1024
_SMALL_LEVEL, _LARGE_LEVEL = 19, 9


@dataclass(slots=True)
class _Tools:
    """What zstd needs for one dictionary. Its parts may be used by one thread at a time."""

    small: zstandard.ZstdCompressor
    large: zstandard.ZstdCompressor
    unfold: zstandard.ZstdDecompressor


class _OneThreadsTools(threading.local):
    """Each thread finds its own."""

    def __init__(self) -> None:
        self.of: dict[int, _Tools] = {}


def plain_blob(content: bytes) -> bytes:
    """The blob that holds `content` as it is, for what is compressed elsewhere."""
    return _blob(bytes([VERSION << 4 | _RAW]), content, content)


class Codec:
    """Packs and unpacks with one vault's dictionaries, on any thread.

    Without any dictionary it packs as well, only larger.
    """

    def __init__(self, dictionaries: Dictionaries | None = None) -> None:
        self.dictionaries = Dictionaries() if dictionaries is None else dictionaries
        self._local = _OneThreadsTools()

    def pack(self, kind: str, text: str | bytes) -> bytes:
        """The smallest blob that `unpack` turns back into `text`.

        Args:
            kind: Whose dictionary fits, such as "message"; the newest of that kind is used.
            text: Any text, lone surrogates included, or any bytes.

        Raises:
            BadRequestError: It is larger than `LIMIT_BYTES`.
        """
        content = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
        if len(content) > LIMIT_BYTES:
            raise BadRequestError("This is too large for one record. It was not kept.")
        dictionary = self.dictionaries.newest(kind)
        if dictionary is None and len(content) < _LEAST_ALONE_BYTES:
            return plain_blob(content)
        return self._pack_with(dictionary, content)

    def _pack_with(self, dictionary: Dictionary | None, content: bytes) -> bytes:
        tools = self._tools(dictionary)
        compressor = tools.small if len(content) <= _SMALL_BYTES else tools.large
        packed = compressor.compress(content)[len(_MAGIC) :]
        head = bytes([VERSION << 4 | _ZSTD])
        if dictionary is not None:
            head = bytes([VERSION << 4 | _ZSTD_DICTIONARY]) + varint(dictionary.id)
        if len(head) + len(packed) > len(content):
            return plain_blob(content)
        return _blob(head, content, packed)

    def unpack(self, blob: bytes) -> str:
        """The text that was packed.

        Raises:
            VaultDamagedError: The blob is not what `pack` made, or its dictionary is gone.
        """
        try:
            return self.unpack_bytes(blob).decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            raise damaged() from None

    def unpack_bytes(self, blob: bytes) -> bytes:
        """The bytes that were packed.

        Raises:
            VaultDamagedError: The blob is not what `pack` made, or its dictionary is gone.
        """
        form, dictionary, place = self._read_head(blob)
        check, payload = blob[place : place + _CHECK_BYTES], blob[place + _CHECK_BYTES :]
        content = payload if form == _RAW else self._unfold(dictionary, payload)
        if check != _check(blob[:place], payload, content):
            raise damaged()
        return content

    def _read_head(self, blob: bytes) -> tuple[int, Dictionary | None, int]:
        if not blob:
            raise damaged()
        version, form = blob[0] >> 4, blob[0] & 0xF
        # A newer version's file is refused before any blob of it is read.
        if form not in _FORMS or version != VERSION:
            raise damaged()
        if form != _ZSTD_DICTIONARY:
            return form, None, 1
        number, place = read_varint(blob, 1)
        dictionary = self.dictionaries.by_id(number)
        if dictionary is None:
            raise damaged()
        return form, dictionary, place

    def _unfold(self, dictionary: Dictionary | None, payload: bytes) -> bytes:
        frame = _MAGIC + payload
        try:
            # -1 where the frame does not say: ours always do.
            if not 0 <= zstandard.frame_content_size(frame) <= LIMIT_BYTES:
                raise damaged()
            return self._tools(dictionary).unfold.decompress(frame, allow_extra_data=False)
        except zstandard.ZstdError:
            # Zstandard's own words may name offsets of the text; ours say all that helps.
            raise damaged() from None

    def repack(self, kind: str, blob: bytes) -> bytes | None:
        """A smaller blob with the same content by today's dictionaries; None if there is none.

        Raises:
            VaultDamagedError: The blob is not what `pack` made.
        """
        anew = self.pack(kind, self.unpack_bytes(blob))
        return anew if len(anew) < len(blob) else None

    def dictionary_of(self, blob: bytes) -> int | None:
        """The number of the dictionary without which this blob cannot be read."""
        _, dictionary, _ = self._read_head(blob)
        return None if dictionary is None else dictionary.id

    def forget(self) -> None:
        """No dictionary is in memory any more; they hold words of the user's."""
        self.dictionaries.forget()
        self._local = _OneThreadsTools()

    def _tools(self, dictionary: Dictionary | None) -> _Tools:
        tools_of = self._local.of
        key = 0 if dictionary is None else dictionary.id
        tools = tools_of.get(key)
        if tools is None:
            tools = tools_of[key] = _make_tools(dictionary)
        return tools


def _make_tools(dictionary: Dictionary | None) -> _Tools:
    words = None
    if dictionary is not None:
        words = zstandard.ZstdCompressionDict(
            dictionary.bytes, dict_type=zstandard.DICT_TYPE_FULLDICT
        )
    small, large = (
        # Number and checksum are in our own header.
        zstandard.ZstdCompressor(
            level=level, dict_data=words, write_dict_id=False, write_checksum=False
        )
        for level in (_SMALL_LEVEL, _LARGE_LEVEL)
    )
    return _Tools(small, large, zstandard.ZstdDecompressor(dict_data=words))


def _check(head: bytes, payload: bytes, content: bytes) -> bytes:
    """Of what lies there and of what it means: zstd passes over some bits of its own."""
    check = zlib.crc32(content, zlib.crc32(payload, zlib.crc32(head)))
    return check.to_bytes(_CHECK_BYTES, "little")


def _blob(head: bytes, content: bytes, payload: bytes) -> bytes:
    return head + _check(head, payload, content) + payload
