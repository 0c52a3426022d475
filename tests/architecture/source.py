"""What the architecture tests read: every source file of the app, parsed once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOUSES = ("app", "engine", "ui")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One Python file: where it is, its text and its syntax tree."""

    path: Path
    text: str
    tree: ast.Module

    def __str__(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def is_room_sign(self) -> bool:
        return self.path.name == "__init__.py"

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        for node in ast.walk(self.tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield node

    def classes(self) -> Iterator[ast.ClassDef]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ClassDef):
                yield node

    def imported(self, *, at_run_time: bool = False) -> Iterator[str]:
        """Names of imported modules; `at_run_time` leaves out those only types are read from."""
        skipped: set[ast.AST] = set()
        if at_run_time:
            for node in ast.walk(self.tree):
                if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
                    skipped.update(inner for part in node.body for inner in ast.walk(part))
        for node in ast.walk(self.tree):
            if node in skipped:
                continue
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def source_files(*folders: str) -> tuple[SourceFile, ...]:
    """Every Python file below these top-level folders, in order."""
    files = []
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            files.append(SourceFile(path, text, ast.parse(text)))
    return tuple(files)


def rooms(*folders: str) -> list[Path]:
    """Every folder that holds Python files, relative to the root."""
    return sorted({file.path.parent.relative_to(ROOT) for file in source_files(*folders)})
