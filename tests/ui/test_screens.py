from __future__ import annotations

import pytest
from PySide6.QtGui import QImage

from ui.screen_pages import screens
from ui.screens import render_screens

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
NAMES = [name for name, _ in screens()]


def test_screens_have_names_of_their_own():
    assert len(set(NAMES)) == len(NAMES)


# What each page draws is looked at by test_accessibility.py, which builds them all.
@pytest.mark.parametrize("name", ["conversation", "sheet-export", "palette"])
def test_a_page_with_what_lies_over_it_is_a_picture(name, tmp_path, resources):
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
