"""What is written out can be read by people, holds every word, and runs nothing."""

from __future__ import annotations

import html.parser
import io
import json
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.chat.transfer import own_json
from engine.chat.transfer.file_names import file_name_of, write_new
from engine.chat.transfer.html_page import html_page
from engine.chat.transfer.markdown_page import markdown_page
from engine.chat.transfer.planting import plant
from engine.chat.transfer.sources import Reading, read_source
from engine.contract.attachments import Attachment, AttachmentKind
from engine.contract.errors import TransferError
from engine.contract.library import SamplingOverrides
from engine.contract.messages import (
    AnswerStats,
    Conversation,
    FinishReason,
    Message,
    Role,
    TitleSource,
)

NOON_S = 1_760_000_000.0
STATS = AnswerStats(
    model="tiny",
    prompt_tokens=9,
    cached_tokens=4,
    completion_tokens=3,
    ttft_ms=12.5,
    tokens_per_second=30.5,
    prefill_tokens_per_second=None,
    temperature=0.5,
)
FILE = Attachment(
    id="att_1",
    name="map.pdf",
    kind=AttachmentKind.PDF,
    media_type="application/pdf",
    size_bytes=9,
    letters=4,
)


def said(id_, text, parent=None, **more):
    return Message(
        id=f"msg_{id_:018}",
        role=Role.USER,
        text=text,
        created_at_s=NOON_S,
        parent_id=parent,
        **more,
    )


def answered(id_, text, parent, **more):
    facts = {"finish_reason": FinishReason.STOP, "stats": STATS, **more}
    return Message(
        id=f"msg_{id_:018}",
        role=Role.ASSISTANT,
        text=text,
        created_at_s=NOON_S + id_,
        parent_id=parent,
        **facts,
    )


def tree(text="**Scattering** of light.", title="The <sky> & us"):
    question = said(1, "Why is the sky\n  blue <b>?", attachments=(FILE,))
    first = answered(2, "Because.", question.id, finish_reason=FinishReason.STOPPED)
    second = answered(3, text, question.id, reasoning="Rayleigh <1871>")
    return Conversation(
        id="conv_" + "0" * 17 + "1",
        title=title,
        created_at_s=NOON_S,
        updated_at_s=NOON_S + 3,
        system_prompt="Be brief.",
        messages=(question, first, second),
        leaf_id=second.id,
        is_pinned=True,
        title_source=TitleSource.MODEL,
        sampling=SamplingOverrides(temperature=0.1),
    )


class Page(html.parser.HTMLParser):
    """Its tags, and where each attribute leads."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.leads, self.words = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        names = dict(attributes)
        assert not any(name.startswith("on") for name in names)
        self.leads += [names[name] for name in ("href", "src", "action") if name in names]

    def handle_data(self, data):
        self.words += data


HOSTILE = (
    "<script>alert(1)</script> <img src=x onerror=alert(1)> ![pixel](https://spy.example/a.png)\n\n"
    "[click](javascript:alert(1)) [data](data:text/html,x) [file](file:///etc/passwd)\n\n"
    '[fine](https://example.org "t\\" onclick=\\"x") <https://example.org/a?b&c>\n\n'
    "```html\n</code></pre><script>x</script>\n```\n\n| a |\n|---|\n| <i>x</i> |\n\nA note[^1].\n\n"
    "[^1]: <style>body{}</style>"
)


@pytest.mark.parametrize("is_for_printing", [False, True])
def test_a_page_holds_no_script_no_picture_and_no_link_but_to_the_web(is_for_printing):
    """A model may write anything; opened in a browser it must do nothing."""
    page = Page(html_page(tree(HOSTILE), has_all_versions=True, is_for_printing=is_for_printing))

    assert not {"script", "img", "iframe", "object", "link", "form", "i", "b"} & set(page.tags)
    assert page.tags.count("style") == 1
    assert all(lead.startswith(("https://", "#")) for lead in page.leads)
    assert "<script>alert(1)</script>" in page.words
    assert "Why is the sky\n  blue <b>?" in page.words
    assert "Rayleigh <1871>" in page.words


def test_a_page_for_reading_follows_the_theme_and_forbids_itself_the_network():
    page = html_page(tree())

    assert "default-src 'none'" in page
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page
    assert "<strong>Scattering</strong>" in page
    assert "http" not in page.replace("http-equiv", "")


def test_a_page_for_printing_has_only_rules_that_qt_knows():
    assert "@media" not in html_page(tree(), is_for_printing=True)


def test_footnotes_of_two_answers_do_not_lead_to_each_other():
    note = "See[^1].\n\n[^1]: {}"
    question = said(1, "?")
    first, second = answered(2, note.format("one"), question.id), said(3, "and?")
    both = (question, first, second, answered(4, note.format("two"), second.id))
    page = Page(html_page(Conversation(
        id="c", title="t", created_at_s=1.0, updated_at_s=1.0, messages=both
    ), has_all_versions=True))  # fmt: skip

    notes = [lead for lead in page.leads if lead.startswith("#fn-")]
    assert len(set(notes)) == len(notes) == 2


def test_tasks_show_whether_they_are_done():
    page = Page(html_page(tree("- [x] tea\n- [ ] milk")))

    assert "\u2611 tea" in page.words
    assert "\u2610 milk" in page.words
    assert "input" not in page.tags


def test_an_answer_that_no_parser_should_see_is_shown_as_it_is():
    page = Page(html_page(tree("*_`[" * 5_000)))

    assert "*_`[" * 5_000 in page.words


def test_markdown_has_the_path_on_screen_or_every_version():
    shown = markdown_page(tree())
    assert shown.startswith("# The \\<sky\\> & us\n")
    assert "**Scattering** of light." in shown
    assert "Because." not in shown
    assert "Version 2 of 2." in shown
    assert "> Rayleigh <1871>" in shown
    assert "- File: map.pdf" in shown

    everything = markdown_page(tree(), has_all_versions=True)
    assert "*Instead, after message 1:*" in everything
    assert "Because." in everything
    assert "Stopped." in everything


def test_an_open_code_block_of_a_question_does_not_swallow_the_rest():
    whole = tree()
    messages = (said(1, "```py\nx = 1"), *whole.messages[1:])
    page = markdown_page(Conversation(
        id="c", title="t", created_at_s=1.0, updated_at_s=1.0, messages=messages
    ))  # fmt: skip

    assert page.count("```") == 2


@pytest.mark.feature("chats.json_round_trip")
def test_our_own_json_brings_back_every_version_equal(tmp_path):
    """Conversations written as JSON come back equal, every version of every message included."""
    whole = tree("Täubchen 🕊 \u2028")
    file = io.StringIO()
    own_json.write([whole], [], NOON_S, file.write)
    path = tmp_path / "ours.json"
    path.write_text(file.getvalue(), encoding="utf-8")
    assert json.loads(file.getvalue())["format"] == "shvayambhu-conversations"

    reading = Reading()
    (found,) = read_source(path, reading, lambda _: None)

    assert plant(reading.source, found, 0.0) == whole


def test_a_file_of_a_newer_version_is_left_alone(tmp_path):
    path = tmp_path / "ours.json"
    path.write_text('{"format": "shvayambhu-conversations", "version": 2, "conversations": [{}]}')
    with pytest.raises(TransferError, match="newer version"):
        list(read_source(path, Reading(), lambda _: None))


def test_names_of_files_are_safe_and_never_the_same():
    assert file_name_of("a/b\\c:d\0..", ".md") == "a b c d.md"
    assert file_name_of("../../etc/passwd", ".md") == "etc passwd.md"
    assert file_name_of("CON", ".md") == "Conversation CON.md"
    assert file_name_of("\u202egnp.exe", ".md") == "gnp.exe.md"
    assert file_name_of("", ".md") == "Conversation.md"
    assert file_name_of("Tea", ".md", {"tea.md", "tea 2.md"}) == "Tea 3.md"
    assert len(file_name_of("é" * 500, ".html").encode()) < 200


@settings(max_examples=100, deadline=None)
@given(title=st.text())
def test_any_title_makes_a_name_that_a_disk_takes(tmp_path_factory, title):
    folder = tmp_path_factory.mktemp("names")
    path = folder / file_name_of(title, ".md")
    assert path.parent == folder
    path.write_text("x")
    assert [one.name for one in folder.iterdir()] == [path.name]
    path.unlink()


def test_a_file_that_is_there_is_never_written_over(tmp_path):
    path = tmp_path / "a.md"
    path.write_text("mine")
    (tmp_path / "link.md").symlink_to(tmp_path / "nowhere.md")

    for taken in (path, tmp_path / "link.md"):
        with pytest.raises(TransferError, match="already"):
            write_new(taken, lambda file: file.write("theirs"))

    assert path.read_text() == "mine"
    assert not (tmp_path / "nowhere.md").exists()


def test_a_file_that_comes_while_ours_is_written_is_left_as_it_is(tmp_path):
    path = tmp_path / "a.md"
    with pytest.raises(TransferError, match="already"):
        write_new(path, lambda _: path.write_text("mine"))

    assert path.read_text() == "mine"
    assert os.listdir(tmp_path) == ["a.md"]


def test_what_breaks_off_leaves_nothing_behind(tmp_path):
    def fail(file):
        file.write("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(TransferError, match="No space left"):
        write_new(tmp_path / "a.md", fail)

    assert not os.listdir(tmp_path)


def test_what_is_written_belongs_to_its_owner_alone(tmp_path):
    write_new(tmp_path / "a.md", lambda file: file.write("x"))

    assert (tmp_path / "a.md").stat().st_mode & 0o077 == 0
