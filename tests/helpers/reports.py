"""A calibration report as a model might have earned it."""

from __future__ import annotations

from engine.contract.calibration import (
    Baseline,
    CalibrationReport,
    FeatureWeight,
    Interval,
    ReliabilityBin,
    RiskPoint,
)


def calibration_report(**changes: object) -> CalibrationReport:
    """One, the same every time but for what is named."""
    values: dict[str, object] = {
        "model_id": "tiny",
        "model_key": "tiny@1",
        "temperature": 0.3,
        "condition": "closed",
        "method": "logistic",
        "data": "SQuAD 1.1, development set, 1,364 questions (CC BY-SA 4.0)",
        "trained": 680,
        "tested": 684,
        "accuracy": Interval(value=0.25, low=0.2, high=0.3),
        "auroc": Interval(value=0.71, low=0.66, high=0.76),
        "ece": Interval(value=0.04, low=0.03, high=0.07),
        "ece_null": 0.051,
        "brier": 0.16,
        "shuffled_auroc": 0.5,
        "bins": (ReliabilityBin(confidence=0.1, accuracy=0.12, count=68),),
        "risk": tuple(
            RiskPoint(coverage_ratio=n / 20, risk_ratio=0.75, low=0.7, high=0.8)
            for n in range(1, 21)
        ),
        "baselines": (Baseline(name="length alone", auroc=Interval(value=0.6, low=0.5, high=0.7)),),
        "features": (FeatureWeight(name="entropy_mean", weight=-0.8),),
        "made_at_s": 1_790_000_000.0,
        **changes,
    }
    return CalibrationReport(**values)
