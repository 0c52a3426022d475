"""Token ids back to text, one at a time, without ever cutting a character."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

_SPACE_MARK = "\u2581"
_BYTE_TOKEN_LENGTH = len("<0x00>")


def byte_alphabet() -> dict[str, int]:
    """The letter that byte-level vocabularies write for each byte, as letter to byte.

    Source: GPT-2's byte-to-unicode table: bytes that print stand for themselves, the other 68
    take the code points from 256 on, in order.
    """
    printing = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    letters = {chr(byte): byte for byte in printing}
    rest = [byte for byte in range(256) if byte not in set(printing)]
    letters.update({chr(256 + place): byte for place, byte in enumerate(rest)})
    return letters


_ALPHABET = byte_alphabet()


def byte_level_bytes(token: str) -> bytes:
    """What a token of a byte-level vocabulary stands for."""
    try:
        return bytes([_ALPHABET[letter] for letter in token])
    except KeyError:
        return token.encode("utf-8")


def sentence_piece_bytes(token: str) -> bytes:
    """What a token of a sentencepiece vocabulary stands for; "<0xE2>" is one byte."""
    if len(token) == _BYTE_TOKEN_LENGTH and token.startswith("<0x") and token.endswith(">"):
        try:
            return bytes([int(token[3:5], 16)])
        except ValueError:
            return token.encode("utf-8")
    return token.replace(_SPACE_MARK, " ").encode("utf-8")


class Detokenizer(Protocol):
    """Text of a growing list of ids. What `add` and `finish` return, joined, is `decode`."""

    def add(self, token_id: int) -> str:
        """The whole characters that are certain now; may be empty."""
        ...

    def finish(self) -> str:
        """What was held back; a character that never became whole is shown as U+FFFD."""
        ...


class ByteDetokenizer:
    """For vocabularies of which every token stands for fixed bytes, which is nearly all."""

    def __init__(self, bytes_of: Callable[[int], bytes], *, is_first_space_dropped: bool) -> None:
        self._bytes_of = bytes_of
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._is_first_space_dropped = is_first_space_dropped

    def add(self, token_id: int) -> str:
        """See Detokenizer."""
        return self._trim(self._decoder.decode(self._bytes_of(token_id)))

    def finish(self) -> str:
        """See Detokenizer."""
        return self._trim(self._decoder.decode(b"", final=True))

    def _trim(self, text: str) -> str:
        if self._is_first_space_dropped and text:
            self._is_first_space_dropped = False
            return text.removeprefix(" ")
        return text


class WholeDetokenizer:
    """For any other vocabulary: decodes all tokens again at every step.

    Such a decoder may change the end of the text when one more token comes (a space, a cut
    character), so only what two steps agree on is given out: one token later than could be.
    """

    def __init__(self, decode: Callable[[Sequence[int]], str]) -> None:
        self._decode = decode
        self._ids: list[int] = []
        self._text = ""
        self._given = 0

    def add(self, token_id: int) -> str:
        """See Detokenizer."""
        self._ids.append(token_id)
        text = self._decode(self._ids)
        agreed = 0
        for before, now in zip(self._text, text, strict=False):
            if before != now:
                break
            agreed += 1
        self._text = text
        return self._give(text[:agreed])

    def finish(self) -> str:
        """See Detokenizer."""
        return self._give(self._text)

    def _give(self, text: str) -> str:
        fresh = text[self._given :]
        self._given = max(self._given, len(text))
        return fresh


def join(detokenizer: Detokenizer, ids: Iterable[int]) -> str:
    """The text of `ids`."""
    return "".join([*map(detokenizer.add, ids), detokenizer.finish()])
