"""Global keys where the compositor owns the keyboard: the GlobalShortcuts portal.

Source: org.freedesktop.portal.GlobalShortcuts, version 1 and 2 of its documentation.

Runs on: main.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from typing import Any

from app.hotkey_keys import portal_trigger, read_chord
from app.session_bus import SessionBus, is_error
from app.wording_outside import KEYS_UNKNOWN, NO_PORTAL, PORTAL_REFUSED, PORTAL_WAITS

_log = logging.getLogger(__name__)

_BUS = "org.freedesktop.portal.Desktop"
_PATH = "/org/freedesktop/portal/desktop"
_SHORTCUTS = "org.freedesktop.portal.GlobalShortcuts"
_REQUEST = "org.freedesktop.portal.Request"
_REGISTRY = "org.freedesktop.host.portal.Registry"
_SHORTCUT = "quick-question"
_APP_ID = "shvayambhu"

Told = Callable[[str], None]


class PortalHotkey:
    """One shortcut in one session of the portal; the user may bind other keys to it there."""

    def __init__(self, connect: Callable[[], SessionBus], description: str) -> None:
        """Nothing is asked yet.

        Args:
            connect: Makes a connection to the user's bus; raises OSError where there is none.
            description: What the shortcut does, as the desktop shows it.
        """
        self._connect = connect
        self._description = description
        self._bus: SessionBus | None = None
        self._session = ""
        self._trigger = ""
        self._requests = 0
        self._pressed: Callable[[], None] = lambda: None
        self._told: Told = lambda _fault: None

    def begin(self, keys: str, pressed: Callable[[], None], told: Told) -> None:
        """The desktop is asked; `told` hears how it went, when it has gone."""
        self.end()
        chord = read_chord(keys)
        if chord is None:
            told(KEYS_UNKNOWN)
            return
        self._trigger, self._pressed, self._told = portal_trigger(chord), pressed, told
        try:
            self._bus = self._connect()
        except OSError:
            told(NO_PORTAL)
            return
        self._bus.hear(_SHORTCUTS, "Activated", _PATH, self._activated)
        # Apps outside a sandbox say who they are; older portals do not know the question.
        registry = (_BUS, _PATH, _REGISTRY)
        self._bus.call(registry, "Register", "sa{sv}", (_APP_ID, {}), self._registered)

    def end(self) -> None:
        """The session is closed, and the keys with it."""
        if self._bus is not None:
            if self._session:
                self._bus.call((_BUS, self._session, "org.freedesktop.portal.Session"), "Close")
            self._bus.close()
        self._bus, self._session = None, ""

    def _registered(self, _answer: Any) -> None:
        token = f"shvayambhu{os.getpid()}"
        self._ask("CreateSession", "a{sv}", ({"session_handle_token": ("s", token)},), self._begun)

    def _begun(self, code: int, results: dict[str, Any]) -> None:
        handle = results.get("session_handle", ("s", ""))[1]
        if code or not handle:
            self._told(PORTAL_REFUSED)
            return
        self._session = handle
        shortcut = {
            "description": ("s", self._description),
            "preferred_trigger": ("s", self._trigger),
        }
        self._told(PORTAL_WAITS)
        self._ask(
            "BindShortcuts",
            "oa(sa{sv})sa{sv}",
            (handle, [(_SHORTCUT, shortcut)], "", {}),
            self._bound,
        )

    def _bound(self, code: int, results: dict[str, Any]) -> None:
        bound = results.get("shortcuts", ("", []))[1]
        is_ours = not code and any(shortcut[0] == _SHORTCUT for shortcut in bound)
        self._told("" if is_ours else PORTAL_REFUSED)

    def _activated(self, message: Any) -> None:
        session, shortcut = message.body[0], message.body[1]
        if session == self._session and shortcut == _SHORTCUT:
            self._pressed()

    def _ask(
        self,
        method: str,
        signature: str,
        body: tuple[Any, ...],
        take: Callable[[int, dict[str, Any]], None],
    ) -> None:
        """A request of the portal: its answer is a signal of an object whose path we know."""
        bus = self._bus
        if bus is None:
            return
        self._requests += 1
        token = f"ask{self._requests}"
        sender = bus.name.removeprefix(":").replace(".", "_")
        path = f"{_PATH}/request/{sender}/{token}"
        bus.hear(_REQUEST, "Response", path, lambda message: take(*message.body))
        options = {**body[-1], "handle_token": ("s", token)}

        def answered(message: Any) -> None:
            if is_error(message):
                _log.info("the shortcuts portal refuses %s", method)
                self._told(NO_PORTAL)

        bus.call((_BUS, _PATH, _SHORTCUTS), method, signature, (*body[:-1], options), answered)
