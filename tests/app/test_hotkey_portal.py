"""Against a real D-Bus daemon, with a shortcuts portal of our own on it."""

from __future__ import annotations

import sys

import pytest

from app.hotkey_portal import PortalHotkey
from app.session_bus import SessionBus
from app.wording_outside import KEYS_UNKNOWN, NO_PORTAL, PORTAL_REFUSED, PORTAL_WAITS
from tests.helpers.bus_service import BusService, session_bus, why_no_bus

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="D-Bus is Linux's"),
    pytest.mark.skipif(bool(why_no_bus()), reason=why_no_bus() or "there is one"),
]
BUS = "org.freedesktop.portal.Desktop"
PATH = "/org/freedesktop/portal/desktop"
SHORTCUTS = "org.freedesktop.portal.GlobalShortcuts"
SESSION = f"{PATH}/session/1_2/ours"


@pytest.fixture(scope="module")
def address():
    with session_bus() as told:
        yield told


class Portal:
    """As much of xdg-desktop-portal as we ask: requests that are answered by signals."""

    def __init__(self, address):
        self.is_allowed = True
        self.service = BusService(address, BUS, self.answer)

    def answer(self, method, values):
        if method not in ("CreateSession", "BindShortcuts"):
            return {"Register": ("", ()), "Close": ("", ())}[method]
        token = values[-1]["handle_token"][1]
        sender = self.service.callers[-1].removeprefix(":").replace(".", "_")
        path = f"{PATH}/request/{sender}/{token}"
        results = {"session_handle": ("s", SESSION)}
        if method == "BindShortcuts":
            bound = [(id_, {"trigger_description": ("s", "keys")}) for id_, _ in values[1]]
            results = {"shortcuts": ("a(sa{sv})", bound)}
        code = 0 if self.is_allowed or method == "CreateSession" else 1
        self.service.tell(
            path, "org.freedesktop.portal.Request", "Response", "ua{sv}", code, results
        )
        return "o", (path,)

    def press(self, shortcut, session=SESSION):
        self.service.tell(PATH, SHORTCUTS, "Activated", "osta{sv}", session, shortcut, 12, {})

    def sent(self, method):
        return [values for name, values in self.service.calls if name == method]


@pytest.fixture
def portal(address, qapp):  # noqa: ARG001 - both ends are read by Qt's loop
    made = Portal(address)
    yield made
    made.service.close()


@pytest.fixture
def hotkey(address):
    made = PortalHotkey(lambda: SessionBus(address), "Quick question")
    yield made
    made.end()


@pytest.mark.feature("quick.hotkey_portal")
def test_the_desktops_portal_gives_the_keys_and_tells_of_each_press(portal, hotkey, qtbot):
    """On Wayland the desktop's own shortcuts portal opens the quick question from any app."""
    presses, told = [], []
    hotkey.begin("Ctrl+Alt+Space", lambda: presses.append(1), told.append)
    qtbot.waitUntil(lambda: told == [PORTAL_WAITS, ""])

    session, shortcuts, _, _ = portal.sent("BindShortcuts")[0]
    assert session == SESSION
    assert shortcuts == [
        (
            "quick-question",
            {
                "description": ("s", "Quick question"),
                "preferred_trigger": ("s", "CTRL+ALT+space"),
            },
        )
    ]
    portal.press("something-else")
    portal.press("quick-question", f"{PATH}/session/9/others")
    portal.press("quick-question")
    qtbot.waitUntil(lambda: presses == [1])

    hotkey.end()
    qtbot.waitUntil(lambda: bool(portal.sent("Close")))


def test_a_user_who_says_no_is_heard(portal, hotkey, qtbot):
    portal.is_allowed = False
    told = []
    hotkey.begin("Ctrl+Alt+Space", lambda: None, told.append)

    qtbot.waitUntil(lambda: told == [PORTAL_WAITS, PORTAL_REFUSED])


@pytest.mark.feature("quick.hotkey_note")
def test_a_desktop_without_the_portal_is_named_with_the_way_round(hotkey, qtbot):
    """Where the desktop gives an app no keys of its own, the settings say what to do instead."""
    told = []
    hotkey.begin("Ctrl+Alt+Space", lambda: None, told.append)

    qtbot.waitUntil(lambda: told == [NO_PORTAL])
    assert "python -m app quick" in NO_PORTAL


def test_without_a_bus_it_is_told_at_once():
    def connect():
        raise OSError("no bus")

    told = []
    PortalHotkey(connect, "Quick question").begin("Ctrl+K", lambda: None, told.append)
    assert told == [NO_PORTAL]


def test_what_is_no_key_is_not_asked_for(hotkey):
    told = []
    hotkey.begin("K", lambda: None, told.append)
    assert told == [KEYS_UNKNOWN]
