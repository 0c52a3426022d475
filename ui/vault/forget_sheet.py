"""Asks before something in the trash is erased for good."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from engine.contract.vault import TrashItem
from engine.contract.vault_commands import ForgetItems
from ui import text_vault as text
from ui.vault.parts import VaultParts
from ui.vault.sheet import Sheet
from ui.widgets.labels import set_style_property


class ForgetSheet(Sheet):
    """Cancel has the focus, so that Return alone erases nothing."""

    def __init__(self, parts: VaultParts, items: list[TrashItem], parent: QWidget) -> None:
        title = text.forget_question([item.title or text.UNTITLED for item in items])
        super().__init__(parts, title, text.FORGET_WHY, text.FORGET_ACT, parent)
        self._ids = tuple(item.id for item in items)
        set_style_property(self.action, "kind", "danger")
        self.action.setDefault(False)
        self.leave.setDefault(True)
        self.leave.setFocus()
        self.refresh()
        self.errand.finished.connect(lambda _command: self.accept())

    def act(self) -> None:
        """The engine erases them."""
        self.run(ForgetItems(item_ids=self._ids))
