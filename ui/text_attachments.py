"""Every word about files that go with a message."""

from __future__ import annotations

from engine.contract.attachments import Attachment, AttachmentKind

ATTACH, ATTACH_ITEM = "Attach files", "Attach files..."
DROP_HERE = "Drop files here to attach them"
STRIP = "Files that go with the message"
COPY, CLOSE = "Copy text", "Close"
USE_FIRST_PART = "Use the first part"
AS_WORDS = "Put it into the message instead"
PASTED_AS_FILE = "The long text you pasted goes along as a file."
WAITS = "Sent as soon as the files are read."
TOO_MANY = "At most 20 files go with one message."
PICTURE_NAME, TEXT_NAME = "Pasted picture.png", "Pasted text.txt"
READING_TEXT = "Reading..."
NOT_SHOWN = "The rest is not shown here; the model is given all of it."

_KINDS = {
    AttachmentKind.TEXT: "Text",
    AttachmentKind.CODE: "Code",
    AttachmentKind.PDF: "PDF",
    AttachmentKind.DOCUMENT: "Document",
    AttachmentKind.SLIDES: "Slides",
    AttachmentKind.SHEET: "Table",
    AttachmentKind.BOOK: "Book",
    AttachmentKind.PAGE: "Web page",
    AttachmentKind.IMAGE: "Picture",
}
_PARTS = {
    AttachmentKind.PDF: ("page", "pages"),
    AttachmentKind.SLIDES: ("slide", "slides"),
    AttachmentKind.SHEET: ("sheet", "sheets"),
    AttachmentKind.BOOK: ("chapter", "chapters"),
}


def size(size_bytes: int) -> str:
    """Bytes for people."""
    if size_bytes < 1000:
        return f"{size_bytes} bytes"
    if size_bytes < 1_000_000:
        return f"{size_bytes / 1000:.0f} KB"
    return f"{size_bytes / 1_000_000:.1f} MB"


def kind(card: Attachment) -> str:
    """What it is, with its number of pages where it has any."""
    one, many = _PARTS.get(card.kind, ("", ""))
    if not card.parts or not one:
        return _KINDS[card.kind]
    return f"{_KINDS[card.kind]}, {card.parts:,} {one if card.parts == 1 else many}"


def cost(card: Attachment) -> str:
    """What it takes: tokens once a model is loaded, else its size."""
    if not card.tokens:
        return size(card.size_bytes)
    return f"{card.tokens:,} tokens" if card.tokens > 1 else "1 token"


def facts(card: Attachment) -> str:
    """The line under its name on a chip."""
    return f"{kind(card)} · {cost(card)}"


def all_facts(card: Attachment) -> str:
    """The line under its name in its own window."""
    parts = [kind(card), size(card.size_bytes), f"{card.letters:,} letters"]
    if card.tokens:
        parts.append(cost(card))
    return " · ".join(parts)


def reading(share_ratio: float) -> str:
    """How far reading a file is."""
    return f"Reading, {100 * share_ratio:.0f} %" if share_ratio > 0 else "Reading..."


def chip_name(card: Attachment) -> str:
    """What a screen reader says of a chip."""
    notice = f" {card.notice}" if card.notice else ""
    return f"{card.name}, {facts(card).replace(' · ', ', ')}.{notice} Shows its text."


def remove(name: str) -> str:
    """What the cross on a chip does."""
    return f"Remove {name}"


def attached(name: str) -> str:
    """Said to a screen reader when a file has been read."""
    return f"{name} is attached."


def too_large(needed: int, room: int) -> str:
    """Why a message with files cannot be sent as it is."""
    return f"The files have {needed:,} tokens and {max(0, room):,} fit."
