"""What may be asked of folders, presets, prompts, search, attachments and transfer."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from engine.contract.commands import Command
from engine.contract.library import Folder, Preset, PromptTemplate
from engine.contract.messages import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class ListLibrary(Command):
    """Answered by LibraryListed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveFolder(Command):
    """Make a folder or rename it. Answered by LibraryListed."""

    folder: Folder


@dataclass(frozen=True, slots=True, kw_only=True)
class SavePreset(Command):
    """Make a preset or change it. Answered by LibraryListed."""

    preset: Preset


@dataclass(frozen=True, slots=True, kw_only=True)
class SavePrompt(Command):
    """Put a prompt into the library or change it. Answered by LibraryListed."""

    prompt: PromptTemplate


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteFromLibrary(Command):
    """Remove a folder, preset or prompt; conversations in a folder stay. Answered by LibraryListed.

    `RestoreToLibrary` with the same identifier undoes it.
    """

    item_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreToLibrary(Command):
    """Undo DeleteFromLibrary. Answered by LibraryListed."""

    item_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchFilters:
    """What is searched; the defaults search everything.

    Attributes:
        role: None for both.
        after_s: Only messages made at this time or later.
        before_s: Only messages made before this time.
        folder_id: Empty for all.
        has_attachment: True only messages with files.
        is_archived: None for both.
        model_id: Only answers of this model; empty for all.
    """

    role: Role | None = None
    after_s: float | None = None
    before_s: float | None = None
    folder_id: str = ""
    is_pinned: bool | None = None
    is_archived: bool | None = None
    has_attachment: bool | None = None
    model_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchMessages(Command):
    """Find words in titles and messages, all versions included. Answered by MessagesFound.

    Attributes:
        query: Words that must all occur, the last one by its beginning; "quoted words" occur
            side by side.
    """

    query: str
    filters: SearchFilters = SearchFilters()
    limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadAttachment(Command):
    """Read a file for the next message. Answered by AttachmentRead, or CommandFailed.

    Attributes:
        attachment_id: Made by the asker with `new_id("att")`.
        path: Of the file; empty if `content` is given.
        content: Pasted bytes, such as a picture.
        name: File name for pasted content.
    """

    attachment_id: str
    path: str = ""
    content: bytes = field(default=b"", repr=False)
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DropAttachment(Command):
    """Forget a file that was read and not sent."""

    attachment_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FitAttachments(Command):
    """Cut files that wait for a message to their first parts, so that they fit into the context.

    The longest are cut first. Answered by AttachmentRead for each that was cut, its notice says
    how much of it goes along.

    Attributes:
        draft: What is to be sent with them.
    """

    conversation_id: str
    attachment_ids: tuple[str, ...]
    draft: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowAttachment(Command):
    """Answered by AttachmentShown, with the text the model is given."""

    attachment_id: str


class TransferFormat(Enum):
    """What an export is written as."""

    MARKDOWN = "markdown"
    HTML = "html"
    JSON = "json"
    """The whole tree, every version; ImportConversations reads it back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportConversations(Command):
    """Write conversations into files. Answered by ConversationsExported.

    Attributes:
        conversation_ids: Empty takes all.
        path: One file for one conversation and for JSON; a folder, made if need be, for several.
        are_all_versions_included: For Markdown and HTML; JSON always has all.
    """

    path: str
    format: TransferFormat
    conversation_ids: tuple[str, ...] = ()
    are_all_versions_included: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderConversation(Command):
    """One conversation as a page of HTML that needs nothing else, for printing and PDF.

    Answered by ConversationRendered.
    """

    conversation_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanImport(Command):
    """Read an export file of ours, ChatGPT, Claude, Jan, LM Studio or Open WebUI.

    Nothing is changed. Answered by ImportPlanned.
    """

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportConversations(Command):
    """Take in what PlanImport found; what is there already is left alone.

    Answered by ImportProgressed, ConversationsImported and ConversationsListed.
    """

    plan_id: str
