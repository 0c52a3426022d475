from __future__ import annotations

import json

from engine.web.hub_folder import HubFolder
from engine.web.hub_listing import HubFile, HubListing
from engine.web.sources import HubSource

CONFIG = HubFile(path="config.json", size_bytes=2, sha256="", git_sha1="a" * 40)
LISTING = HubListing(repo="a/b", commit="c" * 40, licence="mit", files=(CONFIG,))


def test_a_checked_file_is_known_again_until_it_or_the_repository_changes(tmp_path):
    """Else a fetch taken up again would read every gigabyte that is there anew."""
    folder = HubFolder.of(HubSource(repo="a/b"), tmp_path)
    folder.note_checked({"config.json": CONFIG.git_sha1})
    folder.file_path("config.json").write_bytes(b"{}")
    changed = HubFile(path="config.json", size_bytes=2, sha256="", git_sha1="b" * 40)

    assert folder.is_checked(CONFIG, folder.checked_files())
    assert not folder.is_checked(changed, folder.checked_files())
    folder.file_path("config.json").write_bytes(b"{")
    assert not folder.is_checked(CONFIG, folder.checked_files())


def test_it_counts_as_complete_only_with_every_file_of_the_wanted_version(tmp_path):
    folder = HubFolder.of(HubSource(repo="a/b"), tmp_path)
    assert folder.find_complete() is None
    folder.mark_complete(LISTING, (CONFIG,))
    assert folder.find_complete() is None

    folder.file_path("config.json").write_bytes(b"{}")

    assert folder.find_complete() == tmp_path / "a--b"
    assert HubFolder.of(HubSource(repo="a/b", revision="v2"), tmp_path).find_complete() is None


def test_a_damaged_mark_means_not_complete(tmp_path):
    folder = HubFolder.of(HubSource(repo="a/b"), tmp_path)
    folder.path.mkdir()
    for damage in ("", "{", "[]", json.dumps({"revision": "main", "files": {}})):
        (folder.path / ".complete.json").write_text(damage)
        assert folder.find_complete() is None


def test_a_split_gguf_is_opened_at_its_first_part(tmp_path):
    source = HubSource(repo="a/b", file="q4/m-00002-of-00002.gguf")

    assert HubFolder.of(source, tmp_path).model_path().name == "m-00001-of-00002.gguf"
