"""Every word of presets, prompts and a conversation's own settings."""

from __future__ import annotations

from engine.contract.settings import SettingDescription
from ui.text_settings import whole

# menu
PRESETS_ITEM, PROMPTS_ITEM = "Presets...", "Prompt library..."
CONFIGURE_ITEM = "Settings of this conversation"

# windows
PRESETS, PROMPTS = "Presets", "Prompt library"
PRESETS_NOTE = "How the model is told to be, and how it answers. Choose one for a conversation."
PROMPTS_NOTE = "Type / in an empty message to use one. What stands in {{braces}} is asked for."
SEARCH_PRESETS, SEARCH_PROMPTS = "Search presets", "Search prompts"
NEW_PRESET, NEW_PROMPT = "New preset", "New prompt"
NO_PRESETS = "A preset keeps a system prompt and sampling under a name."
NO_PROMPTS = "A prompt kept here is typed with / and its name."
NOTHING_FOUND = "Nothing found. Try fewer words."
DUPLICATE, DELETE, UNDO = "Duplicate", "Delete", "Undo"
UNNAMED_PRESET, UNNAMED_PROMPT = "Untitled preset", "untitled"
NAME, TITLE, TEXT = "Name", "Title", "Text"
SYSTEM_PROMPT, MODEL, SAMPLING = "System prompt", "Model", "Sampling"
ANY_MODEL = "Whichever is loaded"
PROMPT_NAME_HELP = "Typed after /. Letters, digits and hyphens."
PROMPT_TEXT_HELP = (
    "{{topic}} becomes a field to fill in. {{date}}, {{clipboard}} and {{selection}} are filled "
    "in when you use it, for you to see before it is sent."
)
NAME_TAKEN = "Another prompt has this name."
NAME_NEEDED = "It needs a name."
AS_SETTINGS, AS_PRESET = "as in the settings", "as in the preset"
OWN_PROMPT = "Own system prompt"
OWN_VALUE = "Own value"

# a conversation
CONVERSATION = "This conversation"
CONVERSATION_HELP = "Preset, system prompt and sampling of this conversation"
PRESET, NO_PRESET = "Preset", "None"
RESET_ALL = "As in the settings"
EDIT_PRESETS = "Edit presets..."

# completion in the composer
COMPLETIONS = "Prompts"
FILL_HINT = "Tab goes to the next blank"


def deleted(name: str) -> str:
    """What is said after something was deleted."""
    return f"“{name}” is deleted."


def copy_of(name: str) -> str:
    """How a duplicate is called."""
    return f"{name} copy"


def usual(value: float | int | None, description: SettingDescription, *, is_preset: bool) -> str:
    """What holds without an own value, and where it is from."""
    source = AS_PRESET if is_preset else AS_SETTINGS
    unit = f" {description.unit}" if description.unit else ""
    return f"random, {source}" if value is None else f"{whole(value)}{unit}, {source}"


def variables_left(number: int) -> str:
    """How many blanks of a prompt wait to be filled in."""
    return f"1 blank left. {FILL_HINT}." if number == 1 else f"{number} blanks left. {FILL_HINT}."
