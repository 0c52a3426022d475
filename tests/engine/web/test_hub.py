from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from engine.contract.errors import (
    BadRequestError,
    ChecksumError,
    DiskFullError,
    DownloadError,
    ModelNotFoundError,
    OfflineError,
)
from engine.web.hub import HubAccess, fetch_repo
from engine.web.hub_folder import HubFolder
from engine.web.sources import HubSource
from tests.helpers.loopback_server import COMMIT, put_repo

REPO = HubSource(repo="tiny-org/tiny-model")


@pytest.fixture
def files(content: bytes) -> dict[str, bytes]:
    return {
        ".gitattributes": b"*.safetensors filter=lfs",
        "README.md": b"# Tiny",
        "LICENSE": b"Do as you like.",
        "config.json": b'{"model_type": "llama"}',
        "tokenizer.json": b"{}" * 400,
        "model.safetensors": content,
        "run_me.py": b"raise SystemExit",
        "onnx/model.json": b"{}",
        "gguf/tiny Q4.gguf": content[::-1],
    }


@pytest.fixture
def fetch(door, tmp_path, no_pauses, server):
    reports = []

    def run(source: HubSource = REPO, token: str = "") -> Path:
        access = HubAccess(endpoint=server.address, token=token)

        async def once() -> Path:
            async with door:
                return await fetch_repo(
                    door, source, tmp_path, reports.append, access=access, retry=no_pauses
                )

        return asyncio.run(once())

    run.reports = reports
    return run


def paths_in(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


@pytest.mark.feature("models.fetch-from-hub")
def test_a_repository_arrives_whole_with_its_licence_and_without_its_code(
    fetch, server, other_server, files, content
):
    """Any safetensors model of the Hugging Face Hub can be fetched, its licence shown."""
    put_repo(server, other_server, REPO.repo, files)

    folder = fetch()

    assert folder.name == "tiny-org--tiny-model"
    assert paths_in(folder) == [
        ".complete.json",
        "LICENSE",
        "config.json",
        "model.safetensors",
        "tokenizer.json",
    ]
    assert (folder / "model.safetensors").read_bytes() == content
    last = fetch.reports[-1]
    assert last.licence == "apache-2.0"
    assert last.done_bytes == last.total_bytes == len(content) + 800 + 15 + 23
    assert json.loads((folder / ".complete.json").read_text())["commit"] == COMMIT


@pytest.mark.feature("models.fetch-one-gguf")
def test_one_gguf_file_of_a_repository_can_be_fetched_alone(
    fetch, server, other_server, files, content
):
    """One GGUF file can be picked out of a Hub repository."""
    put_repo(server, other_server, REPO.repo, files)

    path = fetch(HubSource(repo=REPO.repo, file="gguf/tiny Q4.gguf"))

    assert path.read_bytes() == content[::-1]
    assert len(paths_in(path.parents[1])) == 2


def test_the_second_fetch_asks_nobody(fetch, door, server, other_server, files):
    put_repo(server, other_server, REPO.repo, files)
    folder = fetch()
    server.seen.clear()
    other_server.seen.clear()
    door.is_offline = True

    assert fetch() == folder

    assert server.seen == other_server.seen == []


def test_a_file_lost_afterwards_is_fetched_again_and_the_others_are_not(
    fetch, server, other_server, files
):
    put_repo(server, other_server, REPO.repo, files)
    folder = fetch()
    (folder / "config.json").unlink()
    other_server.seen.clear()

    fetch()

    assert (folder / "config.json").read_bytes() == files["config.json"]
    assert other_server.seen == []


def test_a_broken_off_repository_goes_on_with_the_missing_bytes(
    fetch, server, other_server, files, content, tmp_path
):
    put_repo(server, other_server, REPO.repo, files)
    (blob,) = [
        path for path in other_server.resources if content == other_server.resources[path].content
    ]
    other_server.resources[blob].cuts = [200_000, 0, 0, 0, 0, 0]
    with pytest.raises(DownloadError):
        fetch()
    assert HubFolder.of(REPO, tmp_path).is_begun()
    assert HubFolder.of(REPO, tmp_path).find_complete() is None
    server.seen.clear()
    other_server.seen.clear()

    folder = fetch()

    assert (folder / "model.safetensors").read_bytes() == content
    assert [seen.range for seen in other_server.seen] == ["bytes=200000-"]
    assert [seen.path.rpartition("/")[2] for seen in server.seen] == ["main", "model.safetensors"]


@pytest.mark.feature("models.hub-token")
def test_the_token_goes_to_the_hub_and_to_nobody_else(fetch, server, other_server, files):
    """A Hugging Face token opens private models and is sent to the Hub alone."""
    put_repo(server, other_server, REPO.repo, files, authorization="Bearer hf_secret")

    fetch(token="hf_secret")

    assert all(seen.headers["authorization"] == "Bearer hf_secret" for seen in server.seen)
    assert len(other_server.seen) == 1
    assert all("hf_secret" not in str(seen) for seen in other_server.seen)


def test_a_token_is_never_shown():
    access = HubAccess.from_environment({"HF_TOKEN": "hf_secret\n", "HF_ENDPOINT": "https://x.y/"})

    assert "hf_secret" not in repr(access)
    assert access.authorization == "Bearer hf_secret"
    assert access.endpoint == "https://x.y"
    assert HubAccess.from_environment({}).endpoint == "https://huggingface.co"


def test_a_repository_that_is_not_there_is_named_with_an_action(fetch):
    with pytest.raises(ModelNotFoundError, match="no model tiny-org/tiny-model") as caught:
        fetch()

    assert "HF_TOKEN" in caught.value.action


def test_a_gated_repository_says_where_to_accept_its_terms(fetch, server, other_server, files):
    put_repo(server, other_server, REPO.repo, files)
    for path, resource in server.resources.items():
        if "/resolve/" in path:
            resource.statuses = [403]
            resource.headers = {"X-Error-Code": "GatedRepo"}

    with pytest.raises(DownloadError, match="accept its terms") as caught:
        fetch()

    assert f"{server.address}/tiny-org/tiny-model" in caught.value.action


def test_a_version_that_is_not_there_is_named(fetch, server):
    server.put(
        f"/api/models/{REPO.repo}/revision/v9",
        statuses=[404],
        headers={"X-Error-Code": "RevisionNotFound"},
    )

    with pytest.raises(ModelNotFoundError, match="no version v9"):
        fetch(HubSource(repo=REPO.repo, revision="v9"))


@pytest.mark.parametrize(
    "name",
    [
        "../evil.json",
        "/etc/evil.json",
        "a/../../evil.json",
        "a\\evil.json",
        "a//b.json",
        "CONFIG.json",
    ],
)
def test_a_repository_that_names_files_outside_its_folder_is_refused(
    fetch, server, other_server, files, name, tmp_path
):
    put_repo(server, other_server, REPO.repo, {**files, name: b"{}"})

    with pytest.raises(DownloadError, match="outside its own folder"):
        fetch()

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("repo", ["tiny", "../evil", "a/../b", "a/b/c", "/a", "a/", "a/b?x"])
def test_a_name_that_is_no_repository_is_refused(fetch, server, repo):
    with pytest.raises(BadRequestError):
        fetch(HubSource(repo=repo))

    assert server.seen == []


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_a_file_with_other_bytes_is_refused(fetch, server, other_server, files, name, tmp_path):
    put_repo(server, other_server, REPO.repo, files)
    for resource in (*server.resources.values(), *other_server.resources.values()):
        if resource.content == files[name]:
            resource.content = bytes(len(files[name]))

    with pytest.raises(ChecksumError):
        fetch()

    assert HubFolder.of(REPO, tmp_path).find_complete() is None
    assert name not in paths_in(tmp_path / "tiny-org--tiny-model")


def test_a_new_version_of_the_same_length_replaces_the_old_one(fetch, server, other_server, files):
    put_repo(server, other_server, REPO.repo, files)
    folder = fetch()
    (folder / ".complete.json").unlink()
    changed = {**files, "config.json": b'{"model_type": "qwen3"}'}
    assert len(changed["config.json"]) == len(files["config.json"])
    put_repo(server, other_server, REPO.repo, changed, commit="f" * 40)

    fetch()

    assert (folder / "config.json").read_bytes() == changed["config.json"]


def test_a_repository_that_cannot_fit_is_refused_before_its_files(
    fetch, server, other_server, files
):
    put_repo(server, other_server, REPO.repo, files)
    page = server.resources[f"/api/models/{REPO.repo}/revision/main"]
    page.content = page.content.replace(b'"size": 524288', b'"size": 1000000000000000')

    with pytest.raises(DiskFullError):
        fetch()

    assert len(server.seen) == 1


@pytest.mark.parametrize("page", [b"{", b"[]", b'{"sha": "x", "siblings": []}', b'{"sha": 1}'])
def test_an_answer_that_makes_no_sense_is_named(fetch, server, page):
    server.put(f"/api/models/{REPO.repo}/revision/main", page)

    with pytest.raises(DownloadError):
        fetch()


def test_offline_no_socket_is_opened(fetch, door, connections):
    door.is_offline = True

    with connections.on() as attempts, pytest.raises(OfflineError):
        fetch()

    assert attempts == []
