"""Reads a JSON file of any size one element at a time, so that a gigabyte needs no gigabyte."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator
from typing import Any

from engine.contract.errors import TransferError

_SPACE = " \t\n\r"
_ENDS = tuple(",]}" + _SPACE)
_CHUNK_LETTERS = 1 << 20
# A conversation of 10,000 long messages takes 40 MB. What is larger is not one.
ELEMENT_LETTERS = 160 << 20

Read = Callable[[int], str]
"""Takes the most letters to read; an empty text is the end."""


def broken() -> TransferError:
    """The file ends too early, or is no JSON."""
    return TransferError(
        "This file is broken or cut short. Nothing was taken in.",
        action="Export it again and try the new file.",
    )


def elements(read: Read, key: str) -> Generator[tuple[dict[str, Any], Any], None, None]:
    """Each element of the array that the text is, or that it has under `key`.

    Args:
        read: Gives the text piece by piece.
        key: Of the array, in a text that is an object. What is under other keys before it comes
            along with each element; an object without that key is one element itself.

    Raises:
        TransferError: It is no JSON, or an element is larger than any conversation.
    """
    window = _Window(read)
    sign = window.next()
    if sign == "[":
        for element in window.array():
            yield {}, element
    elif sign == "{":
        yield from _members(window, key)
    else:
        raise broken()
    if window.next():
        raise broken()


def _members(window: _Window, key: str) -> Iterator[tuple[dict[str, Any], Any]]:
    """The elements under `key`; the object itself if it has none."""
    members: dict[str, Any] = {}
    has_key = False
    for _ in window.parts("{", "}"):
        name = window.value()
        if not isinstance(name, str):
            raise broken()
        window.take(":")
        if name == key and window.next() == "[":
            has_key = True
            for element in window.array():
                yield members, element
        else:
            members[name] = window.value()
    if not has_key:
        yield {}, members


class _Window:
    """The part of the text that is in memory, and a place in it."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._text = ""
        self._place = 0
        self._is_at_end = False
        self._decoder = json.JSONDecoder()

    def next(self) -> str:
        """The next sign that is no space; empty at the end."""
        while True:
            while self._place < len(self._text):
                sign = self._text[self._place]
                if sign not in _SPACE:
                    return sign
                self._place += 1
            if self._is_at_end:
                return ""
            self._more(_CHUNK_LETTERS)

    def take(self, sign: str) -> None:
        """The next sign is this one, and is behind us."""
        if self.next() != sign:
            raise broken()
        self._place += 1

    def array(self) -> Iterator[Any]:
        """Each element of the array that begins here."""
        for _ in self.parts("[", "]"):
            yield self.value()

    def parts(self, opening: str, closing: str) -> Iterator[None]:
        """Each part of the list that begins here is next, one after the other."""
        self.take(opening)
        is_first = True
        while self.next() != closing:
            if not is_first:
                self.take(",")
            is_first = False
            yield
        self.take(closing)

    def value(self) -> Any:
        """The value that begins here."""
        if not self.next():
            raise broken()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._place)
            except json.JSONDecodeError as error:
                self._grow(error)
                continue
            except (RecursionError, ValueError) as error:
                # Ten thousand brackets in each other, or a number of five thousand digits.
                raise broken() from error
            # A number may go on in what has not been read yet: 0 and 0. are both the start of 0.5.
            is_ended = self._text[end - 1] in '}]"' or self._text[end : end + 1] in _ENDS
            if is_ended or self._is_at_end:
                self._place = end
                return value
            self._more(_CHUNK_LETTERS)

    def _grow(self, error: json.JSONDecodeError) -> None:
        """More of the text is there, if that may help.

        A mistake well before the end of the window stays one, however much more is read; only a
        text whose quote has not come yet is told by where it begins.
        """
        is_open_text = error.msg.startswith("Unterminated string")
        if self._is_at_end or (error.pos < len(self._text) - 16 and not is_open_text):
            raise broken() from error
        held = len(self._text) - self._place
        if held > ELEMENT_LETTERS:
            raise TransferError(
                "A part of this file is larger than any conversation. Nothing was taken in."
            ) from error
        # Twice as much each time, so that what was read is not read again too often.
        self._more(max(held, _CHUNK_LETTERS))

    def _more(self, letters: int) -> None:
        piece = self._read(letters)
        if not piece:
            self._is_at_end = True
        self._text = self._text[self._place :] + piece
        self._place = 0
