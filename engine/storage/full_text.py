"""The words of a text in one of the full-text indexes, and a search for all of some words."""

from __future__ import annotations

from engine.storage.database import Writer


def index_words(writer: Writer, index: str, row: int, text: str) -> None:
    """`text` is what full-text search finds under `row` of `index`, one of ours."""
    writer.execute(f"DELETE FROM {index} WHERE rowid = ?", (row,))
    if text.strip():
        writer.execute(f"INSERT INTO {index} (rowid, text) VALUES (?, ?)", (row, text))


def query_for_all(words: str) -> str:
    """A question that finds texts with all `words`; FTS5's own syntax in them is only words.

    Empty if there are no words, for FTS5 takes that for a mistake.
    """
    return " ".join('"' + word.replace('"', '""') + '"' for word in words.split())
