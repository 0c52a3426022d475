"""What a file is, told from its content; the name only decides between kinds of plain text."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import PurePath

from engine.contract.attachments import AttachmentKind
from engine.reading.parts import Fault, UnreadableError

_LOOK_BYTES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class FileKind:
    """What a file is.

    Attributes:
        reader: Which reader reads it; see child.py.
    """

    kind: AttachmentKind
    media_type: str
    reader: str


_PDF = FileKind(kind=AttachmentKind.PDF, media_type="application/pdf", reader="pdf")
_EPUB = FileKind(kind=AttachmentKind.BOOK, media_type="application/epub+zip", reader="book")
_HTML = FileKind(kind=AttachmentKind.PAGE, media_type="text/html", reader="page")
_OFFICE = "application/vnd.openxmlformats-officedocument."
# The part that every file of the kind has.
_ZIPPED = {
    "word/document.xml": FileKind(
        kind=AttachmentKind.DOCUMENT,
        media_type=f"{_OFFICE}wordprocessingml.document",
        reader="document",
    ),
    "ppt/presentation.xml": FileKind(
        kind=AttachmentKind.SLIDES,
        media_type=f"{_OFFICE}presentationml.presentation",
        reader="slides",
    ),
    "xl/workbook.xml": FileKind(
        kind=AttachmentKind.SHEET, media_type=f"{_OFFICE}spreadsheetml.sheet", reader="sheet"
    ),
}
_PICTURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
)
_REFUSED = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Fault.OLD_OFFICE),
    (b"\x1f\x8b", Fault.PACKED),
    (b"7z\xbc\xaf\x27\x1c", Fault.PACKED),
    (b"Rar!\x1a\x07", Fault.PACKED),
    (b"\xfd7zXZ\x00", Fault.PACKED),
    (b"(\xb5/\xfd", Fault.PACKED),
    (b"BZh", Fault.PACKED),
    (b"ID3", Fault.SOUND_OR_FILM),
    (b"OggS", Fault.SOUND_OR_FILM),
    (b"fLaC", Fault.SOUND_OR_FILM),
    (b"\x1a\x45\xdf\xa3", Fault.SOUND_OR_FILM),
    (b"\x7fELF", Fault.BINARY),
    (b"MZ\x90\x00", Fault.BINARY),
    (b"\xcf\xfa\xed\xfe", Fault.BINARY),
    (b"SQLite format 3\x00", Fault.BINARY),
)
_HEIF_BRANDS = (b"heic", b"heix", b"mif1", b"avif", b"heim", b"hevc")
_HTML_START = re.compile(
    rb"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype html|html)\b", re.I | re.S
)
# The stream inside an encrypted Office file that holds the real one.
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")

_TEXT_TYPES = {
    **dict.fromkeys(("md", "markdown", "mdown", "mkd", "qmd", "rmd"), "text/markdown"),
    **dict.fromkeys(
        ("txt", "text", "log", "rst", "adoc", "org", "tex", "srt", "vtt"), "text/plain"
    ),
}
_SHEET_TYPES = {
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "tab": "text/tab-separated-values",
}
_CODE_TYPES = {
    "json": "application/json",
    "jsonl": "application/jsonl",
    "xml": "application/xml",
    "svg": "image/svg+xml",
    "yaml": "application/yaml",
    "yml": "application/yaml",
    "toml": "application/toml",
    "css": "text/css",
    "js": "text/javascript",
    "py": "text/x-python",
    "sh": "text/x-shellscript",
    "sql": "application/sql",
}
_CODE_ENDINGS = """
    asm bash bat c cc cfg clj cljs cmake conf cpp cs cxx dart diff dockerfile ex exs f90 fish
    fs gd go gradle graphql groovy h hcl hpp hs ini ipynb java jl jsx kt kts lean less lisp
    lua m makefile mjs ml mm nim nix patch php pl plist properties proto ps1 qml r rb rs
    scala scheme scss sol swift tcl tf ts tsx v vb vhd vim vue wat zig zsh
"""
_CODE_NAMES = frozenset(_CODE_ENDINGS.split())


def kind_of(content: bytes, name: str) -> FileKind:
    """What the file is.

    Raises:
        UnreadableError: It is none of the kinds that hold text, or is empty, encrypted or damaged.
    """
    if not content.strip(b"\x00\t\n\r "):
        raise UnreadableError(Fault.EMPTY)
    head = content[:_LOOK_BYTES]
    # Some writers put bytes before the mark; readers of PDF look for it in the first kilobyte.
    if b"%PDF-" in head[:1024]:
        return _PDF
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped(content)
    _refuse(content, head)
    picture = _picture(head)
    if picture:
        return FileKind(kind=AttachmentKind.IMAGE, media_type=picture, reader="picture")
    return _plain(head, name)


def _refuse(content: bytes, head: bytes) -> None:
    for mark, fault in _REFUSED:
        if head.startswith(mark):
            if fault is Fault.OLD_OFFICE and _ENCRYPTED_STREAM in content:
                fault = Fault.ENCRYPTED
            raise UnreadableError(fault)
    if head[257:262] == b"ustar":
        raise UnreadableError(Fault.PACKED)
    is_riff_sound = head.startswith(b"RIFF") and head[8:12] in (b"WAVE", b"AVI ")
    is_film = head[4:8] == b"ftyp" and head[8:12] not in _HEIF_BRANDS
    if is_riff_sound or is_film or head[:2] in (b"\xff\xfb", b"\xff\xf3", b"\xff\xf1"):
        raise UnreadableError(Fault.SOUND_OR_FILM)


def _picture(head: bytes) -> str:
    for mark, media_type in _PICTURES:
        if head.startswith(mark):
            # "BM" begins many a text; a bitmap has the zeros of its reserved fields.
            is_bitmap = head[6:10] == b"\x00\x00\x00\x00"
            return media_type if mark != b"BM" or is_bitmap else ""
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS:
        return "image/avif" if head[8:12] == b"avif" else "image/heic"
    return ""


def _zipped(content: bytes) -> FileKind:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
            if "META-INF/container.xml" in names:
                return _EPUB
            for part, kind in _ZIPPED.items():
                if part in names:
                    return kind
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise UnreadableError(Fault.DAMAGED) from error
    raise UnreadableError(Fault.PACKED)


def _plain(head: bytes, name: str) -> FileKind:
    """Text of some kind; whether it can be read as text is found when it is decoded."""
    if _HTML_START.match(head.removeprefix(b"\xef\xbb\xbf")):
        return _HTML
    path = PurePath(name.lower())
    ending = path.suffix.removeprefix(".") or path.name
    if ending in ("html", "htm", "xhtml") and b"<" in head:
        return _HTML
    if ending in _SHEET_TYPES:
        return FileKind(kind=AttachmentKind.SHEET, media_type=_SHEET_TYPES[ending], reader="plain")
    if ending in _CODE_TYPES or ending in _CODE_NAMES or head.startswith(b"#!"):
        media_type = _CODE_TYPES.get(ending, "text/x-source")
        return FileKind(kind=AttachmentKind.CODE, media_type=media_type, reader="plain")
    media_type = _TEXT_TYPES.get(ending, "text/plain")
    return FileKind(kind=AttachmentKind.TEXT, media_type=media_type, reader="plain")
