"""What can be done with one message now, and where on it that is offered."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from ui import text_message as words
from ui.chat.message_parts import Spot
from ui.chat.text_style import TextStyle

SIDE = 28.0  # of one action's square; smaller ones are hard to hit
_ICON = 18.0
_ICONS = {
    "copy": "copy",
    "edit": "edit",
    "regenerate": "regenerate",
    "continue": "continue",
    "branch": "branch",
    "details": "details",
    "more": "more",
    "older": "chevron-left",
    "newer": "chevron-right",
}
NAMES = {
    "copy": words.COPY,
    "edit": words.EDIT,
    "regenerate": words.REGENERATE,
    "continue": words.CONTINUE,
    "branch": words.BRANCH,
    "compare": words.COMPARE,
    "details": words.DETAILS,
    "why": words.WHY,
    "measures": words.MEASURES,
    "delete": words.DELETE,
    "more": words.MORE,
    "older": words.OLDER_VERSION,
    "newer": words.NEWER_VERSION,
}


@dataclass(frozen=True, slots=True)
class MessageOffers:
    """What can be done with a message; it changes nothing of how the message is laid out.

    Attributes:
        is_free: Whether nothing is being written in the conversation.
        is_kept: Whether the engine has taken the message up and it is complete.
        is_answer: Whether the assistant speaks.
        is_unfinished: Whether an answer ended before it was complete.
        is_measured: Whether there are details of it.
        version: Which of its versions it is, from 1.
        versions: How many there are.
    """

    is_free: bool = True
    is_kept: bool = True
    is_answer: bool = False
    is_unfinished: bool = False
    is_measured: bool = False
    version: int = 1
    versions: int = 1

    def row(self) -> tuple[str, ...]:
        """The actions that have an icon on the message, from left to right."""
        if not self.is_kept:
            return ("copy",)
        if not self.is_answer:
            return ("copy", "edit", "branch", "more") if self.is_free else ("copy", "more")
        if not self.is_free:
            return ("copy", "details", "more")
        on = ("continue",) if self.is_unfinished else ()
        return ("copy", "regenerate", *on, "branch", "details", "more")

    def listed(self) -> tuple[str, ...]:
        """The actions of its menu, copying left out; an empty name stands for a line."""
        if not self.is_kept:
            return ()
        changes = ("edit", "regenerate", "compare", "branch") if self.is_free else ("branch",)
        if self.is_free and self.is_unfinished:
            changes = (changes[0], "continue", *changes[1:])
        told = ("details", "why", "measures") if self.is_answer else ()
        return (
            *changes,
            *(("", *told) if told else ()),
            *(("", *self.moves()) if self.moves() else ()),
            *(("", "delete") if self.is_free else ()),
        )

    def moves(self) -> tuple[str, ...]:
        """Ways to the versions beside it."""
        if not self.is_free or not self.is_kept:
            return ()
        older = ("older",) if self.version > 1 else ()
        return (*older, "newer") if self.version < self.versions else older


NOTHING = MessageOffers(is_kept=False)


def row_spots(offers: MessageOffers, right: QPointF) -> list[Spot]:
    """The squares of its actions, in a row that ends at a point."""
    actions = offers.row()
    left = right.x() - SIDE * len(actions)
    return [
        Spot(QRectF(left + SIDE * n, right.y() - SIDE / 2, SIDE, SIDE), action, 0, NAMES[action])
        for n, action in enumerate(actions)
    ]


def switch_width(offers: MessageOffers, style: TextStyle) -> float:
    """How wide the switch between versions is; 0 if there is but one."""
    if offers.versions < 2:
        return 0.0
    said = words.version(offers.versions, offers.versions)
    return 2 * SIDE + QFontMetricsF(style.small).horizontalAdvance(said)


def switch_spots(offers: MessageOffers, style: TextStyle, right: QPointF) -> list[Spot]:
    """The two ends of the switch between versions, where there is a version to go to."""
    width = switch_width(offers, style)
    places = {"older": right.x() - width, "newer": right.x() - SIDE}
    return [
        Spot(QRectF(places[move], right.y() - SIDE / 2, SIDE, SIDE), move, 0, NAMES[move])
        for move in offers.moves()
    ]


def paint_switch(
    painter: QPainter, offers: MessageOffers, style: TextStyle, right: QPointF
) -> None:
    """The version in figures between two arrows; an arrow that leads nowhere is pale."""
    width = switch_width(offers, style)
    if not width:
        return
    colors = style.colors
    for move, left in (("older", right.x() - width), ("newer", right.x() - SIDE)):
        color = colors.muted if move in offers.moves() else colors.line_strong
        icon = QRectF(left + (SIDE - 14) / 2, right.y() - 7, 14, 14)
        style.icons.paint(painter, _ICONS[move], icon, color)
    painter.setFont(style.small)
    painter.setPen(colors.muted)
    middle = QRectF(right.x() - width + SIDE, right.y() - SIDE / 2, width - 2 * SIDE, SIDE)
    said = words.version(offers.version, offers.versions)
    painter.drawText(middle, Qt.AlignmentFlag.AlignCenter, said)


def paint_row(painter: QPainter, spots: list[Spot], style: TextStyle, under: Spot | None) -> None:
    """The icons of the actions; the one under the pointer on a ground of its own."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for spot in spots:
        is_under = under is not None and under.action == spot.action
        if is_under:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(style.colors.hover)
            painter.drawRoundedRect(spot.rect, 8, 8)
        center = spot.rect.center()
        icon = QRectF(center.x() - _ICON / 2, center.y() - _ICON / 2, _ICON, _ICON)
        color = style.colors.ink if is_under else style.colors.muted
        style.icons.paint(painter, _ICONS[spot.action], icon, color)
    painter.restore()


def paint_ring(painter: QPainter, rect: QRectF, style: TextStyle) -> None:
    """What the keyboard has reached is ringed."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(style.colors.accent, 2))
    painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), 7, 7)
    painter.restore()
