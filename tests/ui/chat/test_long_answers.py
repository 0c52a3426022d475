from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ui.chat.answer_body import AnswerBody
from ui.chat.markdown import SHOWN_ROWS, Plain, Prose, parse, read, references, sections
from ui.chat.text_style import text_style


@pytest.fixture
def style(theme):
    return text_style(theme)


def whole(words, style):
    body = AnswerBody(words, style)
    body.set_width(700)
    steps = 0
    while not body.is_complete:
        body.advance()
        steps += 1
    return body, steps


@pytest.mark.feature("chat.tasks")
def test_tasks_and_footnotes_are_set_as_such(style):
    """Task lists have boxes, open or ticked, and footnotes stand numbered at the end."""
    words = "- [ ] open\n- [x] done\n- plain\n\nA claim[^1].\n\n[^1]: Its note."
    (part,) = whole(words, style)[0].parts

    assert part.document.toPlainText().startswith("open\ndone\nplain\nA claim1.")
    assert part.document.toPlainText().endswith("Its note.")
    assert list(part._marks.tasks.values()) == [False, True]
    assert "•" in part._marks.bullets.values()


@pytest.mark.feature("chat.long_answers")
def test_a_long_answer_is_laid_out_in_steps(style):
    """Even a very long answer opens at once; the rest of it is set while one reads."""
    paragraph = "Some **bold** words and a [link](https://a.example/).\n\n"
    body, steps = whole(paragraph * 600, style)

    assert steps > 5
    text = "\n".join(part.document.toPlainText() for part in body.parts)
    assert text.count("Some bold words") == 600


PIECES = ("words ", "\n", "\n\n", "- item\n", "```\n", "> q\n", "|a|\n", "$$\n")
HOSTILE = {
    "brackets": "[" * 50_000,
    "emphasis": "a*" * 25_000,
    "code marks": "`a" * 25_000,
    "pictures": "![" * 25_000,
    "quotes": ">" * 50_000,
    "one word": "a" * 90_000,
    "tight list": "- a\n" * 20_000,
    "entities": "&amp;" * 15_000,
    "lines": "x\n" * 40_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_would_freeze_the_layout_is_set_plainly_and_in_small_pieces(name, style):
    """The parser needs seconds for some of these, and Qt for a hundred thousand letters."""
    parts = sections(HOSTILE[name])

    assert "".join(part.text for part in parts) == HOSTILE[name]
    assert all(part.is_plain and len(part.text) <= 3_000 for part in parts)
    assert whole(HOSTILE[name], style)[0].parts


def test_a_huge_table_is_cut_and_says_so(style):
    rows = "| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 5_000 + "\nAfter it."
    body, _ = whole(rows, style)

    text = "\n".join(part.document.toPlainText() for part in body.parts)
    assert text.count("1\n2") == SHOWN_ROWS
    assert "4,800 more rows" in text
    assert "After it." in text


def test_a_huge_table_without_a_limit_would_be_read_whole():
    """The control: a table just short enough is not touched."""
    rows = "| a |\n|---|\n" + "| 1 |\n" * (SHOWN_ROWS - 1)
    (block,) = parse(rows)
    assert isinstance(block, Prose)
    assert sum(token.type == "tr_open" for token in block.tokens) == SHOWN_ROWS


def test_a_link_named_far_below_is_found_in_every_section():
    words = "See [docs].\n\n" * 400 + "[docs]: https://a.example/\n"
    known = references(words)
    blocks = [block for section in sections(words) for block in read(section, known)]

    assert len(sections(words)) > 1
    links = [
        child.attrs["href"]
        for block in blocks
        for token in block.tokens
        for child in token.children or []
        if child.type == "link_open"
    ]
    assert links == ["https://a.example/"] * 400


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(["words ", "\n", "\n\n", "- item\n", "```\n", "> q\n", "|a|\n", "$$\n"])
    )
)
def test_sections_are_the_text(pieces):
    words = "".join(pieces) * 40
    assert "".join(section.text for section in sections(words)) == words


def test_plain_words_are_never_taken_for_hostile():
    words = "An ordinary paragraph with *some* emphasis and `code`.\n\n" * 200
    assert not any(isinstance(block, Plain) for block in parse(words))
