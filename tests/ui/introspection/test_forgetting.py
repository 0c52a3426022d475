from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

from tests.helpers import instrument_window as measured
from ui import screen_instrument_content as invented
from ui.introspection.bars import Bars
from ui.introspection.tabs import TABS

SECRETS = ("sky", "is blue", "notes.md", "calm", "secret")


def words_in(panel):
    """Every word that any widget of the panel holds, in sight or not."""
    found = []
    for widget in panel.findChildren(QWidget):
        found += [widget.accessibleName(), widget.accessibleDescription(), widget.toolTip()]
        if isinstance(widget, (QLabel, QAbstractButton, QLineEdit)):
            found.append(widget.text())
        if isinstance(widget, QPlainTextEdit):
            found.append(widget.toPlainText())
        if isinstance(widget, Bars):
            found += [bar.word for bar in widget.bars()]
    return " ".join(found)


@pytest.mark.feature("introspection.lock")
def test_a_lock_takes_every_word_out_of_every_view(open_fake_window, qtbot):
    """When the vault is locked no measured word is left in any view, seen or not."""
    port = measured.measured_port(directions=invented.directions())
    window, depth = measured.open_measured(open_fake_window, qtbot, port, "depth")
    depth.grid.choose(1, 0)
    for kind in TABS:
        window.introspection.panel.show_tab(kind.view.value)
        measured.draw(qtbot, window.introspection.panel.view())
    view = window.introspection.panel.view()
    qtbot.waitUntil(lambda: len(view.rows) == 3)
    view.maker.positives.setPlainText("secret")
    window.panel_tools.replay.seek(3)
    held = words_in(window.introspection.panel)
    assert [word for word in SECRETS if word not in held] == []

    window.session._vault_closed()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    held = words_in(window.introspection.panel)
    assert [word for word in SECRETS if word in held] == []
    assert window.panel_tools.replay.shown.tokens == []
