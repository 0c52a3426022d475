"""What stands on and around a message: its actions, versions, details, and the queue behind it."""

from __future__ import annotations

from engine.contract.messages import AnswerStats, FinishReason
from ui import text

# actions
COPY, EDIT, MORE, BRANCH, DELETE = (
    "Copy message",
    "Edit",
    "More",
    "Branch into a new conversation",
    "Delete message",
)
REGENERATE, CONTINUE, COMPARE = "Answer again", "Write on", "Compare answers"
DETAILS, WHY = "Details of this answer", "Why this answer"
MEASURES = "What was measured"
OLDER_VERSION, NEWER_VERSION = "Version before", "Next version"
AGAIN_WITH = "Answer again with"
AGAIN_AS_IS = "The same model and settings"
AGAIN_EXACT, AGAIN_FREE = "Exact, temperature 0", "Freer, temperature 1"
OTHER_MODELS, PRESETS = "Another model", "A preset"
DELETED = "Message deleted."
BRANCHED = "This is the branch. The conversation it came from is unchanged."
ACTION_HELP = "Left and right reach its actions, Enter does one, the menu key lists all."

# menu
MENU_REGENERATE = "Answer again"
MENU_EDIT = "Edit the last question"
MENU_CONTINUE = "Write on"
MENU_COMPARE = "Compare answers..."
MENU_WHY = "Why this answer"

# editor
EDITOR = "Edit message"
EDITOR_ANSWER = "Edit answer"
SAVE_QUESTION, SAVE_ANSWER, CANCEL = "Send", "Save as a version", "Cancel"
EDITOR_HINT = "Ctrl+Enter saves, Esc cancels. The version before is kept."
EDITOR_HINT_MAC = "Command+Return saves, Esc cancels. The version before is kept."

# queue
QUEUE = "Messages that wait"
QUEUE_EDIT, QUEUE_REMOVE = "Edit this message", "Take it back"
QUEUE_SEND = "Send now"
QUEUE_SAVE = "Done"
QUEUE_BUTTON = "Send after this answer"
QUEUE_HELD = "Held, as you stopped the answer."

# cut
SEEN_FROM_HERE = "The next answer sees the conversation from here on"

# context meter
METER_TITLE = "Room in the model's context"
SYSTEM, MEMORY, DOCUMENTS, HISTORY, DRAFT, ANSWER, FREE = (
    "System prompt",
    "Memory",
    "Documents",
    "Conversation",
    "Your draft",
    "Room kept for the answer",
    "Free",
)

# details
MODEL, SPEED, FIRST, PROMPT, CACHED, LENGTH, THOUGHT, SEED = (
    "Model",
    "Writing speed",
    "First word after",
    "Prompt",
    "of it read before",
    "Answer",
    "Thinking",
    "Seed",
)
READING_SPEED, GUESSED, ENDED = "Reading speed", "Guessed and kept", "Ended because"
NOT_KEPT = "not kept for this answer"
COPY_DETAILS = "Copy details"
NO_DETAILS = "Nothing was measured for this answer."

# why
WHY_LOADING = "Rebuilding the prompt"
WHY_EXACT = "This is exactly what the model was given, token for token."
WHY_NOT_EXACT = "This is not exactly what the model was given."
WHY_COPY = "Copy prompt"
WHY_PROMPT = "Prompt"
CLOSE = "Close"

# compare
COMPARE_TITLE = "Compare answers"
COMPARE_WHY = "The question is answered once for each line, one after another."
COMPARE_START = "Compare"
COMPARE_ADD = "Add another"
COMPARE_REMOVE = "Remove"
COMPARE_MODEL, COMPARE_SETTINGS = "Model", "Settings"
COMPARE_WAITS = "Waits for its turn"
COMPARE_CHOOSE, COMPARE_KEEP_ALL, COMPARE_STOP = "Choose this", "Keep all", "Stop"
COMPARE_CHOSEN = "Chosen. The others are its other versions."
COMPARE_NO_ANSWER = "No answer was written."
AS_SET = "As set"
QUESTION_NEEDED = "Type a question first, or open a conversation that has one."

_FINISH = {
    FinishReason.STOP: "it was complete",
    FinishReason.LENGTH: "its length limit was reached",
    FinishReason.STOPPED: "you stopped it",
    FinishReason.FAILED: "an error came between",
}


def version(number: int, of: int) -> str:
    """Which version is shown: 2/3."""
    return f"{number}/{of}"


def spoken_version(number: int, of: int) -> str:
    """The same for a screen reader."""
    return f"Version {number} of {of}"


def will_be_cut(messages: int) -> str:
    """What the composer says before older messages are left out."""
    if messages == 1:
        return "1 older message will be left out"
    return f"{text.count(messages)} older messages will be left out"


def waiting(messages: int) -> str:
    """Title of the queue."""
    return "1 message waits" if messages == 1 else f"{messages} messages wait"


def thinking(seconds: float) -> str:
    """Title of the reasoning while it is written."""
    return f"{text.THINKING} · {seconds:.0f} s" if seconds >= 1 else text.THINKING


def tokens(number: int) -> str:
    """A number of tokens: 1 token, 1,204 tokens."""
    return "1 token" if number == 1 else f"{text.count(number)} tokens"


def meter_line(name: str, number: int) -> str:
    """One source of the context in words."""
    return f"{name}: {tokens(number)}"


def share(number: int, limit: int) -> str:
    """A part of the context in percent."""
    ratio = 100 * number / max(1, limit)
    return "under 1 %" if 0 < ratio < 1 else f"{ratio:.0f} %"


def explained(prompt_tokens: int, left_out: int) -> str:
    """Length of a prompt, and what did not fit."""
    if not left_out:
        return tokens(prompt_tokens)
    older = "1 older message" if left_out == 1 else f"{text.count(left_out)} older messages"
    return f"{tokens(prompt_tokens)} · {older} did not fit"


def detail_lines(
    stats: AnswerStats, finish: FinishReason | None, model_name: str
) -> list[tuple[str, str]]:
    """Everything that was measured and set, name and value."""
    lines = [(MODEL, model_name)]
    if stats.tokens_per_second is not None:
        lines.append((SPEED, f"{stats.tokens_per_second:.1f} tokens a second"))
    lines.append((FIRST, f"{stats.ttft_ms:,.0f} ms"))
    if stats.prefill_tokens_per_second is not None:
        lines.append((READING_SPEED, f"{stats.prefill_tokens_per_second:,.0f} tokens a second"))
    lines.append((PROMPT, tokens(stats.prompt_tokens)))
    lines.append((CACHED, tokens(stats.cached_tokens)))
    lines.append((LENGTH, tokens(stats.completion_tokens)))
    if stats.reasoning_ms:
        lines.append((THOUGHT, text.duration(stats.reasoning_ms / 1000)))
    if stats.drafted_tokens:
        lines.append((GUESSED, f"{stats.accepted_tokens} of {stats.drafted_tokens} tokens"))
    if finish is not None:
        lines.append((ENDED, _FINISH[finish]))
    lines.append((SEED, str(stats.seed)))
    return lines + _sampling_lines(stats)


def _sampling_lines(stats: AnswerStats) -> list[tuple[str, str]]:
    values = {
        "Temperature": stats.temperature,
        "Top p": stats.top_p,
        "Min p": stats.min_p,
        "Repetition penalty": stats.repetition_penalty,
    }
    lines = [(name, NOT_KEPT if v is None else f"{v:g}") for name, v in values.items()]
    longest = NOT_KEPT if stats.max_tokens is None else tokens(stats.max_tokens)
    return [*lines, ("Longest answer", longest)]
