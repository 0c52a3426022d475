"""The keys of a global shortcut, read from the words that the settings keep."""

from __future__ import annotations

from dataclasses import dataclass

# X's names of the keys that are not a letter or a digit; XStringToKeysym knows them.
X_NAMES = {
    "Space": "space",
    "Return": "Return",
    "Enter": "KP_Enter",
    "Tab": "Tab",
    "Esc": "Escape",
    "Backspace": "BackSpace",
    "Del": "Delete",
    "Ins": "Insert",
    "Home": "Home",
    "End": "End",
    "PgUp": "Prior",
    "PgDown": "Next",
    "Left": "Left",
    "Right": "Right",
    "Up": "Up",
    "Down": "Down",
    "Pause": "Pause",
    "Print": "Print",
    "Menu": "Menu",
    ".": "period",
    ",": "comma",
    ";": "semicolon",
    "/": "slash",
    "\\": "backslash",
    "'": "apostrophe",
    "`": "grave",
    "-": "minus",
    "=": "equal",
    "[": "bracketleft",
    "]": "bracketright",
}


@dataclass(frozen=True, slots=True)
class Chord:
    """One key with what is held beside it.

    Attributes:
        modifiers: Of "Ctrl", "Alt", "Shift" and "Meta", as Qt writes them.
        key: Such as "Space", "K" or "F5".
    """

    modifiers: frozenset[str]
    key: str


def read_chord(keys: str) -> Chord | None:
    """The keys, or None if they are no single key with something held beside it.

    Args:
        keys: As Qt writes them portably, such as "Ctrl+Alt+Space"; "Ctrl++" is Ctrl and plus.
    """
    head, plus, key = keys.rpartition("+")
    if plus and not key:
        head, key = head.removesuffix("+"), "+" if head.endswith("+") else ""
    held = [word for word in head.split("+") if word]
    if not key or not set(held) <= {"Ctrl", "Alt", "Shift", "Meta"}:
        return None
    is_function_key = key[0] == "F" and key[1:].isdigit()
    if not held and not is_function_key:
        return None
    return Chord(frozenset(held), key)


def x_name(key: str) -> str:
    """X's name of a key: "space", "k", "F5", "period"."""
    if key in X_NAMES:
        return X_NAMES[key]
    if key == "+":
        return "plus"
    return key.lower() if len(key) == 1 else key


def portal_trigger(chord: Chord) -> str:
    """As the freedesktop shortcuts specification writes keys: CTRL+ALT+space."""
    names = {"Ctrl": "CTRL", "Alt": "ALT", "Shift": "SHIFT", "Meta": "LOGO"}
    held = [names[name] for name in ("Ctrl", "Alt", "Shift", "Meta") if name in chord.modifiers]
    return "+".join([*held, x_name(chord.key)])
