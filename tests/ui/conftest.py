"""A window over a FakeEngine, and the theme, for every test of the ui."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from engine.contract.settings import InterfaceSettings, Settings
from tests.helpers.fakes import FakeEngine
from ui.app_shell import open_window
from ui.theme import Theme


@pytest.fixture
def engine():
    fake = FakeEngine()
    yield fake
    fake.close()


@pytest.fixture(autouse=True)
def application(qapp):
    return qapp


@pytest.fixture
def theme(resources):
    made = Theme(resources)
    made.follow(InterfaceSettings(theme="light", is_motion_reduced=True))
    yield made
    made.deleteLater()


@pytest.fixture
def open_fake_window(engine, resources, tmp_path):
    """Opens windows over `engine`; all are gone after the test."""
    opened = []

    def open_(settings: Settings | None = None, port=None, *, is_first=False):
        chosen = settings or Settings(
            interface=InterfaceSettings(theme="light", is_motion_reduced=True)
        )
        if not is_first:
            welcomed = replace(chosen.interface, is_welcomed=True)
            chosen = replace(chosen, interface=welcomed)
        engine.vault.settings = engine.vault.settings or chosen
        window = open_window(
            port or engine,
            state_path=tmp_path / "window.ini",
            resources=resources,
            settings=chosen,
            version="1.2.3",
        )
        opened.append(window)
        return window

    yield open_
    for window in opened:
        window.quick.close()
        window.session.close()
        window.close()
        window.theme.deleteLater()
        window.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture
def window(open_fake_window, qtbot):
    opened = open_fake_window()
    qtbot.waitUntil(lambda: opened.session.models.loaded is not None)
    qtbot.waitUntil(lambda: opened.session.book.is_loaded)
    return opened
