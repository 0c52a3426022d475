"""What an opened vault brings: conversations, settings, drafts, vectors, housekeeping.

Runs on: io; the disk is the store's business, on threads of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.chat.answer import Publish
from engine.chat.attaching import sweep_strays
from engine.chat.private_settings import with_private
from engine.contract.events import SettingsChanged
from engine.contract.vault_events import VaultOpened, VaultProgressed
from engine.storage import drafts

if TYPE_CHECKING:
    from engine.chat.turn import Chat


def progress_to(publish: Publish) -> Callable[[str, float], None]:
    """Long work tells how far it is as VaultProgressed."""

    def tell(stage: str, share_ratio: float) -> None:
        publish(VaultProgressed(stage=stage, share_ratio=share_ratio))

    return tell


async def take_over(
    chat: Chat, publish: Publish, *, is_new: bool, begun_s: float | None = None
) -> None:
    """Everything in the open vault is at hand, and the faces know.

    Args:
        chat: What uses it from now on.
        publish: Tells the faces.
        is_new: Whether it was made just now.
        begun_s: When opening began, on the clock of `time.perf_counter`; None is now.

    Raises:
        StorageError: Something in it cannot be read.
    """
    begun_s = time.perf_counter() if begun_s is None else begun_s
    await chat.safekeeping.sweep()
    await sweep_strays(chat)
    await chat.keeping.load()
    await _take_settings(chat, publish)
    await tell_opened(chat, publish, is_new=is_new, begun_s=begun_s)
    chat.housekeeping.begin()
    await chat.vectors.begin(progress_to(publish))


async def tell_opened(chat: Chat, publish: Publish, *, is_new: bool, begun_s: float) -> None:
    """The faces know that it is open, and what was typed and not sent."""
    codec = chat.vault.codec
    kept_drafts = await chat.vault.store.read(lambda reader: drafts.load_drafts(reader, codec))
    publish(
        VaultOpened(
            status=chat.vault.status,
            is_new=is_new,
            open_ms=1000 * (time.perf_counter() - begun_s),
            drafts=kept_drafts,
            place=await chat.keeping.last_place(),
        )
    )


async def _take_settings(chat: Chat, publish: Publish) -> None:
    """The private settings are those of the vault, where it has any; told in any case.

    A face that cleared its own while the vault was locked waits for that.
    """
    codec = chat.vault.codec
    kept = await chat.vault.store.read(lambda reader: drafts.load_settings(reader, codec))
    handed_over = {name: v for name, v in chat.handed_over.items() if name not in kept}
    if handed_over:
        await chat.vault.store.write(
            lambda writer: drafts.save_settings(writer, codec, handed_over, time.time())
        )
    chat.handed_over = {}
    chat.settings = with_private(chat.settings, {**kept, **handed_over})
    publish(SettingsChanged(settings=chat.settings))
