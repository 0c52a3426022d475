"""Words of taking conversations out and in."""

from __future__ import annotations

from ui.text import size

IMPORT_ITEM = "Import conversations..."
EXPORT_ALL_ITEM = "Export all conversations..."
EXPORT_ITEM = "Export conversation..."

EXPORT_TITLE = "Export conversations"
EXPORT_WHY = "The files are plain: anyone who has them can read them."
EXPORT_ACT = "Export"
FORMAT = "Format"
FORMATS = (
    ("markdown", "Markdown", "Text with light marks, for notes and editors."),
    ("html", "Web page", "One page that opens in any browser and needs nothing else."),
    ("pdf", "PDF", "Pages to print or send."),
    ("json", "JSON", "Everything, every version included; it can be imported again."),
)
WHAT = "What"
WHAT_THIS, WHAT_ALL = "This conversation", "All conversations"
ALL_VERSIONS = "Include versions that are not shown"
PLACE = "Where"
NO_PLACE = "No place chosen"
CHOOSE = "Choose..."
CHOOSE_FILE, CHOOSE_FOLDER = "Choose a file", "Choose a folder"
FILE_NAME = "Conversations"
PRINTING = "Writing pages"
CANNOT_WRITE = "The file cannot be written there. Choose another place."

IMPORT_TITLE = "Import conversations"
IMPORT_WHY = (
    "Take in what ChatGPT, Claude, Jan, LM Studio, Open WebUI or this app exported. "
    "Nothing is changed before you have seen what is in it."
)
IMPORT_ACT = "Import"
IMPORT_FILE, IMPORT_FOLDER = "Choose a file...", "Choose a folder..."
LOOKING = "Looking into it"
IMPORTING = "Importing"


def _conversations(count: int) -> str:
    return "1 conversation" if count == 1 else f"{count:,} conversations"


def _messages(count: int) -> str:
    return "1 message" if count == 1 else f"{count:,} messages"


def chosen(count: int) -> str:
    """What will be exported."""
    return _conversations(count)


def exported(files: int, conversations: int, size_bytes: int) -> str:
    """The last word of an export."""
    where = "1 file" if files == 1 else f"{files:,} files"
    return f"Exported {_conversations(conversations)} into {where}, {size(size_bytes)}."


def planned(source: str, conversations: int, messages: int) -> str:
    """What an export file holds."""
    return f"{source}: {_conversations(conversations)} with {_messages(messages)}."


def known(count: int) -> str:
    """How many will be left alone."""
    return f"{_conversations(count)} of them {'is' if count == 1 else 'are'} here already."


def imported(conversations: int, messages: int) -> str:
    """The last word of an import."""
    if not conversations:
        return "Nothing new was in it."
    return f"Imported {_conversations(conversations)} with {_messages(messages)}."


def more_notices(count: int) -> str:
    """When not all that will not come over is listed."""
    return f"and {count:,} more."
