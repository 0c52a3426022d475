"""Calibration of the starter model on some of the questions that come with the app."""

from __future__ import annotations

import pytest

from engine.assembly import start_engine
from engine.contract.commands import LoadModel
from engine.contract.events import CommandFinished
from engine.contract.introspection_commands import Calibrate, LoadCalibration
from engine.contract.introspection_events import CalibrationFinished, CalibrationLoaded
from engine.contract.settings import GenerationSettings, Settings
from tests.helpers.engine_reader import EngineReader


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_starter_model_is_calibrated_with_the_passage_in_its_context(
    tmp_path, resources, starter_model_path
):
    running = start_engine(
        settings=Settings(generation=GenerationSettings(temperature=0.0)),
        models_dir=tmp_path / "models",
        resources=resources,
        version="0",
    )
    try:
        reader = EngineReader(running.port)
        reader.do(LoadModel(model_id=str(starter_model_path)))
        events = reader.do(Calibrate(limit=60, condition="open"))

        assert isinstance(events[-1], CommandFinished), events[-1]
        finished = next(event for event in events if isinstance(event, CalibrationFinished))
        (report,) = finished.reports
        assert report.trained + report.tested == 60
        # It finds some answers in the passage, and by no means all.
        assert 0.05 < report.accuracy.value < 0.8
        assert report.data == "SQuAD 1.1, development set, 60 questions (CC BY-SA 4.0)"
        measured = {one.name for one in report.features}
        assert {"entropy_mean", "lookback_mean", "commit_layer_mean"} <= measured
        assert "retrieval_agreement" in measured
        events = reader.do(LoadCalibration())
        assert next(e for e in events if isinstance(e, CalibrationLoaded)).reports == (report,)
    finally:
        running.close()
