"""What was measured at a token tints the letters that became of it, whatever Markdown does."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from engine.contract.introspection_commands import LoadTrace
from engine.contract.signals import Profile
from tests.helpers.fake_instruments import measured_token
from ui.chat.shown_text import Aligner, spans
from ui.introspection.measured import Measured
from ui.screen_measurements import cut


def tinted(window, row=1):
    """The words that are tinted, in their order."""
    view = window.page.view
    index = window.page.messages.index(row, 0)
    layout = view.delegate.layout_of(index, view.layout_width())
    view.viewport().repaint()
    return [
        part.text_between(start, end)
        for part in layout.answer_parts()
        for start, end, _ in part.doubts
    ]


@pytest.fixture
def answered(window, engine, qtbot):
    """Gives an answer whose named tokens are doubtful; doubt is shown."""

    def answer(text, *doubtful, pieces=None):
        engine.answers = pieces or cut(text)
        assert "".join(engine.answers) == text or pieces
        window.session.settings.change("introspection", "is_doubt_shown", True)
        desk = window.session.measuring
        qtbot.waitUntil(lambda: desk.profile is Profile.LIVE)
        window.resize(1100, 900)
        window.page.composer.send("Why?")
        qtbot.waitUntil(lambda: not window.session.desk.is_answering())
        qtbot.waitUntil(lambda: desk.current.turn is not None)
        measured = desk.current
        for place, token in enumerate(measured.tokens):
            nats = 3.0 if token.text.strip() in doubtful else 0.0
            measured.tokens[place] = measured_token(token.index, token.text, entropy_nats=nats)
        measured.revision += 1
        QApplication.processEvents()
        return tinted(window)

    return answer


def found(written, shown):
    """Each letter that is shown with the one it was written as."""
    places = Aligner(written).follow(shown)
    return [
        (letter, written[place]) for letter, place in zip(shown, places, strict=True) if place >= 0
    ]


@pytest.mark.feature("introspection.doubt")
def test_doubt_tints_words_of_the_chat_itself(answered):
    """Words that the model was unsure of are tinted in the chat, if you wish."""
    assert answered("The sky is blue at noon.", "blue") == ["blue"]


def test_lists_and_headings(answered):
    text = "# Steps now\n\n1. Walk the folder\n2. Hash 12 files\n   - links stay\n   - empty ones\n"
    assert answered(text, "Steps", "Hash", "12", "links", "empty") == [
        "Steps",
        "Hash",
        "12",
        "links",
        "empty",
    ]


def test_bold_code_and_quotes(answered):
    text = "It is **very sure** of `hash_of(x)` and *less* so.\n\n> Said *somebody* else.\n"
    assert answered(text, "very", "hash_of", "less", "somebody") == [
        "very",
        "hash_of",
        "less",
        "somebody",
    ]


def test_links_lead_nowhere_wrong(answered):
    text = "See [the manual](https://the.example/manual_the/hash) and the rest of the text.\n"
    assert answered(text, "the", "rest") == ["the", "the", "rest", "the"]


def test_blocks_of_code(answered):
    text = (
        "Like this:\n\n```python\nfor path in paths:\n    print(path)  # path\n```\n\nThen path.\n"
    )
    assert answered(text, "path") == ["path"] * 4


def test_tables(answered):
    text = "| Name | Size |\n|:-----|-----:|\n| alpha | 10 |\n| beta | 20 |\n\nThat is beta.\n"
    assert answered(text, "alpha", "20", "beta") == ["alpha", "beta", "20", "beta"]


def test_signs_of_two_units(answered):
    text = "A 😀 smile, then 👍🏽 **thumbs** up."
    assert answered(text, "smile", "thumbs", "up") == ["smile", "thumbs", "up"]


def test_a_sign_of_several_tokens(answered):
    broken = "\ufffd"
    shown = answered("A 😀 smile.", f" {broken}", broken, pieces=["A", " 😀", " smile", "."])
    assert shown == []


def test_entities_and_escapes(answered):
    text = "Fish &amp; chips cost \\*five\\* pounds, not six."
    assert answered(text, "chips", "pounds", "six") == ["chips", "pounds", "six"]


def test_right_to_left(answered):
    assert answered("السماء حمراء **عند** الغروب", "عند", "حمراء") == ["حمراء", "عند"]


def test_letters_are_found_in_their_order():
    written = "**a** [b](http://c/b) `c` $x^2$ b"
    assert [pair[0] for pair in found(written, "a b c \ufffc b")] == list("abcb")
    assert all(shown == was for shown, was in found(written, "a b c \ufffc b"))
    places = Aligner(written).follow("a b c \ufffc b")
    assert [place for place in places if place >= 0] == [2, 7, 23, len(written) - 1]


def test_what_was_not_written_is_not_tinted():
    assert Aligner("abc").follow("xyz abc")[:3] == [-1, -1, -1]
    assert spans("ab", [-1, -1], [0], [1.0]) == []


def test_thoughts_are_not_taken_for_the_answer(window, engine, qtbot):
    engine.reasoning = ["The", " sky", "?"]
    engine.answers = ["The", " sky", " is", " blue"]
    window.session.settings.change("introspection", "is_doubt_shown", True)
    qtbot.waitUntil(lambda: window.session.measuring.profile is Profile.LIVE)
    window.page.composer.send("Why?")
    qtbot.waitUntil(lambda: not window.session.desk.is_answering())
    measured: Measured = window.session.measuring.current
    qtbot.waitUntil(lambda: len(measured.tokens) == 7)
    for place, token in enumerate(measured.tokens):
        nats = 3.0 if place in (1, 3) else 0.0
        measured.tokens[place] = measured_token(token.index, token.text, entropy_nats=nats)
    measured.revision += 1

    assert tinted(window) == ["The"]


def test_it_costs_nothing_while_it_is_not_shown(window, qtbot):
    window.introspection.open()
    qtbot.waitUntil(lambda: window.session.measuring.profile is Profile.LIVE)
    window.page.composer.send("Why?")
    qtbot.waitUntil(lambda: not window.session.desk.is_answering())
    assert window.page.view.delegate.doubter is None
    assert tinted(window) == []

    window.introspection.toggle_doubt()
    qtbot.waitUntil(lambda: window.page.view.delegate.doubter is not None)
    window.introspection.toggle_doubt()
    qtbot.waitUntil(lambda: window.page.view.delegate.doubter is None)
    assert tinted(window) == []


def test_older_answers_in_sight_are_asked_for_once(window, engine, qtbot):
    window.introspection.open()
    qtbot.waitUntil(lambda: window.session.measuring.profile is Profile.LIVE)
    for _ in range(2):
        window.page.composer.send("Why?")
        qtbot.waitUntil(lambda: not window.session.desk.is_answering())
    (conversation_id,) = engine.conversations
    qtbot.waitUntil(lambda: len(engine.instruments.traces) == 2)
    window.new_conversation()
    window.introspection.toggle_doubt()
    window.session.desk.show(conversation_id)
    qtbot.waitUntil(lambda: len(engine.sent(LoadTrace)) == 2)
    window.page.view.viewport().repaint()
    QApplication.processEvents()

    assert {one.message_id for one in engine.sent(LoadTrace)} == set(engine.instruments.traces)
    assert len(engine.sent(LoadTrace)) == 2


def test_it_follows_an_answer_while_it_is_written(window, engine, qtbot):
    engine.answers = ["Here", " is", " **", "bold", "**", " and\n\n", "more", " of", " it"]
    engine.pause_after = 4
    window.session.settings.change("introspection", "is_doubt_shown", True)
    qtbot.waitUntil(lambda: window.session.measuring.profile is Profile.LIVE)
    window.page.composer.send("Why?")
    qtbot.waitUntil(lambda: len(window.session.measuring.current.tokens) == 4)
    qtbot.waitUntil(lambda: tinted(window) == ["**"])  # every third token is a fork
    engine.hold.set()
    qtbot.waitUntil(lambda: not window.session.desk.is_answering())
    qtbot.waitUntil(lambda: len(window.session.measuring.current.tokens) == 9)

    assert tinted(window) == ["and", "it"]
