"""A page over a FakeEngine without the window round it."""

from __future__ import annotations

import pytest

from tests.ui.chat.talk import open_talk


@pytest.fixture
def talk(engine, theme, qtbot):
    opened = open_talk(engine, theme, qtbot)
    yield opened
    opened.session.close()
