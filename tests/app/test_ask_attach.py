"""`ask --attach`: files whose text goes with the question."""

from __future__ import annotations

import json

import pytest

from app.arguments import parse
from app.errors import UsageError
from tests.app.conftest import run_process
from tests.app.test_real_answers import APP


def test_the_files_and_whether_they_are_cut_are_understood(tmp_path):
    file = tmp_path / "plan.txt"
    file.touch()
    given = parse(["ask", "--attach", str(file), "--attach", "gone.txt", "--fit", "What is it?"])
    assert given.attached == (str(file), "gone.txt")
    assert given.is_fitted
    with pytest.raises(UsageError, match="--attach"):
        parse(["ask", "--batch", "lines.jsonl", "--attach", "plan.txt"])


@pytest.mark.feature("cli.attach")
def test_a_question_about_a_file_is_answered_from_it(starter_model_path, app_home, tmp_path):
    """`ask --attach FILE` gives the model the file's text together with the question."""
    file = tmp_path / "note.txt"
    file.write_text("The password of the boat house is heron seven.")
    ask = [*APP, "ask", "--json", "--temperature", "0", "--max-tokens", "24"]
    models = str(starter_model_path.parent.parent)
    told = run_process(
        [*ask, "--attach", str(file), "What is the password of the boat house?"],
        SHVAYAMBHU_HOME=str(app_home),
        SHVAYAMBHU_MODELS_DIR=models,
    )
    assert told.code == 0
    assert "heron seven" in told.json["answer"].lower()
    refused = run_process(
        [*ask, "--attach", str(tmp_path), "What is it?"],
        SHVAYAMBHU_HOME=str(app_home),
        SHVAYAMBHU_MODELS_DIR=models,
    )
    assert refused.code != 0
    assert "folder" in json.dumps(refused.json)
