"""Against a real D-Bus daemon, with a notification service of our own on it."""

from __future__ import annotations

import sys

import pytest

from app.notifications import DesktopNotices
from app.session_bus import SessionBus, session_address
from tests.helpers.bus_service import BusService, session_bus, why_no_bus

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="D-Bus is Linux's"),
    pytest.mark.skipif(bool(why_no_bus()), reason=why_no_bus() or "there is one"),
]
NAME = "org.freedesktop.Notifications"
PATH = "/org/freedesktop/Notifications"


@pytest.fixture(scope="module")
def address():
    with session_bus() as told:
        yield told


def answer(method, values):
    if method == "Notify":
        return "u", (values[1] or 7,)
    return {"CloseNotification": ("", ())}[method]


@pytest.fixture
def desktop(address, qapp):  # noqa: ARG001 - both ends are read by Qt's loop
    service = BusService(address, NAME, answer)
    yield service
    service.close()


@pytest.fixture
def notices(address):
    made = DesktopNotices("Shvayambhu", "Open", lambda: SessionBus(address))
    yield made
    made.close()


def shown(desktop):
    return [values for method, values in desktop.calls if method == "Notify"]


@pytest.mark.feature("notices.linux")
def test_a_notice_reaches_the_desktop_and_a_click_comes_back(desktop, notices, qtbot):
    """On Linux a notice of the desktop tells of a long answer, and a click on it opens the app."""
    clicked = []
    assert notices.show("Your answer is ready", "Tea & <biscuits>", lambda: clicked.append(1))
    qtbot.waitUntil(lambda: notices._shown == 7)

    app, replaces, icon, title, body, actions, hints, stays = shown(desktop)[0]
    assert (app, replaces, icon, title) == ("Shvayambhu", 0, "shvayambhu", "Your answer is ready")
    assert body == "Tea &amp; &lt;biscuits&gt;"
    assert actions == ["default", "Open"]
    assert hints["desktop-entry"] == ("s", "shvayambhu")
    assert stays == -1

    desktop.tell(PATH, NAME, "ActionInvoked", "us", 9, "default")
    desktop.tell(PATH, NAME, "ActionInvoked", "us", 7, "default")
    qtbot.waitUntil(lambda: clicked == [1])


def test_a_later_notice_takes_the_place_of_the_one_before(desktop, notices, qtbot):
    notices.show("One", "", lambda: None)
    qtbot.waitUntil(lambda: notices._shown == 7)
    notices.show("Two", "", lambda: None)
    qtbot.waitUntil(lambda: len(shown(desktop)) == 2)

    assert shown(desktop)[1][1] == 7


def test_a_notice_that_was_seen_elsewhere_is_withdrawn(desktop, notices, qtbot):
    notices.show("One", "", lambda: None)
    qtbot.waitUntil(lambda: notices._shown == 7)
    notices.withdraw()

    qtbot.waitUntil(lambda: ("CloseNotification", (7,)) in desktop.calls)


def test_a_desktop_without_notices_is_asked_once(address, qtbot):
    notices = DesktopNotices("Shvayambhu", "Open", lambda: SessionBus(address))
    assert notices.show("One", "", lambda: None)
    qtbot.waitUntil(lambda: notices._has_failed)

    assert not notices.show("Two", "", lambda: None)
    notices.close()


def test_without_a_bus_another_way_is_taken():
    def connect():
        raise OSError("no bus")

    assert not DesktopNotices("Shvayambhu", "Open", connect).show("One", "", lambda: None)


def test_the_bus_is_where_the_session_says(monkeypatch, tmp_path):
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert session_address() == ""

    (tmp_path / "bus").touch()
    assert session_address() == f"unix:path={tmp_path / 'bus'}"

    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/elsewhere")
    assert session_address() == "unix:path=/elsewhere"


@pytest.mark.parametrize("address", ["unix:path=/nowhere/at/all", "nonsense", "tcp:host"])
def test_a_bus_that_does_not_answer_is_one_kind_of_error(address):
    with pytest.raises(OSError, match=r".*"):
        SessionBus(address)
