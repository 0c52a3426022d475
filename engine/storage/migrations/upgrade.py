"""Brings a database from the version it has to the latest; in one transaction, or not at all.

The snapshot before it is the vault's business: only it knows where backups lie.

Runs on: store.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.contract.errors import VaultNewerError
from engine.storage.migrations import m0001_initial, m0002_tree, m0003_traces

if TYPE_CHECKING:
    from engine.storage.database import Reader, Writer


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One migration.

    Attributes:
        version: The schema's version after it.
        statements: Run in order.
        then: What statements cannot say, such as packing texts anew.
    """

    version: int
    statements: Sequence[str] = ()
    then: Callable[[Writer], None] | None = None


STEPS = (
    Step(version=m0001_initial.VERSION, statements=m0001_initial.STATEMENTS),
    Step(version=m0002_tree.VERSION, statements=m0002_tree.STATEMENTS),
    Step(version=m0003_traces.VERSION, statements=m0003_traces.STATEMENTS),
)


def version_of(reader: Reader) -> int:
    """The schema's version; 0 for an empty database."""
    row = reader.execute("PRAGMA user_version").fetchone()
    return int(row[0]) if row else 0


def check_not_newer(version: int, latest: int) -> None:
    """Raise if a newer program wrote it.

    Raises:
        VaultNewerError: It did.
    """
    if version > latest:
        raise VaultNewerError(
            "A newer version of Shvayambhu wrote this vault. It was left untouched.",
            action="Install the newer version.",
        )


def upgrade(writer: Writer, steps: Sequence[Step] = STEPS) -> int:
    """The schema is the latest; the version that was found.

    Raises:
        VaultNewerError: A newer program wrote it.
    """
    found = version_of(writer)
    check_not_newer(found, steps[-1].version)
    for step in steps:
        if step.version > found:
            for statement in step.statements:
                writer.execute(statement)
            if step.then is not None:
                step.then(writer)
            # A pragma takes no parameters.
            writer.execute(f"PRAGMA user_version = {step.version:d}")
    return found
