from __future__ import annotations

from ui.chat.highlight import CodeColours, coloured_runs


def test_words_of_a_language_get_their_role():
    code = 'def f():  # why\n    return "x" + 1\n'
    roles = {
        code[start : start + length]: role for start, length, role in coloured_runs(code, "python")
    }

    assert roles["def"] == "accent"
    assert roles["# why"] == "faint"
    assert roles["1"] == "signal"


def test_code_of_an_unknown_language_stays_plain():
    assert coloured_runs("blah blah", "no-such-language") == []


def test_colours_come_later_and_stay(qtbot):
    """Compiling a lexer takes several frames, so it is not done where the window is painted."""
    colours = CodeColours()

    with qtbot.waitSignal(colours.ready):
        assert colours.runs("x = 1", "python") is None
    assert colours.runs("x = 1", "python")
    qtbot.waitUntil(colours.is_idle)
