"""The answer token by token: what is drawn, what can be reached, and what it leads to."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from engine.contract.introspection_commands import BranchAtToken
from engine.contract.messages import Role
from engine.contract.signals import Profile
from tests.helpers.fake_instruments import OPENING, measured_token
from ui.introspection.measured import Measured
from ui.introspection.ribbon_lines import RibbonLines
from ui.introspection.tint import strength
from ui.introspection.token_ribbon import TokenRibbon
from ui.introspection.token_text import Joiner
from ui.widgets import announcing

PIECES = ["The", " sky", " is", " blue", " at", " noon", "."]


@pytest.fixture
def stream(window, engine, qtbot):
    """The Stream view on an answer that was just written."""
    engine.answers = PIECES
    window.resize(1280, 800)
    window.introspection.open()
    desk = window.session.measuring
    qtbot.waitUntil(lambda: desk.profile is Profile.LIVE)
    window.page.composer.send("Why?")
    qtbot.waitUntil(lambda: not window.session.desk.is_answering())
    qtbot.waitUntil(lambda: desk.current.turn is not None)
    view = window.introspection.panel.view()
    qtbot.waitUntil(lambda: len(view.ribbon.pieces) == len(PIECES))
    qtbot.waitUntil(lambda: view.card.more.isEnabled())
    return view


def point_at(view, place):
    at = view.ribbon.rect_of(place).center()
    move = QMouseEvent(
        QEvent.Type.MouseMove,
        at,
        view.ribbon.viewport().mapToGlobal(at),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(view.ribbon.viewport(), move)
    return at.toPoint()


def many(count):
    measured = Measured("c", "m")
    measured.begin(OPENING)
    for index in range(count):
        measured.add(measured_token(index, f" word{index % 97}"))
    return measured


@pytest.fixture
def ribbon(qtbot, theme):
    made = TokenRibbon(theme, lambda: "")
    qtbot.addWidget(made)
    made.resize(340, 200)
    made.show()
    return made


@pytest.mark.feature("introspection.stream")
def test_pointing_at_a_token_shows_it_and_a_click_keeps_it(stream, qtbot):
    """Pointing at a token of the answer shows what else could have come; a click keeps it."""
    at = point_at(stream, 1)
    qtbot.waitUntil(lambda: stream.card.token.text() == "“sky”")
    assert stream.measured.picked == 1
    assert not stream.measured.is_pinned

    QTest.mouseClick(stream.ribbon.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert stream.measured.is_pinned
    point_at(stream, 3)
    assert stream.measured.picked == 1, "a pinned token stays"
    QTest.mouseClick(stream.ribbon.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert stream.measured.picked is None


def test_the_end_is_followed_while_nothing_is_picked(stream, qtbot):
    qtbot.waitUntil(lambda: stream.card.token.text() == "“.”")
    point_at(stream, 0)
    QApplication.sendEvent(stream.ribbon, QEvent(QEvent.Type.Leave))
    qtbot.waitUntil(lambda: stream.measured.picked is None)


@pytest.mark.feature("introspection.keyboard")
def test_keys_walk_from_token_to_token_and_say_them(stream, monkeypatch):
    """Arrow keys walk through the tokens, each is spoken, Return opens and Esc lets go."""
    said = []
    monkeypatch.setattr(announcing, "send", lambda event: said.append(event.message()))
    ribbon = stream.ribbon
    ribbon.setFocus()
    QTest.keyClick(ribbon, Qt.Key.Key_Home)
    QTest.keyClick(ribbon, Qt.Key.Key_Right)
    QTest.keyClick(ribbon, Qt.Key.Key_Right)
    assert stream.measured.picked == 2
    assert stream.measured.is_pinned
    assert said[-1].startswith("is, token 3 of 7, fork, layers not read, probability 50 percent")
    QTest.keyClick(ribbon, Qt.Key.Key_Left)
    assert stream.measured.picked == 1
    QTest.keyClick(ribbon, Qt.Key.Key_End)
    assert stream.measured.picked == 6
    QTest.keyClick(ribbon, Qt.Key.Key_Escape)
    assert stream.measured.picked is None


def test_return_opens_what_else_could_have_come(stream, qtbot):
    stream.ribbon.setFocus()
    QTest.keyClick(stream.ribbon, Qt.Key.Key_Home)
    QTest.keyClick(stream.ribbon, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
    menu = QApplication.activePopupWidget()

    assert [act.isEnabled() for act in menu.actions()] == [False, True, True]
    assert menu.actions()[1].text() == "“other”   0.30"
    menu.close()


@pytest.mark.feature("introspection.branch")
def test_an_alternative_begins_another_version(stream, window, engine, qtbot):
    """Another token can be chosen, and the answer is written on from there as another version."""
    first = window.session.desk.tree.last_of(Role.ASSISTANT).id
    stream.measured.pick(3, is_pinned=True)
    qtbot.waitUntil(lambda: stream.card.token.text() == "“blue”")
    chosen, other, _ = (row for row in stream.card.rows if row.alternative is not None)
    assert not chosen.isEnabled()
    assert chosen.accessibleName() == "“blue”, what stands there, probability 0.50"
    assert other.accessibleName() == "Continue with “other”, probability 0.30"
    other.click()
    qtbot.waitUntil(lambda: bool(engine.sent(BranchAtToken)))
    (command,) = engine.sent(BranchAtToken)
    assert (command.message_id, command.index, command.token_id) == (first, 3, 301)
    qtbot.waitUntil(lambda: not window.session.desk.is_answering())

    assert window.page.last_answer().startswith("The sky is other")
    latest = window.session.desk.tree.last_of(Role.ASSISTANT).id
    assert latest != first
    assert window.session.desk.entry().tree.versions(latest) == (first, latest)
    assert window.session.measuring.current.message_id == latest


@pytest.mark.usefixtures("stream")
def test_nothing_is_begun_while_an_answer_is_written(window, engine, qtbot):
    engine.pause_after = 2
    window.page.composer.send("More")
    qtbot.waitUntil(lambda: len(window.session.measuring.current.tokens) == 2)
    view = window.introspection.panel.view()
    qtbot.waitUntil(lambda: view.card.token.text() == "“sky”")

    assert not view.card.more.isEnabled()
    assert not any(row.isEnabled() for row in view.card.rows)
    engine.hold.set()
    qtbot.waitUntil(lambda: not window.session.desk.is_answering())
    qtbot.waitUntil(view.card.more.isEnabled)


@pytest.mark.feature("introspection.tint")
def test_the_tint_is_chosen_and_kept(stream, window, qtbot):
    """What the ground under the tokens shows is chosen in the panel, and stays so."""
    row = stream.tint.findData("margin")
    stream.tint.setCurrentIndex(row)
    stream.tint.activated.emit(row)
    qtbot.waitUntil(lambda: window.session.settings.value.introspection.tint == "margin")
    window.session.settings.change("introspection", "tint", "commit")
    qtbot.waitUntil(lambda: stream.tint.currentData() == "commit")


def test_what_was_not_measured_is_not_drawn_as_sure():
    unread = measured_token(0, "a")
    assert strength(unread, "commit", 12) is None
    assert strength(measured_token(0, "a", commit_layer=12), "commit", 12) == 1.0
    assert strength(measured_token(0, "a", commit_layer=6), "commit", 12) == 0.0
    assert strength(measured_token(0, "a", entropy_nats=0.1), "entropy", 12) == 0.0
    assert strength(measured_token(0, "a", margin_nats=0.0), "margin", 12) == 1.0


def test_a_long_answer_paints_only_the_lines_in_sight(ribbon):
    measured = many(32_768)
    while ribbon.show_measured(measured, "entropy"):
        pass
    ribbon.viewport().repaint()

    assert len(ribbon.pieces) == 32_768
    assert ribbon.verticalScrollBar().maximum() > 50_000
    assert 0 < ribbon.drawn_lines <= 200 / 20 + 2
    measured.add(measured_token(32_768, " end"))
    ribbon.show_measured(measured, "entropy")
    assert not ribbon.rect_of(32_768).isEmpty(), "the end is in sight"


def test_a_token_more_looks_at_the_last_line_only(ribbon, monkeypatch):
    measured = many(4000)
    while ribbon.show_measured(measured, "entropy"):
        pass
    broken = []
    breaks = RibbonLines._break
    monkeypatch.setattr(
        RibbonLines,
        "_break",
        lambda self, text, **more: broken.append(len(text)) or breaks(self, text, **more),
    )
    measured.add(measured_token(4000, " more"))
    ribbon.show_measured(measured, "entropy")

    assert sum(broken) < 100


def test_tokens_can_be_taken_away_again(ribbon, stream):
    measured = many(200)
    ribbon.show_measured(measured, "entropy")
    stream.line.show_measured(measured)
    del measured.tokens[50:]
    ribbon.show_measured(measured, "entropy")
    stream.line.show_measured(measured)
    ribbon.viewport().repaint()
    stream.line.repaint()

    assert len(ribbon.pieces) == 50
    assert not ribbon.rect_of(49).isEmpty()


def test_every_token_has_a_place_whatever_the_width(ribbon):
    measured = many(300)
    measured.add(measured_token(300, "\n\n"))
    measured.add(measured_token(301, " end"))
    for width in (340, 180, 620):
        ribbon.resize(width, 200)
        ribbon.show_measured(measured, "surprisal")
        tops = [ribbon.rect_of(place).top() for place in range(302)]
        assert not any(ribbon.rect_of(place).isEmpty() for place in range(302))
        assert tops == sorted(tops)


def test_a_character_of_several_tokens_is_drawn_whole():
    said = "I am 😀 now, और वह"
    broken = "\ufffd"
    texts = ["I", " am", f" {broken}", broken, broken, " now", ",", " और", " व", broken, broken]
    joiner = Joiner(lambda: said)
    joiner.extend([measured_token(index, text) for index, text in enumerate(texts)])

    assert [piece.text for piece in joiner.pieces][2] == " 😀"
    assert (joiner.pieces[2].first, joiner.pieces[2].last) == (2, 4)
    assert "".join(piece.text for piece in joiner.pieces) == said
    assert not any(broken in piece.text for piece in joiner.pieces)


def test_a_character_that_is_still_coming_is_not_drawn_broken():
    said = ["Look: "]
    joiner = Joiner(lambda: said[0])
    tokens = [measured_token(0, "Look: "), measured_token(1, "\ufffd")]
    joiner.extend(tokens)
    assert "\ufffd" not in joiner.pieces[-1].text
    said[0] = "Look: 😀!"
    tokens += [measured_token(2, "\ufffd"), measured_token(3, "!")]

    assert joiner.extend(tokens) == 1
    assert [piece.text for piece in joiner.pieces] == ["Look: ", "😀", "!"]


def test_the_ribbon_has_a_name_and_tells_its_token(stream, qtbot):
    stream.measured.pick(1, is_pinned=True)
    qtbot.waitUntil(lambda: "sky" in stream.ribbon.accessibleDescription())
    interface = QAccessible.queryAccessibleInterface(stream.ribbon)

    assert interface.text(QAccessible.Text.Name) == "The answer by its tokens"


def test_a_hidden_view_draws_nothing(stream, window, qtbot):
    window.introspection.toggle()
    stream.ask()
    assert stream._frame.is_waiting()
    window.introspection.toggle()
    qtbot.waitUntil(lambda: not stream._frame.is_waiting())


def test_the_line_of_entropy_can_be_pointed_at(stream):
    line = stream.line
    place = QPointF(line._x_of(2), 20)
    move = QMouseEvent(
        QEvent.Type.MouseMove,
        place,
        line.mapToGlobal(place),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(line, move)
    assert stream.measured.picked == 2
    QTest.mouseClick(line, Qt.MouseButton.LeftButton, pos=QPoint(round(line._x_of(5)), 20))
    assert (stream.measured.picked, stream.measured.is_pinned) == (5, True)


def test_many_tokens_share_a_pixel_by_their_highest(stream):
    measured = many(5000)
    line = stream.line
    line.show_measured(measured)

    assert len(line._highest) <= line.width()
    assert max(line._highest) == max(token.entropy_nats for token in measured.tokens)
