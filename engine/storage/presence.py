"""Which identifiers are here already, whatever became of what they name."""

from __future__ import annotations

import json
from collections.abc import Sequence

from engine.storage.database import Reader


def conversations_here(reader: Reader, ids: Sequence[str]) -> set[str]:
    """Those that name a conversation, in the trash included."""
    return _here(reader, "conversations", ids)


def messages_here(reader: Reader, ids: Sequence[str]) -> set[str]:
    """Those that name a message of any conversation, in the trash included."""
    return _here(reader, "messages", ids)


def _here(reader: Reader, table: str, ids: Sequence[str]) -> set[str]:
    found = reader.execute(
        f"SELECT id FROM {table} WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(ids)),),
    )
    return {id_ for (id_,) in found.fetchall()}
