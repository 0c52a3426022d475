from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from PySide6.QtCore import Qt

from engine.contract.attachments import Attachment, AttachmentKind
from engine.contract.errors import ErrorReport
from engine.contract.events import CommandFailed, CommandFinished
from engine.contract.introspection_commands import ConfirmSources
from engine.contract.introspection_events import MeasuringBegun, SourcesConfirmed, TokenMeasured
from engine.contract.library_commands import ShowAttachment
from engine.contract.signals import SegmentKind, SentenceSources, Unavailable, View
from tests.helpers import instrument_window as measured
from ui.introspection.measured import Measured
from ui.introspection.sentences import Sentences, words_of
from ui.introspection.sources import CONFIRMED_NATS, Verdict, sources_of

IDS = {"conversation_id": measured.CONVERSATION, "message_id": measured.ANSWER}
DROPS = (None, 0.02, 1.8, None, None, None)


@pytest.fixture
def port():
    return measured.measured_port()


@pytest.fixture
def opened(open_fake_window, qtbot, port):
    return measured.open_measured(open_fake_window, qtbot, port, "attention")


def confirmed(drops=DROPS):
    sentences = tuple(replace(one, drops_nats=drops) for one in measured.turn().sentences)
    return SourcesConfirmed(**IDS, sentences=sentences)


@pytest.mark.feature("introspection.attention")
def test_a_sentence_shows_where_it_looked_and_what_was_left_out(opened):
    """Each sentence shows which part of what it was given it looked at, without the sink."""
    _, view = opened
    assert [(row.source.name, row.source.share) for row in view.river.rows] == [
        ("Marks between messages", 0.02),
        ("System prompt", 0.08),
        ("notes.md", 0.4),
        ("Earlier messages", 0.1),
        ("Your question", 0.3),
        ("Its own words", 0.1),
    ]
    assert view.said.text() == "“At night it is black.”"
    assert view.sink.said() == "Left out as sink, the first four tokens: 34 %"
    assert view.lookback.said() == "Lookback ratio 0.90"
    assert "where the model looked, not what it used" in view.note.text()


def test_a_ribbon_is_as_thick_as_its_share_and_ends_in_the_sentence(opened):
    _, view = opened
    view.river.set_low(is_low=False)
    ends = [view.river.ribbon(place) for place in range(6)]
    heights = [end.height() for _, end in ends]

    assert heights[2] / heights[4] == pytest.approx(4 / 3, rel=0.02)
    for (_, above), (_, below) in pairwise(ends):
        assert below.top() == pytest.approx(above.bottom())
    picture = view.river.grab().toImage()
    middle = ends[2][1].center().toPoint()
    assert picture.pixelColor(middle) == view.theme.colors.accent


def test_the_marks_of_the_template_are_one_source_wherever_they_stand():
    segments = (*measured.SEGMENTS, measured.SEGMENTS[0])
    sentence = SentenceSources(start=0, end=5, shares=(*measured.SHARES[:-1], 0.07, 0.03))
    sources = sources_of(measured.opening(segments=segments), sentence)

    assert [source.kind for source in sources].count(SegmentKind.FRAME) == 1
    assert sources[0].share == pytest.approx(0.05)
    assert sum(source.share for source in sources) == pytest.approx(1.0)


def test_no_ribbon_is_cut_however_large_its_share(opened):
    _, view = opened
    view.river.set_low(is_low=False)
    for share in (0.5, 0.97):
        sentence = SentenceSources(start=0, end=5, shares=(0, 0, 0, 0, 1 - share, share))
        view.river.show_sources(sources_of(measured.opening(), sentence), is_tried=False)
        begin, end = view.river.ribbon(5)
        assert view.river.rows[5].geometry().top() <= begin.top()
        assert begin.bottom() <= view.river.height()
        assert begin.height() == pytest.approx(end.height())


def test_a_low_panel_has_a_bar_instead(opened):
    _, view = opened
    view.river.set_low(is_low=True)
    pieces = view.river.stack()

    assert pieces[2].width() / pieces[4].width() == pytest.approx(4 / 3, rel=0.05)
    picture = view.river.grab().toImage()
    assert picture.pixelColor(pieces[2].center().toPoint()) == view.theme.colors.accent


def test_sentences_are_gone_through_and_the_end_is_followed_again(opened, qtbot):
    _, view = opened
    assert not view.next.isEnabled()
    view.previous.click()
    qtbot.waitUntil(lambda: view.said.text() == "“The sky is blue.”")
    assert view.which.text() == "Sentence 1 of 2"
    assert not view.previous.isEnabled()
    view.end.click()
    qtbot.waitUntil(lambda: view.which.text() == "Sentence 2 of 2")


@pytest.mark.feature("introspection.sources")
def test_leaving_a_source_out_says_whether_it_was_used(opened, port, qtbot):
    """A source that moved a sentence is confirmed by leaving it out and measuring the drop."""
    _, view = opened
    view.errand.button.click()
    assert port.submitted[-1] == ConfirmSources(**IDS)
    assert view.errand.progress.isVisible()
    port.play(confirmed(), CommandFinished(job_id=port.job_of(ConfirmSources)))
    qtbot.waitUntil(lambda: view.river.rows[2].note()[0] != "")

    notes = [row.note()[0] for row in view.river.rows]
    assert notes == [
        "",
        "not confirmed, \N{MINUS SIGN}0.02",
        "confirmed by leaving it out, \N{MINUS SIGN}1.80",
        "not tried",
        "",
        "",
    ]
    assert "confirmed by leaving it out" in view.river.rows[2].accessibleName()
    assert view.errand.button.isVisible()


def test_what_cannot_be_left_out_says_why_and_a_cancel_says_nothing(opened, port, qtbot):
    _, view = opened
    for kind, said in (("gone", "The prompt is no longer known."), ("cancelled", "Stopped.")):
        view.errand.button.click()
        error = ErrorReport(kind=kind, message=said)
        port.play(CommandFailed(job_id=port.job_of(ConfirmSources), error=error))
        qtbot.waitUntil(lambda: view.errand.button.isVisible())
        assert view.errand.fault.isVisible() == (kind == "gone")


@pytest.mark.parametrize(
    ("drop", "verdict"),
    [
        (None, Verdict.NOT_TRIED),
        (-0.5, Verdict.NOT_CONFIRMED),
        (0.0, Verdict.NOT_CONFIRMED),
        (CONFIRMED_NATS - 0.01, Verdict.NOT_CONFIRMED),
        (CONFIRMED_NATS, Verdict.CONFIRMED),
    ],
)
def test_only_a_clear_drop_confirms(drop, verdict):
    sentence = SentenceSources(
        start=0, end=5, shares=measured.SHARES, drops_nats=(None, None, drop, None, None, None)
    )

    assert sources_of(measured.opening(), sentence)[2].verdict() is verdict


def test_a_message_is_shown_in_the_chat_and_a_file_in_its_sheet(opened, port, qtbot):
    window, view = opened
    entry = window.session.desk.entry()
    card = Attachment(
        id="att_1", name="notes.md", kind=AttachmentKind.TEXT, media_type="", size_bytes=1,
        letters=1, tokens=1,
    )  # fmt: skip
    messages = [
        replace(message, attachments=(card,)) if message.id == "u1" else message
        for message in entry.messages
    ]
    entry.messages[:] = messages
    gone_to = []
    window.page.view.go_to_message = lambda id_: gone_to.append(id_) or True

    rows = {row.source.kind: row for row in view.river.rows}
    rows[SegmentKind.HISTORY].click()
    rows[SegmentKind.OWN].click()
    qtbot.keyClick(rows[SegmentKind.QUESTION], Qt.Key.Key_Space)
    assert gone_to == ["u0", "u1"]
    rows[SegmentKind.DOCUMENT].click()
    assert port.submitted[-1] == ShowAttachment(attachment_id="att_1")


def test_while_an_answer_grows_its_last_sentence_is_followed(opened, port, qtbot):
    _, view = opened
    port.play(MeasuringBegun(**IDS, opening=measured.opening()))
    for token in measured.tokens()[:8]:
        port.play(TokenMeasured(**IDS, signals=token))
    qtbot.waitUntil(lambda: view.said.text() == "“At night it”")

    assert view.which.text() == "Sentence 2 of 2, being written"
    assert not view.errand.isVisible()


@pytest.mark.parametrize(
    "written",
    [
        "It| costs| 3|.|5| euros|.| 1|.| Yes|!|\n\n|So| it| is|:| done",
        'He| said|:| "|No|."| Then| he| left|.',
        "\u5929|\u662f|\u84dd|\u3002|\u591c|\u662f|\u9ed1|\u3002",
        "\u0906|\u0915|\u093e|\u0964| \u0939|\u0948|\u0964",
        "\n|\n|a",
    ],
)
def test_sentences_seen_while_writing_are_cut_as_the_engine_cuts_them(written):
    from engine.introspection.turn_signals import sentences_of

    texts = written.split("|")
    live, book = Measured(), Sentences()
    live.begin(measured.opening())
    for index, text in enumerate(texts):
        live.add(measured.token(index, text))
        book.of(live)

    seen = book.of(live)
    assert [(one.start, one.end) for one in seen] == sentences_of(texts)
    assert "".join(texts).strip().startswith(words_of(live, seen[0]))


def test_a_model_without_attention_says_so(open_fake_window, qtbot):
    reason = "This model has no attention."
    lacks = measured.opening(unavailable=(Unavailable(view=View.ATTENTION, reason=reason),))
    port = measured.measured_port(measured.trace(opening=lacks))
    _, view = measured.open_measured(open_fake_window, qtbot, port, "attention")

    assert view.lack() == reason


def test_an_answer_without_shares_says_so_and_shows_no_river(open_fake_window, qtbot):
    bare = tuple(
        measured.replace(token, shares=(), sink_share=None, lookback_ratio=None)
        for token in measured.tokens()
    )
    port = measured.measured_port(measured.trace(tokens=bare, turn=None))
    _, view = measured.open_measured(open_fake_window, qtbot, port, "attention")

    assert view.state.text() == "Attention was not read in this answer."
    assert not view.river.isVisible()
    assert not view.sink.isVisible()
