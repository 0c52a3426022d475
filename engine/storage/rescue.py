"""A vault that does not open makes way for a new one, into which a backup is then restored.

Runs on: io; files are read and moved on threads of their own.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from engine.contract.errors import WrongKeyError
from engine.storage import backup_folder
from engine.storage.backup import FOLDER, does_open, read_header
from engine.storage.keychain import Keychain
from engine.storage.opening import Offered
from engine.storage.restore import set_aside
from engine.storage.vault import Vault


async def begin_anew(vault: Vault, keychain: Keychain, name_or_path: str, offered: Offered) -> None:
    """The broken vault lies aside, whole as it was, and an empty one is open in its place.

    It is moved only once it is sure that what was offered opens the backup; the new vault opens
    with the same passphrase, or else by the keychain.

    Raises:
        WrongKeyError: It does not open the backup. Nothing was changed.
        StorageError: The backup cannot be read, or no new vault can be made here.
    """
    folder = vault.folder
    if folder is None:
        raise WrongKeyError("This session has no backups.")
    path = backup_folder.path_of(folder / FOLDER, name_or_path) or Path(name_or_path)
    header = await asyncio.to_thread(read_header, path)
    if not await does_open(header, offered, keychain):
        raise WrongKeyError(
            "This does not open the backup. Nothing was changed.",
            action="Use the passphrase or the recovery key of the day it was made.",
        )
    await asyncio.to_thread(set_aside, folder, time.time())
    await vault.open(offered.passphrase, is_private_allowed=False)
