"""ARCHITECTURE.md says what is there: every path it names exists, no room or file is missing."""

from __future__ import annotations

import re

import pytest

from tests.architecture.source import HOUSES, ROOT, rooms, source_files

TEXT = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
_FOLDERS = "|".join((*HOUSES, "resources", "tests"))
PATHS = sorted(set(re.findall(rf"`((?:{_FOLDERS})/[\w./-]*)`", TEXT)))
# A room's heading, up to the next heading of any size.
SECTIONS = dict(re.findall(r"^### `([\w/]+)/`\n(.*?)(?=^##)", TEXT, re.MULTILINE | re.DOTALL))


def files_in(section):
    return re.findall(r"^\| `([\w.]+)` \|", section, re.MULTILINE)


@pytest.mark.parametrize("path", PATHS)
def test_every_path_on_the_map_exists(path):
    assert (ROOT / path).exists()


def test_the_map_names_paths_at_all():
    assert len(PATHS) > 30


@pytest.mark.parametrize("room", rooms(*HOUSES), ids=str)
def test_a_room_and_its_files_are_on_the_map(room):
    listed = files_in(SECTIONS.get(room.as_posix(), ""))
    there = {
        file.path.name
        for file in source_files(*HOUSES)
        if file.path.parent == ROOT / room and not file.is_room_sign
    }
    assert room.as_posix() in SECTIONS
    assert there - set(listed) == set(), "missing on the map"
    assert set(listed) - there == set(), "on the map, but not there"
    assert len(listed) == len(set(listed))
