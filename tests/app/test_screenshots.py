from __future__ import annotations

import sys

import pytest

from tests.app.conftest import run_process

APP = [sys.executable, "-m", "app"]

# Takes the pictures of three screens instead of all; the command is otherwise whole.
FEW = """
import sys
from app import screenshots
from app.main import main
from ui import screens
all_screens = screens.screens()
screens.screens = lambda: all_screens[:2]
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.gui
@pytest.mark.feature("cli.screenshots")
def test_every_page_is_a_picture_light_and_dark_and_small(tmp_path):
    """`screenshots DIR` draws every page, light and dark, in two sizes, without a display."""
    outcome = run_process(
        [sys.executable, "-c", FEW, "screenshots", str(tmp_path / "a b"), "--json"], DISPLAY=""
    )

    assert (outcome.code, outcome.err) == (0, "")
    names = [name.removeprefix(str(tmp_path / "a b") + "/") for name in outcome.json["pictures"]]
    assert len(names) == 8
    assert {"empty-light.png", "empty-dark.png", "small/empty-light.png"} <= set(names)
    for name in names:
        assert (tmp_path / "a b" / name).stat().st_size > 5000


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "file").touch()

    outcome = run_process([*APP, "screenshots", str(tmp_path / "file" / "x")])

    assert (outcome.code, outcome.out) == (6, "")
    assert outcome.err == "The folder cannot be made (Not a directory).\n"
