"""Which keys do what, with the user's own on top of the usual ones, and why some are refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QKeySequence

from ui import text_shortcuts as text
from ui.actions import ITEMS, MenuItem, key_sequences

_TYPING = frozenset(
    {
        Qt.Key.Key_Return,
        Qt.Key.Key_Enter,
        Qt.Key.Key_Tab,
        Qt.Key.Key_Backtab,
        Qt.Key.Key_Backspace,
        Qt.Key.Key_Delete,
        Qt.Key.Key_Space,
        Qt.Key.Key_Left,
        Qt.Key.Key_Right,
        Qt.Key.Key_Up,
        Qt.Key.Key_Down,
        Qt.Key.Key_Home,
        Qt.Key.Key_End,
        Qt.Key.Key_PageUp,
        Qt.Key.Key_PageDown,
        Qt.Key.Key_Escape,
    }
)


def native(keys: QKeySequence) -> str:
    """The keys as this system writes them."""
    return keys.toString(QKeySequence.SequenceFormat.NativeText)


def portable(keys: QKeySequence) -> str:
    """The keys as they are kept."""
    return keys.toString(QKeySequence.SequenceFormat.PortableText)


def acts() -> tuple[MenuItem, ...]:
    """Everything that may have keys on this system, in the menu's order."""
    return tuple(item for item in ITEMS if item.key)


class KeyMap:
    """The keys that hold, read from the settings; a changed one is another KeyMap.

    Attributes:
        bindings: As the settings keep them; those of unknown acts are kept as they are.
    """

    def __init__(
        self, bindings: Iterable[str] = (), reserved: Mapping[str, str] | None = None
    ) -> None:
        """The usual keys with these on top.

        Args:
            bindings: Each as action=keys; nothing after the sign means no keys.
            reserved: Keys that are taken outside the menu, to what has them.
        """
        self._own: dict[str, str] = {}
        for binding in bindings:
            key, sign, keys = binding.partition("=")
            if sign and key.strip():
                self._own[key.strip()] = keys.strip()
        self._reserved = {k: v for k, v in (reserved or {}).items() if k}

    @property
    def bindings(self) -> tuple[str, ...]:
        """As the settings keep them."""
        return tuple(f"{key}={keys}" for key, keys in sorted(self._own.items()))

    def keys_of(self, item: MenuItem) -> list[QKeySequence]:
        """What triggers an item now."""
        own = self._own.get(item.key)
        if own is None:
            return key_sequences(item)
        return [QKeySequence(own)] if own else []

    def is_own(self, item: MenuItem) -> bool:
        """Whether the user chose other keys than the usual ones."""
        return item.key in self._own

    def refusal(self, item: MenuItem, keys: QKeySequence) -> str:
        """Why an item cannot have these keys, in words; empty if it can."""
        fault = unusable(keys)
        if fault:
            return fault
        owner = self._owner(keys, item)
        return text.taken(native(keys), owner) if owner else ""

    def with_keys(self, item: MenuItem, keys: QKeySequence | None) -> KeyMap:
        """A map in which an item has other keys; None gives it no keys."""
        own = {**self._own, item.key: portable(keys) if keys is not None else ""}
        usual = key_sequences(item)
        if keys is not None and usual == [keys]:
            del own[item.key]
        return self._with(own)

    def with_usual(self, item: MenuItem) -> KeyMap:
        """A map in which an item has its usual keys again."""
        return self._with({key: keys for key, keys in self._own.items() if key != item.key})

    def usual_refusal(self, item: MenuItem) -> str:
        """Why an item cannot have its usual keys back; empty if it can."""
        return next(filter(None, (self.refusal_of_usual(item, k) for k in key_sequences(item))), "")

    def refusal_of_usual(self, item: MenuItem, keys: QKeySequence) -> str:
        """Why one of its usual keys cannot be had back; keys for typing are allowed here."""
        owner = self._owner(keys, item)
        return text.taken(native(keys), owner) if owner else ""

    def faults(self) -> list[str]:
        """Why bindings cannot hold together, as for a file from elsewhere."""
        found = []
        for item in acts():
            if item.key in self._own:
                for keys in self.keys_of(item):
                    if fault := self.refusal(item, keys):
                        found.append(fault)
        return found

    def _with(self, own: Mapping[str, str]) -> KeyMap:
        return KeyMap((f"{key}={keys}" for key, keys in own.items()), self._reserved)

    def _owner(self, keys: QKeySequence, asking: MenuItem) -> str:
        for item in acts():
            if item.key != asking.key and keys in self.keys_of(item):
                return item.words.rstrip(".")
        wanted = portable(keys)
        for held, owner in self._reserved.items():
            if portable(QKeySequence(held)) == wanted:
                return owner
        return ""


def unusable(keys: QKeySequence) -> str:
    """Why keys can trigger nothing at all, in words; empty if they can."""
    if keys.isEmpty():
        return text.UNREADABLE
    combination: QKeyCombination = keys[0]  # type: ignore[index]
    key, modifiers = combination.key(), combination.keyboardModifiers()
    if key == Qt.Key.Key_unknown:
        return text.UNREADABLE
    strong = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    strong |= Qt.KeyboardModifier.MetaModifier
    is_function_key = Qt.Key.Key_F1 <= key <= Qt.Key.Key_F35
    if not modifiers & strong and (not is_function_key or key in _TYPING):
        return text.TYPED
    return ""
