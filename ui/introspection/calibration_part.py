"""What a calibration is worth, on questions it has not seen."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QPushButton, QVBoxLayout, QWidget

from engine.contract.calibration import CalibrationReport
from ui import text_confidence as words
from ui.introspection.block import Block
from ui.introspection.charts import ReliabilityChart, RiskChart, Score, ScoreRows
from ui.introspection.figure import Figure
from ui.theme import Theme
from ui.widgets.buttons import push_button
from ui.widgets.flow import FlowLayout
from ui.widgets.labels import label, set_style_property

_NAMES = {"closed": words.CLOSED, "open": words.OPEN}


class CalibrationPart(QWidget):
    """Charts of one condition, and a switch between conditions.

    Attributes:
        asked: A name in the glossary that the user wants explained.
        switches: Condition to its button.
        reliability: How often it was right when it said so.
        risk: What would be wrong if it answered only when sure.
        scores: How well it tells right from wrong, beside simpler scores and a control.
        ece: The calibration error in words.
        data: Which questions it rests on.
    """

    asked = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._reports: dict[str, CalibrationReport] = {}
        self.condition = ""
        self.switches: dict[str, QPushButton] = {}
        self._group = QButtonGroup(self)
        self.title = label(words.WORTH_TITLE, "strong")
        self.data = label("", "small", wraps=True)
        self.accuracy = Figure(theme, words.ACCURACY, "confidence")
        self.brier = Figure(theme, words.BRIER, "Brier")
        self.reliability = ReliabilityChart(theme)
        self.risk = RiskChart(theme)
        self.scores = ScoreRows(theme)
        self.ece_block = Block(theme, words.RELIABILITY_TITLE, words.RELIABILITY_UNIT, term="ECE")
        self.ece = label("", "small", wraps=True)
        self.auroc_block = Block(theme, words.AUROC_TITLE, words.AUROC_UNIT, term="AUROC")
        self.risk_block = Block(theme, words.RISK_TITLE, words.RISK_UNIT, term="risk-coverage")
        self._arrange()
        self.hide()

    def _arrange(self) -> None:
        conditions = QWidget()
        conditions.setAccessibleName(words.CONDITION)
        flow = FlowLayout(conditions)
        for name, said in _NAMES.items():
            button = push_button(said, "chip", partial(self.show_condition, name))
            button.setCheckable(True)
            self._group.addButton(button)
            self.switches[name] = button
            flow.addWidget(button)
        figures = QVBoxLayout()
        figures.setSpacing(2)
        figures.addWidget(self.accuracy)
        figures.addWidget(self.brier)
        self.ece_block.column.addWidget(self.reliability)
        self.ece_block.column.addWidget(self.ece)
        self.auroc_block.column.addWidget(self.scores)
        self.risk_block.column.addWidget(self.risk)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        column.addWidget(self.title)
        column.addWidget(conditions)
        column.addLayout(figures)
        for block in (self.ece_block, self.auroc_block, self.risk_block):
            column.addWidget(block)
            block.asked.connect(self.asked)
        column.addWidget(self.data)
        for figure in (self.accuracy, self.brier):
            figure.asked.connect(self.asked)

    def show_reports(self, reports: Sequence[CalibrationReport]) -> None:
        """These are known; nothing is shown of a model that was not measured."""
        known = {report.condition: report for report in reports}
        self.setVisible(bool(known))
        if known == self._reports:
            return
        self._reports = known
        for name, button in self.switches.items():
            button.setVisible(name in known)
        if known:
            kept = self.condition if self.condition in known else next(iter(known))
            self.show_condition(kept)

    def show_condition(self, name: str) -> None:
        """The charts of this condition are shown."""
        report = self._reports.get(name)
        if report is None:
            return
        self.condition = name
        for other, button in self.switches.items():
            button.setChecked(other == name)
            set_style_property(button, "on", "true" if other == name else "false")
        self.accuracy.show_value(words.with_interval(report.accuracy))
        self.brier.show_value(f"{report.brier:.2f}")
        self.reliability.show_bins(report.bins)
        self.ece.setText(f"{words.ECE} {words.ece(report)}")
        self.risk.show_points(report.risk)
        self.scores.show_scores(
            [
                Score(words.THIS, report.auroc, "accent"),
                *(Score(words.sentence(one.name), one.auroc, "muted") for one in report.baselines),
                Score(words.SHUFFLED, report.shuffled_auroc, "faint"),
            ]
        )
        self.data.setText(words.data(report))
