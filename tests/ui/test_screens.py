from __future__ import annotations

import pytest
from PySide6.QtGui import QImage

from ui.screen_pages import screens
from ui.screens import render_screens

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
NAMES = [name for name, _ in screens()]


def test_screens_have_names_of_their_own():
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_page_and_state_can_be_pictured(name, tmp_path, resources):
    """A page that draws nothing, warns or raises is broken, whatever else is right."""
    (file,) = render_screens(
        tmp_path, resources=resources, dark=True, size=(900, 640), only=frozenset({name})
    )

    image = QImage(str(file))
    assert not image.isNull()
    colors = {
        image.pixelColor(x, y).rgb()
        for x in range(0, image.width(), 7)
        for y in range(0, image.height(), 7)
    }
    assert len(colors) > 5
