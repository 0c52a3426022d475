"""What a screen reader and a keyboard find in a window, and what they miss."""

from __future__ import annotations

from PySide6.QtCore import QAbstractAnimation, QRect, Qt
from PySide6.QtGui import QAccessible, QFontMetrics
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollBar,
    QTextEdit,
    QWidget,
)

CONTROLS = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
)
_NO_ROLES = (QAccessible.Role.NoRole, QAccessible.Role.Client, QAccessible.Role.Pane)


def tops(shown):
    """The window and whatever lies over it."""
    others = [QApplication.activeModalWidget(), QApplication.activePopupWidget()]
    return [shown, *(other for other in others if other is not None and other is not shown)]


def controls(top):
    """The visible widgets that something can be done with."""
    found = [w for w in top.findChildren(QWidget) if isinstance(w, CONTROLS) and w.isVisible()]
    # A spin box has a line edit of its own, a combo box a list; the whole is the control.
    return [
        widget
        for widget in found
        if widget.window() is top.window()
        and not isinstance(widget, QScrollBar)
        and not isinstance(widget.parent(), (QAbstractSpinBox, QComboBox))
    ]


def described(widget):
    """Class and place of a widget, for a message."""
    path = []
    at = widget
    while at is not None and len(path) < 4:
        path.append(at.objectName() or type(at).__name__)
        at = at.parentWidget()
    return " < ".join(path)


def nameless(top):
    """Controls that a screen reader could only call by their kind."""
    wrong = []
    for widget in controls(top):
        interface = QAccessible.queryAccessibleInterface(widget)
        name = interface.text(QAccessible.Text.Name).strip() if interface is not None else ""
        if not name or "object at 0x" in name or "[object" in name:
            wrong.append(f"{described(widget)}: {name!r}")
    return wrong


def roleless(top):
    """Controls whose kind a screen reader is not told."""
    return [
        described(widget)
        for widget in controls(top)
        if QAccessible.queryAccessibleInterface(widget).role() in _NO_ROLES
    ]


def unreachable(top):
    """Enabled controls that the Tab key never comes to."""
    chain = set()
    at = top.nextInFocusChain()
    while at is not None and at not in chain:
        chain.add(at)
        at = at.nextInFocusChain()
    return [
        described(widget)
        for widget in controls(top)
        if widget.isEnabled()
        and not (widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget in chain)
        and widget.focusProxy() is None
        and not _is_one_of_a_group(widget)
    ]


def _is_one_of_a_group(widget):
    """Arrow keys lead to the others of a group of which Tab reaches one."""
    group = widget.group() if isinstance(widget, QAbstractButton) else None
    return group is not None and any(
        other.focusPolicy() & Qt.FocusPolicy.TabFocus for other in group.buttons()
    )


def cut_words(top):
    """Labels and buttons with less room than their words need."""
    wrong = []
    for widget in top.findChildren(QWidget):
        if not widget.isVisible() or not isinstance(widget, (QLabel, QAbstractButton)):
            continue
        is_compact = getattr(widget, "is_compact", lambda: False)()
        words = "" if is_compact else widget.text().replace("&", "")
        if not words or "…" in words or (isinstance(widget, QLabel) and widget.wordWrap()):
            continue
        needed = QFontMetrics(widget.font()).horizontalAdvance(max(words.splitlines(), key=len))
        if needed > widget.contentsRect().width() + 2 or _is_clipped(widget, needed):
            wrong.append(f"{described(widget)}: {words[:40]!r} {needed} > {widget.width()}")
    return wrong


def _is_clipped(widget, needed):
    """Whether it reaches past the edge of an area that cannot be scrolled sideways."""
    at = widget.parentWidget()
    while at is not None and at is not widget.window():
        area = at.parentWidget()
        if isinstance(area, QAbstractScrollArea) and at is area.viewport():
            is_still = area.horizontalScrollBarPolicy() == Qt.ScrollBarPolicy.ScrollBarAlwaysOff
            left = widget.mapTo(at, widget.rect().topLeft()).x()
            if is_still and (left < -1 or left + min(needed, widget.width()) > at.width() + 1):
                return True
        at = area
    return False


def garbled(top):
    """Words meant for a person that are the name of an object."""
    wrong = []
    for widget in top.findChildren(QWidget):
        said = [widget.accessibleName(), widget.accessibleDescription(), widget.toolTip()]
        if isinstance(widget, (QLabel, QAbstractButton)):
            said.append(widget.text())
        wrong += [f"{described(widget)}: {words!r}" for words in said if _is_garbled(words)]
    return wrong


def _is_garbled(words):
    return any(sign in words for sign in ("object at 0x", "[object", "<PySide6", "{'"))


def moving(top):
    """Animations that run although less motion is asked for."""
    return [
        f"{type(each).__name__} of {type(each.parent()).__name__}"
        for each in top.findChildren(QAbstractAnimation)
        if each.state() == QAbstractAnimation.State.Running
    ]


def kind_of(widget):
    """What decides how a control is drawn."""
    return type(widget).__name__, str(widget.property("kind") or ""), widget.objectName()


def unmarked(top, known):
    """Kinds of controls that look the same with the focus and without.

    Args:
        top: A window on screen.
        known: Kinds looked at before; those of this window join them.
    """
    wrong = []
    window = top.window()
    for widget in controls(top):
        kind = kind_of(widget)
        is_taken = widget.isEnabled() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        is_shown = not widget.visibleRegion().isEmpty()
        is_seen = is_taken and is_shown and widget.focusProxy() is None
        if kind in known or not is_seen:
            continue
        if isinstance(widget, QAbstractItemView) and not widget.model().rowCount():
            continue
        known.add(kind)
        if _look(widget, window, is_focused=False) == _look(widget, window, is_focused=True):
            wrong.append(described(widget))
    return wrong


def _look(widget, window, *, is_focused):
    """The control and what is drawn round it."""
    window.activateWindow()
    QApplication.processEvents()
    if is_focused:
        widget.setFocus(Qt.FocusReason.TabFocusReason)
    elif QApplication.focusWidget() is not None:
        QApplication.focusWidget().clearFocus()
    QApplication.processEvents()
    around = QRect(widget.mapTo(window, widget.rect().topLeft()), widget.size())
    return window.grab(around.adjusted(-16, -16, 16, 16)).toImage()
