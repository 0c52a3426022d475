"""Tables for people and one JSON file for machines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.benchmarks.machine import Machine


@dataclass(frozen=True, slots=True)
class Table:
    """One result.

    Attributes:
        name: Key in the JSON file.
        title: Heading above the table.
        columns: Headings; the first is that of the row names.
        rows: As many texts a row as there are columns.
        notes: Sentences under the table.
        figures: All numbers behind it, every round's, as plain values.
    """

    name: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()
    figures: dict[str, Any] = field(default_factory=dict)

    def markdown(self, caption: str) -> str:
        """The table with what it was measured on."""
        lines = [f"### {self.title}", ""]
        lines.append("| " + " | ".join(self.columns) + " |")
        lines.append("|---|" + "---:|" * (len(self.columns) - 1))
        lines += ["| " + " | ".join(row) + " |" for row in self.rows]
        lines += ["", *(f"- {note}" for note in self.notes), f"- {caption}", ""]
        return "\n".join(lines)


def write_json(path: Path, machine: Machine, tables: Sequence[Table], failed: list[str]) -> None:
    """The file holds everything that was measured so far."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "machine": machine.as_json(),
        "failed": failed,
        "results": {
            table.name: {"title": table.title, "notes": list(table.notes), **table.figures}
            for table in tables
        },
    }
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(path)
