"""`python -m app` with the real engine and the starter model, in processes of their own."""

from __future__ import annotations

import json
import os
import queue
import shutil
import signal
import subprocess
import sys

import pytest

from app.paths import resources as app_resources
from engine.assembly import start_engine
from engine.contract import commands as c
from engine.contract import events as e
from engine.contract.settings import GenerationSettings, Settings
from tests.app.conftest import ROOT, run_process
from tests.app.scripted_engine import ScriptedEngine

APP = [sys.executable, "-m", "app"]
SKY = "Why is the sky blue?"


@pytest.fixture
def ask(starter_model_path, app_home):
    """Runs the app in the test's home, with the user's models."""

    def run_one(*words, stdin=b"", **variables):
        variables.setdefault("SHVAYAMBHU_MODELS_DIR", str(starter_model_path.parent.parent))
        return run_process([*APP, *words], stdin=stdin, SHVAYAMBHU_HOME=str(app_home), **variables)

    return run_one


@pytest.mark.feature("cli.ask")
def test_a_question_is_answered_sensibly_and_temperature_0_repeats(ask):
    """`ask` streams one answer to standard output; at temperature 0 it repeats exactly."""
    told = ask("ask", "--json", "--temperature", "0", "--max-tokens", "60", SKY)
    streamed = ask("ask", "--temperature", "0", "--max-tokens", "60", SKY)

    assert (told.code, told.err, streamed.code, streamed.err) == (0, "", 0, "")
    answer = told.json
    assert "light" in answer["answer"] or "scatter" in answer["answer"]
    assert streamed.out.strip() == answer["answer"].strip()
    assert answer["model"] == "smollm2-135m"
    assert answer["completion_tokens"] == 60
    assert answer["finish_reason"] == "length"
    assert answer["prompt_tokens"] > 10
    assert answer["ttft_ms"] > 0
    assert answer["tokens_per_second"] > 0


@pytest.mark.feature("cli.generation_options")
def test_the_options_do_what_they_say(ask):
    """`--max-tokens --temperature --seed --stop --system` shape an answer; a seed repeats it."""
    lines = [
        {"question": SKY, "seed": 7, "temperature": 1.5, "top_p": 1.0},
        {"question": SKY, "seed": 7, "temperature": 1.5, "top_p": 1.0},
        {"question": SKY, "seed": 8, "temperature": 1.5, "top_p": 1.0},
        {"question": SKY, "temperature": 0, "stop": "sky"},
        {"question": SKY, "temperature": 0, "max_tokens": 3},
        {"question": SKY, "temperature": 0, "system": "You are a pirate. " * 20},
        {"question": SKY, "temperature": 1.5, "min_p": 1.0, "seed": 1},
        {"question": SKY, "temperature": 0, "repeat": True},
    ]
    batch = "\n".join(json.dumps(line) for line in lines).encode()

    outcome = ask("ask", "--batch", "-", "--max-tokens", "24", stdin=batch)

    assert (outcome.code, outcome.err) == (0, "")
    seven, again, eight, stopped, short, pirate, likeliest, greedy = map(
        json.loads, outcome.out.splitlines()
    )
    assert seven["answer"] == again["answer"] != eight["answer"]
    assert [seven["seed"], eight["seed"]] == [7, 8]
    assert "sky" not in stopped["answer"]
    assert stopped["finish_reason"] == "stop"
    assert short["completion_tokens"] == 3
    assert pirate["prompt_tokens"] > short["prompt_tokens"] + 50
    # Only the likeliest token may be drawn at min_p 1, which is what temperature 0 does.
    assert likeliest["answer"] == greedy["answer"]


@pytest.mark.feature("cli.pipe")
def test_a_fresh_home_answers_in_a_pipe_and_remembers_the_line_before(ask):
    """Without a display and with a pipe, `python -m app` answers line by line."""
    questions = f"{SKY}\nSay that in five words.\n".encode()
    nowhere = {"QT_QPA_PLATFORM": "", "DISPLAY": "", "WAYLAND_DISPLAY": ""}

    if sys.platform != "darwin":
        outcome = ask("--max-tokens", "12", stdin=questions, **nowhere)
        assert outcome.code == 0
        assert len(outcome.out.strip().splitlines()) >= 2
        assert outcome.err == (
            "No display here, so the conversation opens in this terminal.\n"
            "There is no keychain here, so nothing of this session is kept.\n"
        )

    turns = ask("chat", "--json", "--max-tokens", "12", stdin=questions).json["turns"]
    assert turns[1]["prompt_tokens"] > turns[0]["prompt_tokens"] + 12
    assert turns[1]["cached_tokens"] > 0


def test_a_model_that_is_missing_damaged_or_no_model_is_one_sentence(
    ask, tmp_path, starter_model_path
):
    with starter_model_path.open("rb") as whole:
        (tmp_path / "cut.gguf").write_bytes(whole.read(5_000_000))
    (tmp_path / "rubbish.gguf").write_bytes(os.urandom(1000))
    (tmp_path / "folder").mkdir()

    for name in ("none.gguf", "cut.gguf", "rubbish.gguf", "folder"):
        outcome = ask("ask", "--model", str(tmp_path / name), "hi")
        assert (name, outcome.code, outcome.out) == (name, 3, "")
        assert outcome.err.count("\n") == 1
        assert str(tmp_path) not in outcome.err
        assert "Traceback" not in outcome.err

    told = ask("ask", "--json", "--model", str(tmp_path / "cut.gguf"), "hi")
    assert (told.code, told.err) == (3, "")
    assert told.json["error"]["kind"] == "model_damaged"


def test_a_local_file_answers_from_any_folder(ask, starter_model_path, tmp_path):
    folder = tmp_path / "my models"
    folder.mkdir()
    (folder / "small one.gguf").symlink_to(starter_model_path)

    path = os.path.relpath(folder / "small one.gguf", ROOT)
    outcome = ask("ask", "--json", "--max-tokens", "4", "--model", path, "hi")

    assert outcome.code == 0
    assert outcome.json["completion_tokens"] == 4


@pytest.mark.skipif(
    sys.platform == "darwin" or os.geteuid() != 0 or not shutil.which("unshare"),
    reason="needs to take the network away",
)
def test_a_model_that_must_be_fetched_without_a_network_is_one_sentence(app_home):
    outcome = run_process(
        ["unshare", "-n", *APP, "ask", "hi"],
        SHVAYAMBHU_HOME=str(app_home),
        SHVAYAMBHU_MODELS_DIR=str(app_home / "empty"),
    )

    assert (outcome.code, outcome.out) == (5, "")
    assert outcome.err.count("\n") == 1
    assert "no connection" in outcome.err


@pytest.fixture
def begin(starter_model_path, app_home):
    """Starts the app with its output in a pipe; whatever still runs at the end is killed."""
    begun = []

    def begin_one(*words):
        process = subprocess.Popen(
            [*APP, *words],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={
                **os.environ,
                "SHVAYAMBHU_HOME": str(app_home),
                "SHVAYAMBHU_MODELS_DIR": str(starter_model_path.parent.parent),
            },
        )
        begun.append(process)
        return process

    yield begin_one
    for process in begun:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def test_ctrl_c_ends_a_long_answer_with_what_was_written(begin):
    process = begin("ask", "--max-tokens", "4000", "--temperature", "0", "Count to 10000.")
    first = os.read(process.stdout.fileno(), 1)

    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)

    assert (process.returncode, err) == (130, b"")
    assert (first + out).endswith(b"\n")


def test_after_a_kill_in_the_middle_of_an_answer_the_next_one_comes(begin, ask, app_home):
    process = begin("ask", "--max-tokens", "4000", SKY)
    os.read(process.stdout.fileno(), 1)
    process.kill()
    process.wait()

    outcome = ask("ask", "--max-tokens", "4", SKY)

    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.strip()
    assert sorted(entry.name for entry in (app_home / "logs").iterdir()) == ["shvayambhu.log"]
    log = (app_home / "logs" / "shvayambhu.log").read_text()
    assert "sky" not in log


def test_the_doctor_knows_the_real_engine(ask):
    outcome = ask("doctor", "--json")

    found = {check["name"]: check for check in outcome.json["checks"]}
    assert found["model"]["verdict"] == "ok"
    assert found["device"]["says"].startswith(("CPU", "GPU"))
    assert "engine" not in found


def kinds(port, *commands):
    """Names of the events that answer the commands, those that repeat or come and go left out.

    A message that asks for "forever" is stopped at its first word.
    """
    heard = queue.SimpleQueue()
    stop = port.subscribe(heard.put)
    names = []
    for command in commands:
        job = port.submit(command)
        event = None
        while not isinstance(event, (e.CommandFinished, e.CommandFailed)) or event.job_id != job:
            event = heard.get(timeout=60)
            name = type(event).__name__
            if event.job_id == job and name not in [*names[-1:], *_PASSING]:
                names.append(name)
                if name == "TextGenerated" and command.text.startswith("forever"):
                    port.submit(c.StopGeneration(conversation_id=command.conversation_id))
    stop()
    return names


_PASSING = ("PrefillProgressed", "ModelLoadProgressed", "ContextMeasured", "ConversationChanged")


def test_the_scripted_engine_speaks_as_the_real_one(models_dir, starter_model_path):
    """A fake that says other things in another order would prove nothing."""
    assert starter_model_path.exists()
    talk = (
        c.LoadModel(model_id="smollm2-135m"),
        c.CreateConversation(conversation_id="conv_x"),
        c.SendMessage(
            conversation_id="conv_x", text="echo a b", generation=GenerationSettings(max_tokens=4)
        ),
        c.SendMessage(conversation_id="conv_x", text="forever, count to ten thousand"),
        c.ListModels(),
        c.InspectEngine(),
        c.ChangeSettings(settings=Settings()),
    )
    scripted = ScriptedEngine()
    real = start_engine(
        settings=Settings(), models_dir=models_dir, resources=app_resources(), version="0"
    )
    try:
        assert kinds(scripted, *talk) == kinds(real.port, *talk)
    finally:
        scripted.close()
        real.close()
