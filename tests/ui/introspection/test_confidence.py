from __future__ import annotations

import pytest

from engine.contract.calibration import Interval
from engine.contract.errors import ErrorReport
from engine.contract.events import CommandFailed
from engine.contract.introspection_commands import Calibrate, MeasureMeanings
from engine.contract.introspection_events import (
    CalibrationFinished,
    CalibrationProgressed,
    MeaningsMeasured,
    MeaningsProgressed,
)
from engine.contract.signals import (
    Confidence,
    ConfidencePart,
    MeaningCluster,
    SemanticEntropy,
)
from tests.helpers import instrument_window as measured
from ui import screen_instrument_content as invented
from ui.introspection.charts import ReliabilityChart, RiskChart, Score, ScoreRows

IDS = {"conversation_id": measured.CONVERSATION, "message_id": measured.ANSWER}
SURE = Confidence(
    value=0.86,
    low=0.81,
    high=0.9,
    parts=(
        ConfidencePart(name="margin_mean", value=1.92, weight=0.8),
        ConfidencePart(name="length", value=41.0, weight=-0.4),
    ),
    answers=2000,
    measured_at_s=1_764_547_200.0,
)
ENTROPY = SemanticEntropy(
    entropy_nats=0.56,
    samples=8,
    clusters=(MeaningCluster(text="Blue.", count=6), MeaningCluster(text="Grey.", count=2)),
    method="By entailment.",
)


def opened(open_fake_window, qtbot, *, turn=None, reports=()):
    port = measured.measured_port(measured.trace(turn=turn or measured.turn()), reports=reports)
    _, view = measured.open_measured(open_fake_window, qtbot, port, "confidence")
    qtbot.waitUntil(lambda: view.desk.reports is not None)
    measured.draw(qtbot, view)
    return port, view


@pytest.mark.feature("introspection.confidence")
def test_a_calibrated_value_has_its_interval_and_what_it_is_made_of(open_fake_window, qtbot):
    """A calibrated confidence is shown with its interval and with what it is made of."""
    turn = measured.turn(confidence=SURE)
    _, view = opened(open_fake_window, qtbot, turn=turn, reports=(invented.report(),))

    assert view.value.text() == "0.86"
    assert view.detail.text() == "95 % interval 0.81 to 0.90"
    assert view.rests_on.text() == "Fitted to 2,000 answers that were checked on 1 December 2025."
    assert [(bar.word, bar.figure) for bar in view.bars.bars()] == [
        ("mean margin 1.92", "+0.80"),
        ("length in tokens 41", "\N{MINUS SIGN}0.40"),
    ]
    right, left = view.bars.bar_rect(0), view.bars.bar_rect(1)
    assert right.left() == pytest.approx(left.right())
    assert right.width() == pytest.approx(2 * left.width())


def test_without_a_calibration_it_is_unmeasured_and_says_why(open_fake_window, qtbot):
    turn = measured.turn(confidence_reason="This model was not measured.")
    _, view = opened(open_fake_window, qtbot, turn=turn)

    assert view.value.text() == "Unmeasured"
    assert view.detail.text() == "This model was not measured."
    assert not view.interval.isVisible()
    assert not view.parts.isVisible()
    assert not view.worth.isVisible()
    assert view.errand.button.text() == "Measure on questions with known answers"


@pytest.mark.feature("introspection.calibrate")
def test_calibrating_shows_how_far_it_is_and_can_be_stopped(open_fake_window, qtbot):
    """A model is measured on questions with known answers, with progress and a way to stop."""
    port, view = opened(open_fake_window, qtbot)
    cancelled = []
    port.cancel = cancelled.append
    view.errand.button.click()
    assert port.submitted[-1] == Calibrate()
    port.play(CalibrationProgressed(done=40, total=200, right=13, remaining_s=75.0))
    qtbot.waitUntil(lambda: "40 of 200" in view.errand.progress.accessibleName())
    assert "40 of 200 answered, 13 right, 75 s left" in view.errand.progress.accessibleName()

    view.errand.progress.cancelled.emit()
    job = port.job_of(Calibrate)
    assert cancelled[-1:] == [job]
    port.play(
        CommandFailed(job_id=job, error=ErrorReport(kind="cancelled", message="You stopped it."))
    )
    qtbot.waitUntil(lambda: view.errand.button.isVisible())
    assert view.desk.calibrating is None
    assert not view.errand.fault.isVisible()


def test_when_it_is_calibrated_the_charts_are_there(open_fake_window, qtbot):
    port, view = opened(open_fake_window, qtbot)
    both = (invented.report(), invented.report("open", 0.81))
    port.play(CalibrationFinished(reports=both, left_out=("Too few were wrong.",)))
    qtbot.waitUntil(lambda: view.worth.isVisible())
    worth = view.worth

    assert view.left_out.text() == "Too few were wrong."
    assert worth.ece.text() == (
        "Calibration error 0.04 (0.03 to 0.06); a perfectly calibrated model would show up to "
        "0.05 on so few answers."
    )
    assert [(score.name, score.said()) for score in worth.scores.scores] == [
        ("This confidence", "0.72 (0.69 to 0.75)"),
        ("Length alone", "0.58 (0.54 to 0.61)"),
        ("Mean log-probability alone", "0.69 (0.66 to 0.72)"),
        ("Fitted on shuffled verdicts (control)", "0.51"),
    ]
    assert "CC BY-SA" in worth.data.text()
    worth.switches["open"].click()
    assert worth.scores.scores[0].said() == "0.81 (0.78 to 0.84)"
    assert worth.switches["open"].isChecked()


def test_a_dot_lies_where_its_bin_is_and_grows_with_its_answers(theme, qtbot):
    chart = ReliabilityChart(theme)
    qtbot.addWidget(chart)
    chart.resize(300, 210)
    few, many, none = (
        invented.ReliabilityBin(confidence=c, accuracy=a, count=n)
        for c, a, n in ((0.2, 0.4, 10), (0.8, 0.7, 90), (0.5, 0.5, 0))
    )
    chart.show_bins((few, many, none))
    chart.show()
    field = chart.field()

    assert chart.bins == (few, many)
    assert chart.radius(many) == pytest.approx(3 * chart.radius(few), rel=0.1)
    place = chart.point(0.8, 0.7)
    assert place.x() == pytest.approx(field.left() + 0.8 * field.width())
    assert place.y() == pytest.approx(field.bottom() - 0.7 * field.height())
    assert chart.grab().toImage().pixelColor(place.toPoint()) == theme.colors.accent
    assert "said 0.80, right 0.70, 90 answers" in chart.accessibleName()


def test_the_risk_has_its_band(theme, qtbot):
    chart = RiskChart(theme)
    qtbot.addWidget(chart)
    chart.resize(300, 170)
    chart.show_points(
        [
            invented.RiskPoint(coverage_ratio=c, risk_ratio=0.2, low=0.1, high=0.3)
            for c in (1.0, 0.1)
        ]
    )
    chart.show()
    picture = chart.grab().toImage()

    assert chart.top == 0.5
    on_line = chart.point(0.5, 0.2)
    assert picture.pixelColor(int(on_line.x()), int(on_line.y())) == theme.colors.signal
    band = picture.pixelColor(chart.point(0.5, 0.25).toPoint())
    outside = picture.pixelColor(chart.point(0.5, 0.35).toPoint())
    assert band not in (outside, theme.colors.signal)


def test_scores_stand_on_one_scale_with_their_intervals(theme, qtbot):
    rows = ScoreRows(theme)
    qtbot.addWidget(rows)
    rows.resize(300, 100)
    rows.show_scores([Score("This", Interval(value=0.8, low=0.7, high=0.9), "accent")])
    rows.show()
    y = theme.px(24)
    picture = rows.grab().toImage()

    assert rows.x_of(0.5) < rows.x_of(0.7) < rows.x_of(0.8)
    for value in (0.72, 0.8, 0.88):
        assert picture.pixelColor(round(rows.x_of(value)), y) == theme.colors.accent


@pytest.mark.feature("introspection.meanings")
def test_the_answer_is_drawn_again_and_its_meanings_are_counted(open_fake_window, qtbot):
    """An answer is drawn again on demand, and shown is how far the meanings part."""
    port, view = opened(open_fake_window, qtbot)
    part = view.meanings
    part.errand.button.click()
    assert port.submitted[-1] == MeasureMeanings(**IDS)
    port.play(MeaningsProgressed(**IDS, done=3, total=8))
    qtbot.waitUntil(lambda: "3 of 8 drawn" in part.errand.progress.accessibleName())

    port.play(MeaningsMeasured(**IDS, semantic_entropy=ENTROPY))
    qtbot.waitUntil(lambda: part.bars.isVisible())
    assert [(bar.word, bar.figure) for bar in part.bars.bars()] == [("Blue.", "6"), ("Grey.", "2")]
    assert part.entropy.said() == "Semantic entropy 0.56 nats"
    assert part.note.text() == "2 different meanings. By entailment."


def test_without_an_answer_the_model_is_still_known(open_fake_window, qtbot):
    port = measured.measured_port(reports=(invented.report(),))
    window = open_fake_window(port=port)
    qtbot.waitUntil(lambda: window.session.models.loaded is not None)
    window.introspection.open()
    window.introspection.panel.show_tab("confidence")
    view = window.introspection.panel.view()
    qtbot.waitUntil(lambda: view.worth.isVisible())
    measured.draw(qtbot, view)

    assert view.value.text() == "Unmeasured"
    assert view.detail.text() == "No answer is looked at."
    assert not view.meanings.isVisible()
