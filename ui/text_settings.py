"""Every word of the settings window that the settings do not bring themselves."""

from __future__ import annotations

from engine.contract.settings import SettingDescription
from ui.text import count

GENERAL, SHORTCUTS, ABOUT = "General", "Shortcuts", "About"
GENERAL_NOTE = "Notices, the first steps, and taking your settings along."
SECTIONS = "Sections"

# notices and first steps
NOTICES, WELCOME = "Notices", "First steps"
WELCOME_NOTE = "Model, privacy and a first question, as on the first day."
WELCOME_AGAIN = "Show them again"

# moving settings
MOVE = "Your settings as a file"
MOVE_NOTE = (
    "For another machine or a fresh start. Private settings, such as your system prompt, stay in "
    "the vault and never go into the file."
)
SAVE_FILE, READ_FILE, RESET_ALL = "Save as a file...", "Read a file...", "Reset all"
SAVE_TITLE, READ_TITLE = "Save settings", "Read settings"
FILE_NAME = "shvayambhu-settings.json"
RESET_DONE, UNDONE = "All settings are back to their defaults.", "As it was before."
SAVED = "Saved."
NOT_SAVED = "The file could not be written. Choose another place."
NOT_READ = "The file could not be read."
NOT_SETTINGS = "This is not a file of settings. Nothing was changed."
TOO_LARGE = "This file is too large for settings. Nothing was changed."
NOTHING_NEW = "The file has nothing that is not so already."
UNKNOWN, PRIVATE = "not known to this version", "private, so never taken from a file"
ELSEWHERE = "a folder of another machine"
WRONG_KIND = "of the wrong kind"

# network
NETWORK_MORE = "What goes out"
NETWORK_MORE_NOTE = (
    "Only what you ask for: a model's files, from the place its card names. There is no account, "
    "no telemetry and no check for updates. Turning Offline on ends running downloads at once; "
    "what had come is kept."
)

# rows
ANY_MODEL_HINT = "Name or path"
CHANGE_KEYS = "Change..."

# about
LICENCES = "Licences"
LICENCES_NOTE = "What Shvayambhu is built from, each with its own licence."
LICENCES_SEARCH = "Search packages"
SHOW_LICENCES = "Show the licences"
NO_LICENCE_TEXT = "The package brings no text of its licence. It names: {licence}."
NO_PACKAGE = "No package matches."
UNNAMED_LICENCE = "Licence in its text"


def whole(number: float) -> str:
    """A number without needless places, thousands kept apart."""
    return count(int(number)) if float(number).is_integer() else f"{number:g}"


def limits(description: SettingDescription, default: object) -> str:
    """What values a setting can have, and the usual one; empty for those without numbers."""
    if description.minimum is None or description.maximum is None:
        return ""
    unit = f" {description.unit}" if description.unit else ""
    span = f"{whole(description.minimum)} to {whole(description.maximum)}{unit}"
    if isinstance(default, (int, float)):
        return f"{span}, usually {whole(default)}"
    return span


def read(taken: int, skipped: list[str]) -> str:
    """How reading a file of settings ended."""
    one = "1 setting was" if taken == 1 else f"{count(taken)} settings were"
    head = f"{one} taken over." if taken else NOTHING_NEW
    return "\n".join([head, *(f"Left out: {line}." for line in skipped)])


def packages(number: int) -> str:
    """How many packages are listed."""
    return f"{count(number)} packages"


def package(name: str, version: str) -> str:
    """A package as its list names it."""
    return f"{name} {version}".strip()
