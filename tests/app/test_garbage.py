"""Circles are freed on the main thread between two turns of its loop."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading

import pytest
from PySide6.QtCore import QCoreApplication, QThread

from app.garbage import Garbage, collecting_between_turns
from tests.app.conftest import ROOT

# Widgets that refer to themselves are in the list that Qt hands to Python; Python comes to tidy up
# while it makes an object for each widget of that list.
LIST_OF_WIDGETS = """
import gc
from PySide6.QtWidgets import QApplication, QCalendarWidget, QWidget
from app.garbage import collecting_between_turns

application = QApplication([])
gc.set_threshold(1_000_000)
kept = [QCalendarWidget() for _ in range(60)]
with collecting_between_turns():
    for _ in range(300):
        widget = QWidget()
        widget.itself = widget
    del widget
    gc.set_threshold(gc.get_count()[0] + 300)
    widgets = QApplication.allWidgets()
"""


class Circle:
    """Refers to itself, and tells where it is freed."""

    def __init__(self, freed):
        self.itself = self
        self.freed = freed

    def __del__(self):
        self.freed.append(QThread.isMainThread())


@pytest.fixture
def automatic():
    """As Python is when the app starts."""
    was_enabled = gc.isenabled()
    gc.enable()
    yield
    if not was_enabled:
        gc.disable()


@pytest.mark.usefixtures("automatic")
@pytest.mark.feature("app.garbage")
def test_widgets_are_freed_on_the_main_thread_between_two_turns_of_its_loop(qtbot):
    """The window does not crash when Python tidies up while Qt or the engine is at work."""
    freed = []
    with collecting_between_turns():
        Circle(freed)
        kept = []
        thread = threading.Thread(target=lambda: kept.extend([n] for n in range(100_000)))
        thread.start()
        thread.join()
        assert not freed

        qtbot.waitUntil(lambda: bool(freed))
    assert freed == [True]


@pytest.mark.usefixtures("automatic")
def test_python_tidies_up_by_itself_again_when_the_window_is_gone(qapp):
    assert qapp is QCoreApplication.instance()
    with collecting_between_turns():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_a_list_of_widgets_holds_only_living_ones():
    """Where Python tidies up by itself, PySide6 6.11.3 ends here in a segmentation fault."""
    words = [sys.executable, "-c", LIST_OF_WIDGETS]
    assert subprocess.run(words, cwd=ROOT, check=False).returncode == 0


def test_nothing_is_done_before_it_is_due():
    freed = []
    gc.collect()
    Circle(freed)
    Garbage().collect_due()
    assert not freed


@pytest.fixture
def soon_due():
    """Rounds are due after few objects."""
    usual = gc.get_threshold()
    gc.set_threshold(50, 2, 2)
    yield
    gc.set_threshold(*usual)


@pytest.mark.usefixtures("soon_due")
def test_what_has_grown_old_is_freed_in_the_end():
    """Each round leaves as many objects as make the youngest due; then all generations are."""
    freed, kept, garbage = [], [], Garbage()
    old = Circle(freed)
    gc.collect()
    del old
    while not freed:
        kept.append([[] for _ in range(100)])
        garbage.collect_due()
        assert len(kept) < 20
