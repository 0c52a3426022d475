"""Everything that was measured in an answer, as a table with one row a token."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from engine.contract.signals import Opening, TokenSignals
from ui import text_instruments as words

_PLAIN = (
    ("surprisal (nats)", "surprisal_nats"),
    ("entropy (nats)", "entropy_nats"),
    ("varentropy (nats^2)", "varentropy_nats2"),
    ("rank", "rank"),
    ("margin (nats)", "margin_nats"),
    ("commit layer", "commit_layer"),
    ("state norm", "state_norm"),
    ("drift (1 - cosine)", "drift_ratio"),
    ("attention sink (share)", "sink_share"),
    ("lookback ratio", "lookback_ratio"),
    ("fork", "is_fork"),
    ("boundary", "is_boundary"),
    ("repetition", "is_repetition"),
    ("measuring (microseconds)", "cost_us"),
)
# A table program runs a cell that begins so.
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")

Cell = str | float | int | None


def harmless(text: str) -> str:
    """A text that no table program takes for a formula."""
    # Programs look past blanks and quotes in front of it.
    bare = text.lstrip(" \n\"'")
    is_dangerous = text.startswith(_FORMULA_SIGNS) or bare.startswith(_FORMULA_SIGNS)
    return f"'{text}" if is_dangerous else text


def to_csv(opening: Opening, tokens: Sequence[TokenSignals]) -> str:
    """The table; a cell of what was not measured is empty, never zero."""
    alternatives = max((len(token.alternatives) for token in tokens), default=0)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([harmless(cell) for cell in _header(opening, alternatives)])
    for token in tokens:
        writer.writerow([_written(cell) for cell in _row(opening, token, alternatives)])
    return out.getvalue()


def _header(opening: Opening, alternatives: int) -> list[str]:
    head = ["index", "token", "token id", *(title for title, _ in _PLAIN)]
    # Two files may have one name; their place in the prompt tells them apart.
    head += [
        f"share {place} {words.segment(segment)}"
        for place, segment in enumerate(opening.segments, 1)
    ]
    head += [f"projection {name} (standard deviations)" for name in opening.directions]
    for place in range(1, alternatives + 1):
        head += [f"alternative {place}", f"alternative {place} probability"]
    for layer in opening.lens_layers:
        name = f"layer {layer}"
        head += [
            f"{name} top",
            f"{name} probability",
            f"{name} entropy (nats)",
            f"{name} KL (nats)",
        ]
    return head


def _row(opening: Opening, token: TokenSignals, alternatives: int) -> list[Cell]:
    row: list[Cell] = [token.index, token.text, token.token_id]
    row += [getattr(token, name) for _, name in _PLAIN]
    row += _padded(token.shares, len(opening.segments))
    row += _padded(token.projections, len(opening.directions))
    for place in range(alternatives):
        has_it = place < len(token.alternatives)
        one = token.alternatives[place] if has_it else None
        row += [one.text, one.probability] if one is not None else [None, None]
    readings = {reading.layer: reading for reading in token.lens}
    for layer in opening.lens_layers:
        reading = readings.get(layer)
        if reading is None or not reading.top:
            row += [None] * 4
        else:
            top = reading.top[0]
            row += [top.text, top.probability, reading.entropy_nats, reading.kl_nats]
    return row


def _padded(values: Sequence[float], length: int) -> list[Cell]:
    return [*values[:length], *[None] * (length - len(values))]


def _written(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return harmless(cell)
    if isinstance(cell, bool):
        return "1" if cell else "0"
    return repr(cell)
