from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from ui.chat.answer_body import AnswerBody
from ui.chat.formulas import Formula, draw, formulas, is_drawable
from ui.chat.markdown import parse
from ui.chat.text_style import text_style

INK = QColor("#102030")


@pytest.fixture
def style(theme):
    formulas().forget()
    return text_style(theme)


def drawn(words, style, qtbot):
    body = AnswerBody(words, style)
    body.set_width(700)
    qtbot.waitUntil(formulas().is_idle)
    body.take_formulas()
    return body


def latex_of(words):
    found = []
    for block in parse(words):
        for token in getattr(block, "tokens", ()):
            inside = [token, *(token.children or [])]
            found += [t.content for t in inside if t.type.startswith("math")]
    return found


@pytest.mark.feature("chat.formulas")
def test_a_formula_is_drawn_as_vectors_in_the_line(style, qtbot):
    """Formulas in LaTeX are drawn as sharp vectors, in the line or on a line of their own."""
    body = drawn("Energy $E = mc^2$ and\n\n$$\n\\frac{a}{b}\n$$", style, qtbot)

    text = body.parts[0].document.toPlainText()
    assert text.count("\ufffc") == 2
    assert "frac" not in text
    small, large = (ink_of(draw(("x^2", px, False))) for px in (15, 60))
    assert large > 10 * small, "a drawing of four times the size has sixteen times the ink"


def ink_of(formula: Formula) -> int:
    picture = QImage(int(formula.width) + 1, int(formula.height) + 1, QImage.Format.Format_ARGB32)
    picture.fill(QColor("white"))
    painter = QPainter(picture)
    formula.paint(painter, QRectF(picture.rect()), INK)
    painter.end()
    return sum(
        picture.pixelColor(x, y).lightness() < 128
        for x in range(picture.width())
        for y in range(picture.height())
    )


def test_a_formula_has_the_colour_it_is_asked_for():
    picture = QImage(80, 40, QImage.Format.Format_ARGB32)
    picture.fill(QColor("white"))
    painter = QPainter(picture)
    draw((r"\blacksquare", 40, True)).paint(painter, QRectF(picture.rect()), QColor("#ff0000"))
    painter.end()
    colours = {picture.pixelColor(x, y).name() for x in range(80) for y in range(40)}
    assert "#ff0000" in colours
    assert "#000000" not in colours


def test_a_copied_formula_is_latex_again(style, qtbot):
    part = drawn("So $E = mc^2$ holds, and $a+b$ too.", style, qtbot).parts[0]
    assert part.text_between(0, part.length()) == "So $E = mc^2$ holds, and $a+b$ too."


@pytest.mark.parametrize("latex", [r"\frac{a}{", r"\frac{1}{" * 12 + "x" + "}" * 12, "x+" * 3000])
def test_what_cannot_be_drawn_is_shown_as_it_was_written(latex, style, qtbot):
    """Twelve nested fractions would take the library 15 seconds; they are not even begun."""
    assert draw((latex, 15, False)) == Formula()
    body = drawn(f"Before ${latex}$ after", style, qtbot)
    shown = "".join(part.document.toPlainText() for part in body.parts)
    assert latex[:40] in shown
    assert not body.take_formulas(), "it is not tried again and again"


@pytest.mark.parametrize(
    "latex",
    [
        r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}^{-1}",
        r"\begin{matrix} \begin{matrix} a \end{matrix}^2 \end{matrix}_1",
        r"\sum_{i=0}^{n} i^2",
        r"\begin{aligned} a &= b \\ c &= d \end{aligned}",
    ],
)
def test_what_models_often_write_is_drawn(latex):
    assert draw((latex, 15, True)).svg


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("from $5 to $10", []),
        ("costs 5$ or 6$ each", []),
        ("a $x$ b", ["x"]),
        (r"a \$x\$ b", []),
        (r"a \(x\) b", ["x"]),
        ("$$\nx\ny\n$$", ["x\ny"]),
        ("\\[\nx\n\\]", ["x"]),
        ("- $$x$$", ["x"]),
        ("$$\nx\n\ny\n$$", []),
        ("`$x$`", []),
        ("$ x$ and $x $", []),
        ("| a |\n|---|\n| $x$ |", ["x"]),
    ],
)
def test_dollars_are_money_unless_they_enclose_a_formula(words, found):
    assert latex_of(words) == found


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="$\\[]()x 1\n{}_^`*|-", max_size=120))
def test_no_text_breaks_the_reading_of_formulas(words):
    assert all(set(latex) <= set(words) for latex in latex_of(words))
    assert is_drawable(words) in (True, False)
