"""Every word of the quick question, the menu-bar icon, notices and speech."""

from __future__ import annotations

from ui.text import APP, count

QUICK_QUESTION = "Quick question"
OPEN_IT = "Open"

# the menu of the icon
TRAY_ASK = "Quick question"
TRAY_OPEN = f"Open {APP}"
TRAY_LOCK = "Lock"
TRAY_UNLOCK = "Unlock..."
TRAY_STOP_READING = "Stop reading aloud"
TRAY_QUIT = f"Quit {APP}"

# the panel
FIELD = "Question"
FIELD_HINT = "Ask anything"
FOLLOW_UP_HINT = "Ask on"
ASK = "Ask"
STOP = "Stop"
COPY_ANSWER = "Copy the answer"
READ_ANSWER = "Read the answer aloud"
STOP_READING = "Stop reading aloud"
NEW_QUESTION = "New question"
CONTINUE = "Continue in the window"
LOCKED = "Locked. Nothing can be asked until it is unlocked."
UNLOCK = "Unlock in the window"
NO_MODEL = "No model is loaded yet."
CHOOSE_MODEL = "Choose a model"
LOADING = "The model is still loading. Your question waits for it."
OPENING = "One moment, the conversations are being opened."
FAILED_AGAIN = "Your question is back in the field."
HINTS_MAC = "Return asks    Esc hides    ⌘Return continues in the window"
HINTS_OTHER = "Enter asks    Esc hides    Ctrl+Enter continues in the window"

# what may go with a question
ADD_CLIPBOARD = "Clipboard"
ADD_SELECTION = "Selected text"
ADD_CLIPBOARD_HELP = "Look at the text on the clipboard and send it with your question"
ADD_SELECTION_HELP = "Look at the text selected in another app and send it with your question"
NO_CLIPBOARD = "There is no text on the clipboard."
NO_SELECTION = "No text is selected in another app."
REMOVE_CONTEXT = "Do not send this text"
FROM_CLIPBOARD = "Text from the clipboard"
FROM_SELECTION = "Selected text"

# notices
ANSWER_READY = "Your answer is ready"
ANSWER_FAILED = "An answer could not be finished"
JOB_DONE = "Done"
JOB_FAILED = "Not done"
SOMETHING_LOCKED = "Unlock the window to see it."
IN_TRAY = "Still here"
IN_TRAY_MORE = "It stays in the menu bar, ready for a quick question. Quit from its icon."

# the page of the settings
PAGE = "Quick question"
PAGE_NOTE = "A small window over any app, the icon it is asked from, and being read to."
BLOCK_ASK, BLOCK_START, BLOCK_SPEECH = "Asking from anywhere", "Starting", "Speech"
TRY_IT = "Ask now"
HOTKEY_HOLDS = "The keys are ours."
NO_TRAY = "This desktop shows no such icons; GNOME needs the extension AppIndicator."
NO_KEYS_HERE = "Keys for every app cannot be had here."
NO_LOGIN_HERE = "Starting with the session is not known here."
IS_STARTED = "The system starts it with your session."
IS_NOT_STARTED = "The system does not start it with your session."
TEST_VOICE = "Hear the voice"
VOICE_SAMPLE = "This is how answers sound."
SYSTEM_VOICE = "The system's"
NO_VOICE = (
    "No voice is installed. On Debian and Ubuntu the package espeak-ng brings one; then open this "
    "page again."
)
DICTATION_MAC = (
    "Dictation is macOS's own: press its key in any field. It is off unless you switched it on in "
    "System Settings, under Keyboard."
)
DICTATION_LINUX = (
    "Dictation is not offered: no good recogniser comes with the app. Your desktop's own works in "
    "any field here."
)

# speaking
CODE_LEFT_OUT = "Code is left out."
TABLE_LEFT_OUT = "A table is left out."
FORMULA_LEFT_OUT = "a formula"
READ_ALOUD_ITEM = "Read the last answer aloud"

JOB_NAMES = {
    "FetchModel": "The download of a model",
    "LoadModel": "Loading the model",
    "BackUpVault": "The backup",
    "ExportVault": "The export",
    "ApplyRestore": "The restore",
    "VerifyVault": "The check of the vault",
    "CompactVault": "Giving back space",
    "RotateKey": "The change of the key",
    "ImportConversations": "The import",
    "ExportConversations": "The export of conversations",
    "CompareAnswers": "The comparison",
}


def context_size(letters: int) -> str:
    """How long a text is: 1 letter, 2,430 letters."""
    return "1 letter" if letters == 1 else f"{count(letters)} letters"


def context_cut(kept: int, letters: int) -> str:
    """Said of a text that is too long to go with a question."""
    return f"the first {count(kept)} of {count(letters)} letters"


def job_done(name: str) -> str:
    """The words of a notice about finished work."""
    return f"{name} is done."


def job_failed(name: str) -> str:
    """The words of a notice about work that failed."""
    return f"{name} could not be finished."


def tray_ask(keys: str) -> str:
    """The menu's first line, with the keys that do the same."""
    return f"{TRAY_ASK}\t{keys}" if keys else TRAY_ASK
