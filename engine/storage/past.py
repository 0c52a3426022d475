"""What things said before they were edited."""

from __future__ import annotations

from engine.storage.codec import Codec
from engine.storage.database import Reader, Writer


def keep_past(writer: Writer, kind: str, item_id: str, packed: bytes, changed_at_s: float) -> None:
    """What the item said until then is kept, packed by the codec."""
    writer.execute(
        "INSERT INTO past (kind, item_id, changed_at_s, body) VALUES (?, ?, ?, ?)",
        (kind, item_id, changed_at_s, packed),
    )


def past_of(reader: Reader, codec: Codec, item_id: str) -> tuple[tuple[float, str], ...]:
    """What the item said before, the oldest first: when it was changed, and its text then."""
    rows = reader.execute(
        "SELECT changed_at_s, body FROM past WHERE item_id = ? ORDER BY changed_at_s, row",
        (item_id,),
    )
    return tuple((when, codec.unpack(body)) for when, body in rows.fetchall())
