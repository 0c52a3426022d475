"""Erases things for good, from the pages, the indexes and the files.

Runs on: io; the erasing on the store's threads.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from engine.storage import erasure
from engine.storage.backup import SEALED_FOLDER
from engine.storage.sealed_files import SealedFiles
from engine.storage.vault import Vault


async def forget(vault: Vault, item_ids: Sequence[str]) -> None:
    """Nothing of these things is left on disk.

    Raises:
        StorageError: The disk refused; what had been erased by then stays erased.
    """
    codec = vault.codec
    files = await vault.store.write(lambda writer: erasure.forget_items(writer, codec, item_ids))
    await vault.store.maintain(erasure.finish)
    if files and vault.folder is not None:
        sealed = SealedFiles(vault.folder / SEALED_FOLDER)
        await asyncio.to_thread(sealed.unlink, files)
