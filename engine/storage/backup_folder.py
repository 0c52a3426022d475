"""The folder of backups: their names, what is known of each, and how many are kept."""

from __future__ import annotations

import contextlib
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.contract.errors import StorageError
from engine.contract.vault import BackupCard
from engine.storage.sealed_stream import SealedReader

DAILY, BY_HAND = "daily", "by hand"
BEFORE_UPDATE, BEFORE_RESTORE = "before an update", "before a restore"

SUFFIX = ".backup"
_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,100}\.backup")


def new_name(reason: str, now_s: float) -> str:
    """A file name that sorts by time and says why."""
    moment = datetime.fromtimestamp(now_s, UTC).strftime("%Y-%m-%d_%H%M%S")
    return f"{moment}_{reason.replace(' ', '-')}_{os.urandom(2).hex()}{SUFFIX}"


def cards(folder: Path) -> tuple[BackupCard, ...]:
    """All backups in the folder, the latest first; one whose header is damaged is not verified."""
    found: list[BackupCard] = []
    for path in folder.glob(f"*{SUFFIX}") if folder.is_dir() else ():
        if not _NAME.fullmatch(path.name):
            continue
        with contextlib.suppress(OSError):
            found.append(_card(path))
    return tuple(sorted(found, key=lambda card: (card.made_at_s, card.name), reverse=True))


def _card(path: Path) -> BackupCard:
    status = path.stat()
    header: dict[str, Any] = {}
    with contextlib.suppress(StorageError), path.open("rb") as file:
        header = SealedReader(file).header
    made_at_s, reason = header.get("made_at_s"), header.get("reason")
    is_ours = isinstance(made_at_s, (int, float)) and isinstance(reason, str)
    return BackupCard(
        name=path.name,
        made_at_s=float(made_at_s) if is_ours else status.st_mtime,  # type: ignore[arg-type]
        size_bytes=status.st_size,
        reason=str(reason) if is_ours else "",
        # Nothing gets its name before it was read back; see backup_copy.py.
        is_verified=is_ours,
    )


def prune(folder: Path, kept: int) -> None:
    """The newest `kept` backups are left; damaged ones go before good ones."""
    by_worth = sorted(cards(folder), key=lambda c: (c.is_verified, c.made_at_s), reverse=True)
    for card in by_worth[max(kept, 1) :]:
        with contextlib.suppress(OSError):
            (folder / card.name).unlink()


def path_of(folder: Path, name: str) -> Path | None:
    """The file of a backup that is listed under `name`; None if there is no such one."""
    path = folder / name
    return path if _NAME.fullmatch(name) and path.is_file() else None
