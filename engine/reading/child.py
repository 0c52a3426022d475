"""The child process that parses a file: it may do nothing but read its input and write its output.

A file can be made to make any parser loop, swell or fall. Here it takes down a process that holds
nothing else; the parent tells what happened and keeps the parts that came before.

Input: one line of JSON, then the file's bytes. Output: one line of JSON for each thing found.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable
from typing import Any

from engine.reading.kinds import FileKind, kind_of
from engine.reading.parts import MOST_LETTERS, Fault, Part, Parts, UnreadableError

# What the parent's watch would notice a moment later; a sudden swelling ends here.
_MEMORY_BYTES = 3 * 1024**3
# A parser needs none of these; native code is beyond this hook, so it is a second wall, no first.
_FORBIDDEN = (
    "socket.connect",
    "socket.bind",
    "subprocess.",
    "os.system",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "shutil.",
)


def main() -> None:
    """Read one file from standard input and tell its parts on standard output."""
    output = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="surrogatepass")
    # A library that prints would break the lines of JSON.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)

    def tell(**found: Any) -> None:
        output.write(json.dumps(found) + "\n")
        output.flush()

    _limit()
    header = json.loads(sys.stdin.buffer.readline())
    content = sys.stdin.buffer.read()
    sys.addaudithook(_refuse)
    try:
        _read(content, str(header["name"]), tell)
    except UnreadableError as error:
        tell(fault=error.fault.value)
    except MemoryError:
        tell(fault=Fault.MEMORY.value)
    except RecursionError:
        tell(fault=Fault.DAMAGED.value)
    except Exception:  # noqa: BLE001 - parsers meet bytes that nobody foresaw
        tell(fault=Fault.DAMAGED.value)
    # Native libraries have been seen to fall while they are taken down; all is told by now.
    output.flush()
    os._exit(0)


def _read(content: bytes, name: str, tell: Callable[..., None]) -> None:
    kind = kind_of(content, name)
    tell(kind=kind.kind.value, media_type=kind.media_type)
    letters = 0
    for part in _reader(kind)(content):
        part_text = part.text[: MOST_LETTERS - letters]
        letters += len(part_text)
        is_cut = len(part_text) < len(part.text)
        _tell_part(part, part_text, tell)
        if is_cut:
            tell(is_cut=True)
            break
    if not letters:
        raise UnreadableError(Fault.NO_TEXT)
    tell(is_done=True)


def _tell_part(part: Part, text: str, tell: Callable[..., None]) -> None:
    tell(
        title=part.title,
        text=text,
        notice=part.notice,
        done_ratio=part.done_ratio,
    )


def _reader(kind: FileKind) -> Callable[[bytes], Parts]:
    """The function that reads this kind; the others' libraries are not loaded."""
    match kind.reader:
        case "pdf":
            from engine.reading.pdf import read_pdf

            return read_pdf
        case "picture":
            from engine.reading.pictures import read_picture

            return read_picture
        case "document":
            from engine.reading.document import read_document

            return read_document
        case "slides":
            from engine.reading.slides import read_slides

            return read_slides
        case "sheet":
            from engine.reading.sheet import read_sheet

            return read_sheet
        case "book":
            from engine.reading.book import read_book

            return read_book
        case "page":
            from engine.reading.page import read_page

            return read_page
    from engine.reading.plain import read_plain

    return read_plain


def _limit() -> None:
    import resource

    limits = [(resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0)]
    if sys.platform == "linux":
        limits.append((resource.RLIMIT_DATA, _MEMORY_BYTES))
    for limit, most in limits:
        # A lower limit that holds already is as good.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(limit, (most, most))
    with contextlib.suppress(OSError):
        os.nice(5)


def _refuse(event: str, _: Any) -> None:
    if event.startswith(_FORBIDDEN):
        raise PermissionError("a reader of files does not do this")
