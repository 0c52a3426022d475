"""Words of the sidebar: folders, pinned and archived conversations, and temporary ones."""

from __future__ import annotations

MENU_CONVERSATION = "&Conversation"
NEW_TEMPORARY = "New temporary conversation"
NEW_FOLDER = "New folder"
ARCHIVED_ITEM = "Archived conversations"
RENAME_ITEM = "Rename conversation"
PIN_ITEM = "Pin or unpin conversation"
ARCHIVE_ITEM = "Archive or unarchive conversation"
MOVE_ITEM = "Move to a folder..."
KEEP_ITEM = "Keep temporary conversation"
DELETE_ITEM = "Delete conversation"

PINNED, FOLDERS, ARCHIVED = "Pinned", "Folders", "Archived"
BACK_TO_ALL = "Back to all conversations"
NOTHING_ARCHIVED = "Nothing is archived."

RENAME, DELETE, PIN, UNPIN = "Rename", "Delete", "Pin", "Unpin"
ARCHIVE, UNARCHIVE = "Archive", "Bring back from the archive"
MOVE_TO, NO_FOLDER, OUT_OF_FOLDER = "Move to", "No folder", "Take out of its folder"
EXPORT = "Export..."
RENAME_FOLDER, DELETE_FOLDER, EXPORT_FOLDER = (
    "Rename folder",
    "Delete folder",
    "Export its conversations...",
)
OPEN_FOLDER, CLOSE_FOLDER = "Open folder", "Close folder"

TEMPORARY = "Temporary conversation"
TEMPORARY_WHY = "Temporary. Nothing of it is kept, listed or found, and it ends with this session."
KEEP = "Keep it"
KEPT = "Kept. It is among your conversations now."
LEFT_TEMPORARY = "You left the temporary conversation."
GO_BACK = "Go back"


def conversations(count: int) -> str:
    """How many conversations: 1 conversation, 3 conversations."""
    return "1 conversation" if count == 1 else f"{count:,} conversations"


def deleted(count: int) -> str:
    """What is said after conversations went to the trash."""
    return "Deleted." if count == 1 else f"{conversations(count)} deleted."


def archived(count: int, *, is_archived: bool) -> str:
    """What is said after conversations went into the archive, or came back."""
    one = "Archived." if is_archived else "Back from the archive."
    many = "archived." if is_archived else "are back from the archive."
    return one if count == 1 else f"{conversations(count)} {many}"


def pinned(count: int, *, is_pinned: bool) -> str:
    """What is said after conversations were pinned, or no longer are."""
    done = "Pinned." if is_pinned else "No longer pinned."
    return done if count == 1 else f"{conversations(count)}: {done[0].lower()}{done[1:]}"


def moved(count: int, folder: str) -> str:
    """What is said after conversations went into a folder; an empty name means out of theirs."""
    who = "Moved" if count == 1 else f"{conversations(count)} moved"
    return f"{who} to {folder}." if folder else f"{who} out of the folder."


def folder_deleted(name: str) -> str:
    """What is said after a folder went."""
    return f"Folder {name} deleted. Its conversations are still here."


def archived_row(count: int) -> str:
    """The row that opens the archive."""
    return f"{ARCHIVED} ({count:,})"


def spoken_folder(name: str, count: int, *, is_open: bool) -> str:
    """A folder as a screen reader says it."""
    return f"Folder {name}, {conversations(count)}, {'open' if is_open else 'closed'}"


def spoken_conversation(title: str, *, is_pinned: bool, folder: str, is_answering: bool) -> str:
    """A conversation's row as a screen reader says it."""
    parts = [title]
    if is_pinned:
        parts.append("pinned")
    if folder:
        parts.append(f"in folder {folder}")
    if is_answering:
        parts.append("answering")
    return ", ".join(parts)
