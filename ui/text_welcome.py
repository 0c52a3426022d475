"""Every word of the first three screens."""

from __future__ import annotations

from ui.text import size

ITEM = "First steps"
TITLE = "Welcome"
NEXT, BACK, SKIP, FINISH = "Continue", "Back", "Skip", "Start"
SKIP_HELP = "Esc skips this step"
STEPS = ("Model", "Privacy", "First question")

MODEL_HEADING = "Choose a model"
MODEL_WHY = (
    "A model answers you, on this machine alone. It is fetched once; after that no network is "
    "needed."
)
FITS_BEST = "Fits this machine best"
SMALLEST = "Smallest, ready soonest"
HERE = "On this machine"
FETCH, USE, IN_USE, PAUSE, AGAIN = "Download", "Use", "In use", "Pause", "Resume"
NO_MODELS = "No model is known yet. You can choose one later, at the top of the window."
OFFLINE_NOW = "Offline is on, so nothing can be fetched now."

PRIVACY_HEADING = "What you write stays yours"
PRIVACY_WHY = (
    "Everything is encrypted on this machine. There is no account, and nobody else can read it."
)
KEYCHAIN = "This machine's keychain holds the key"
KEYCHAIN_NOTE = "Nothing to type. Whoever is logged in here can open it."
PASSPHRASE_NOTE = "Asked for at each start and after each lock. It is stored nowhere."
PASSPHRASE_SET = "Your passphrase is set."
NO_KEYCHAIN = "There is no keychain, so nothing is kept without a passphrase."
SET_PASSPHRASE = "Set a passphrase..."

QUESTION_HEADING = "Ask something"
QUESTION_WHY = "Answers can be wrong, so check what matters. You can go back to any question later."
QUESTION_HINT = "Type a question, or take one of these"
WAITS_FOR_MODEL = "It is answered as soon as a model is there."


def step(number: int) -> str:
    """Which of the steps this is, for a screen reader."""
    return f"Step {number + 1} of {len(STEPS)}: {STEPS[number]}"


def needs(download_bytes: int, memory_bytes: int) -> str:
    """What a model takes."""
    parts = []
    if download_bytes:
        parts.append(f"{size(download_bytes)} to download")
    if memory_bytes:
        parts.append(f"{size(memory_bytes)} of memory")
    return ", ".join(parts)
