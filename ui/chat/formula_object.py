"""Formulas inside running text: a letter's place that is drawn as a picture of vectors."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSizeF
from PySide6.QtGui import (
    QFont,
    QFontMetricsF,
    QPainter,
    QPyTextObject,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
)

from ui.chat.formulas import Formula
from ui.chat.text_style import TextStyle

_TYPE = QTextFormat.ObjectTypes.UserObject.value + 1
_FORMULA = QTextFormat.Property.UserProperty.value + 1


class _Painter(QPyTextObject):
    """What Qt asks for size and picture of a formula."""

    def __init__(self, document: QTextDocument, style: TextStyle) -> None:
        super().__init__(document)
        self._style = style
        self._formulas: list[Formula] = []

    def add(self, formula: Formula) -> int:
        """The number under which the text refers to the formula."""
        self._formulas.append(formula)
        return len(self._formulas) - 1

    def intrinsicSize(self, document: QTextDocument, _position: int, shape: QTextFormat) -> QSizeF:
        """Its own size, smaller if the column is narrower."""
        size, _ = self._fitted(document, shape)
        return size

    def drawObject(
        self,
        painter: QPainter,
        rect: QRectF | QRect,
        document: QTextDocument,
        _position: int,
        shape: QTextFormat,
    ) -> None:
        """The formula is drawn where the layout put it."""
        size, formula = self._fitted(document, shape)
        place = QRectF(QRectF(rect).topLeft(), size)
        formula.paint(painter, place, shape.toCharFormat().foreground().color())

    def _fitted(self, document: QTextDocument, shape: QTextFormat) -> tuple[QSizeF, Formula]:
        formula = self._formulas[int(shape.property(_FORMULA))]
        column = document.textWidth()
        scale = min(1.0, column / formula.width) if column > 0 else 1.0
        return QSizeF(formula.width * scale, formula.height * scale), formula


def insert_formula(
    cursor: QTextCursor, formula: Formula, style: TextStyle, look: QTextCharFormat
) -> None:
    """The formula stands at the cursor, on the line of the text."""
    document = cursor.document()
    painter = document.findChild(_Painter)
    if painter is None:
        painter = _Painter(document, style)
        document.documentLayout().registerHandler(_TYPE, painter)
    shape = QTextCharFormat(look)
    shape.setObjectType(_TYPE)
    shape.setProperty(_FORMULA, painter.add(formula))
    # Qt lets an object on the baseline hang down by the descent of its own font, whatever its
    # depth; so it gets a font with just that descent.
    shape.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignBaseline)
    shape.setFont(_font_of_descent(style.reading, formula.depth))
    cursor.insertText("\ufffc", shape)


def _font_of_descent(font: QFont, descent: float) -> QFont:
    known = QFontMetricsF(font)
    fitted = QFont(font)
    fitted.setPixelSize(max(1, round(font.pixelSize() * descent / max(0.1, known.descent()))))
    return fitted
