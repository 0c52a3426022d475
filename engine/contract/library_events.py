"""What the engine reports of folders, presets, prompts, search, attachments and transfer."""

from __future__ import annotations

from dataclasses import dataclass

from engine.contract.attachments import Attachment
from engine.contract.events import Event
from engine.contract.library import Folder, Preset, PromptTemplate
from engine.contract.messages import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryListed(Event):
    """All folders, presets and prompts, each by name."""

    folders: tuple[Folder, ...]
    presets: tuple[Preset, ...]
    prompts: tuple[PromptTemplate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchHit:
    """One message, or one title, that holds the words.

    Attributes:
        message_id: Empty if the title matched.
        excerpt: Part of the text round the first match, one line.
        marks: Start and end of each match in `excerpt`, in letters.
    """

    conversation_id: str
    title: str
    message_id: str
    role: Role | None
    created_at_s: float
    excerpt: str
    marks: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagesFound(Event):
    """The hits, the best first.

    Attributes:
        total: How many there are, more than the limit included.
        elapsed_ms: Measured in the engine.
    """

    query: str
    hits: tuple[SearchHit, ...]
    total: int
    elapsed_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentProgressed(Event):
    """A file is being read. `share_ratio` is from 0 to 1."""

    attachment_id: str
    share_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentRead(Event):
    """The file was read and can go with a message; told again when its cost or text changed."""

    attachment: Attachment


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentShown(Event):
    """The text of a file as the model is given it."""

    attachment: Attachment
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationsExported(Event):
    """The files are written."""

    files: int
    conversations: int
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationRendered(Event):
    """One conversation as HTML."""

    conversation_id: str
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPlanned(Event):
    """What ImportConversations would take in.

    Attributes:
        source: "ChatGPT", "Claude", "Jan", "LM Studio", "Open WebUI" or "Shvayambhu".
        known: Conversations that were taken in before.
        notices: What will not come over, one sentence each.
    """

    plan_id: str
    source: str
    conversations: int
    messages: int
    known: int
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportProgressed(Event):
    """`share_ratio` is from 0 to 1."""

    share_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationsImported(Event):
    """They are among the conversations now."""

    conversations: int
    messages: int
