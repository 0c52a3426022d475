"""What can be done with conversations and folders: each act is asked of the engine and undoable."""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from engine.contract.chat_commands import OrganiseConversation
from engine.contract.commands import (
    Command,
    DeleteConversation,
    RenameConversation,
    RestoreConversation,
)
from engine.contract.ids import new_id
from engine.contract.library import Folder
from engine.contract.library_commands import DeleteFromLibrary, RestoreToLibrary, SaveFolder
from ui import text_sidebar
from ui.chat.conversation_entry import ConversationEntry
from ui.chat.conversation_list_model import Place
from ui.session import Session


class SidebarActs(QObject):
    """Turns what the user does with the list into commands.

    Attributes:
        done: words, what undoes it; a toast shows both.
        folder_made: folder identifier, once the engine has it.
    """

    done = Signal(str, object)
    folder_made = Signal(str)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._awaited_folder = ""
        self._for_folder: tuple[str, ...] = ()
        session.library.changed.connect(self._folder_came)

    # conversations

    def rename(self, conversation_id: str, title: str) -> None:
        """The conversation has another title."""
        self._submit(RenameConversation(conversation_id=conversation_id, title=title))

    def delete(self, ids: Sequence[str]) -> None:
        """They are in the trash, and Undo is offered."""
        known = [id_ for id_ in ids if id_ in self._session.book.entries]
        for id_ in known:
            self._submit(DeleteConversation(conversation_id=id_))
        if known:
            self.done.emit(text_sidebar.deleted(len(known)), lambda: self._restore(known))

    def archive(self, ids: Sequence[str], *, is_archived: bool) -> None:
        """They are in the archive, or back from it."""
        changed = [e.id for e in self._entries(ids) if e.is_archived != is_archived]
        for id_ in changed:
            self._submit(OrganiseConversation(conversation_id=id_, is_archived=is_archived))
        if changed:
            words = text_sidebar.archived(len(changed), is_archived=is_archived)
            self.done.emit(words, lambda: self._set_archived(changed, not is_archived))

    def pin(self, ids: Sequence[str], *, is_pinned: bool) -> None:
        """They stand above all others, or no longer do."""
        changed = [e.id for e in self._entries(ids) if e.is_pinned != is_pinned]
        for id_ in changed:
            self._submit(OrganiseConversation(conversation_id=id_, is_pinned=is_pinned))
        if changed:
            words = text_sidebar.pinned(len(changed), is_pinned=is_pinned)
            self.done.emit(words, lambda: self._set_pinned(changed, not is_pinned))

    def place(self, ids: Sequence[str], place: Place) -> None:
        """They are in that folder, or pinned, as if dropped there."""
        if place.folder_id is None:
            self.pin(ids, is_pinned=place.is_pinned)
        else:
            self.move(ids, place.folder_id, is_unpinned=True)

    def move(self, ids: Sequence[str], folder_id: str, *, is_unpinned: bool = False) -> None:
        """They are in this folder; an empty identifier takes them out of theirs.

        Args:
            is_unpinned: Whether pinned ones are pinned no longer; else they stay where they are.
        """
        before = [
            (e.id, e.folder_id, e.is_pinned)
            for e in self._entries(ids)
            if e.folder_id != folder_id or (is_unpinned and e.is_pinned)
        ]
        for id_, _, was_pinned in before:
            is_pinned = False if is_unpinned and was_pinned else None
            self._submit(
                OrganiseConversation(conversation_id=id_, folder_id=folder_id, is_pinned=is_pinned)
            )
        if not before:
            return
        folder = self._session.library.folder(folder_id)
        is_moved = any(former != folder_id for _, former, _ in before)
        name = folder.name if folder is not None else ""
        words = (
            text_sidebar.moved(len(before), name)
            if is_moved
            else text_sidebar.pinned(len(before), is_pinned=False)
        )
        self.done.emit(words, lambda: self._put_back(before))

    # folders

    def make_folder(self, ids: Sequence[str] = ()) -> None:
        """A folder is made, with these conversations in it; its name can be typed at once."""
        names = {folder.name for folder in self._session.library.folders}
        name, number = text_sidebar.NEW_FOLDER, 2
        while name in names:
            name, number = f"{text_sidebar.NEW_FOLDER} {number}", number + 1
        folder = Folder(id=new_id("folder"), name=name, created_at_s=time.time())
        self._awaited_folder, self._for_folder = folder.id, tuple(ids)
        self._submit(SaveFolder(folder=folder))

    def rename_folder(self, folder_id: str, name: str) -> None:
        """The folder has another name."""
        folder = self._session.library.folder(folder_id)
        if folder is not None:
            renamed = Folder(id=folder_id, name=name, created_at_s=folder.created_at_s)
            self._submit(SaveFolder(folder=renamed))

    def delete_folder(self, folder_id: str) -> None:
        """The folder is gone, its conversations stay, and Undo is offered."""
        folder = self._session.library.folder(folder_id)
        if folder is not None:
            self._submit(DeleteFromLibrary(item_id=folder_id))
            words = text_sidebar.folder_deleted(folder.name)
            self.done.emit(words, lambda: self._submit(RestoreToLibrary(item_id=folder_id)))

    def _folder_came(self) -> None:
        folder_id = self._awaited_folder
        if folder_id and self._session.library.folder(folder_id) is not None:
            self._awaited_folder = ""
            for id_ in self._for_folder:
                self._submit(OrganiseConversation(conversation_id=id_, folder_id=folder_id))
            self._for_folder = ()
            self.folder_made.emit(folder_id)

    # undoing

    def _restore(self, ids: Sequence[str]) -> None:
        for id_ in ids:
            self._submit(RestoreConversation(conversation_id=id_))

    def _set_archived(self, ids: Sequence[str], is_archived: bool) -> None:
        for id_ in ids:
            self._submit(OrganiseConversation(conversation_id=id_, is_archived=is_archived))

    def _set_pinned(self, ids: Sequence[str], is_pinned: bool) -> None:
        for id_ in ids:
            self._submit(OrganiseConversation(conversation_id=id_, is_pinned=is_pinned))

    def _put_back(self, before: Sequence[tuple[str, str, bool]]) -> None:
        for id_, folder_id, is_pinned in before:
            self._submit(
                OrganiseConversation(conversation_id=id_, folder_id=folder_id, is_pinned=is_pinned)
            )

    def _entries(self, ids: Sequence[str]) -> list[ConversationEntry]:
        known = self._session.book.entries
        return [known[id_] for id_ in ids if id_ in known]

    def _submit(self, command: Command) -> None:
        self._session.jobs.submit(command)
