"""`chats`: listing, finding, writing out and taking in conversations."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, TypeVar

from app import exit_codes
from app.chats_options import ChatsOptions
from app.console import Console
from app.errors import ReportedError
from app.port_reader import PortReader
from app.vault_opening import open_vault
from app.wording import as_bytes
from engine.contract.commands import Command, ListConversations
from engine.contract.errors import BadRequestError, ErrorReport
from engine.contract.events import ConversationsListed, Event
from engine.contract.library_commands import (
    ExportConversations,
    ImportConversations,
    PlanImport,
    SearchMessages,
    TransferFormat,
)
from engine.contract.library_events import (
    ConversationsExported,
    ConversationsImported,
    ImportPlanned,
    ImportProgressed,
    MessagesFound,
    SearchHit,
)
from engine.contract.messages import Conversation, Role
from engine.contract.port import EnginePort

T = TypeVar("T", bound=Event)

_MOST_HITS = 1_000
_SPEAKERS = {Role.USER: "you", Role.ASSISTANT: "answer", Role.SYSTEM: "system", None: "title"}


def run(port: EnginePort, action: str, options: ChatsOptions, console: Console) -> int:
    """What was asked of the conversations is done and told.

    Args:
        port: An engine that has this home's vault.
        action: The word after `chats`.
        options: What was typed after that.
        console: The terminal.

    Raises:
        EngineError: It could not be; the caller tells it.
    """
    reader = PortReader(port)
    with contextlib.closing(reader), reader.stopping_on_ctrl_c():
        return _ChatsCommand(reader, options, console).run(action)


class _ChatsCommand:
    """One action on the conversations of this home."""

    def __init__(self, reader: PortReader, options: ChatsOptions, console: Console) -> None:
        self._reader = reader
        self._options = options
        self._console = console
        self._actions: dict[str, Callable[[], None]] = {
            "list": self._list,
            "search": self._search,
            "export": self._export,
            "import": self._import,
        }

    def run(self, action: str) -> int:
        """The exit code of the action."""
        open_vault(self._reader, self._console, is_private_allowed=False)
        self._actions[action]()
        return exit_codes.OK

    def _list(self) -> None:
        found = self._one(ListConversations(), ConversationsListed).conversations
        told = {"conversations": [_conversation_json(one) for one in found]}
        lines = [f"{_day(one.updated_at_s)}  {one.id}  {one.title}" for one in found]
        self._say(told, "\n".join(lines) or "There are no conversations yet.")

    def _search(self) -> None:
        if not 1 <= self._options.limit <= _MOST_HITS:
            raise BadRequestError(f"limit must be from 1 to {_MOST_HITS}.")
        command = SearchMessages(query=self._options.words, limit=self._options.limit)
        found = self._one(command, MessagesFound)
        told = {
            "query": found.query,
            "total": found.total,
            "elapsed_ms": found.elapsed_ms,
            "hits": [_hit_json(hit) for hit in found.hits],
        }
        lines = [_hit_line(hit) for hit in found.hits]
        if found.total > len(found.hits):
            lines.append(f"{found.total - len(found.hits):,} more.")
        self._say(told, "\n".join(lines) or "Nothing was found.")

    def _export(self) -> None:
        done = self._one(
            ExportConversations(
                path=os.path.abspath(os.path.expanduser(self._options.path)),
                format=TransferFormat(self._options.format),
                conversation_ids=self._options.conversations,
                are_all_versions_included=self._options.has_all_versions,
            ),
            ConversationsExported,
        )
        told = {
            "files": done.files,
            "conversations": done.conversations,
            "bytes": done.size_bytes,
        }
        files = "1 file" if done.files == 1 else f"{done.files:,} files"
        self._say(told, f"{_chats(done.conversations)} in {files}, {as_bytes(done.size_bytes)}.")

    def _import(self) -> None:
        path = os.path.abspath(os.path.expanduser(self._options.path))
        plan = self._one(PlanImport(path=path), ImportPlanned)
        told = {
            "source": plan.source,
            "conversations": plan.conversations,
            "known": plan.known,
            "messages": plan.messages,
            "notices": list(plan.notices),
            "done": False,
        }
        new = plan.conversations - plan.known
        lines = [f"{plan.source}: {_chats(new)} with {plan.messages:,} messages to take in."]
        if plan.known:
            lines.append(f"{_chats(plan.known)} here already.")
        lines += plan.notices
        if self._options.is_plan_only:
            self._say(told, "\n".join(lines))
            return
        done = self._one(ImportConversations(plan_id=plan.plan_id), ConversationsImported)
        told |= {"done": True, "imported": done.conversations, "messages": done.messages}
        lines[0] = f"{plan.source}: {_chats(done.conversations)} taken in."
        self._say(told, "\n".join(lines))

    def _one(self, command: Command, kind: type[T]) -> T:
        """The last event of this kind that the command led to."""
        found: T | None = None
        try:
            for event in self._reader.events_of(command):
                if isinstance(event, ImportProgressed):
                    self._console.transient(f"{event.share_ratio:.0%}")
                if isinstance(event, kind):
                    found = event
        finally:
            self._console.clear_transient()
        if found is None:
            raise ReportedError(ErrorReport(kind="bug", message="The engine gave no answer."))
        return found

    def _say(self, told: dict[str, Any], text: str) -> None:
        if self._console.is_json:
            self._console.write_json(told)
        else:
            self._console.write(text + "\n")


def _conversation_json(conversation: Conversation) -> dict[str, Any]:
    """The names are part of the command line's promise and may only be added to."""
    return {
        "id": conversation.id,
        "title": conversation.title,
        "created_at_s": conversation.created_at_s,
        "updated_at_s": conversation.updated_at_s,
        "messages": len(conversation.messages),
        "is_pinned": conversation.is_pinned,
        "is_archived": conversation.is_archived,
        "folder_id": conversation.folder_id,
    }


def _hit_json(hit: SearchHit) -> dict[str, Any]:
    told = asdict(hit)
    told["role"] = hit.role.value if hit.role else None
    told["marks"] = [list(mark) for mark in hit.marks]
    return told


def _hit_line(hit: SearchHit) -> str:
    where = f"{_day(hit.created_at_s)}  {hit.conversation_id}  {_SPEAKERS[hit.role]}"
    return f"{where}: {hit.excerpt}"


def _day(at_s: float) -> str:
    return time.strftime("%Y-%m-%d", time.localtime(at_s))


def _chats(count: int) -> str:
    return "1 conversation" if count == 1 else f"{count:,} conversations"
