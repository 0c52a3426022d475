"""Save and load the text of files that go with messages.

Versions of a message and copies of a conversation share their files. A row of its own links each
message to each of its files, and belongs to the message; a file is erased with its last link.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict

from engine.contract.attachments import Attachment, AttachmentKind
from engine.storage.codec import Codec
from engine.storage.database import Reader, Writer

FILE, LINK = "attachment", "attachment_of"
# The kind of a file's own bytes among the sealed files.
ORIGINAL = "original"


def save_file(writer: Writer, codec: Codec, card: Attachment, text: str, now_s: float) -> None:
    """The file's card and text are kept; until a message is linked to it, it is a stray."""
    facts = {**asdict(card), "kind": card.kind.value}
    body = json.dumps({"card": facts, "text": text}, ensure_ascii=False)
    _save(writer, codec, (card.id, FILE, None), body, now_s)


def link_files(
    writer: Writer, codec: Codec, files: Iterable[Attachment], message_id: str, now_s: float
) -> None:
    """The files are this message's too."""
    for card in files:
        _save(writer, codec, (f"{card.id}.{message_id}", LINK, message_id), "{}", now_s)


def _save(
    writer: Writer, codec: Codec, names: tuple[str, str, str | None], body: str, now_s: float
) -> None:
    writer.execute(
        """INSERT INTO records (id, kind, parent_id, body, created_at_s, updated_at_s, raw_bytes)
        VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING""",
        (*names, codec.pack("record", body), now_s, now_s, len(body.encode(errors="replace"))),
    )


def load_file(reader: Reader, codec: Codec, attachment_id: str) -> tuple[Attachment, str] | None:
    """Card and text of a file; None if it is not there (any more)."""
    found = reader.execute(
        "SELECT body FROM records WHERE id = ? AND kind = ?", (attachment_id, FILE)
    ).fetchone()
    if found is None:
        return None
    body = json.loads(codec.unpack(found[0]))
    facts = body["card"]
    card = Attachment(**{**facts, "kind": AttachmentKind(facts["kind"])})
    return card, str(body["text"])


def linked_file(link_id: str) -> str:
    """The file that a link leads to."""
    return link_id.partition(".")[0]


def is_linked(reader: Reader, attachment_id: str) -> bool:
    """Whether a message has this file."""
    # All links of a file begin with its identifier and a full stop; "/" comes right after that.
    found = reader.execute(
        "SELECT 1 FROM records WHERE id > ? AND id < ? AND kind = ? LIMIT 1",
        (f"{attachment_id}.", f"{attachment_id}/", LINK),
    ).fetchone()
    return found is not None


def strays(reader: Reader) -> tuple[str, ...]:
    """Files that no message has, left by a program that was killed between two writes."""
    rows = reader.execute("SELECT id FROM records WHERE kind = ?", (FILE,)).fetchall()
    return tuple(id_ for (id_,) in rows if not is_linked(reader, id_))
