"""ARCHITECTURE.md says what is there: every path it names exists, no room is missing from it."""

from __future__ import annotations

import re

import pytest

from tests.architecture.source import HOUSES, ROOT, rooms, source_files

TEXT = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
PATHS = sorted(
    set(
        re.findall(
            r"`((?:app|engine|ui|resources|tests)/[\w./-]*|[\w-]+\.(?:py|plist|toml|txt))`", TEXT
        )
    )
)


@pytest.mark.parametrize("path", PATHS)
def test_every_path_on_the_map_exists(path):
    assert (ROOT / path).exists()


def test_the_map_names_paths_at_all():
    assert len(PATHS) > 30


@pytest.mark.parametrize("room", rooms(*HOUSES), ids=str)
def test_every_room_is_on_the_map(room):
    assert f"`{room.as_posix()}/`" in TEXT


@pytest.mark.parametrize("file", source_files(*HOUSES), ids=str)
def test_every_file_is_on_the_map(file):
    """Under its room's heading a file stands by its bare name."""
    if file.is_room_sign:
        return
    room = f"`{file.path.parent.relative_to(ROOT).as_posix()}/`"
    section = TEXT.split(f"\n### {room}", 1)[-1].split("\n### ", 1)[0]
    assert f"`{file.path.name}`" in section, f"{file} is missing under {room}"
