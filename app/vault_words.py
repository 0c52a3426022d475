"""What the vault says, as lines for people and as objects for programs."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

from app.wording import as_bytes, as_duration
from engine.contract.vault import BackupCard, RestoreCount, TrashItem, VaultState, VaultStatus
from engine.contract.vault_events import (
    RestorePlanned,
    VaultCompacted,
    VaultInspected,
    VaultRestored,
    VaultVerified,
)

_STATES = {
    VaultState.UNLOCKED: "It opens.",
    VaultState.LOCKED: "It is locked and waits for its passphrase.",
    VaultState.PRIVATE: "Nothing of this session is kept.",
    VaultState.KEY_MISSING: "The keychain has no key for it; the recovery key or a backup does.",
    VaultState.KEYCHAIN_UNREADABLE: "The keychain does not answer now.",
    VaultState.DAMAGED: "It is not whole; a backup can be restored.",
    VaultState.NEWER: "A newer version of the app wrote it.",
    VaultState.BUSY: "A window or another process has it open.",
}
_DAY = "%Y-%m-%d %H:%M"


def status_json(status: VaultStatus) -> dict[str, Any]:
    """The names are part of the command line's promise and may only be added to."""
    return {**asdict(status), "state": status.state.value}


def status_text(status: VaultStatus) -> str:
    """Where it stands and what opens it, a line each."""
    ways = [
        word
        for word, is_there in (
            ("passphrase", status.has_passphrase),
            ("keychain", status.has_keychain_key),
            ("recovery key", status.has_recovery_key),
        )
        if is_there
    ]
    lines = [status.message or _STATES[status.state]]
    if ways:
        lines.append(f"Opened by: {', '.join(ways)}.")
    if status.retry_after_s > 0:
        lines.append(f"The next try is possible in {as_duration(status.retry_after_s)}.")
    return "\n".join(lines)


def inspected_json(found: VaultInspected) -> dict[str, Any]:
    """The same with what it holds; sizes in bytes, times in seconds since 1970."""
    told = asdict(found)
    told.pop("job_id")
    return {**told, "status": status_json(found.status), "state": found.status.state.value}


def inspected_text(found: VaultInspected) -> str:
    """Kinds of things in rows, then the sums."""
    lines = [status_text(found.status), ""]
    for use in found.uses:
        sizes = f"{as_bytes(use.raw_bytes)} as plain text, {as_bytes(use.stored_bytes)} here"
        lines.append(f"{use.kind + ':':<16}{use.items:>8,}  {sizes}")
    lines += [
        f"{'database:':<16}{as_bytes(found.database_bytes):>10}",
        f"{'sealed files:':<16}{as_bytes(found.sealed_bytes):>10}",
        f"{'backups:':<16}{as_bytes(found.backup_bytes):>10}",
        f"{'free on disk:':<16}{as_bytes(found.free_disk_bytes):>10}",
        f"Last backup: {_moment(found.last_backup_at_s)}. "
        f"Last verified: {_moment(found.last_verified_at_s)}.",
    ]
    return "\n".join(lines)


def backup_json(card: BackupCard) -> dict[str, Any]:
    """One backup."""
    return asdict(card)


def backup_text(card: BackupCard) -> str:
    """One backup in one line."""
    verified = "opened and checked" if card.is_verified else "not readable"
    return (
        f"{card.name}  {_moment(card.made_at_s)}  {as_bytes(card.size_bytes)}, "
        f"{card.reason or 'unknown'}, {verified}"
    )


def backups_text(cards: tuple[BackupCard, ...]) -> str:
    """A line for each."""
    return "\n".join(backup_text(card) for card in cards) or "There is no backup yet."


def exported_text(size_bytes: int) -> str:
    """That it is done."""
    return f"Everything is in the file, {as_bytes(size_bytes)}, opened again and checked."


def count_json(count: RestoreCount) -> dict[str, Any]:
    """What a restore does with one kind."""
    return asdict(count)


def plan_text(plan: RestorePlanned) -> str:
    """What would be done."""
    return f"From {_moment(plan.made_at_s)}.\n{_counts(plan.counts)}"


def restored_text(done: VaultRestored) -> str:
    """What was done."""
    return f"Restored.\n{_counts(done.counts)}"


def _counts(counts: tuple[RestoreCount, ...]) -> str:
    rows = [("", "NEW", "REPLACE", "NEWER HERE", "SAME", "IN TRASH")]
    rows += [
        (
            count.kind,
            f"{count.new:,}",
            f"{count.newer_in_backup:,}",
            f"{count.newer_here:,}",
            f"{count.same:,}",
            f"{count.in_trash_here:,}",
        )
        for count in counts
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(6)]
    return "\n".join(
        "  ".join(
            [row[0].ljust(widths[0])]
            + [text.rjust(width) for text, width in zip(row[1:], widths[1:], strict=True)]
        )
        for row in rows
    )


def verified_json(found: VaultVerified) -> dict[str, Any]:
    """What a check found."""
    told = asdict(found)
    told.pop("job_id")
    return {**told, "whole": not found.damages}


def verified_text(found: VaultVerified) -> str:
    """Whole, or what is not and what to do."""
    looked = f"{found.checked_pages:,} pages and {found.checked_files:,} files were checked"
    if not found.damages:
        return f"Everything is whole: {looked}."
    lines = [f"{looked[:1].upper()}{looked[1:]}."]
    lines += [f"{damage.where}: {damage.detail}" for damage in found.damages]
    if found.last_good_backup is not None:
        lines.append("The last good backup: " + backup_text(found.last_good_backup))
        lines.append(f"Type: python -m app vault restore {found.last_good_backup.name}")
    else:
        lines.append("There is no good backup.")
    return "\n".join(lines)


def compacted_text(done: VaultCompacted) -> str:
    """What was gained."""
    saved = done.before_bytes - done.after_bytes
    if saved <= 0:
        return f"Nothing could be given back; it takes {as_bytes(done.after_bytes)}."
    return f"{as_bytes(saved)} were given back; it takes {as_bytes(done.after_bytes)} now."


def trash_json(item: TrashItem) -> dict[str, Any]:
    """One thing in the trash."""
    return {**asdict(item), "kind": item.kind.value}


def trash_text(items: tuple[TrashItem, ...]) -> str:
    """A line for each."""
    lines = [
        f"{item.id}  {item.kind.value}, deleted {_moment(item.deleted_at_s)}, "
        f"gone for good {_moment(item.purge_at_s)}: {item.title}"
        for item in items
    ]
    return "\n".join(lines) or "The trash is empty."


def _moment(seconds: float | None) -> str:
    return "never" if seconds is None else time.strftime(_DAY, time.localtime(seconds))
