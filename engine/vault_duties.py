"""What housekeeping does: daily backup, retention, trash, compaction, a look at every page.

Runs on: io; the disk is the store's business, on threads of its own.
"""

from __future__ import annotations

import asyncio
import logging
import time
from functools import partial
from typing import TYPE_CHECKING

from engine.chat.forgetting import forget
from engine.chat.housekeeping import Duty
from engine.chat.safekeeping import COMPACTED, VERIFIED
from engine.storage import directions, library, trash
from engine.storage.backup_folder import BEFORE_UPDATE, DAILY
from engine.storage.database import Writer
from engine.storage.session import Session

if TYPE_CHECKING:
    from engine.chat.turn import Chat

_HOUR_S = 3600.0
_WEEK_S = 7 * 24 * _HOUR_S

_log = logging.getLogger(__name__)


def duties(chat: Chat) -> tuple[Duty, ...]:
    """In the order in which they are done. Rare ones look at the vault for when they were last."""
    return tuple(
        Duty(name=name, every_s=_HOUR_S, run=partial(run, chat))
        for name, run in (
            ("the daily backup", _back_up),
            ("retention", _keep_no_longer),
            ("emptying the trash", _empty_trash),
            ("compaction", _compact),
            ("a look at everything", _look_at_everything),
        )
    )


async def back_up_before_update(chat: Chat, session: Session) -> None:
    """The vault as the version before left it is in a backup."""
    backups = chat.safekeeping.backups_of(session)
    await backups.make(BEFORE_UPDATE, kept=chat.settings.storage.backups_kept)


async def _make_backup(chat: Chat, reason: str) -> None:
    await chat.safekeeping.backups.make(reason, kept=chat.settings.storage.backups_kept)


async def _back_up(chat: Chat) -> None:
    if await asyncio.to_thread(chat.safekeeping.backups.is_due):
        await _make_backup(chat, DAILY)


async def _keep_no_longer(chat: Chat) -> None:
    settings, now_s = chat.settings.storage, time.time()
    found = await chat.vault.store.read(
        lambda reader: trash.outdated(
            reader,
            conversation_days=settings.conversation_days,
            page_days=settings.page_days,
            now_s=now_s,
        )
    )
    if not found:
        return

    def write(writer: Writer) -> None:
        for kind, item_id in found:
            trash.put_into_trash(writer, kind, item_id, now_s)

    await chat.vault.store.write(write)
    for _, item_id in found:
        chat.conversations.drop(item_id)


async def _empty_trash(chat: Chat) -> None:
    days = chat.settings.storage.trash_days
    overdue = await chat.vault.store.read(
        lambda reader: trash.overdue(reader, trash_days=days, now_s=time.time())
    )
    if overdue:
        await forget(chat.vault, overdue)
        chat.traces.forget(overdue)
    before_s = time.time() - days * 24 * _HOUR_S

    def purge(writer: Writer) -> None:
        library.purge_removed(writer, before_s)
        directions.purge_removed(writer, before_s)

    await chat.vault.store.write(purge)


async def _compact(chat: Chat) -> None:
    if await _is_due(chat, COMPACTED):
        await chat.safekeeping.compaction.run()
        await chat.safekeeping.note(COMPACTED)


async def _look_at_everything(chat: Chat) -> None:
    if await _is_due(chat, VERIFIED):
        report = await chat.safekeeping.verification.run()
        if report.damages:
            _log.error("%d parts of the vault are damaged", len(report.damages))
        else:
            await chat.safekeeping.note(VERIFIED)


async def _is_due(chat: Chat, what: str) -> bool:
    last_s = await chat.safekeeping.noted_at_s(what)
    return last_s is None or not 0 <= time.time() - last_s < _WEEK_S
