"""A person's day at the keyboard: the whole app on a real X server, with the starter model."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.helpers.x_server import Fingers, why_no_x, x_server

pytestmark = [
    pytest.mark.gui,
    pytest.mark.skipif(bool(why_no_x()), reason=why_no_x() or "X is there"),
]

ROOT = Path(__file__).resolve().parents[2]
PASSPHRASE = "calm lantern river"
DEADLINE_S = 90
# Short answers that are always the same.
WORDS = ["--max-tokens", "24", "--temperature", "0"]


class Person:
    """Sits at one run of the app: presses keys and reads what is on screen."""

    def __init__(self, fingers, display, home, models_dir):
        self._fingers = fingers
        self._lines = queue.SimpleQueue()
        self.seen = {}
        self.environment = {
            **os.environ,
            "DISPLAY": display,
            "QT_QPA_PLATFORM": "xcb",
            "SHVAYAMBHU_HOME": str(home),
            "SHVAYAMBHU_MODELS_DIR": str(models_dir),
            "SHVAYAMBHU_PASSPHRASE": PASSPHRASE,
        }
        self.environment.pop("WAYLAND_DISPLAY", None)
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("watched_app.py")), *WORDS],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self._lines.put(json.loads(line))
        self._lines.put(None)

    def until(self, holds, why):
        """The screen is so; `why` says how, for whoever reads a failure."""
        end = time.monotonic() + DEADLINE_S
        while not self.seen or not holds(self.seen):
            try:
                line = self._lines.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                pytest.fail(f"not in {DEADLINE_S} s: {why}; on screen is {self.seen}")
            if line is None:
                pytest.fail(f"the app left before {why}: {self.process.stderr.read()}")
            self.seen = line
        return self.seen

    def press(self, *keys):
        """Keys pressed together; the window manager that is missing gives them to the window."""
        if not self.seen["has_keys"]:
            self._fingers.focus(self.seen["window"])
            self.until(lambda now: now["has_keys"], "the window has the keyboard")
        self._fingers.press(*keys)

    def type(self, words):
        self.press()
        self._fingers.type(words)

    def skip_the_welcome(self):
        self.until(lambda now: now["is_welcoming"], "the first screens are there")
        for step in range(3):
            self.until(lambda now, step=step: now["step"] == step, f"screen {step + 1} is there")
            self.press("Escape")
        self.until(lambda now: not now["is_welcoming"], "the first screens are gone")

    def ask(self, question):
        """The question is sent, and its answer there."""
        self.until(lambda now: now["is_model_loaded"], "the model is loaded")
        answers = self.seen["finished"]
        self.type(question)
        self.until(lambda now: now["draft"] == question, "the question is in the composer")
        self.press("Return")
        self.until(lambda now: now["finished"] == answers + 1, "the answer is finished")
        return self.seen["words"]

    def command(self, words):
        """The first line that the palette finds for the words is run."""
        self.press("Control_L", "k")
        self.until(lambda now: now["palette"], "the palette is open")
        self.type(words)
        self.press("Return")
        self.until(lambda now: not now["palette"], "the palette is closed")

    def quit(self):
        """The app was left in order and has told nothing bad."""
        self.press("Control_L", "q")
        assert self.process.wait(DEADLINE_S) == 0
        assert self.process.stderr.read() == ""

    def leave(self):
        self.process.kill()
        self.process.wait()
        self._reader.join()
        self.process.stdout.close()
        self.process.stderr.close()


@pytest.fixture
def display():
    with x_server() as name:
        yield name


@pytest.fixture
def sit_down(display, app_home, starter_model_path):
    """Starts the app; each time it is the same home."""
    fingers = Fingers(display)
    people = []

    def begin():
        people.append(Person(fingers, display, app_home, starter_model_path.parent.parent))
        return people[-1]

    yield begin
    for person in people:
        person.leave()
    fingers.close()


def told(person, *words):
    """What the command line says about the same home, while no window is open."""
    done = subprocess.run(
        [sys.executable, "-m", "app", "chats", *words, "--json"],
        cwd=ROOT,
        env=person.environment,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=True,
    )
    return json.loads(done.stdout)


def assert_no_trouble(home):
    for log in (home / "logs").iterdir():
        text = log.read_text()
        assert "Traceback" not in text
        assert not [line for line in text.splitlines() if " ERROR " in line or " WARNING " in line]
    assert not list((home / "logs").glob("crash-*"))


def test_a_first_question_by_keys_alone(sit_down, app_home):
    person = sit_down()
    person.skip_the_welcome()
    words = person.ask("why is the sky blue")
    assert "why is the sky blue" in words[0]
    assert person.seen["title"] == "why is the sky blue · Shvayambhu"
    person.quit()
    assert_no_trouble(app_home)


@pytest.mark.slow
@pytest.mark.feature("access.keyboard", "Everything can be done with the keyboard alone.")
def test_a_day_by_keys_alone(sit_down, app_home):
    """Ask, edit, regenerate, find, change a setting, delete, undo, leave, come back, lock."""
    person = sit_down()
    person.skip_the_welcome()
    first = person.ask("why is the sky blue")
    edit_and_regenerate(person, first)
    find(person)
    open_and_close_settings(person)
    delete_and_undo(person)
    person.type("a thought for later")
    person.until(lambda now: now["draft"] == "a thought for later", "the draft is typed")
    person.quit()

    again = sit_down()
    again.until(lambda now: now["draft"] == "a thought for later", "the draft is back")
    again.until(lambda now: "briefly" in "".join(now["words"]), "the conversation is back")
    lock_and_unlock(again)
    again.quit()
    found = told(again, "search", "briefly")
    assert found["total"] == 1
    assert_no_trouble(app_home)


def is_answered(now):
    return now["finished"] == 1 and not now["is_answering"]


def edit_and_regenerate(person, first):
    person.press("Control_L", "Up")
    person.until(lambda now: now["is_editing"], "the question is being edited")
    person.press("Control_L", "End")
    person.type(" briefly")
    person.press("Control_L", "Return")
    person.until(
        lambda now: is_answered(now) and "Version 2 of 2" in now["words"][0],
        "the edited question is answered",
    )
    assert "why is the sky blue briefly" in person.seen["words"][0]
    assert person.seen["words"][1] != first[1]
    person.press("Control_L", "r")
    person.until(
        lambda now: is_answered(now) and "Version 2 of 2" in now["words"][1],
        "there is a second answer",
    )


def find(person):
    person.press("Control_L", "f")
    person.type("briefly")
    person.until(lambda now: now["found"].startswith("1 of"), "the word is found")
    person.press("Escape")
    person.until(lambda now: not now["found"], "the bar is gone")
    person.command("show or hide the sidebar")
    person.until(lambda now: not now["has_sidebar"], "the sidebar is hidden")
    person.command("show or hide the sidebar")
    person.until(lambda now: now["has_sidebar"], "the sidebar is back")


def open_and_close_settings(person):
    person.press("Control_L", "comma")
    person.until(lambda now: now["active"] == "SettingsWindow", "the settings are open")
    person.press("Control_L", "w")
    person.until(lambda now: not now["settings"], "the settings are closed")


def delete_and_undo(person):
    person.command("delete conversation")
    person.until(lambda now: not now["words"] and now["toast"], "the conversation is deleted")
    person.press("Control_L", "z")
    person.until(lambda now: not now["toast"] and now["listed"], "the conversation is back")
    person.command("why is the sky")
    person.until(lambda now: now["words"], "the conversation is open")


def lock_and_unlock(person):
    person.press("Control_L", "Shift_L", "l")
    person.until(
        lambda now: now["is_locked"] and now["focus"] == "Passphrase", "locked, and ready to type"
    )
    assert person.seen["title"] == "Shvayambhu"
    assert person.seen["words"] == []
    assert person.seen["draft"] == ""
    person.type(PASSPHRASE)
    person.press("Return")
    person.until(lambda now: not now["is_locked"] and now["words"], "unlocked")
