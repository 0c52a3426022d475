"""Commands that keep the vault safe: inspecting, backups, restores, checks, compaction.

Runs on: io; the work is done on threads of its own, while the vault is in use.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from engine.chat.answer import Publish
from engine.chat.safekeeping import COMPACTED, VERIFIED
from engine.contract import vault_commands as commands
from engine.contract.events import ConversationsListed
from engine.contract.vault import VaultState
from engine.contract.vault_events import (
    BackupMade,
    BackupsListed,
    RestorePlanned,
    VaultCompacted,
    VaultExported,
    VaultInspected,
    VaultRestored,
    VaultVerified,
)
from engine.storage import backup_folder, usage
from engine.storage.backup import FOLDER
from engine.storage.backup_folder import BY_HAND
from engine.storage.disk import free_bytes
from engine.storage.opening import Offered
from engine.storage.rescue import begin_anew
from engine.storage.sql_errors import locked
from engine.vault_opening import progress_to, take_over

if TYPE_CHECKING:
    from engine.chat.turn import Chat


_BROKEN = (VaultState.DAMAGED, VaultState.KEY_MISSING)


async def inspect(
    chat: Chat,
    command: commands.InspectVault,  # noqa: ARG001 - every handler has the same shape
    publish: Publish,
) -> None:
    """What the vault holds and takes was told; a locked one tells its state alone."""
    keeping, vault = chat.safekeeping, chat.vault
    if vault.is_closed:
        await vault.look()
        publish(_closed(chat))
        return
    uses = await vault.store.read(usage.uses)
    cards = await asyncio.to_thread(keeping.backups.cards)
    publish(
        VaultInspected(
            status=vault.status,
            uses=uses,
            database_bytes=await keeping.compaction.size(),
            sealed_bytes=next(use.stored_bytes for use in uses if use.kind == "sealed files"),
            backup_bytes=sum(card.size_bytes for card in cards),
            free_disk_bytes=_free_bytes(vault.folder),
            dictionaries=await vault.store.read(usage.dictionaries),
            last_verified_at_s=await keeping.noted_at_s(VERIFIED),
            last_backup_at_s=max((c.made_at_s for c in cards if c.is_verified), default=None),
        )
    )


def _closed(chat: Chat) -> VaultInspected:
    return VaultInspected(
        status=chat.vault.status,
        uses=(),
        database_bytes=0,
        sealed_bytes=0,
        backup_bytes=0,
        free_disk_bytes=_free_bytes(chat.vault.folder),
        dictionaries=0,
        last_verified_at_s=None,
        last_backup_at_s=None,
    )


def _free_bytes(folder: Path | None) -> int:
    """Of the disk the vault lies on, or will lie on."""
    if folder is None:
        return 0
    there = next(place for place in (folder, *folder.parents) if place.exists())
    return free_bytes(there)


async def back_up(
    chat: Chat,
    command: commands.BackUpVault,  # noqa: ARG001
    publish: Publish,
) -> None:
    """A backup was made and checked."""
    card = await chat.safekeeping.backups.make(
        BY_HAND, kept=chat.settings.storage.backups_kept, progress=progress_to(publish)
    )
    publish(BackupMade(backup=card))


async def list_backups(
    chat: Chat,
    command: commands.ListBackups,  # noqa: ARG001
    publish: Publish,
) -> None:
    """All backups were told, even while the vault does not open."""
    vault = chat.vault
    if vault.is_closed and vault.folder is not None:
        cards = await asyncio.to_thread(backup_folder.cards, vault.folder / FOLDER)
    else:
        cards = await asyncio.to_thread(chat.safekeeping.backups.cards)
    publish(BackupsListed(backups=cards))


async def export(chat: Chat, command: commands.ExportVault, publish: Publish) -> None:
    """Everything is in one sealed file."""
    size = await chat.safekeeping.backups.export(
        Path(command.path), command.passphrase, progress_to(publish)
    )
    publish(VaultExported(size_bytes=size))


async def plan_restore(chat: Chat, command: commands.PlanRestore, publish: Publish) -> None:
    """What a restore would do was told; a vault that does not open is set aside for it.

    Raises:
        VaultLockedError: It is only locked, so it is to be unlocked.
    """
    if chat.vault.is_closed:
        if chat.vault.status.state not in _BROKEN:
            raise locked()
        offered = Offered(passphrase=command.passphrase, recovery_key=command.recovery_key)
        await begin_anew(chat.vault, chat.safekeeping.keychain, command.path, offered)
        await take_over(chat, publish, is_new=True)
    plan = await chat.safekeeping.restorer.plan(
        command.path,
        passphrase=command.passphrase,
        recovery_key=command.recovery_key,
        progress=progress_to(publish),
    )
    publish(RestorePlanned(plan_id=plan.id, made_at_s=plan.made_at_s, counts=plan.counts))


async def apply_restore(chat: Chat, command: commands.ApplyRestore, publish: Publish) -> None:
    """The plan was carried out, and the conversations are those of the vault again."""
    counts = await chat.safekeeping.restorer.apply(
        command.plan_id,
        backups_kept=chat.settings.storage.backups_kept,
        progress=progress_to(publish),
    )
    await chat.keeping.load()
    publish(VaultRestored(counts=counts))
    publish(ConversationsListed(conversations=chat.conversations.list()))


async def verify(
    chat: Chat,
    command: commands.VerifyVault,  # noqa: ARG001
    publish: Publish,
) -> None:
    """Everything was checked, and what is not whole was named."""
    report = await chat.safekeeping.verification.run(progress_to(publish))
    if not report.damages:
        await chat.safekeeping.note(VERIFIED)
    publish(
        VaultVerified(
            checked_pages=report.checked_pages,
            checked_files=report.checked_files,
            damages=report.damages,
            last_good_backup=report.last_good_backup,
        )
    )


async def compact(
    chat: Chat,
    command: commands.CompactVault,  # noqa: ARG001
    publish: Publish,
) -> None:
    """Space was given back."""
    done = await chat.safekeeping.compaction.run(progress_to(publish))
    await chat.safekeeping.note(COMPACTED)
    publish(VaultCompacted(before_bytes=done.before_bytes, after_bytes=done.after_bytes))
