from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from app.crash import CrashReporter, sweep
from engine.contract.errors import OfflineError
from tests.app.conftest import ROOT

SECRET = "my grandmother's recipe"


@pytest.fixture
def told():
    return []


@pytest.fixture
def reporter(tmp_path, told):
    made = CrashReporter(tmp_path, told.append)
    made.install()
    yield made
    made.uninstall()


def fail():
    raise ValueError(SECRET)


@pytest.mark.usefixtures("reporter")
@pytest.mark.logs_warning("a fault of ours")
@pytest.mark.feature("app.crash_report")
def test_a_bug_on_any_thread_becomes_a_report_and_one_sentence(told, tmp_path):
    """A fault of the app is told in one sentence and leaves a local report without your texts."""
    thread = threading.Thread(target=fail, name="worker")
    thread.start()
    thread.join()

    report = next(tmp_path.glob("crash-*.txt")).read_text()
    assert "ValueError" in report
    assert "in fail" in report
    assert "Thread worker" in report
    assert SECRET not in report
    assert [told_of.kind for told_of in told] == ["bug"]
    assert SECRET not in told[0].message


@pytest.mark.usefixtures("reporter")
@pytest.mark.logs_warning("a fault of ours")
def test_the_main_threads_hook_is_ours_too(told):
    try:
        fail()
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)

    assert told[0].kind == "bug"


def test_an_error_of_the_world_is_no_crash(reporter, tmp_path):
    report = reporter.report(OfflineError("There is no connection."))

    assert report.kind == "offline"
    assert not list(tmp_path.glob("crash-*.txt"))


@pytest.mark.logs_warning("a fault of ours")
def test_old_reports_are_removed(reporter, tmp_path):
    for number in range(30):
        (tmp_path / f"crash-{number:03}.txt").write_text("old")

    reporter.report(ValueError())

    assert len(list(tmp_path.glob("crash-*.txt"))) == 20


def test_hooks_come_back(tmp_path, told):
    before = (sys.excepthook, threading.excepthook, sys.unraisablehook)
    reporter = CrashReporter(tmp_path, told.append)
    reporter.install()
    reporter.uninstall()

    assert (sys.excepthook, threading.excepthook, sys.unraisablehook) == before
    assert list(tmp_path.iterdir()) == []


NATIVE_CRASH = """
import faulthandler, sys
from pathlib import Path
from app.crash import CrashReporter
CrashReporter(Path(sys.argv[1]), print).install()
faulthandler._sigsegv()
"""


def test_a_native_crash_is_found_at_the_next_start(tmp_path):
    subprocess.run(
        [sys.executable, "-c", NATIVE_CRASH, str(tmp_path)],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
        check=False,
    )

    found = sweep(tmp_path)

    assert len(found) == 1
    assert "Segmentation fault" in found[0].read_text()
    assert sweep(tmp_path) == []


def test_what_a_killed_process_left_is_removed_and_a_running_ones_is_not(tmp_path):
    gone = subprocess.Popen(["true"])
    gone.wait()
    (tmp_path / f"native-{gone.pid}.txt").touch()
    (tmp_path / f"native-{os.getpid()}.txt").touch()
    (tmp_path / "native-x.txt").touch()

    assert sweep(tmp_path) == []
    assert not (tmp_path / f"native-{gone.pid}.txt").exists()
    assert (tmp_path / f"native-{os.getpid()}.txt").exists()
