from __future__ import annotations

import pytest

from engine.storage.calibrations import (
    KIND,
    KeptCalibration,
    load_calibrations,
    save_calibration,
)
from engine.storage.codec import Codec
from engine.storage.database import Writer, connect_in_memory
from engine.storage.migrations.upgrade import upgrade
from tests.helpers.reports import calibration_report


@pytest.fixture
def vault():
    connection = connect_in_memory()
    writer = Writer(connection)
    upgrade(writer)
    yield writer, Codec()
    connection.close()


def kept(**changes):
    return KeptCalibration(
        report=calibration_report(**changes),
        calibrator={"names": ["entropy_mean"], "means": [0.25]},
        lens_layers=(10, 20, 30),
        attention_layers=(15, 30),
    )


def test_a_calibration_comes_back_as_it_was(vault):
    save_calibration(*vault, kept(), 5.0)

    assert load_calibrations(*vault, "tiny@1") == (kept(),)


def test_a_new_one_takes_the_place_of_the_old_one_of_the_same_key(vault):
    save_calibration(*vault, kept(), 5.0)
    save_calibration(*vault, kept(tested=9), 6.0)

    assert load_calibrations(*vault, "tiny@1") == (kept(tested=9),)


def test_other_weights_temperature_or_condition_are_another_calibration(vault):
    others = ({"model_key": "tiny@2"}, {"temperature": 0.0}, {"condition": "open"}, {})
    for number, change in enumerate(others):
        save_calibration(*vault, kept(**change), float(number))

    found = load_calibrations(*vault, "tiny@1")
    assert found == (kept(), kept(condition="open"), kept(temperature=0.0))
    assert load_calibrations(*vault, "tiny@2") == (kept(model_key="tiny@2"),)


@pytest.mark.parametrize("body", ["{}", "[]", "no", '{"report": {}, "calibrator": {}}'])
def test_what_a_foreign_backup_made_of_it_is_left_out(vault, body):
    writer, codec = vault
    save_calibration(writer, codec, kept(), 5.0)
    writer.execute("UPDATE records SET body = ? WHERE kind = ?", (codec.pack("record", body), KIND))

    assert load_calibrations(writer, codec, "tiny@1") == ()


def test_a_row_that_pretends_to_be_another_is_left_out(vault):
    writer, codec = vault
    save_calibration(writer, codec, kept(), 5.0)
    writer.execute("UPDATE records SET id = 'calibration_0'")

    assert load_calibrations(writer, codec, "tiny@1") == ()
