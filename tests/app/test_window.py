"""The whole app with its window, offscreen, in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.app.conftest import ROOT, run_process

pytestmark = pytest.mark.gui


def driven(scene, file, *words):
    return [
        sys.executable,
        str(Path(__file__).with_name("driven_window.py")),
        scene,
        str(file),
        *words,
    ]


@pytest.fixture
def play(tmp_path):
    """Plays a scene in the window to its end and gives back what it found out."""

    def play_one(scene, *words, **variables):
        file = tmp_path / "facts.json"
        outcome = run_process(driven(scene, file, *words), QT_QPA_PLATFORM="offscreen", **variables)
        assert outcome.err == ""
        assert outcome.code == 0
        facts = json.loads(file.read_text())
        assert "error" not in facts
        return facts

    return play_one


@pytest.fixture
def begin(tmp_path):
    """Starts a window that stays until it is closed; whatever still runs at the end is killed."""
    begun = []

    def begin_one():
        process = subprocess.Popen(
            driven("stay", tmp_path / f"{len(begun)}.json"),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        begun.append(process)
        return process

    yield begin_one
    for process in begun:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def test_an_answer_comes_into_the_window(play):
    assert play("answer")["answer"] == "good day"


def test_a_bug_on_any_path_is_one_sentence_in_the_window_and_it_goes_on(play, app_home):
    facts = play("break_down")

    assert facts["banners"] == ["Something broke inside Shvayambhu (ValueError)."] * 3
    assert facts["answer"] == "still here"
    reports = list((app_home / "logs").glob("crash-*.txt"))
    assert len(reports) == 3
    assert not any("grandmother" in report.read_text() for report in reports)


def test_settings_changed_in_the_window_are_on_disk(play, app_home):
    play("change_settings", "--temperature", "1.5")

    written = json.loads((app_home / "settings.json").read_text())
    assert written["interface"] == {"theme": "dark", "is_welcomed": True}
    # The command line's value was for this run only.
    assert written["generation"] == {}


@pytest.mark.feature("window.restored")
def test_the_window_comes_back_in_its_size(play, app_home):
    """The window comes back after a restart with the size it had."""
    play("resize")

    assert play("open_")["size"] == [700, 560]
    assert (app_home / "window.ini").exists()


def test_a_damaged_settings_file_is_told_in_the_window(app_home, tmp_path):
    (app_home / "settings.json").write_text("{")

    file = tmp_path / "facts.json"
    run_process(driven("open_", file), QT_QPA_PLATFORM="offscreen")

    assert "set aside" in json.loads(file.read_text())["banner"]


def test_a_second_launch_raises_the_first_window_and_leaves(begin):
    first = begin()
    assert first.stdout.readline() == b"open\n"

    second = begin()
    out, err = second.communicate(timeout=60)

    assert first.stdout.readline() == b"raised\n"
    assert (second.returncode, out) == (0, b"")
    assert err == b"Shvayambhu is open already; its window was brought forward.\n"


@pytest.mark.feature("quick.from_terminal")
def test_a_second_launch_opens_the_quick_question_of_the_first(tmp_path):
    """`python -m app quick` opens the quick question of the app that runs already."""
    first = subprocess.Popen(
        driven("stay_quick", tmp_path / "first.json", "background"),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        assert first.stdout.readline() == b"begun\n"
        outcome = run_process([sys.executable, "-m", "app", "quick"], QT_QPA_PLATFORM="offscreen")
        assert (outcome.code, outcome.err) == (0, "")
        assert first.stdout.readline() == b"panel\n"
        first.send_signal(signal.SIGTERM)
        assert first.wait(60) == 0
    finally:
        first.kill()
        first.communicate()
    assert json.loads((tmp_path / "first.json").read_text())["is_window_hidden"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_closes_the_window_in_order(begin, app_home, number):
    window = begin()
    assert window.stdout.readline() == b"open\n"

    window.send_signal(number)
    _, err = window.communicate(timeout=60)

    assert (window.returncode, err) == (0, b"")
    assert (app_home / "window.ini").exists()
    assert not list((app_home / "logs").glob("native-*"))


@pytest.mark.feature("app.killed")
def test_after_a_kill_the_app_starts_as_if_nothing_had_been(begin, app_home):
    """A killed app leaves nothing in the way of the next start."""
    first = begin()
    assert first.stdout.readline() == b"open\n"
    first.kill()
    first.wait()
    assert (app_home / "window.sock").exists()

    second = begin()

    assert second.stdout.readline() == b"open\n"
    second.send_signal(signal.SIGTERM)
    assert second.wait(60) == 0
    assert not list((app_home / "logs").glob("native-*"))


@pytest.mark.feature("window.real_answer")
def test_a_real_model_answers_in_the_window(play, starter_model_path, tmp_path):
    """The window is on screen before the model is touched, and then a real model answers in it."""
    facts = play(
        "real_answer",
        *("--max-tokens", "40", "--temperature", "0"),
        SHVAYAMBHU_MODELS_DIR=str(starter_model_path.parent.parent),
        PICTURE=str(tmp_path / "answer.png"),
    )

    assert "sky" in facts["answer"].lower()
    assert not facts["is_mlx_loaded"]
    assert (tmp_path / "answer.png").stat().st_size > 10_000


def test_qts_own_settings_file_is_never_written(tmp_path):
    """Qt's file dialog would note there which folders were looked at."""
    code = (
        "from app.window import make_application; application = make_application();"
        "from PySide6.QtCore import QSettings;"
        "file = QSettings(QSettings.Scope.UserScope, 'QtProject');"
        "file.setValue('FileDialog/lastVisited', 'marker'); file.sync()"
    )
    environment = {**os.environ, "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "c")}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True)

    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
