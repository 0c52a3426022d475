"""What was typed and not sent, and the settings that could tell something about the user."""

from __future__ import annotations

import json
from typing import Any

from engine.storage.codec import Codec
from engine.storage.database import Reader, Writer


def save_draft(writer: Writer, codec: Codec, conversation_id: str, text: str, now_s: float) -> None:
    """The draft of this conversation is `text`; an empty one is forgotten."""
    if not text:
        writer.execute("DELETE FROM drafts WHERE conversation_id = ?", (conversation_id,))
        return
    writer.execute(
        """INSERT INTO drafts (conversation_id, text, updated_at_s) VALUES (?, ?, ?)
        ON CONFLICT (conversation_id) DO UPDATE
            SET text = excluded.text, updated_at_s = excluded.updated_at_s""",
        (conversation_id, codec.pack("draft", text), now_s),
    )


def load_drafts(reader: Reader, codec: Codec) -> tuple[tuple[str, str], ...]:
    """Conversation and draft, the latest first."""
    rows = reader.execute("SELECT conversation_id, text FROM drafts ORDER BY updated_at_s DESC")
    return tuple((id_, codec.unpack(text)) for id_, text in rows.fetchall())


def save_settings(writer: Writer, codec: Codec, values: dict[str, Any], now_s: float) -> None:
    """These settings are kept, by their full name such as "generation.system_prompt"."""
    for name, value in values.items():
        writer.execute(
            """INSERT INTO settings (name, value, updated_at_s) VALUES (?, ?, ?)
            ON CONFLICT (name) DO UPDATE
                SET value = excluded.value, updated_at_s = excluded.updated_at_s""",
            (name, codec.pack("setting", json.dumps(value)), now_s),
        )


def load_settings(reader: Reader, codec: Codec) -> dict[str, Any]:
    """The settings that were kept, by full name."""
    rows = reader.execute("SELECT name, value FROM settings").fetchall()
    return {name: json.loads(codec.unpack(value)) for name, value in rows}
