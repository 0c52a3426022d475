"""Notices and the number on the icon, over a FakeEngine and notices that are only noted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.contract import commands
from engine.contract.errors import ErrorReport
from engine.contract.vault import LockReason
from engine.contract.vault_commands import BackUpVault
from ui import text_quick as text
from ui.quick.out_of_sight import OutOfSight


class Noted:
    """Notices that are kept for the test to read."""

    def __init__(self):
        self.shown = []
        self.opened = None
        self.withdrawn = 0

    def show(self, title, words, opened):
        self.shown.append((title, words))
        self.opened = opened
        return True

    def withdraw(self):
        self.withdrawn += 1

    def close(self):
        pass


@pytest.fixture
def noted():
    return Noted()


@pytest.fixture
def clicked():
    return []


@pytest.fixture
def sight(window, noted, clicked):
    """Everything counts as long, and no window is looked at."""
    return OutOfSight(
        window.session, lambda: (), clicked.append, noted, lambda *_: False, long_s=0.0
    )


def talk(window, qtbot, words="Tell me a secret"):
    window.page.composer.send(words)
    qtbot.waitUntil(lambda: window.session.desk.is_answering())
    qtbot.waitUntil(lambda: not window.session.desk.is_answering())


@pytest.mark.feature("notices.answer")
@pytest.mark.usefixtures("sight")
def test_a_long_answer_that_ended_out_of_sight_is_told_by_its_title(window, noted, clicked, qtbot):
    """When a long answer ends while no window is in sight, a notice names its conversation."""
    talk(window, qtbot)
    current = window.session.desk.current_id
    qtbot.waitUntil(lambda: bool(noted.shown))

    title, words = noted.shown[-1]
    assert title == text.ANSWER_READY
    assert words == window.session.book.entries[current].title
    assert "Hello there" not in words
    noted.opened()
    assert clicked == [current]


@pytest.mark.feature("notices.badge")
def test_the_icon_counts_what_was_not_seen_yet(window, sight, qtbot):
    """A number on the app's icon counts the answers that nobody has seen yet."""
    talk(window, qtbot)
    talk(window, qtbot)
    qtbot.waitUntil(lambda: sight.unseen == 2)

    sight.see()
    assert sight.unseen == 0


def test_seeing_takes_the_notices_away(sight, noted):
    sight.see()
    assert noted.withdrawn == 1


@pytest.mark.usefixtures("sight")
def test_a_locked_vault_tells_no_title(window, noted, engine, qtbot):
    engine.hold.clear()
    window.page.composer.send("Tell me a secret")
    qtbot.waitUntil(lambda: window.session.desk.is_answering())
    window.session.vault.lock(LockReason.ASKED)
    qtbot.waitUntil(lambda: window.session.vault.is_covered)
    engine.hold.set()

    qtbot.waitUntil(lambda: bool(noted.shown))
    assert noted.shown[-1] == (text.ANSWER_READY, text.SOMETHING_LOCKED)


@pytest.mark.usefixtures("sight")
def test_a_temporary_conversation_is_not_named(window, noted, qtbot):
    window.quick.open_panel()
    panel = window.quick.panel
    panel.field.set_words("What is my balance?")
    panel.ask()
    qtbot.waitUntil(lambda: bool(noted.shown))

    assert noted.shown[-1] == (text.ANSWER_READY, text.QUICK_QUESTION)


@pytest.mark.usefixtures("sight")
def test_other_long_work_is_told_without_content(window, noted, qtbot):
    window.session.jobs.submit(BackUpVault(), has_asker=True)
    qtbot.waitUntil(lambda: bool(noted.shown))

    assert noted.shown[-1] in (
        (text.JOB_DONE, "The backup is done."),
        (text.JOB_FAILED, "The backup could not be finished."),
    )


@pytest.mark.usefixtures("sight")
def test_a_failed_answer_is_told(window, noted, engine, qtbot):
    engine.fail_next = ErrorReport(kind="bug", message="It broke.")
    window.page.composer.send("Why?")
    qtbot.waitUntil(lambda: bool(noted.shown))

    assert noted.shown[-1][0] == text.ANSWER_FAILED


def test_what_is_looked_at_is_not_told(window, noted, clicked, qtbot):
    sight = OutOfSight(
        window.session, lambda: (window,), clicked.append, noted, lambda *_: False, long_s=0.0
    )
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    talk(window, qtbot)

    assert sight.is_looked_at()
    assert noted.shown == []


def test_short_work_is_not_told(window, noted, qtbot):
    OutOfSight(window.session, lambda: (), lambda _id: None, noted, lambda *_: False, long_s=60)
    talk(window, qtbot)

    assert noted.shown == []


def test_notices_that_are_not_wanted_are_not_shown(window, sight, noted, qtbot):
    settings = window.session.settings
    settings.value = replace(
        settings.value, interface=replace(settings.value.interface, is_notified=False)
    )
    talk(window, qtbot)
    qtbot.waitUntil(lambda: sight.unseen == 1)

    assert noted.shown == []


def test_without_notices_the_icon_tells(window, qtbot):
    told = []
    OutOfSight(
        window.session,
        lambda: (),
        lambda _id: None,
        None,
        lambda *given: told.append(given[:2]),
        long_s=0.0,
    )
    talk(window, qtbot)

    qtbot.waitUntil(lambda: bool(told))
    assert told[-1][0] == text.ANSWER_READY


@pytest.mark.usefixtures("sight")
def test_only_work_that_one_waits_for_is_told(window, noted, qtbot):
    window.session.jobs.submit(commands.ListConversations())
    talk(window, qtbot)

    assert {title for title, _ in noted.shown} == {text.ANSWER_READY}
