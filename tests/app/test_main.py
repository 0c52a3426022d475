from __future__ import annotations

import os
import stat
import subprocess
import sys

import pytest

from app.main import main
from app.version import VERSION
from tests.app.conftest import run_process, scripted_command


def _can_mount():
    if sys.platform == "darwin" or os.geteuid() != 0:
        return False
    probe = ["unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


can_mount = pytest.mark.skipif(not _can_mount(), reason="needs to mount a disk")


@pytest.mark.feature("cli.version")
def test_the_version_is_told(app):
    """`version` tells which version this is."""
    assert app("version").out == f"shvayambhu {VERSION}\n"
    assert app("version", "--json").json == {"version": VERSION}


def test_a_mistake_on_the_command_line_starts_nothing(app, app_home):
    outcome = app("ask", "--json")

    assert outcome.code == 2
    assert outcome.json["error"]["kind"] == "usage"
    assert app.engine.commands == []
    assert list(app_home.iterdir()) == []


def test_help_names_every_exit_code(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["--help"])

    assert caught.value.code == 0
    out = capsys.readouterr().out
    for code in (0, 1, 2, 3, 4, 5, 6, 7, 70, 130):
        assert f"\n  {code:>3}  " in out


@pytest.mark.feature("cli.home")
def test_every_file_lands_in_the_home(app, tmp_path, monkeypatch):
    """`--home DIR` puts every file the app writes into one folder of your choice."""
    outside = tmp_path / "outside"
    outside.mkdir()
    monkeypatch.setenv("HOME", str(outside))
    monkeypatch.delenv("SHVAYAMBHU_HOME")
    for name in ("CONFIG", "CACHE", "STATE", "DATA"):
        monkeypatch.delenv(f"XDG_{name}_HOME", raising=False)

    app("--home", str(tmp_path / "mine"), "ask", "hi")

    assert app.started_with["models_dir"] == tmp_path / "mine" / "models"
    assert (tmp_path / "mine" / "logs" / "shvayambhu.log").exists()
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("words", [("ask", "hi"), ("doctor",), ("models", "list"), ("chat",)])
def test_a_home_that_cannot_be_made_is_one_sentence(app, tmp_path, words):
    (tmp_path / "file").touch()

    outcome = app("--home", str(tmp_path / "file"), *words)

    assert (outcome.code, outcome.out) == (6, "")
    assert outcome.err.count("\n") == 1
    assert "--home" in outcome.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_home_that_is_read_only_is_one_sentence(app, tmp_path):
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)

    assert app("--home", str(tmp_path), "ask", "hi").code == 6


def on_small_disk(folder, options, fill, *words):
    """The app with its home on a disk of its own, which only it sees."""
    command = " ".join(f"'{word}'" for word in scripted_command("--home", f"{folder}/home", *words))
    script = f"mount -t tmpfs -o size=256k tmpfs '{folder}' && mkdir '{folder}/home' && {fill}"
    script += f" && mount -o remount,{options} '{folder}' && {command}"
    return run_process(["unshare", "-m", "sh", "-c", script])


@can_mount
def test_a_home_on_a_read_only_disk_is_one_sentence(tmp_path):
    outcome = on_small_disk(tmp_path, "ro", "true", "ask", "echo hi")

    assert (outcome.code, outcome.out) == (6, "")
    assert outcome.err.count("\n") == 1


@can_mount
def test_a_question_is_answered_although_the_homes_disk_is_full(tmp_path):
    fill = f"! head -c 300000 /dev/zero > '{tmp_path}/fill' 2>/dev/null"

    outcome = on_small_disk(tmp_path, "rw", fill, "ask", "echo hi")

    assert (outcome.code, outcome.out.strip(), outcome.err) == (0, "hi", "")


@pytest.mark.logs_warning("a fault of ours")
def test_a_bug_is_one_sentence_a_report_and_70(app, app_home, monkeypatch):
    def break_down(**_):
        raise ZeroDivisionError("secret words")

    monkeypatch.setattr(sys.modules["engine.assembly"], "start_engine", break_down)

    outcome = app("ask", "hi")

    assert (outcome.code, outcome.out) == (70, "")
    assert outcome.err.count("\n") == 1
    assert "ZeroDivisionError" in outcome.err
    report = next((app_home / "logs").glob("crash-*.txt")).read_text()
    assert "break_down" in report
    assert "secret words" not in report + (app_home / "logs" / "shvayambhu.log").read_text()


def test_a_library_that_prints_does_not_spoil_the_json(app, monkeypatch):
    started = sys.modules["engine.assembly"].start_engine

    def chatty(**given):
        sys.stdout.write("loading...\n")
        return started(**given)

    monkeypatch.setattr(sys.modules["engine.assembly"], "start_engine", chatty)

    outcome = app("ask", "--json", "echo hi")

    assert outcome.json["answer"] == "hi"
    assert outcome.err == "loading...\n"


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS always has a display")
@pytest.mark.feature("app.no_display")
def test_without_a_display_the_same_command_chats_in_the_terminal(app, monkeypatch):
    """Where there is no display, the same command opens a chat in the terminal and says so."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)

    outcome = app(stdin=b"echo hi\n")

    assert outcome.code == 0
    assert outcome.out.strip() == "hi"
    assert outcome.err == "No display here, so the conversation opens in this terminal.\n"


@pytest.mark.logs_warning("set aside")
def test_a_damaged_settings_file_is_told_once_and_the_app_goes_on(app, app_home):
    (app_home / "settings.json").write_text("{")

    outcome = app("ask", "echo hi")

    assert outcome.code == 0
    assert outcome.err.count("\n") == 1
    assert "set aside" in outcome.err
    assert app("ask", "echo hi").err == ""


def test_a_reader_that_has_had_enough_ends_us_quietly():
    command = " ".join(f"'{word}'" for word in scripted_command("ask", "forever"))

    outcome = run_process(["sh", "-c", f"{command} | head -c 20"])

    assert outcome.out == "on and on on and on "
    assert outcome.err == ""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a full device")
def test_an_answer_that_cannot_be_written_is_said():
    command = " ".join(f"'{word}'" for word in scripted_command("ask", "echo hi"))

    outcome = run_process(["sh", "-c", f"{command} > /dev/full"])

    assert outcome.code == 6
    assert outcome.err == "The output cannot be written (No space left on device).\n"


@pytest.mark.parametrize(
    ("closed", "out"), [("<&-", "hi"), (">&-", ""), ("2>&-", "hi"), ("<&- >&- 2>&-", "")]
)
def test_closed_streams_do_no_harm(closed, out):
    command = " ".join(f"'{word}'" for word in scripted_command("ask", "echo hi"))

    outcome = run_process(["sh", "-c", f"{command} {closed}"])

    assert (outcome.code, outcome.out.strip(), outcome.err) == (0, out, "")


def test_standard_input_that_is_closed_is_said_by_chat():
    outcome = run_process(scripted_command("chat"), stdin=None)

    assert outcome.code == 7
    assert outcome.err.count("\n") == 1


def test_output_in_another_encoding_loses_letters_not_the_run():
    outcome = run_process(scripted_command("ask", "echo \u4f60 ok"), PYTHONIOENCODING="latin-1")

    assert outcome.code == 0
    assert outcome.out.split() == ["?", "ok"]

    # JSON is UTF-8 by its standard, whatever the terminal says.
    outcome = run_process(
        scripted_command("ask", "--json", "echo \u4f60"), PYTHONIOENCODING="latin-1"
    )
    assert outcome.json["answer"] == "\u4f60"
