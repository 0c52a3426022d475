from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from engine.contract.errors import ChecksumError, DiskFullError, DownloadError, OfflineError
from engine.web.door import Door
from engine.web.downloads import DownloadProgress, RetryPolicy, download
from engine.web.replies import StatusError
from tests.helpers.loopback_server import LoopbackServer, sha256_of

# A process of its own that downloads argv[1] to argv[2] with the digest argv[3].
CHILD = """
import asyncio, sys
from pathlib import Path
from engine.contract.errors import EngineError
from engine.web.door import Door
from engine.web.downloads import download

async def main():
    async with Door("1.2.3") as door:
        await download(door, sys.argv[1], Path(sys.argv[2]), sha256=sys.argv[3] or None, size=None,
                       on_progress=lambda progress: None, purpose="test")
try:
    asyncio.run(main())
except EngineError as error:
    sys.exit(f"{error.kind}: {error.message}")
"""


def ignore(progress: DownloadProgress) -> None:
    del progress


class Fetch:
    """One download's arguments, with what most tests leave alone filled in."""

    def __init__(self, door: Door, folder: Path, retry: RetryPolicy) -> None:
        self.door = door
        self.target = folder / "model.bin"
        self.part = folder / "model.bin.part"
        self.retry = retry
        self.seen: list[DownloadProgress] = []

    async def __call__(self, url: str, sha256: str | None = None, size: int | None = None) -> None:
        async with self.door:
            await download(
                self.door,
                url,
                self.target,
                sha256=sha256,
                size=size,
                on_progress=self.seen.append,
                purpose="test",
                retry=self.retry,
            )

    def now(self, url: str, sha256: str | None = None, size: int | None = None) -> None:
        asyncio.run(self(url, sha256, size))

    async def until_part_has(self, length: int) -> None:
        while not self.part.exists() or self.part.stat().st_size < length:
            await asyncio.sleep(0.001)


@pytest.fixture
def fetch(door: Door, tmp_path: Path, no_pauses: RetryPolicy) -> Fetch:
    return Fetch(door, tmp_path, no_pauses)


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.feature("models.download-checked")
def test_a_download_is_whole_checked_and_leaves_nothing_beside_it(fetch, server, content):
    """A downloaded file is checked against its sha256 before it gets its name."""
    url = server.put("/model.bin", content)

    fetch.now(url, sha256_of(content), len(content))

    assert fetch.target.read_bytes() == content
    assert names_in(fetch.target.parent) == ["model.bin"]
    assert fetch.seen[-1].done_bytes == fetch.seen[-1].total_bytes == len(content)
    assert server.seen[0].headers["user-agent"] == "Shvayambhu/1.2.3"


def test_nothing_is_fetched_when_the_file_is_there(fetch, server, content):
    url = server.put("/model.bin", content)
    fetch.target.write_bytes(content)

    fetch.now(url, sha256_of(content), len(content))

    assert server.seen == []


def test_a_file_of_the_right_length_but_other_bytes_is_replaced(fetch, server, content):
    url = server.put("/model.bin", content)
    fetch.target.write_bytes(bytes(len(content)))

    fetch.now(url, sha256_of(content), len(content))

    assert fetch.target.read_bytes() == content


@pytest.mark.feature("models.download-resume")
def test_a_cut_connection_is_taken_up_where_it_broke(fetch, server, content):
    """A download that breaks off goes on from where it was."""
    url = server.put("/model.bin", content, etag='"v1"', cuts=[200_000, 100_000])

    fetch.now(url, sha256_of(content), len(content))

    assert fetch.target.read_bytes() == content
    assert [seen.range for seen in server.seen] == ["", "bytes=200000-", "bytes=300000-"]
    assert server.seen[1].headers["if-range"] == '"v1"'


def test_a_server_without_etags_is_resumed_when_the_digest_is_known(fetch, server, content):
    url = server.put("/model.bin", content, cuts=[200_000])

    fetch.now(url, sha256_of(content), len(content))

    assert [seen.range for seen in server.seen] == ["", "bytes=200000-"]
    assert "if-range" not in server.seen[1].headers


@pytest.mark.feature("models.download-cancel")
def test_cancelling_stops_at_once_and_the_next_call_goes_on(fetch, server, content):
    """A download can be stopped at any moment and taken up later."""
    url = server.put("/model.bin", content, etag='"v1"', hold_after=200_000)

    async def cancel_midway() -> float:
        task = asyncio.create_task(fetch(url, sha256_of(content), len(content)))
        await fetch.until_part_has(200_000)
        asked_s = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return time.monotonic() - asked_s

    assert asyncio.run(cancel_midway()) < 0.1
    assert not fetch.target.exists()
    server.resources["/model.bin"].hold_after = None
    fetch.now(url, sha256_of(content), len(content))
    assert fetch.target.read_bytes() == content
    assert server.seen[-1].range == "bytes=200000-"


def test_a_killed_process_leaves_a_part_that_is_resumed(fetch, server, content, start_python):
    url = server.put("/model.bin", content, etag='"v1"', hold_after=200_000)
    child = start_python(CHILD, url, fetch.target, sha256_of(content))
    asyncio.run(fetch.until_part_has(200_000))

    child.kill()
    child.wait()
    server.resources["/model.bin"].hold_after = None
    fetch.now(url, sha256_of(content), len(content))

    assert fetch.target.read_bytes() == content
    assert server.seen[-1].range == "bytes=200000-"
    assert names_in(fetch.target.parent) == ["model.bin"]


def test_two_at_once_do_not_write_over_each_other(fetch, server, content, start_python):
    url = server.put("/model.bin", content, hold_after=200_000)
    start_python(CHILD, url, fetch.target, sha256_of(content))
    asyncio.run(fetch.until_part_has(200_000))

    with pytest.raises(DownloadError, match="downloaded already"):
        fetch.now(url, sha256_of(content), len(content))

    assert fetch.part.stat().st_size == 200_000


def test_wrong_bytes_are_thrown_away_and_named(fetch, server, content):
    url = server.put("/model.bin", content)

    with pytest.raises(ChecksumError) as caught:
        fetch.now(url, sha256_of(b"something else"), len(content))

    assert caught.value.action
    assert names_in(fetch.target.parent) == []


def test_wrong_bytes_do_not_replace_the_file_that_was_there(fetch, server, content):
    url = server.put("/model.bin", content)
    fetch.target.write_bytes(b"the old one")

    with pytest.raises(ChecksumError):
        fetch.now(url, sha256_of(b"something else"), len(content))

    assert fetch.target.read_bytes() == b"the old one"


def test_a_file_of_another_length_is_refused_before_it_is_fetched(fetch, server, content):
    url = server.put("/model.bin", content)

    with pytest.raises(ChecksumError, match="524,288 bytes instead of 99"):
        fetch.now(url, None, 99)

    assert names_in(fetch.target.parent) == []


def test_a_file_that_changed_meanwhile_is_fetched_from_its_beginning(fetch, server, content):
    url = server.put("/model.bin", bytes(len(content)), etag='"v1"', cuts=[200_000, 0, 0, 0, 0, 0])
    with pytest.raises(DownloadError):
        fetch.now(url)
    assert fetch.part.stat().st_size == 200_000

    server.put("/model.bin", content, etag='"v2"')
    fetch.now(url)

    assert fetch.target.read_bytes() == content


def test_damaged_kept_bytes_cost_one_clean_try(fetch, server, content):
    url = server.put("/model.bin", content, cuts=[200_000, 0, 0, 0, 0, 0])
    with pytest.raises(DownloadError):
        fetch.now(url, sha256_of(content), len(content))
    kept = fetch.part.read_bytes()
    fetch.part.write_bytes(bytes(1000) + kept[1000:])

    fetch.now(url, sha256_of(content), len(content))

    assert fetch.target.read_bytes() == content
    assert [seen.range for seen in server.seen[-2:]] == ["bytes=200000-", ""]


def test_a_server_that_mixes_versions_is_not_believed(fetch, server, content):
    """A server that sends the rest of a new version after the beginning of an old one."""
    old = bytes(len(content))
    url = server.put("/model.bin", old, etag='"v1"', cuts=[200_000, 0, 0, 0, 0, 0])
    with pytest.raises(DownloadError):
        fetch.now(url)

    server.put("/model.bin", content, etag='"v2"', heeds_if_range=False)
    fetch.now(url)

    assert fetch.target.read_bytes() == content


@pytest.mark.parametrize("is_same", [True, False])
def test_a_part_as_long_as_the_file_is_taken_only_if_it_is_the_file(
    fetch, server, content, is_same
):
    """Killed before the last step, and neither length nor digest is known."""
    url = server.put("/model.bin", content, etag='"v1"', cuts=[200_000, 0, 0, 0, 0, 0])
    with pytest.raises(DownloadError):
        fetch.now(url)
    fetch.part.write_bytes(content if is_same else content + b"more")
    server.seen.clear()

    fetch.now(url)

    assert fetch.target.read_bytes() == content
    assert len(server.seen) == (1 if is_same else 2)


def test_a_server_that_knows_no_ranges_starts_over(fetch, server, content):
    url = server.put("/model.bin", content, has_ranges=False, cuts=[200_000])

    fetch.now(url, sha256_of(content), len(content))

    assert fetch.target.read_bytes() == content


def test_a_part_that_was_whole_already_is_only_checked(fetch, server, content):
    url = server.put("/model.bin", content, cuts=[200_000, 0, 0, 0, 0, 0])
    with pytest.raises(DownloadError):
        fetch.now(url, sha256_of(content), len(content))
    fetch.part.write_bytes(content)
    server.seen.clear()

    fetch.now(url, sha256_of(content), len(content))

    assert server.seen == []
    assert fetch.target.read_bytes() == content


def test_a_body_of_unknown_length_is_taken_to_its_end(fetch, server, content):
    url = server.put("/model.bin", content, has_length=False, cuts=[200_000])

    fetch.now(url, sha256_of(content))

    assert fetch.target.read_bytes() == content


def test_an_empty_file_is_a_file(fetch, server):
    url = server.put("/model.bin", b"")

    fetch.now(url, sha256_of(b""), 0)

    assert fetch.target.read_bytes() == b""


def test_a_connection_that_keeps_breaking_is_given_up(fetch, server, content):
    url = server.put("/model.bin", content, cuts=[1000] * 50)

    with pytest.raises(DownloadError, match="broke off"):
        fetch.now(url, sha256_of(content), len(content))

    assert len(server.seen) == RetryPolicy().attempts
    assert fetch.part.stat().st_size == 6000


def test_a_connection_that_breaks_often_but_moves_on_is_not_given_up(fetch, server):
    large = bytes(10 << 20)
    url = server.put("/model.bin", large, cuts=[(1 << 20) + 1] * 9)

    fetch.now(url, sha256_of(large), len(large))

    assert len(server.seen) == 10


def test_a_busy_server_is_asked_again(fetch, server, content):
    url = server.put("/model.bin", content, statuses=[503, 429])

    fetch.now(url, sha256_of(content), len(content))

    assert len(server.seen) == 3


def test_a_missing_file_is_not_asked_for_again(fetch, server):
    with pytest.raises(StatusError):
        fetch.now(server.address + "/nothing")

    assert len(server.seen) == 1
    assert names_in(fetch.target.parent) == []


def test_no_connection_says_so_with_an_action(fetch, tmp_path):
    with LoopbackServer() as gone:
        url = gone.put("/model.bin", b"x")

    with pytest.raises(OfflineError) as caught:
        fetch.now(url)

    assert caught.value.action
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.feature("models.disk-full")
def test_a_file_that_cannot_fit_is_refused_before_anything_is_asked(fetch, server, content):
    """A download that would not fit on the disk is refused at once, with the numbers."""
    url = server.put("/model.bin", content)

    with pytest.raises(DiskFullError, match=r"1000000\.0 GB more are needed and [\d.]+ [GM]B are"):
        fetch.now(url, None, 10**15)

    assert server.seen == []


def test_a_disk_that_fills_up_keeps_what_fitted(fetch, server, content, start_python):
    limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, -1))\n" + CHILD
    url = server.put("/model.bin", content, etag='"v1"')

    child = start_python(limited, url, fetch.target, sha256_of(content))
    _, errors = child.communicate()

    assert "disk_full" in errors
    assert fetch.part.stat().st_size == 200_000
    fetch.now(url, sha256_of(content), len(content))
    assert fetch.target.read_bytes() == content
    assert server.seen[-1].range == "bytes=200000-"


def test_a_truly_full_disk_is_named_with_its_numbers(server, content, start_python, tmp_path):
    """On a disk of 256 kB, where the machine lets a test mount one."""
    mount = f'mount -t tmpfs -o size=256k none "{tmp_path}" && exec "$@"'
    url = server.put("/model.bin", content, has_length=False)

    child = start_python(
        CHILD, url, tmp_path / "model.bin", "", before=("unshare", "-m", "sh", "-c", mount, "sh")
    )
    _, errors = child.communicate()

    if child.returncode == 0 or "disk_full" not in errors:
        pytest.skip("no disk could be mounted here")
    assert "The disk is full" in errors
    assert "MB are free" in errors


def test_the_switch_ends_a_download_that_runs(fetch, server, content):
    url = server.put("/model.bin", content, hold_after=200_000)

    async def switch_midway() -> None:
        task = asyncio.create_task(fetch(url, sha256_of(content), len(content)))
        await fetch.until_part_has(200_000)
        fetch.door.is_offline = True
        server.release()
        with pytest.raises(OfflineError, match="Offline mode is on"):
            await task

    asyncio.run(switch_midway())

    assert len(server.seen) == 1
    assert fetch.part.stat().st_size == 200_000


def test_a_short_pause_doubles_up_to_a_limit():
    policy = RetryPolicy(first_pause_s=0.5, longest_pause_s=3.0)

    assert [policy.pause_s(n) for n in (1, 2, 3, 4, 5)] == [0.5, 1.0, 2.0, 3.0, 3.0]
