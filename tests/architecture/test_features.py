"""FEATURES.md is what the tests prove, and the tool that writes it sees what it should."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.architecture.source import ROOT
from tests.features import Feature, render

SAMPLE = '''
import pytest

@pytest.mark.feature("chat.answer")
@pytest.mark.parametrize("size", [1, 2])
def test_it_answers(size):
    """You ask and it answers.

    More words."""

@pytest.mark.slow
@pytest.mark.feature("chat.stop", "You can stop it.")
def test_it_stops(): ...

@pytest.mark.feature("chat.silent")
def test_it_says_nothing(): ...

def test_nobody_would_name_this(): ...
'''


def collect_sample(folder, extra=()):
    (folder / "test_sample.py").write_text(SAMPLE, encoding="utf-8")
    code = (
        "import sys, pytest; from tests.features import Collector; c = Collector();"
        "pytest.main(sys.argv[1:], plugins=[c]);"
        "found = [(f.name, f.sentence, f.proofs) for f in c.features.values()];"
        "print(found, c.check(), file=sys.stderr)"
    )
    options = ["--collect-only", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder)]
    markers = [f"-omarkers={name}: x" for name in ("feature",)]
    return subprocess.run(
        [sys.executable, "-c", code, *options, *markers, *extra, str(folder)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    ).stderr


def test_features_md_is_up_to_date():
    result = subprocess.run(
        [sys.executable, "-m", "tests.features", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr


def test_every_marked_test_is_seen_even_if_it_would_be_left_out(tmp_path):
    seen = collect_sample(tmp_path, extra=["-m", "not slow"])
    assert "('chat.answer', 'You ask and it answers.'" in seen
    assert "('chat.stop', 'You can stop it.'" in seen
    assert seen.count("::test_it_answers'") == 1


def test_a_feature_without_a_sentence_is_refused(tmp_path):
    assert "the feature 'chat.silent' has no sentence" in collect_sample(tmp_path)


def test_areas_and_features_stand_in_order():
    text = render(
        [
            Feature("models.fetch", "It comes.", ["tests/a.py::test_b"]),
            Feature("chat.stop", "It stops.", ["tests/c.py::test_d", "tests/a.py::test_e"]),
        ]
    )
    assert text.index("## chat") < text.index("## models")
    assert "| `chat.stop` | It stops. | `tests/a.py::test_e`<br>`tests/c.py::test_d` |" in text


@pytest.mark.parametrize("name", ["chat", "Chat.stop", "chat.stop it"])
def test_a_name_is_an_area_a_dot_and_a_word(tmp_path, name):
    (tmp_path / "test_other.py").write_text(
        f"import pytest\n@pytest.mark.feature({name!r}, 'x')\ndef test_x(): ...\n", encoding="utf-8"
    )
    assert "is not an area, a dot and a word" in collect_sample(tmp_path)
