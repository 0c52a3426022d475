"""Folders, search, export and import behind a FakeEngine, without a disk or an index."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.contract import chat_commands, events
from engine.contract import library_commands as orders
from engine.contract import library_events as told
from engine.contract.errors import ErrorReport
from engine.contract.library import Folder, Preset, PromptTemplate
from engine.contract.messages import Conversation

NOT_READABLE = ErrorReport(
    kind="bad_request",
    message="This is no export that can be read. Nothing was changed.",
    action="Choose the file that the other app wrote.",
)


class FakeLibrary:
    """Answers what may be asked of folders, presets, prompts, search and transfer.

    Attributes:
        planned: What the next PlanImport finds; None refuses it.
        elapsed_ms: What a search says it took.
    """

    def __init__(
        self, conversations: dict[str, Conversation], publish: Callable[[events.Event], None]
    ) -> None:
        self._conversations = conversations
        self._publish = publish
        # A test adds on its own thread: what was read first must be told first.
        self._listing = threading.Lock()
        self._items: dict[str, Folder | Preset | PromptTemplate] = {}
        self._gone: dict[str, Folder | Preset | PromptTemplate] = {}
        self.elapsed_ms = 4.0
        self.planned: told.ImportPlanned | None = told.ImportPlanned(
            plan_id="plan_1",
            source="ChatGPT",
            conversations=12,
            messages=340,
            known=2,
            notices=("3 pictures will not come over.",),
        )

    def carry_out(self, job: str, command: Any) -> ErrorReport | None:
        acts: dict[type, Callable[[str, Any], ErrorReport | None]] = {
            orders.ListLibrary: self._list,
            orders.SaveFolder: lambda job, c: self._save(job, c.folder),
            orders.SavePreset: lambda job, c: self._save(job, c.preset),
            orders.SavePrompt: lambda job, c: self._save(job, c.prompt),
            orders.DeleteFromLibrary: self._delete,
            orders.RestoreToLibrary: self._restore,
            orders.SearchMessages: self._search,
            orders.ExportConversations: self._export,
            orders.RenderConversation: self._render,
            orders.PlanImport: self._plan,
            orders.ImportConversations: self._import,
            chat_commands.OrganiseConversation: self._organise,
            chat_commands.KeepConversation: self._keep,
            chat_commands.ConfigureConversation: self._configure,
        }
        act = acts.get(type(command))
        return act(job, command) if act is not None else None

    def add(self, *items: Folder | Preset | PromptTemplate) -> None:
        """These are in the library from now on, and told of."""
        self._items |= {item.id: item for item in items}
        self._list("")

    def _of(self, kind: type) -> tuple[Any, ...]:
        return tuple(
            sorted(
                (item for item in self._items.values() if isinstance(item, kind)),
                key=lambda item: item.name,
            )
        )

    def _list(self, job: str, _command: object = None) -> None:
        with self._listing:
            self._publish(
                told.LibraryListed(
                    job_id=job,
                    folders=self._of(Folder),
                    presets=self._of(Preset),
                    prompts=self._of(PromptTemplate),
                )
            )

    def _save(self, job: str, item: Folder | Preset | PromptTemplate) -> None:
        self._items[item.id] = item
        self._list(job)

    def _delete(self, job: str, command: orders.DeleteFromLibrary) -> None:
        self._gone[command.item_id] = self._items.pop(command.item_id)
        self._list(job)

    def _restore(self, job: str, command: orders.RestoreToLibrary) -> None:
        self._items[command.item_id] = self._gone.pop(command.item_id)
        self._list(job)

    def _organise(self, job: str, command: chat_commands.OrganiseConversation) -> None:
        wanted = {
            "folder_id": command.folder_id,
            "is_pinned": command.is_pinned,
            "is_archived": command.is_archived,
        }
        changes = {name: value for name, value in wanted.items() if value is not None}
        self._change(job, command.conversation_id, **changes)

    def _keep(self, job: str, command: chat_commands.KeepConversation) -> None:
        self._change(job, command.conversation_id, is_temporary=False)

    def _configure(self, job: str, command: chat_commands.ConfigureConversation) -> None:
        self._change(
            job,
            command.conversation_id,
            preset_id=command.preset_id,
            system_prompt=command.system_prompt,
            sampling=command.sampling,
        )

    def _change(self, job: str, conversation_id: str, **changes: Any) -> None:
        changed = replace(self._conversations[conversation_id], **changes)
        self._conversations[conversation_id] = changed
        shown = replace(changed, messages=())
        self._publish(events.ConversationChanged(job_id=job, conversation=shown))

    def _search(self, job: str, command: orders.SearchMessages) -> None:
        words = command.query.casefold().split()
        hits = []
        for conversation in self._conversations.values():
            if conversation.is_temporary or not _is_wanted(conversation, command.filters):
                continue
            for message in (None, *conversation.messages):
                said = conversation.title if message is None else message.text
                role = None if message is None else message.role
                if command.filters.role not in (None, role):
                    continue
                places = [said.casefold().find(word) for word in words]
                if words and min(places) >= 0:
                    ends = [at + len(word) for at, word in zip(places, words, strict=True)]
                    hits.append(
                        told.SearchHit(
                            conversation_id=conversation.id,
                            title=conversation.title,
                            message_id="" if message is None else message.id,
                            role=role,
                            created_at_s=conversation.updated_at_s,
                            excerpt=said,
                            marks=tuple(zip(places, ends, strict=True)),
                        )
                    )
        self._publish(
            told.MessagesFound(
                job_id=job,
                query=command.query,
                hits=tuple(hits[: command.limit]),
                total=len(hits),
                elapsed_ms=self.elapsed_ms,
            )
        )

    def _export(self, job: str, command: orders.ExportConversations) -> None:
        Path(command.path).write_text(command.format.value)
        count = len(command.conversation_ids) or len(self._conversations)
        self._publish(
            told.ConversationsExported(
                job_id=job, files=1, conversations=count, size_bytes=len(command.format.value)
            )
        )

    def _render(self, job: str, command: orders.RenderConversation) -> None:
        conversation = self._conversations[command.conversation_id]
        said = "".join(
            f"<article><h2>{m.role.value}</h2><p>{m.text}</p></article>"
            for m in conversation.messages
        )
        html = f"<html><head><style>p {{ color: #333 }}</style></head><body>{said}</body></html>"
        self._publish(
            told.ConversationRendered(job_id=job, conversation_id=conversation.id, html=html)
        )

    def _plan(self, job: str, _command: orders.PlanImport) -> ErrorReport | None:
        if self.planned is None:
            return NOT_READABLE
        self._publish(replace(self.planned, job_id=job))
        return None

    def _import(self, job: str, _command: orders.ImportConversations) -> None:
        assert self.planned is not None
        self._publish(told.ImportProgressed(job_id=job, share_ratio=0.5))
        self._publish(
            told.ConversationsImported(
                job_id=job,
                conversations=self.planned.conversations - self.planned.known,
                messages=self.planned.messages,
            )
        )


def _is_wanted(conversation: Conversation, filters: orders.SearchFilters) -> bool:
    return (
        (not filters.folder_id or conversation.folder_id == filters.folder_id)
        and filters.is_archived in (None, conversation.is_archived)
        and filters.is_pinned in (None, conversation.is_pinned)
    )
