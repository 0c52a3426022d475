from __future__ import annotations

import logging
import os
import sys

import pytest

from app.logging_setup import (
    PrivateFormatter,
    set_up_logging,
    tear_down_logging,
    who_says,
)
from engine.contract.errors import BadRequestError

SECRET = "my grandmother's recipe"


@pytest.fixture
def log(tmp_path):
    file = tmp_path / "a.log"
    set_up_logging(file, is_verbose=False)
    yield file
    tear_down_logging()


@pytest.mark.logs_warning("other")
def test_other_packages_keep_their_place_but_not_their_words(log):
    logging.getLogger("elsewhere.x").warning("other: prompt was %s", SECRET)

    text = log.read_text()
    assert SECRET not in text
    assert "elsewhere.x: (at test_logging_setup.py:" in text


@pytest.mark.logs_warning("it failed")
@pytest.mark.feature("privacy.log")
def test_an_exception_is_logged_without_its_words(log):
    """The log and the crash reports never hold what you wrote."""
    try:
        try:
            raise ValueError(SECRET)
        except ValueError as error:
            raise KeyError(SECRET) from error
    except KeyError:
        logging.getLogger("engine.x").exception("it failed")

    text = log.read_text()
    assert SECRET not in text
    assert "builtins.KeyError" in text
    assert "builtins.ValueError" in text
    assert "test_logging_setup.py" in text


@pytest.mark.logs_warning("it failed")
def test_our_own_errors_keep_their_sentence(log):
    try:
        raise BadRequestError("The seed is too large.")
    except BadRequestError:
        logging.getLogger("engine.x").exception("it failed")

    assert "The seed is too large." in log.read_text()


def test_long_texts_are_counted_not_written(log):
    logging.getLogger("app.x").info("got %s for %d", SECRET * 100, 7)

    text = log.read_text()
    assert SECRET not in text
    assert "got (2300 characters) for 7" in text


def test_the_home_folder_is_not_named(log):
    logging.getLogger("app.x").info("opened %s", os.path.expanduser("~/Documents/x"))

    assert "~/Documents/x" in log.read_text()
    assert os.path.expanduser("~") not in log.read_text()


def test_standard_error_is_silent_unless_asked(tmp_path, capsys):
    set_up_logging(tmp_path / "a.log", is_verbose=False)
    logging.getLogger("app.x").info("one")
    set_up_logging(tmp_path / "a.log", is_verbose=True)
    logging.getLogger("app.x").debug("two")
    tear_down_logging()

    err = capsys.readouterr().err
    assert "one" not in err
    assert "two" in err


def test_the_log_is_for_its_owner_only(log):
    assert log.stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a full device")
def test_a_full_disk_costs_the_log_and_nothing_else(tmp_path, capsys):
    (tmp_path / "a.log").symlink_to("/dev/full")
    set_up_logging(tmp_path / "a.log", is_verbose=False)

    logging.getLogger("app.x").info("lost")
    tear_down_logging()

    assert capsys.readouterr().err == ""


def test_a_log_that_cannot_be_opened_is_done_without(tmp_path):
    (tmp_path / "a.log").mkdir()

    set_up_logging(tmp_path / "a.log", is_verbose=False)
    logging.getLogger("app.x").info("lost")
    tear_down_logging()


def test_times_are_in_utc():
    record = logging.LogRecord("app", logging.INFO, __file__, 1, "x", (), None)
    record.created = 0.0
    record.msecs = 0.0

    assert PrivateFormatter().format(record).startswith("1970-01-01T00:00:00.000Z")


def test_other_handlers_still_get_the_exception():
    """Leaving the words out of our file must not take them from a test that looks."""
    try:
        raise ValueError(SECRET)
    except ValueError:
        record = logging.LogRecord("app", logging.ERROR, __file__, 1, "x", (), sys.exc_info())

    assert SECRET not in PrivateFormatter().format(record)
    assert SECRET in logging.Formatter().format(record)


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (f"QTextDocument::setMarkdown: {SECRET}", "QTextDocument::setMarkdown"),
        (f"Exception in callback show('{SECRET}')", "Exception in callback"),
        (f"qt.gui.imageio: {SECRET}.png", "qt.gui.imageio"),
        (SECRET, ""),
        ("", ""),
    ],
)
def test_messages_of_qt_and_asyncio_lose_what_they_quote(message, said):
    """Qt names the text it cannot draw, asyncio the arguments of a callback."""
    told = who_says(message)

    assert SECRET not in told
    assert told == f"{said} ({len(message)} characters)".strip()


@pytest.mark.logs_warning("it failed")
def test_no_marker_is_in_the_log_in_any_way_it_could_come_there(log):
    """Notes, groups, arguments, warnings, locals: none of them is written."""
    import warnings

    def fail(text):
        error = ExceptionGroup(text, [ValueError(text)])
        error.add_note(text)
        raise error

    try:
        fail(SECRET)
    except ExceptionGroup:
        logging.getLogger("engine.x").exception("it failed", stack_info=True)
    logging.getLogger("keyring.backend").error("it failed %s", SECRET)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(f"it failed {SECRET}", UserWarning, stacklevel=1)

    assert log.stat().st_size
    assert SECRET not in log.read_text()
