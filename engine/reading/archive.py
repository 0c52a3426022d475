"""Zip files and the XML in them, read in bounded pieces: no bomb unfolds here."""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO
from urllib.parse import unquote
from xml.parsers import expat

from engine.reading.parts import Fault, UnreadableError

_PIECE_BYTES = 64 * 1024
# All parts of one file together. The largest books and sheets of use unfold to a tenth of it.
_MOST_BYTES = 400 * 1024 * 1024
_MOST_ENTRIES = 20_000
_MOST_DEPTH = 400
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, OSError)


@dataclass(frozen=True, slots=True)
class Event:
    """One step through an XML file.

    Attributes:
        what: "start", "end" or "text".
        name: The element without its namespace; empty for text.
        facts: Attributes without their namespaces.
    """

    what: str
    name: str = ""
    text: str = ""
    facts: dict[str, str] = field(default_factory=dict)


class Archive:
    """A zip file whose entries together may unfold to so much and no more."""

    def __init__(self, content: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except _DAMAGE as error:
            raise UnreadableError(Fault.DAMAGED) from error
        entries = self._zip.infolist()
        if len(entries) > _MOST_ENTRIES:
            raise UnreadableError(Fault.BOMB)
        self._left = _MOST_BYTES
        self._names = {entry.filename: entry for entry in entries}

    def has(self, name: str) -> bool:
        """Whether there is an entry of this name."""
        return name in self._names

    def names(self) -> tuple[str, ...]:
        """All entries, in the order in which they lie there."""
        return tuple(self._names)

    def bytes_of(self, name: str) -> bytes:
        """The entry's content.

        Raises:
            UnreadableError: It is missing, encrypted, damaged or a bomb.
        """
        return b"".join(self.pieces(name))

    def pieces(self, name: str) -> Iterator[bytes]:
        """The entry's content in pieces; what it says of its size is not believed."""
        entry = self._names.get(name)
        if entry is None:
            raise UnreadableError(Fault.DAMAGED)
        if entry.flag_bits & 1:
            raise UnreadableError(Fault.ENCRYPTED)
        try:
            with self._zip.open(entry) as source:
                yield from self._bounded(source)
        except _DAMAGE as error:
            raise UnreadableError(Fault.DAMAGED) from error

    def _bounded(self, source: IO[bytes]) -> Iterator[bytes]:
        while piece := source.read(_PIECE_BYTES):
            self._left -= len(piece)
            if self._left < 0:
                raise UnreadableError(Fault.BOMB)
            yield piece

    def xml(self, name: str) -> Iterator[Event]:
        """The steps through an XML entry.

        Raises:
            UnreadableError: As above, or it declares entities, which no Office file needs.
        """
        return xml_events(self.pieces(name))

    def links(self, name: str) -> dict[str, str]:
        """Where an Office part leads: identifier to the name of the entry."""
        folder, file = posixpath.split(name)
        side = f"{folder}/_rels/{file}.rels" if folder else f"_rels/{file}.rels"
        if not self.has(side):
            return {}
        return {
            event.facts.get("Id", ""): joined(folder, event.facts.get("Target", ""))
            for event in self.xml(side)
            if event.what == "start" and event.name == "Relationship"
        }


def joined(folder: str, target: str) -> str:
    """The name of an entry, as a file in `folder` refers to it."""
    path = unquote(target.partition("#")[0])
    if path.startswith("/"):
        return posixpath.normpath(path).lstrip("/")
    return posixpath.normpath(posixpath.join(folder, path))


def xml_events(pieces: Iterator[bytes]) -> Iterator[Event]:
    """The steps through XML that comes in pieces.

    Raises:
        UnreadableError: It is not well-formed, is nested beyond reason, or declares entities.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    waiting: list[Event] = []
    depth = 0

    def start(name: str, facts: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _MOST_DEPTH:
            raise UnreadableError(Fault.DAMAGED)
        own = {_local(key): value for key, value in facts.items()}
        waiting.append(Event("start", _local(name), facts=own))

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        waiting.append(Event("end", _local(name)))

    def entity(*_: object) -> None:
        raise UnreadableError(Fault.BOMB)

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = lambda text: waiting.append(Event("text", text=text))
    parser.EntityDeclHandler = entity
    try:
        for piece in pieces:
            parser.Parse(piece, False)
            yield from waiting
            waiting.clear()
        parser.Parse(b"", True)
        yield from waiting
    except expat.ExpatError as error:
        raise UnreadableError(Fault.DAMAGED) from error


def _local(name: str) -> str:
    return name.rpartition(" ")[2]
