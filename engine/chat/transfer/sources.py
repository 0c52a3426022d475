"""Opens what a user chose, finds out who made it, and reads its conversations one by one.

Everything in such a file is material, never to be trusted: names are not used as paths, sizes are
not believed, and whatever is wrong ends in a TransferError before anything was changed.
"""

from __future__ import annotations

import codecs
import json
import re
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from engine.chat.transfer import chatgpt, claude, jan, lm_studio, open_webui, own_json
from engine.chat.transfer.found import FoundConversation, dict_in
from engine.chat.transfer.json_stream import Read, broken, elements
from engine.chat.transfer.planting import OURS
from engine.contract.errors import TransferError

CHATGPT, CLAUDE, JAN, LM_STUDIO = "ChatGPT", "Claude", "Jan", "LM Studio"
OPEN_WEBUI = "Open WebUI"

LIMIT_BYTES = 1 << 30
# A thread or a conversation of one file; the largest seen was 30 MB.
_ONE_FILE_BYTES = 256 << 20
_MOST_FILES = 100_000
# zipfile reads the whole list of names before anything else; 100,000 names take 10 MB.
_NAMES_BYTES = 32 << 20
_MOST_MESSAGES = 200_000
_MOST_LETTERS = 16 << 20
_CHUNK_BYTES = 1 << 20
# ChatGPT splits what is very large into conversations-000.json and so on.
_MEMBER = re.compile(r"(?:.*/)?conversations(?:-\d+)?\.json")
_LM_SUFFIX = ".conversation.json"

Step = Callable[[float], None]
"""Told the share that was read, from 0 to 1; it raises Cancelled once nobody waits any more."""


@dataclass
class Reading:
    """What reading a file or folder found out so far.

    Attributes:
        source: Who made it; empty until the first conversation is known.
        left_out: What does not come over, by its plain plural word.
        unknown: Entries that are of no kind we know.
        empty: Conversations without anything that could be shown.
    """

    source: str = ""
    left_out: Counter[str] = field(default_factory=Counter)
    unknown: int = 0
    empty: int = 0

    def take(self, source: str, found: FoundConversation | None) -> FoundConversation | None:
        """The conversation, noted; None if it is to be passed over."""
        self.source = self.source or source
        if found is None:
            self.empty += 1
            return None
        if source != self.source:
            self.unknown += 1
            return None
        if len(found.messages) > _MOST_MESSAGES:
            raise TransferError(
                f"A conversation has more than {_MOST_MESSAGES:,} messages. Nothing was taken in."
            )
        if any(max(len(m.text), len(m.reasoning)) > _MOST_LETTERS for m in found.messages):
            raise TransferError("A message is larger than 16 MB. Nothing was taken in.")
        self.left_out.update(found.left_out)
        return found


def read_source(path: Path, reading: Reading, step: Step) -> Iterator[FoundConversation]:
    """Each conversation that can be taken in.

    Raises:
        TransferError: It is not there, not one of these, broken, or too large.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            yield from _folder(path, reading, step)
        elif stat.S_ISREG(mode):
            yield from _file(path, reading, step)
        else:
            raise _nothing()
    except OSError as error:
        why = error.strerror or "it cannot be read"
        raise TransferError(
            f"This cannot be read ({why}). Nothing was taken in.",
            action="Choose an export file or a folder of threads.",
        ) from error
    if not reading.source:
        raise _nothing()


def _nothing() -> TransferError:
    return TransferError(
        "There are no conversations in this that can be read. Nothing was taken in.",
        action="Choose an export of ChatGPT, Claude, Jan, LM Studio, Open WebUI or Shvayambhu.",
    )


def _too_large() -> TransferError:
    return TransferError("This is larger than 1 GB. Nothing was taken in.")


def _file(path: Path, reading: Reading, step: Step) -> Iterator[FoundConversation]:
    if path.name.endswith(_LM_SUFFIX):
        yield from _lm_studio([path], path.parent, reading, step)
        return
    with path.open("rb") as file:
        is_zip = file.read(4) == b"PK\x03\x04"
        file.seek(0)
        if is_zip:
            yield from _zipped(file, reading, step)
            return
        size = path.stat().st_size
        if size > LIMIT_BYTES:
            raise _too_large()
        yield from _stream(_Text(file, size, step), reading)


def _zipped(file: IO[bytes], reading: Reading, step: Step) -> Iterator[FoundConversation]:
    """The conversations of an export's zip; its pictures and pages are not looked at."""
    if _names_bytes(file) > _NAMES_BYTES:
        raise TransferError("This zip has more files than any export. Nothing was taken in.")
    try:
        with zipfile.ZipFile(file) as archive:
            members = [one for one in archive.infolist() if _MEMBER.fullmatch(one.filename)]
            members.sort(key=lambda one: one.filename)
            total = sum(one.file_size for one in members)
            if total > LIMIT_BYTES:
                raise _too_large()
            read = 0
            for one in members:
                with archive.open(one) as stream:
                    # What it says of its size may be a lie: the text counts what really comes.
                    begin, share = read / max(total, 1), one.file_size / max(total, 1)
                    told = _part(step, begin, share)
                    yield from _stream(_Text(stream, one.file_size, told), reading)
                read += one.file_size
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        # RuntimeError is how zipfile says that a member is encrypted.
        raise TransferError(
            "This zip is broken or locked with a password. Nothing was taken in.",
            action="Unpack it and choose conversations.json.",
        ) from error


def _part(step: Step, begin: float, share: float) -> Step:
    return lambda done: step(begin + share * done)


def _names_bytes(file: IO[bytes]) -> int:
    """Size of the zip's list of names, as its end says."""
    size = file.seek(0, 2)
    file.seek(max(size - 65_557, 0))
    tail = file.read()
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or len(tail) < place + 22:
        raise broken()
    (listed,) = struct.unpack("<L", tail[place + 12 : place + 16])
    if listed == 0xFFFFFFFF:
        # A zip beyond 4 GB says it in another record, which the one before the end points to.
        (where,) = struct.unpack("<Q", tail[max(place - 12, 0) : place - 4].rjust(8, b"\0"))
        file.seek(min(where, size))
        record = file.read(56)
        listed = struct.unpack("<Q", record[40:48])[0] if record[:4] == b"PK\x06\x06" else 1 << 62
    file.seek(0)
    return int(listed)


class _Text:
    """A stream of bytes as text: counted, limited, and UTF-8 or refused."""

    def __init__(self, stream: IO[bytes], size: int, step: Step) -> None:
        self._stream = stream
        self._size = size
        self._step = step
        self._read = 0
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()

    def read(self, letters: int) -> str:
        """About so many more letters; an empty text at the end."""
        pieces: list[str] = []
        while letters > 0:
            raw = self._stream.read(min(letters, _CHUNK_BYTES))
            self._read += len(raw)
            if self._read > LIMIT_BYTES:
                raise _too_large()
            self._step(min(self._read / max(self._size, 1), 1.0))
            try:
                pieces.append(self._decoder.decode(raw, final=not raw))
            except UnicodeDecodeError as error:
                raise broken() from error
            if not raw:
                break
            letters -= len(raw)
        return "".join(pieces)


def _stream(text: _Text, reading: Reading) -> Iterator[FoundConversation]:
    read: Read = text.read
    is_checked = False
    with closing(elements(read, own_json.KEY)) as found:
        for head, element in found:
            if not is_checked:
                own_json.check_version(head)
                is_checked = True
            told = _told(head, element, reading)
            if told is not None:
                yield told


def _told(head: dict[str, Any], element: Any, reading: Reading) -> FoundConversation | None:
    if not isinstance(element, dict):
        reading.unknown += 1
        return None
    if own_json.is_one(head, element):
        return reading.take(OURS, own_json.read(head, element))
    if chatgpt.is_one(element):
        return reading.take(CHATGPT, chatgpt.read(element))
    if claude.is_one(element):
        return reading.take(CLAUDE, claude.read(element))
    if open_webui.is_one(element):
        return reading.take(OPEN_WEBUI, open_webui.read(element))
    if lm_studio.is_one(element):
        # Under another name than it had there, its time is what tells it from others.
        name = f"created {element.get('createdAt')}"
        return reading.take(LM_STUDIO, lm_studio.read(element, name))
    if head.get("format") == own_json.FORMAT:
        reading.empty += 1
        return None
    reading.unknown += 1
    return None


# Folders: Jan's threads, LM Studio's conversations.


def _folder(folder: Path, reading: Reading, step: Step) -> Iterator[FoundConversation]:
    threads = _named(folder, "thread.json")
    if threads:
        yield from _jan(threads, reading, step)
        return
    conversations = _named(folder, f"*{_LM_SUFFIX}")
    if conversations:
        yield from _lm_studio(conversations, folder, reading, step)
        return
    for path in sorted(folder.iterdir()):
        # An export that was unpacked already.
        if _MEMBER.fullmatch(path.name) and path.is_file() and not path.is_symlink():
            yield from _file(path, reading, step)


def _named(folder: Path, pattern: str) -> list[Path]:
    found: list[Path] = []
    for path in folder.rglob(pattern):
        if path.is_file() and not path.is_symlink():
            found.append(path)
        if len(found) > _MOST_FILES:
            raise TransferError("There are more than 100,000 files here. Nothing was taken in.")
    return sorted(found)


def _jan(threads: list[Path], reading: Reading, step: Step) -> Iterator[FoundConversation]:
    for number, path in enumerate(threads):
        step(number / len(threads))
        thread = dict_in(_json_of(_whole(path)))
        messages = path.with_name("messages.jsonl")
        lines = _whole(messages).splitlines() if messages.is_file() else []
        told = [_json_of(line) for line in lines if line.strip()]
        found = reading.take(JAN, jan.read(thread, told, path.parent.name))
        if found is not None:
            yield found


def _lm_studio(
    paths: list[Path], folder: Path, reading: Reading, step: Step
) -> Iterator[FoundConversation]:
    for number, path in enumerate(paths):
        step(number / len(paths))
        element = dict_in(_json_of(_whole(path)))
        if not lm_studio.is_one(element):
            reading.unknown += 1
            continue
        name = f"created {element.get('createdAt')}"
        if element.get("createdAt") is None:
            name = path.relative_to(folder).as_posix()
        found = reading.take(LM_STUDIO, lm_studio.read(element, name))
        if found is not None:
            yield found


def _whole(path: Path) -> bytes:
    if path.stat().st_size > _ONE_FILE_BYTES:
        raise TransferError("A file in this folder is too large. Nothing was taken in.")
    return path.read_bytes()


def _json_of(content: bytes) -> Any:
    try:
        return json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise broken() from error
