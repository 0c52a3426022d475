from __future__ import annotations

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QTextDocument

from ui import screen_content as content
from ui.chat.answer_body import AnswerBody
from ui.chat.code_part import CodePart
from ui.chat.document_writer import SafeDocument
from ui.chat.markdown import SHOWN_CHARACTERS, Code, Prose, needs_whole_text, parse, stable_end
from ui.chat.message_parts import ProsePart
from ui.chat.text_style import text_style


@pytest.fixture
def style(theme):
    return text_style(theme)


def shown(words, style):
    return [part.document.toPlainText() for part in AnswerBody(words, style).parts]


@pytest.mark.feature("chat.markdown")
def test_an_answer_is_shown_with_headings_lists_tables_and_code(style):
    """Answers are set with headings, lists, tables, quotes and highlighted code."""
    blocks = parse(content.RICH_ANSWER)
    assert [type(block) for block in blocks] == [Prose, Code, Prose]
    assert blocks[1].language == "python"

    top, code, rest = shown(content.RICH_ANSWER, style)
    assert "Steps\nWalk the folder and group by size" in top
    assert code.startswith("from collections import defaultdict")
    assert "400,000" in rest
    assert "documentation of hashlib" in rest


def test_a_tag_in_an_answer_is_text(style):
    """Markup from a model or from a page it quotes must never run or load anything."""
    words = 'Look: <script>alert(1)</script> <img src="http://evil.example/x.png">'

    assert shown(words, style) == [words]


def test_a_picture_is_named_and_not_loaded(style):
    part = ProsePart(parse("![a cat](http://evil.example/cat.png)")[0], style)

    assert part.document.toPlainText() == "a cat"
    assert "\ufffc" not in part.document.toPlainText()


@pytest.mark.usefixtures("qapp")
def test_a_document_loads_nothing_from_anywhere():
    document = SafeDocument()

    for kind in QTextDocument.ResourceType:
        assert document.resource(kind.value, QUrl("file:///etc/hostname")) is None


def test_links_keep_their_address_and_bare_ones_become_links(style):
    part = ProsePart(parse("See [docs](https://a.example/x) or https://b.example/y.")[0], style)
    part.set_width(700)
    fragments = []
    block = part.document.begin()
    iterator = block.begin()
    while not iterator.atEnd():
        fragments.append(iterator.fragment())
        iterator += 1
    links = {f.text(): f.charFormat().anchorHref() for f in fragments if f.charFormat().isAnchor()}

    assert links == {"docs": "https://a.example/x", "https://b.example/y": "https://b.example/y"}


def test_a_huge_answer_is_cut_for_the_eye(style):
    """A QTextDocument of megabytes would hold the window up for seconds."""
    body = AnswerBody("x" * (SHOWN_CHARACTERS + 1000), style)
    while not body.is_complete:
        body.advance()

    shown_letters = sum(len(part.document.toPlainText()) for part in body.parts)
    assert shown_letters == SHOWN_CHARACTERS


@pytest.mark.parametrize("step", [1, 7, 64])
@pytest.mark.parametrize("words", [content.RICH_ANSWER, content.RED_ANSWER, content.ARABIC_ANSWER])
def test_an_answer_that_grew_ends_as_one_that_came_at_once(words, step, style):
    """What was settled while it was written is not rendered again, so it must be right."""
    body = AnswerBody("", style)
    body.set_width(700)
    for end in range(step, len(words) + step, step):
        body.grow(words[:end])
    body.finish(words)

    whole = AnswerBody(words, style)
    grown_text = "\n".join(part.document.toPlainText().strip() for part in body.parts)
    whole_text = "\n".join(part.document.toPlainText().strip() for part in whole.parts)
    assert [line for line in grown_text.splitlines() if line.strip()] == [
        line for line in whole_text.splitlines() if line.strip()
    ]


def test_a_settled_part_is_never_made_again(style):
    body = AnswerBody("", style)
    body.set_width(700)
    body.grow("First paragraph.\n\nSecond paragraph is longer")
    first = body.parts[0]
    body.grow("First paragraph.\n\nSecond paragraph is longer, and goes on.")

    assert body.parts[0] is first
    assert isinstance(first, ProsePart)


def test_code_that_is_being_written_stands_on_its_ground_at_once(style):
    body = AnswerBody("", style)
    body.set_width(700)
    body.grow("Here:\n\n```python\nx = 1\ny")

    assert isinstance(body.parts[-1], CodePart)
    assert body.parts[-1].code == "x = 1\ny"


@pytest.mark.parametrize(
    ("text", "settled"),
    [
        ("Hello", ""),
        ("One.\n\nTwo goes on here", "One.\n\n"),
        ("- a\n\n- b is still the list\n", ""),
        ("```\na\n\nb\n", ""),
        ("```\na\n```\nafter", "```\na\n```\n"),
        ("One.\n\n1", ""),
    ],
)
def test_only_what_cannot_change_is_settled(text, settled):
    assert text[: stable_end(text, 0)] == settled


def test_a_link_defined_elsewhere_needs_the_whole_text():
    assert needs_whole_text("See [a].\n\n[a]: https://a.example\n")
    assert not needs_whole_text("See [a](https://a.example).")
