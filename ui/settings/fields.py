"""What every field of a setting offers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from PySide6.QtWidgets import QWidget

from ui.theme import Theme

FIELD_PX = 210
Changed = Callable[[Any], None]
"""Takes each value the user gives, or a BadRequestError that says why there is none."""


class Field(Protocol):
    """A widget for one value."""

    @property
    def widget(self) -> QWidget:
        """What stands in the form."""
        ...

    def show(self, value: Any) -> None:
        """The value is in the field; nobody is told."""
        ...

    def name(self, words: str, help_: str) -> None:
        """Screen readers say this of what can be focused."""
        ...


MakeField = Callable[[Theme, Changed], Field]
"""Makes a field that is not told by the description alone."""
