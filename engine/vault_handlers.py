"""Commands to the vault: opening, locking, keys, backups, trash.

Runs on: io; the disk is the store's business, on threads of its own.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from engine.chat.answer import Publish
from engine.chat.private_settings import private_values, with_private
from engine.contract import vault_commands as commands
from engine.contract.errors import BadRequestError, StorageError
from engine.contract.events import SettingsChanged
from engine.contract.settings import Settings
from engine.contract.vault import LockReason, VaultState
from engine.contract.vault_events import (
    RecoveryKeyMade,
    VaultKeyRotated,
    VaultStatusChanged,
    VaultWiped,
)
from engine.runtime.compute import Priority
from engine.storage import drafts
from engine.vault_opening import progress_to, take_over, tell_opened

if TYPE_CHECKING:
    from engine.chat.turn import Chat

_WIPE_WORDS = "forget everything"


async def open_vault(chat: Chat, command: commands.OpenVault, publish: Publish) -> None:
    """It is open and its conversations, drafts and settings hold; or why not was told."""
    begun_s = time.perf_counter()
    if not chat.vault.is_closed:
        await tell_opened(chat, publish, is_new=False, begun_s=begun_s)
        return
    try:
        is_new = await chat.vault.open(
            passphrase=command.passphrase or chat.take_startup_passphrase(command.recovery_key),
            recovery_key=command.recovery_key,
            is_private_allowed=command.is_private_allowed,
        )
        await take_over(chat, publish, is_new=is_new, begun_s=begun_s)
    except StorageError:
        await chat.vault.lock()
        publish(VaultStatusChanged(status=chat.vault.status))
        raise


async def keep_settings(chat: Chat, settings: Settings) -> None:
    """The private ones among `settings` are in the vault."""
    codec, values = chat.vault.codec, private_values(settings)
    await chat.vault.store.write(
        lambda writer: drafts.save_settings(writer, codec, values, time.time())
    )


async def lock_vault(chat: Chat, command: commands.LockVault, publish: Publish) -> None:
    """It is locked: answers have ended, and keys, texts and caches are dropped.

    Raises:
        BadRequestError: The session is private, so that locking would lose it.
    """
    if chat.vault.status.state is VaultState.PRIVATE:
        raise BadRequestError(
            "Locking would end this private session and lose what is in it. It was left open.",
            action="Set a passphrase first, and it is kept.",
        )
    await close_vault(chat)
    publish(VaultStatusChanged(status=chat.vault.status, reason=command.reason))


async def close_vault(chat: Chat) -> None:
    """Nothing of the vault is in use or in memory any more."""
    await chat.housekeeping.end()
    # Those that wait for their turn too, or they would be said while the vault closes.
    answers = [task for task in chat.waiting if task is not asyncio.current_task()]
    for task in answers:
        task.cancel()
    if answers:
        await asyncio.wait(answers)
    await chat.instruments.end()
    chat.traces.drop()
    await chat.keeping.partial_done()
    chat.keeping.drop()
    chat.attachments.forget()
    await chat.vectors.drop()
    chat.safekeeping.restorer.close()
    await chat.compute.call(chat.drop_caches, priority=Priority.INTERACTIVE)
    chat.settings = with_private(chat.settings, private_values(Settings()))
    await chat.vault.lock()


async def set_passphrase(chat: Chat, command: commands.SetPassphrase, publish: Publish) -> None:
    """The passphrase holds; a private session is kept from now on."""
    await chat.vault.set_passphrase(old=command.old, new=command.new)
    await chat.traces.write_held()
    publish(VaultStatusChanged(status=chat.vault.status))


async def make_recovery_key(
    chat: Chat,
    command: commands.MakeRecoveryKey,  # noqa: ARG001 - every handler has the same shape
    publish: Publish,
) -> None:
    """A new recovery key was told, this once."""
    publish(RecoveryKeyMade(recovery_key=await chat.vault.make_recovery_key()))
    publish(VaultStatusChanged(status=chat.vault.status))


async def rotate_key(chat: Chat, command: commands.RotateKey, publish: Publish) -> None:
    """Everything is under a new key."""
    await chat.vault.rotate_key(command.passphrase, progress_to(publish))
    publish(VaultKeyRotated())
    publish(VaultStatusChanged(status=chat.vault.status))


async def wipe(chat: Chat, command: commands.WipeVault, publish: Publish) -> None:
    """Nothing is left, keys first."""
    if command.confirmation.strip().lower() != _WIPE_WORDS:
        raise BadRequestError(
            "Nothing was erased: the confirmation differs.", action=f'Type "{_WIPE_WORDS}".'
        )
    await close_vault(chat)
    await chat.vault.wipe(are_backups_included=command.are_backups_included)
    publish(VaultWiped())
    publish(SettingsChanged(settings=chat.settings))
    publish(VaultStatusChanged(status=chat.vault.status, reason=LockReason.ASKED))


async def keep_draft(chat: Chat, command: commands.KeepDraft, publish: Publish) -> None:  # noqa: ARG001
    """The draft is kept."""
    await chat.keeping.draft(command.conversation_id, command.text)
