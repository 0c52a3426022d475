"""Set-up from nothing, twice, broken off and mended: real environments from a tiny real package."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from app import machine
from tests.architecture.source import ROOT

# It stands in for `python -m app models fetch`: it notes each call and fails while told to.
FAKE_APP = """import pathlib, sys
with open(".setup/fetched", "a") as calls:
    calls.write(" ".join(sys.argv[1:]) + "\\n")
sys.exit(3 if pathlib.Path("fail").exists() else 0)
"""


def write_wheel(folder: Path, name: str, version: str) -> None:
    """The smallest package that pip installs."""
    about = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": f"VERSION = {version!r}\n",
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(
        f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip('=')},{len(text)}\n"
        for path, text in files.items()
    )
    files[f"{about}/RECORD"] = record + f"{about}/RECORD,,\n"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)


class Clone:
    """A folder that looks like a clone, with its own tiny package index."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "app").mkdir(parents=True)
        for name in ("bootstrap.py", "linux_packages.py", "machine.py", "__init__.py"):
            shutil.copy(ROOT / "app" / name, folder / "app")
        (folder / "app" / "__main__.py").write_text(FAKE_APP, encoding="utf-8")
        self.index = folder / "index"
        self.index.mkdir()
        write_wheel(self.index, "tinything", "1.0")
        write_wheel(self.index, "tinything", "2.0")
        write_wheel(self.index, "tinytool", "1.0")
        self.write("requirements.txt", "tinything==1.0\n")
        self.write("requirements-dev.txt", "tinytool==1.0\n")
        self.write("constraints.txt", "")

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def start(self, goal: str = "setup") -> subprocess.Popen[str]:
        environment = {**os.environ, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": self.index.as_uri()}
        environment.pop("DISPLAY", None)
        return subprocess.Popen(
            [sys.executable, "-I", "app/bootstrap.py", goal],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def set_up(self, goal: str = "setup") -> tuple[int, str, str]:
        process = self.start(goal)
        output, words = process.communicate()
        return process.returncode, output, words

    def python(self, code: str) -> str:
        python = self.folder / ".venv/bin/python"
        return subprocess.run(
            [python, "-c", code], capture_output=True, text=True, check=True
        ).stdout.strip()

    def has_version(self) -> str:
        return self.python("import tinything; print(tinything.VERSION)")

    def fetches(self) -> int:
        calls = self.folder / ".setup/fetched"
        return len(calls.read_text().splitlines()) if calls.exists() else 0


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """One finished set-up, in a folder whose name is hard on shells; tests work on copies."""
    clone = Clone(tmp_path_factory.mktemp("a b ü's $x") / "clone")
    status, output, words = clone.set_up()
    assert status == 0, words
    return clone, output, words


@pytest.mark.feature("setup.from_nothing")
def test_everything_is_set_up_from_nothing(finished):
    """One command makes the environment, installs what is pinned and fetches the starter model."""
    clone, output, words = finished
    assert clone.has_version() == "1.0"
    assert clone.fetches() == 1
    assert output == ""
    assert "Making the environment" in words
    assert words.endswith("Set-up is done.\n")


@pytest.mark.feature("setup.second_time")
def test_the_second_time_nothing_is_done(finished):
    """The second run starts at once and needs no network."""
    clone, _, _ = finished
    hidden = clone.index.with_name("index gone")
    clone.index.rename(hidden)
    try:
        assert clone.set_up() == (0, "", "")
        assert clone.set_up("run") == (0, "", "")
    finally:
        hidden.rename(clone.index)
    assert clone.fetches() == 1


@pytest.mark.feature("setup.update")
def test_changed_requirements_are_installed(finished):
    """After an update of the source the next run brings the packages up to date."""
    clone, _, _ = finished
    clone.write("requirements.txt", "tinything==2.0\n")
    assert clone.set_up("tests")[0] == 0
    assert clone.has_version() == "2.0"
    assert clone.python("import tinytool; print(tinytool.VERSION)") == "1.0"
    clone.write("requirements.txt", "tinything==1.0\n")
    assert clone.set_up()[0] == 0
    assert clone.has_version() == "1.0"


def test_an_update_without_network_leaves_what_worked(finished):
    clone, _, _ = finished
    clone.write("requirements.txt", "tinything==3.0\n")
    status, _, words = clone.set_up()
    clone.write("requirements.txt", "tinything==1.0\n")
    assert status == 1
    assert "tinything==3.0" in words
    assert clone.has_version() == "1.0"
    assert clone.set_up() == (0, "", "")


@pytest.mark.feature("setup.mends_itself")
def test_a_set_up_killed_while_installing_is_mended(finished):
    """A set-up that was killed in the middle is repaired by the next run."""
    clone, _, _ = finished
    clone.write("requirements.txt", "tinything==2.0\n")
    process = clone.start()
    while "Installing the packages" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.communicate()
    status, _, words = clone.set_up()
    clone.write("requirements.txt", "tinything==1.0\n")
    assert status == 0, words
    assert "broken off" in words
    assert clone.has_version() == "2.0"
    assert clone.set_up()[0] == 0


def test_an_interrupt_ends_it_with_one_sentence(finished):
    clone, _, _ = finished
    clone.write("requirements.txt", "tinything==2.0\n")
    process = clone.start()
    while "Fetching the packages" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, words = process.communicate()
    clone.write("requirements.txt", "tinything==1.0\n")
    assert process.returncode == 130
    assert "Traceback" not in words
    assert clone.set_up()[0] == 0
    assert clone.has_version() == "1.0"


def test_two_at_once_do_not_get_into_each_others_way(finished):
    clone, _, _ = finished
    (clone.folder / "app/version.py").touch()
    clone.write("constraints.txt", "# changed, so that there is something to do\n")
    first, second = clone.start(), clone.start()
    words = [process.communicate()[1] for process in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0), words
    assert sum("Installing the packages" in text for text in words) == 1
    # Both, if a pip that an interrupt left behind still holds the lock.
    assert sum("waiting for it" in text for text in words) >= 1


def test_a_model_that_does_not_come_stops_set_up_but_not_the_app(finished):
    clone, _, _ = finished
    clone.write("fail", "")
    done = clone.folder / ".venv/set-up.json"
    done.write_text(done.read_text().replace("smollm2-135m", "another"))
    status, _, words = clone.set_up()
    assert status == 1
    assert "Run the same command again" in words
    status, _, words = clone.set_up("run")
    assert status == 0
    assert "Going on without it" in words
    (clone.folder / "fail").unlink()
    assert clone.set_up()[0] == 0


def test_an_environment_of_somebody_else_is_not_thrown_away(tmp_path):
    clone = Clone(tmp_path / "clone")
    (clone.folder / ".venv").mkdir()
    keep = clone.folder / ".venv/mine"
    keep.touch()
    status, _, words = clone.set_up()
    assert status == 1
    assert "Move it away" in words
    assert keep.exists()


def test_a_python_that_fits_is_looked_for(tmp_path):
    for minor in (11, 12):
        python = tmp_path / f"python3.{minor}"
        python.write_text(f"#!/bin/sh\necho 3 {minor}\n", encoding="utf-8")
        python.chmod(0o755)
    (tmp_path / "python3.13").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    (tmp_path / "python3.13").chmod(0o755)
    assert machine.find_python((3, 14), str(tmp_path)) == str(tmp_path / "python3.12")
    assert machine.find_python((3, 9), str(tmp_path / "nothing")) is None
    assert machine.find_python((3, 13)) == sys.executable


def test_set_up_reads_nothing_from_stdin(finished):
    """What is piped into `make run` is for the app."""
    clone, _, _ = finished
    clone.write("constraints.txt", "# changed again\n")
    read, write = os.pipe()
    os.write(write, b"a question\n")
    os.close(write)
    environment = {**os.environ, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": clone.index.as_uri()}
    command = [sys.executable, "-I", "app/bootstrap.py", "run"]
    subprocess.run(
        command, cwd=clone.folder, env=environment, stdin=read, capture_output=True, check=True
    )
    assert os.read(read, 100) == b"a question\n"
    os.close(read)
