"""What the quick question needs of the system, as `app` brings it for each of them.

The window knows no desktop's own ways: it asks for keys, a notice or a start at login in these
words and is told in plain sentences where something cannot be had.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

Told = Callable[[str], None]
"""Takes why something does not hold, in one sentence; empty if it holds."""


class Hotkey(Protocol):
    """Keys that are heard whatever app has the keyboard."""

    def begin(self, keys: str, pressed: Callable[[], None], told: Told) -> None:
        """From now on `pressed` is called at each press; those held before are given back.

        Args:
            keys: As Qt writes them portably, such as "Ctrl+Alt+Space".
            pressed: Called once a press, however long the keys are held.
            told: Called, now or later, with why they are not ours; empty if they are.
        """
        ...

    def end(self) -> None:
        """No keys are held any more."""
        ...


class Notices(Protocol):
    """Short messages that the desktop shows."""

    def show(self, title: str, words: str, opened: Callable[[], None]) -> bool:
        """It is on its way to the screen; `opened` is called if the user clicks it.

        Returns:
            Whether the desktop takes such messages at all.
        """
        ...

    def withdraw(self) -> None:
        """Those still on screen are gone."""
        ...

    def close(self) -> None:
        """Nothing is shown or heard any more."""
        ...


class LoginItem(Protocol):
    """Whether the app starts with the user's session, as the system has it noted."""

    def why_not(self) -> str:
        """Why it cannot be changed here; empty if it can."""
        ...

    def is_on(self) -> bool:
        """Whether the app will start; read anew each time."""
        ...

    def set_on(self, is_on: bool) -> str:
        """It is so from the next session on; or why not, in one sentence."""
        ...


@dataclass(frozen=True, slots=True)
class Outside:
    """The system around the window; None for what it does not have."""

    hotkey: Hotkey | None = None
    notices: Notices | None = None
    login: LoginItem | None = None
    no_hotkey_because: str = ""


NOTHING_OUTSIDE = Outside()
