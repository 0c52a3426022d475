"""What each layer would say, and where every token settled."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QLinearGradient, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from engine.contract.signals import LayerReading, View
from ui import text_instruments as words
from ui.introspection import cividis
from ui.introspection.bars import Bar, Bars
from ui.introspection.block import Block
from ui.introspection.figure import Figure
from ui.introspection.lens_grid import LensGrid
from ui.introspection.measured import Measured
from ui.introspection.measuring_desk import MeasuringDesk
from ui.introspection.panel_view import PanelView
from ui.introspection.words import DEPTH
from ui.theme import Theme
from ui.widgets.buttons import IconButton
from ui.widgets.flow import FlowLayout
from ui.widgets.labels import label

_SHOWN = 5  # predictions of a cell; the rest would be under a hundredth of most distributions


class LensKey(QWidget):
    """What the colours, the line and the mark in the grid mean."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(f"0 to 1, {words.COMMIT_LINE}, {words.LATE}")
        theme.changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        """One line."""
        return QSize(300, self._theme.px(18))

    def minimumSizeHint(self) -> QSize:
        """One line, cut where there is no room."""
        return QSize(120, self._theme.px(18))

    def paintEvent(self, event: QPaintEvent) -> None:
        """A strip from 0 to 1, a piece of the line, the mark."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors, middle = self._theme.colors, self.height() / 2
        painter.setFont(self._theme.font(11))
        x = self._say(painter, 0.0, "0")
        strip = QRectF(x, middle - 4, self._theme.px(56), 8)
        fade = QLinearGradient(strip.topLeft(), strip.topRight())
        for step in range(11):
            fade.setColorAt(step / 10, cividis.ground(step / 10))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fade)
        painter.drawRoundedRect(strip, 4, 4)
        x = self._say(painter, strip.right() + 6, "1") + 12
        painter.setPen(QPen(colors.ink, 2.4))
        painter.drawLine(round(x), round(middle), round(x) + 18, round(middle))
        x = self._say(painter, x + 24, words.COMMIT_LINE) + 12
        painter.setPen(colors.signal)
        painter.drawText(QRectF(x, 0, 12, self.height()), Qt.AlignmentFlag.AlignVCenter, "▲")
        self._say(painter, x + 14, words.LATE)
        painter.end()

    def _say(self, painter: QPainter, x: float, said: str) -> float:
        width = QFontMetricsF(painter.font()).horizontalAdvance(said)
        painter.setPen(self._theme.colors.muted)
        room = QRectF(x, 0, width + 2, self.height())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, said)
        return x + width + 6


class CellCard(QFrame):
    """The likeliest tokens of one cell, its spread, and how far it is from the answer.

    Attributes:
        bars: The tokens.
        entropy: Its spread.
        kl: Its distance.
        title: Which token and layer.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Card")
        self.title = label("", "strong", wraps=True)
        self.bars = Bars(theme, is_code=True)
        self.entropy = Figure(theme, words.ENTROPY, "entropy", "nats")
        self.kl = Figure(theme, words.KL, "KL", "nats")
        self.note = label("", "small", wraps=True)
        figures = QWidget()
        flow = FlowLayout(figures, spacing=12)
        flow.addWidget(self.entropy)
        flow.addWidget(self.kl)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(8)
        for widget in (self.title, self.note, figures, self.bars):
            column.addWidget(widget)

    def forget(self) -> None:
        """No word stays on it."""
        self.title.setText("")
        self.bars.show_bars(())
        self.hide()

    def show_reading(
        self, token: str, number: int, layers: int, reading: LayerReading | None
    ) -> None:
        """This cell is on the card; None says that it was not read."""
        self.title.setText(f"“{words.visible(token)}”, {words.layer(number, layers)}")
        self.note.setText(words.NOT_READ_HERE if reading is None else "")
        self.note.setVisible(reading is None)
        self.entropy.show_value(None if reading is None else f"{reading.entropy_nats:.2f}")
        self.kl.show_value(None if reading is None else f"{reading.kl_nats:.2f}")
        self.bars.show_bars(
            [
                Bar(
                    words.visible(one.text),
                    one.probability,
                    words.ratio(one.probability),
                    "accent" if place == 0 else "faint",
                )
                for place, one in enumerate(reading.top[:_SHOWN] if reading else ())
            ]
        )


class DepthView(PanelView):
    """The logit lens of every token.

    Attributes:
        block: Its title.
        grid: Layers by tokens.
        card: The cell that is chosen.
        state: Why there is no grid, or that some of it comes later.
    """

    view = View.DEPTH
    title = DEPTH

    def __init__(self, desk: MeasuringDesk, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(desk, theme, parent)
        self.block = Block(theme, words.LENS_TITLE, words.LENS_UNIT, term="logit lens")
        self.grid = LensGrid(theme)
        self.key = LensKey(theme)
        self.state = label("", "small", wraps=True)
        self.approximate = label(words.APPROXIMATE, "faint", wraps=True)
        self.narrower = IconButton(theme, "minus", words.ZOOM_OUT)
        self.wider = IconButton(theme, "plus", words.ZOOM_IN)
        self.end = IconButton(theme, "to-end", words.TO_END)
        self.commit = Block(theme, words.COMMIT_TITLE, term="commit depth")
        self.commits = label("", "small", wraps=True)
        self.hint = label(words.CELL_HINT, "muted", wraps=True)
        self.card = CellCard(theme)
        self._arrange()
        self.narrower.clicked.connect(lambda: self.grid.zoom(-1))
        self.wider.clicked.connect(lambda: self.grid.zoom(1))
        self.end.clicked.connect(self.grid.follow_end)
        self.grid.zoomed.connect(self._show_zoom)
        self.grid.chosen.connect(self._chosen)
        for figure in (self.card.entropy, self.card.kl):
            figure.asked.connect(self.asked)

    def _arrange(self) -> None:
        tools = QHBoxLayout()
        tools.setSpacing(2)
        tools.addWidget(self.state, 1)
        for button in (self.narrower, self.wider, self.end):
            tools.addWidget(button)
        self.block.column.addLayout(tools)
        for widget in (self.grid, self.key, self.approximate):
            self.block.column.addWidget(widget)
        self.commit.column.addWidget(self.commits)
        self.add(self.block)
        self.column.addWidget(self.hint)
        self.column.addWidget(self.card)
        self.add(self.commit)
        self.column.addStretch(1)
        self._parts = (self.grid, self.key, self.narrower, self.wider, self.end, self.approximate)

    def show_measured(self, measured: Measured) -> None:
        """Another answer begins at its end, with no cell chosen."""
        if measured is not self.measured:
            self.grid.cell = None
            self.grid.is_following = True
        super().show_measured(measured)
        if not measured.is_measured():
            self._forget()

    def _forget(self) -> None:
        """No word of an answer stays behind a view that is not in sight."""
        self.grid.forget()
        self.card.forget()
        self.commits.setText("")

    def refresh(self) -> None:
        """The columns are as many as tokens are known."""
        measured = self.measured
        opening = measured.opening
        lens = opening.lens_layers if opening is not None else ()
        self.grid.cells.show(measured.tokens, opening.layers if opening else 0, lens)
        self.state.setText(self._state())
        has_grid = bool(measured.tokens) and bool(lens)
        for part in self._parts:
            part.setVisible(has_grid)
        self.grid.lay_out()
        self._show_picked()
        self._show_zoom()
        self._show_card()
        self._show_commits()

    def _state(self) -> str:
        measured = self.measured
        if not measured.tokens:
            return words.NO_TOKENS
        if measured.opening is None or not measured.opening.lens_layers:
            return words.NO_LENS
        cells = self.grid.cells
        return words.layers_read(len(cells.rows), cells.layers, has_unread=cells.has_unread())

    def _show_zoom(self) -> None:
        self.narrower.setEnabled(self.grid.can_zoom(-1))
        self.wider.setEnabled(self.grid.can_zoom(1))

    def _show_picked(self) -> None:
        """A token that was pinned in another view is in sight here too."""
        picked = self.measured.picked if self.measured.is_pinned else None
        if picked != self.grid.picked:
            self.grid.picked = picked
            if picked is not None:
                self.grid.show_column(picked)

    def _chosen(self, column: int, _row: int) -> None:
        self.measured.pick(column, is_pinned=True)
        self._show_card()

    def _show_card(self) -> None:
        cell, cells = self.grid.cell, self.grid.cells
        self.card.setVisible(cell is not None)
        self.hint.setVisible(cell is None and self.grid.isVisibleTo(self))
        if cell is not None:
            column, row = cell
            self.card.show_reading(
                cells.tokens[column].text, cells.rows[row], cells.layers, cells.reading(column, row)
            )

    def _show_commits(self) -> None:
        turn = self.measured.turn
        said = ""
        if turn is not None and turn.lens_tokens:
            said = words.commits(turn.settled_early, turn.late_revisions, turn.lens_tokens)
        self.commits.setText(said)
        self.commit.setVisible(bool(said))
