"""Commands that write conversations into files and take them in from files.

Runs on: io; reading and writing on threads of their own.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from engine.chat.answer import Publish
from engine.chat.transfer import exporting, importing
from engine.contract import library_commands as commands
from engine.contract.events import ConversationsListed
from engine.contract.ids import new_id
from engine.contract.library_events import (
    ConversationRendered,
    ConversationsImported,
    ImportPlanned,
    ImportProgressed,
)

if TYPE_CHECKING:
    from engine.chat.turn import Chat


async def export(chat: Chat, command: commands.ExportConversations, publish: Publish) -> None:
    """The files are written."""
    with _before_lock(chat):
        publish(await exporting.export(chat, command))


async def render(chat: Chat, command: commands.RenderConversation, publish: Publish) -> None:
    """The conversation was told as a page."""
    with _before_lock(chat):
        page = await exporting.render(chat, command.conversation_id)
    publish(ConversationRendered(conversation_id=command.conversation_id, html=page))


async def plan_import(chat: Chat, command: commands.PlanImport, publish: Publish) -> None:
    """What the file would bring was told; nothing was changed."""
    with _before_lock(chat):
        plan = await importing.make_plan(chat, Path(command.path), _told(publish))
    chat.imports.keep(plan)
    publish(
        ImportPlanned(
            plan_id=plan.id,
            source=plan.source,
            conversations=len(plan.conversation_ids),
            messages=plan.messages,
            known=len(plan.known),
            notices=plan.notices,
        )
    )


async def import_conversations(
    chat: Chat, command: commands.ImportConversations, publish: Publish
) -> None:
    """What the plan found is among the conversations."""
    plan = chat.imports.take(command.plan_id)
    with _before_lock(chat):
        conversations, messages = await importing.carry_out(chat, plan, _told(publish))
    publish(ConversationsImported(conversations=conversations, messages=messages))
    publish(ConversationsListed(conversations=chat.conversations.list()))


def _told(publish: Publish) -> importing.Tell:
    return lambda share: publish(ImportProgressed(share_ratio=share))


@contextlib.contextmanager
def _before_lock(chat: Chat) -> Iterator[None]:
    """Locking ends the work first, as it does with an answer that is being written."""
    task = asyncio.current_task()
    name = new_id("transfer")
    if task is not None:
        chat.writing[name] = task
    try:
        yield
    finally:
        chat.writing.pop(name, None)
