from __future__ import annotations

import time

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from engine.contract.introspection_events import LensRead, MeasuringBegun, TokenMeasured
from engine.contract.signals import Unavailable, View
from tests.helpers import instrument_window as measured
from tests.ui.test_theme import contrast
from ui.introspection import cividis
from ui.introspection.lens_grid import ZOOM, LensGrid
from ui.introspection.lens_painter import commit_lines

PLAIN = 25  # px beside a cell's left edge and top, where no word is


@pytest.fixture
def depth(open_fake_window, qtbot):
    _, view = measured.open_measured(open_fake_window, qtbot, measured.measured_port(), "depth")
    return view


def grid_of(theme, qtbot, tokens):
    grid = LensGrid(theme)
    qtbot.addWidget(grid)
    grid.cells.show(tokens, measured.LAYERS, measured.LENS)
    grid.resize(360, 200)
    grid.show()
    grid.lay_out()
    return grid


def test_ink_can_be_read_on_every_colour_of_the_map():
    weakest = min(
        contrast(cividis.ground(step / 255), cividis.ink(step / 255)) for step in range(256)
    )

    assert weakest >= 4.5


def test_more_is_lighter_all_the_way():
    # Colours are whole numbers; over a few steps their rounding no longer shows.
    lights = [cividis._luminance(cividis.ground(step / 51)) for step in range(52)]

    assert lights == sorted(lights)


@pytest.mark.feature("introspection.depth")
def test_every_cell_shows_what_its_layer_would_say(depth):
    """A grid shows what the model would say at each layer, and where each token settled."""
    grid = depth.grid
    assert grid.cells.rows == (12, 8, 4)
    assert [grid.cells.reading(1, row).top[0].text for row in range(3)] == [" sky", " sky", " no"]

    picture = grid.viewport().grab().toImage()
    for row, layer in enumerate((12, 8, 4)):
        rect = grid.cell_rect(len(measured.WORDS) - 2, row)
        seen = picture.pixelColor(rect.right() - 4, rect.top() + 4)
        assert seen == cividis.ground(layer / 16), layer


def test_what_was_not_read_is_hatched_and_never_the_colour_of_zero(theme, qtbot):
    grid = grid_of(theme, qtbot, [measured.token(0, "a"), measured.token(1, "b", commit=None)])

    rect = grid.cell_rect(1, 0)
    picture = grid.viewport().grab().toImage()
    seen = {
        picture.pixelColor(x, y).name()
        for x in range(rect.left() + 2, rect.right() - 4)
        for y in range(rect.top() + 2, rect.bottom() - 4)
    }
    assert theme.colors.sunken.name() in seen
    assert len(seen) > 1
    assert cividis.ground(0).name() not in seen
    assert "not read" in grid.cells.said(1, 0)


def test_the_line_goes_under_the_layer_where_each_token_settled(theme, qtbot):
    commits = (12, 8, None, 4)
    tokens = [measured.token(n, "a", commit=commit) for n, commit in enumerate(commits)]
    grid = grid_of(theme, qtbot, tokens)

    lines = commit_lines(grid.cells, grid, range(4))
    flat = [(line.x1(), line.y1()) for line in lines if line.y1() == line.y2()]
    expected = [
        (grid.cell_rect(column, row).left(), grid.cell_rect(column, row).bottom() + 0.5)
        for column, row in ((0, 0), (1, 1), (3, 2))
    ]
    assert flat == expected
    # Nothing joins what was read with what was not.
    assert all(
        line.x2() <= grid.cell_rect(2, 0).left() or line.x1() >= grid.cell_rect(3, 0).left()
        for line in lines
    )


def test_late_revisions_are_marked(theme, qtbot):
    grid = grid_of(theme, qtbot, [measured.token(0, "a", commit=12), measured.token(1, "b")])

    assert (grid.cells.is_late(0), grid.cells.is_late(1)) == (True, False)
    foot = grid.cell_rect(0, 3)
    picture = grid.viewport().grab().toImage()
    column = {
        picture.pixelColor(x, y).name()
        for x in range(foot.left(), foot.left() + 10)
        for y in range(foot.top(), foot.top() + 20)
    }
    assert theme.colors.signal.name() in column


def test_a_click_shows_the_cell_and_its_figures(depth, qtbot):
    rect = depth.grid.cell_rect(len(measured.WORDS) - 1, 2)
    qtbot.mouseClick(depth.grid.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())

    assert depth.card.title.text() == "“.”, layer 4 of 12"
    assert depth.card.entropy.said() == "Entropy 1.25 nats"
    assert depth.card.kl.said() == "KL 0.75 nats"
    assert [bar.word for bar in depth.card.bars.bars()] == ["no", "else"]
    assert depth.card.bars.bars()[0].figure == "0.25"
    assert depth.measured.picked == len(measured.WORDS) - 1


def test_the_grid_is_walked_by_keys(depth, qtbot):
    depth.grid.setFocus()
    for key, cell in (
        (Qt.Key.Key_Left, (10, 0)),
        (Qt.Key.Key_Down, (10, 1)),
        (Qt.Key.Key_Left, (9, 1)),
        (Qt.Key.Key_Home, (0, 1)),
        (Qt.Key.Key_Up, (0, 0)),
        (Qt.Key.Key_End, (10, 0)),
    ):
        qtbot.keyClick(depth.grid, key)
        assert depth.grid.cell == cell
    assert depth.grid.accessibleDescription().startswith("“.” at layer 12 of 12: “.”")


def test_far_away_there_are_colours_and_no_words(depth, qtbot):
    depth.grid.setFocus()
    for _ in range(3):
        qtbot.keyClick(depth.grid, "-")
    assert depth.grid.column_px() == ZOOM[0]
    assert not depth.grid.has_words()
    assert not depth.narrower.isEnabled()
    depth.wider.click()
    assert depth.grid.column_px() == ZOOM[1]


def test_the_wheel_zooms_only_with_ctrl(theme, qtbot):
    grid = grid_of(theme, qtbot, [measured.token(n, "a") for n in range(400)])
    before = grid.column_px()

    def turn(modifier):
        place = QPointF(100, 20)
        event = QWheelEvent(
            place,
            grid.mapToGlobal(place),
            QPoint(),
            QPoint(0, 120),
            Qt.MouseButton.NoButton,
            modifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(grid.viewport(), event)

    turn(Qt.KeyboardModifier.NoModifier)
    assert grid.column_px() == before
    turn(Qt.KeyboardModifier.ControlModifier)
    assert grid.column_px() > before


def test_the_end_is_followed_unless_one_has_scrolled_away(theme, qtbot):
    tokens = [measured.token(n, "a") for n in range(50)]
    grid = grid_of(theme, qtbot, tokens)
    bar = grid.horizontalScrollBar()
    tokens.append(measured.token(50, "b"))
    grid.lay_out()
    assert bar.value() == bar.maximum()

    bar.triggerAction(bar.SliderAction.SliderToMinimum)
    tokens.append(measured.token(51, "c"))
    grid.lay_out()
    assert bar.value() == 0
    grid.follow_end()
    assert bar.value() == bar.maximum()


def test_only_what_is_in_sight_is_drawn(theme, qtbot):
    shared = measured.token(0, "a")
    tokens = [measured.replace(shared, index=n) for n in range(32_000)]
    grid = grid_of(theme, qtbot, tokens)
    assert len(grid.visible_columns()) <= 360 // ZOOM[3] + 2

    best = 1.0
    for _ in range(5):
        begun = time.perf_counter()
        grid.lay_out()
        grid.viewport().grab()
        best = min(best, time.perf_counter() - begun)
    assert best < 0.016, "a frame at 60 Hz"


def test_a_token_more_draws_only_the_cells_beside_it_anew(theme, qtbot):
    tokens = [measured.token(n, "a") for n in range(400)]
    grid = grid_of(theme, qtbot, tokens)
    grid.resize(1200, 200)
    grid.viewport().grab()
    tiles = grid._painter.tiles
    before = tiles.drawn
    tokens.append(measured.token(400, "b"))
    grid.lay_out()
    grid.viewport().grab()
    assert tiles.drawn == before + 1

    tokens[-2] = measured.replace(tokens[-2], lens=(), commit_layer=None)
    grid.viewport().grab()
    assert tiles.drawn == before + 2
    grid.viewport().grab()
    assert tiles.drawn == before + 2


def test_what_comes_later_fills_in_what_was_hatched(open_fake_window, qtbot):
    port = measured.measured_port()
    _, view = measured.open_measured(open_fake_window, qtbot, port, "depth")
    ids = {"conversation_id": measured.CONVERSATION, "message_id": measured.ANSWER}
    port.play(
        MeasuringBegun(**ids, opening=measured.opening()),
        TokenMeasured(**ids, signals=measured.token(0, "a", commit=None)),
    )
    qtbot.waitUntil(lambda: "Hatched" in view.state.text())
    assert view.grid.cells.reading(0, 0) is None

    port.play(LensRead(**ids, readings=((0, (measured.reading(12, "a"),), 12),)))
    qtbot.waitUntil(lambda: "Hatched" not in view.state.text())
    assert view.grid.cells.reading(0, 0).top[0].text == "a"


def test_a_model_without_a_lens_says_so(open_fake_window, qtbot):
    reason = "This model has no layers that can be watched."
    lacks = measured.opening(unavailable=(Unavailable(view=View.DEPTH, reason=reason),))
    port = measured.measured_port(measured.trace(opening=lacks))
    _, view = measured.open_measured(open_fake_window, qtbot, port, "depth")

    assert view.lack() == reason
    assert not view.grid.isVisible()
