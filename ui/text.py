"""Every word the user reads that does not come from the engine."""

from __future__ import annotations

from engine.contract.messages import AnswerStats, FinishReason
from engine.contract.model_cards import LoadedModelInfo, ModelCard, ModelState

APP = "Shvayambhu"
ASSISTANT = "Shvayambhu"
YOU = "You"

# menus
MENU_FILE, MENU_EDIT, MENU_VIEW, MENU_WINDOW, MENU_HELP = (
    "&File",
    "&Edit",
    "&View",
    "&Window",
    "&Help",
)
SETTINGS = "Settings..."

# sidebar
SEARCH = "Search conversations"
SIDEBAR = "Sidebar"
SIDEBAR_TOGGLE = "Show or hide the sidebar"
SIDEBAR_SHOW = "Show the sidebar"
SIDEBAR_HIDE = "Hide the sidebar"
CONVERSATIONS = "Conversations"
NEW_CONVERSATION = "New conversation"
TODAY, YESTERDAY, LAST_WEEK, EARLIER = "Today", "Yesterday", "Last week", "Earlier"
RENAME, DELETE = "Rename", "Delete"
DELETED, UNDO = "Deleted.", "Undo"
NOTHING_FOUND = "Nothing found. Try fewer words."
NO_CONVERSATIONS = "Your conversations appear here."

# top bar
MODEL_CHIP = "Model"
MODELS = "Models"
NO_MODEL = "No model"
CHOOSE_MODEL = "Choose a model"

# conversation
MESSAGES = "Messages"
COMPOSER = "Message"
COMPOSER_HINT = "Ask anything"
SEND, STOP = "Send", "Stop"
WAITING_FOR_MODEL = "Waiting for the model"
STARTING, READING = "Starting", "Reading"
CAN_BE_WRONG = "Answers can be wrong. Check what matters."
NO_MODEL_SENTENCE = "No model is loaded yet"
NO_MODEL_DETAIL = "A model answers you on this machine. Choose one to begin."
COPIED = "Copied."
COPY_MESSAGE, COPY_CODE, COPY_LINK, COPY_SELECTION = (
    "Copy message",
    "Copy code",
    "Copy link",
    "Copy selected text",
)
SELECT_ALL = "Select all of this message"
SHOW_REASONING, HIDE_REASONING = "Show the reasoning", "Hide the reasoning"
SHOW_ALL, SHOW_LESS = "Show all", "Show less"
TO_THE_END = "Go to the end"
CODE = "code"
THINKING = "Thinking"
ROLLED = "This answer outgrew the context; the model no longer sees its oldest part."
TRUNCATED = "Only the first part is shown because it is very long. Copy gives all of it."
ANSWER_DONE = "Answer finished."
EMPTY_SENTENCE = "Ask anything. The answer is made on this machine."
EXAMPLES = (
    "Why is the sky blue, and red in the evening?",
    "Write a Python function that finds duplicate files",
    "Explain compound interest with a small table",
)
LINK_TITLE = "Open this address in your browser?"
LINK_OPEN, CANCEL = "Open", "Cancel"
LINK_REFUSED = "This kind of address is not opened."
DISMISS = "Dismiss"
HINT_MAC = "Return sends, Shift+Return starts a new line"
HINT_OTHER = "Enter sends, Shift+Enter starts a new line"

# models
FETCH, LOAD, TRY_AGAIN, RESUME = "Download", "Use", "Try again", "Resume"
PUT_BACK = "Put my words back"
DOES_NOT_FIT = "Needs more memory than this machine can give"
LOADING_CONVERSATIONS = "Loading"

# settings
SETTINGS_TITLE = "Settings"
SETTINGS_SEARCH = "Search settings"
SECTION_TITLES = {
    "generation": "Answers",
    "models": "Model",
    "interface": "Appearance",
    "storage": "Storage",
    "quick": "Quick question",
    "network": "Network",
    "introspection": "Introspection",
}
SECTION_NOTES = {
    "generation": "Changes hold from the next message on.",
    "models": "Model and memory hold from the next load on, the rest from the next message.",
    "interface": "",
    "storage": "",
    "quick": "",
    "network": "",
    "introspection": "Answers are measured while the panel is open or doubt is shown, from the "
    "next one on.",
}
RESET = "Back to the default"
RANDOM = "random"
STOP_HINT = "One text a line"
NO_SETTING_FOUND = "No setting matches. Try another word."
ON, OFF = "On", "Off"

SHORTCUTS_TITLE = "Keyboard shortcuts"

# about
ABOUT_TITLE = "About Shvayambhu"
ABOUT_BODY = (
    "A private assistant whose model runs on this machine.\n"
    "It is a language model: it can be wrong, and it does not feel."
)
ABOUT_FONTS = "Typeset in Inter and JetBrains Mono (SIL Open Font License 1.1)."

_FINISH = {
    FinishReason.LENGTH: "reached the longest answer allowed",
    FinishReason.STOPPED: "stopped by you",
    FinishReason.FAILED: "ended by an error",
}


def version(number: str) -> str:
    """How the version is named."""
    return f"Version {number}"


def count(number: int) -> str:
    """A whole number with thousands kept apart: 12,480."""
    return f"{number:,}"


def short_count(number: int) -> str:
    """A number of tokens, short: 940, 1.9k, 32k, 1M."""
    for limit, letter in ((1_000_000, "M"), (1000, "k")):
        # Contexts are powers of two: 8,192 reads as 8.2k and 32,768 as 33k, as they are.
        if number >= limit:
            share = number / limit
            return (
                f"{share:.1f}".removesuffix(".0") + letter if share < 10 else f"{share:.0f}{letter}"
            )
    return str(number)


def size(number_bytes: float) -> str:
    """Bytes as people say them: 88 MB, 4.7 GB."""
    if number_bytes >= 1e9:
        return f"{number_bytes / 1e9:.1f} GB"
    if 1e6 <= number_bytes < 9.95e6:
        return f"{number_bytes / 1e6:.1f} MB"
    if number_bytes >= 1e6:
        return f"{number_bytes / 1e6:.0f} MB"
    return f"{max(1, round(number_bytes / 1e3))} kB"


def duration(seconds: float) -> str:
    """A time span in its two largest parts: 0.4 s, 12 s, 3 min, 2 h 5 min."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def context_use(used: int, limit: int) -> str:
    """How much of the context is taken: 1.9k of 8.2k."""
    return f"{short_count(used)} of {short_count(limit)}"


def rows_left_out(rows: int) -> str:
    """What is said below a table that was cut."""
    return f"{count(rows)} more rows are not shown; copying the answer copies them."


def older_left_out(messages: int, *, will: bool = False) -> str:
    """What is said where history was, or will be, cut."""
    one = messages == 1
    subject = "1 older message" if one else f"{count(messages)} older messages"
    if will:
        return f"{subject} will be left out of the next answer, for want of room."
    return f"{subject} did not fit and {'was' if one else 'were'} left out of this answer"


def meta_line(stats: AnswerStats | None, finish: FinishReason | None) -> str:
    """What was measured while an answer was written, in one line."""
    parts = []
    if stats is not None:
        if stats.tokens_per_second is not None:
            parts.append(f"{stats.tokens_per_second:.1f} tok/s")
        parts.append(f"first word {duration(stats.ttft_ms / 1000)}")
        parts.append(
            "1 token"
            if stats.completion_tokens == 1
            else f"{count(stats.completion_tokens)} tokens"
        )
        if stats.cached_tokens:
            parts.append(
                f"{count(stats.cached_tokens)} of {count(stats.prompt_tokens)} read before"
            )
    if finish in _FINISH:
        parts.append(_FINISH[finish])
    return " · ".join(parts)


def meta_help(stats: AnswerStats) -> str:
    """The same measurements with their meaning, for a tooltip."""
    lines = [f"Model: {stats.model}", f"Prompt: {count(stats.prompt_tokens)} tokens"]
    lines.append(f"Of these from the prompt cache: {count(stats.cached_tokens)}")
    lines.append(f"Answer: {count(stats.completion_tokens)} tokens")
    lines.append(f"Time to first token: {stats.ttft_ms:.0f} ms")
    if stats.prefill_tokens_per_second is not None:
        lines.append(f"Reading: {stats.prefill_tokens_per_second:.0f} tokens a second")
    if stats.tokens_per_second is not None:
        lines.append(f"Writing: {stats.tokens_per_second:.1f} tokens a second")
    if stats.drafted_tokens:
        lines.append(f"Guessed and kept: {stats.accepted_tokens} of {stats.drafted_tokens} tokens")
    lines.append(f"Seed: {stats.seed}")
    return "\n".join(lines)


def thought_for(milliseconds: float) -> str:
    """Title of the folded reasoning."""
    return f"Thought for {duration(milliseconds / 1000)}" if milliseconds else "Reasoning"


def reading(done: int, total: int, cached: int) -> str:
    """What is said while the model reads the prompt."""
    known = f", {count(cached)} known already" if cached else ""
    return f"Reading {count(done)} of {count(total)} tokens{known}"


def writing(tokens: int, per_second: float | None) -> str:
    """What is said while the model writes."""
    speed = f", {per_second:.1f} a second" if per_second is not None else ""
    return f"Writing · {count(tokens)} tokens{speed}"


def fetching(name: str, total_bytes: int) -> str:
    """Title of a running download."""
    return f"Fetching {name} ({size(total_bytes)})" if total_bytes else f"Fetching {name}"


def fetch_progress(done: int, total: int, remaining_s: float | None) -> str:
    """How far a download is: 34 of 88 MB, 12 s left."""
    left = "" if remaining_s is None else f", {duration(remaining_s)} left"
    return f"{size(done)} of {size(total)}{left}"


def loading(name: str) -> str:
    """Title while a model is loaded."""
    return f"Loading {name}"


def licence(name: str) -> str:
    """How a model's licence is named."""
    return f"Licence: {name}"


def card_state(card: ModelCard) -> str:
    """Where a model is, in words."""
    return {
        ModelState.OFFERED: f"{size(card.download_bytes)} to download",
        ModelState.PARTIAL: "Partly downloaded",
        ModelState.READY: "On this machine",
        ModelState.LOADING: "Loading",
        ModelState.LOADED: "In use",
    }[card.state]


def parameters(number: int) -> str:
    """A number of weights as people say it: 135M, 8.2B."""
    if number >= 1e9:
        return f"{number / 1e9:.1f}".removesuffix(".0") + "B"
    return f"{number / 1e6:.0f}M"


def card_facts(card: ModelCard) -> str:
    """Licence, size and memory of a model, in one line."""
    facts = [card.licence, f"{parameters(card.parameters)} parameters"]
    if card.memory_bytes:
        facts.append(f"needs {size(min(needed for _, needed in card.memory_bytes))}")
    return " · ".join(facts)


def model_help(model: LoadedModelInfo) -> str:
    """What is known about the model that answers."""
    lines = [
        f"{model.name} · {model.weights_format}",
        f"{parameters(model.parameters)} parameters, {size(model.weights_bytes)} of memory",
        f"Context: {count(model.context_tokens)} tokens",
        f"Runs on the {model.device.upper()}, loaded in {duration(model.load_s)}",
        licence(model.licence),
        *model.notices,
    ]
    return "\n".join(lines)


def runs_on(device: str) -> str:
    """Where the model computes."""
    return f"Runs on this machine, {device.upper()}"


def spoken_message(is_user: bool, text: str) -> str:
    """A message as a screen reader says it."""
    return f"{YOU}: {text}" if is_user else f"{ASSISTANT}: {text}"
