"""Text, Markdown, code and CSV: bytes to letters."""

from __future__ import annotations

import codecs

from engine.reading.parts import Fault, Part, Parts, UnreadableError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LOOK_BYTES = 64 * 1024
# A text with this few broken places is still UTF-8; one written otherwise has many.
_BROKEN_SHARE = 0.001
# Control letters that texts hold: tab, line ends, form feed, escape (in logs of terminals).
_USUAL_CONTROLS = frozenset(b"\t\n\r\x0b\x0c\x1b\x08")
_MOST_CONTROLS_SHARE = 0.002


def read_plain(content: bytes) -> Parts:
    """The text as it stands.

    Raises:
        UnreadableError: It is no text.
    """
    text, notice = decoded(content)
    yield Part(text=text, notice=notice)


def decoded(content: bytes, declared: str = "") -> tuple[str, str]:
    """The letters, and a notice if some of them were guessed.

    Args:
        content: The bytes.
        declared: The encoding that the content names itself; empty for none.

    Raises:
        UnreadableError: It is no text.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _clean(content.decode(encoding, errors="replace")), ""
    if declared and (text := _as_declared(content, declared)) is not None:
        return _clean(text), ""
    wide = _wide_encoding(content[:_LOOK_BYTES])
    if wide:
        return _clean(content.decode(wide, errors="replace")), ""
    if _is_binary(content):
        raise UnreadableError(Fault.BINARY)
    try:
        return _clean(content.decode("utf-8")), ""
    except UnicodeDecodeError:
        return _guessed(content)


def _guessed(content: bytes) -> tuple[str, str]:
    text = content.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    if broken <= _BROKEN_SHARE * len(text):
        return _clean(text), "A few letters of it are damaged."
    return (
        _clean(content.decode("cp1252", errors="replace")),
        "It does not say how its letters are written; accents may be wrong.",
    )


def _as_declared(content: bytes, declared: str) -> str | None:
    try:
        name = codecs.lookup(declared).name
        # "ascii" and "latin-1" on the web mean Windows-1252.
        return content.decode("cp1252" if name in ("ascii", "iso8859-1") else name, "replace")
    except (LookupError, UnicodeError):
        return None


def _wide_encoding(head: bytes) -> str:
    """UTF-16 without its mark: in most scripts every second byte is the same few values."""
    if len(head) < 4 or b"\x00" not in head:
        return ""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if odd > 0.4 * half and even < 0.02 * half:
        return "utf-16-le"
    if even > 0.4 * half and odd < 0.02 * half:
        return "utf-16-be"
    return ""


def _is_binary(content: bytes) -> bool:
    if b"\x00" in content[:_LOOK_BYTES]:
        return True
    # A look at the beginning and at the middle: some formats begin with a readable header.
    middle = len(content) // 2
    sample = content[:_LOOK_BYTES] + content[middle : middle + _LOOK_BYTES]
    odd = sum(1 for byte in sample if byte < 32 and byte not in _USUAL_CONTROLS)
    return odd > _MOST_CONTROLS_SHARE * len(sample) + 1


def _clean(text: str) -> str:
    """Line ends are one letter, and nothing invisible is left that a screen cannot show."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").removeprefix("\ufeff")
