"""Fetches models from the Hugging Face Hub, over plain HTTP and through our own door.

Runs on: io.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote

from engine.contract.errors import ChecksumError, DownloadError, EngineError, ModelNotFoundError
from engine.web.door import Door
from engine.web.downloads import RetryPolicy, download
from engine.web.hub_folder import HubFolder
from engine.web.hub_listing import HubFile, HubListing, choose_files, read_listing
from engine.web.part_file import hash_file, refuse_if_disk_full
from engine.web.progress import DownloadProgress, OnProgress, ProgressMeter
from engine.web.replies import StatusError
from engine.web.sources import HubSource

_PURPOSE = "model download"
_DEFAULT_ENDPOINT = "https://huggingface.co"
# About 250 bytes a file in such an answer, plus the card; room for some 30,000 files.
_LISTING_LIMIT_BYTES = 8 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class HubAccess:
    """Which Hub is asked, and in whose name.

    Attributes:
        endpoint: Address without a slash at its end.
        token: The user's own; sent to the endpoint's host alone. Empty for nobody.
    """

    endpoint: str = _DEFAULT_ENDPOINT
    token: str = field(default="", repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> HubAccess:
        """As HF_ENDPOINT and HF_TOKEN say. Token files of other programs are not read."""
        return cls(
            endpoint=(environment.get("HF_ENDPOINT") or _DEFAULT_ENDPOINT).rstrip("/"),
            token=environment.get("HF_TOKEN", "").strip(),
        )

    @property
    def authorization(self) -> str | None:
        """The header's value, if there is a token."""
        return f"Bearer {self.token}" if self.token else None


async def look_up_repo(door: Door, source: HubSource, access: HubAccess) -> HubListing:
    """What the repository holds, under which licence, at this moment.

    Raises:
        ModelNotFoundError: There is none of that name, or it is not for everyone.
        DownloadError: The Hub cannot be reached or read.
    """
    repo = quote(source.repo)
    url = f"{access.endpoint}/api/models/{repo}/revision/{quote(source.revision, safe='')}"
    with _in_hub_words(source, access):
        _, page = await door.get_bytes(
            f"{url}?blobs=true",
            purpose=_PURPOSE,
            limit_bytes=_LISTING_LIMIT_BYTES,
            authorization=access.authorization,
        )
    return read_listing(source.repo, page)


async def fetch_repo(
    door: Door,
    source: HubSource,
    models_dir: Path,
    on_progress: OnProgress,
    *,
    access: HubAccess | None = None,
    retry: RetryPolicy | None = None,
) -> Path:
    """The model is on this machine, complete and checked; nothing is asked if it was.

    Args:
        door: Makes the connections.
        source: What is wanted.
        models_dir: The files go to `models_dir/<owner>--<name>/`.
        on_progress: Told about all files as one, with the licence.
        access: None takes HF_ENDPOINT and HF_TOKEN.
        retry: How patiently; None is as usual.

    Returns:
        The folder, or the GGUF file if one was named.

    Raises:
        ModelNotFoundError, UnsupportedModelError: Not there, or nothing in it can be loaded.
        DownloadError: As `downloads.download`, or its terms were not accepted.
    """
    folder = HubFolder.of(source, models_dir)
    found = folder.find_complete()
    if found is not None:
        return found
    access = access or HubAccess.from_environment()
    listing = await look_up_repo(door, source, access)
    files = choose_files(listing, source)
    checked = folder.checked_files()
    missing = [file for file in files if not folder.is_checked(file, checked)]
    refuse_if_disk_full(folder.path, sum(_missing_bytes(folder, file) for file in missing))
    total = sum(file.size_bytes for file in files)
    done = total - sum(file.size_bytes for file in missing)
    meter = ProgressMeter(_with_licence(on_progress, listing.licence), total_bytes=total)
    meter.restart(done)
    for file in missing:
        report = _report_as_part(meter, done)
        await _fetch_file(door, folder, listing, file, access, report, retry)
        checked[file.path] = file.digest
        folder.note_checked(checked)
        done += file.size_bytes
    folder.mark_complete(listing, files)
    meter.finish(total)
    return folder.model_path()


def _missing_bytes(folder: HubFolder, file: HubFile) -> int:
    path = folder.file_path(file.path)
    part = path.with_name(path.name + ".part")
    return max(file.size_bytes - (part.stat().st_size if part.exists() else 0), 0)


def _with_licence(on_progress: OnProgress, licence: str) -> OnProgress:
    return lambda progress: on_progress(replace(progress, licence=licence))


def _report_as_part(meter: ProgressMeter, before_bytes: int) -> OnProgress:
    """A listener for one file that moves the count of all of them."""
    is_first = True

    def report(progress: DownloadProgress) -> None:
        nonlocal is_first
        if is_first and progress.done_bytes:
            # Kept from an earlier attempt, so it says nothing about the speed now.
            meter.restart(before_bytes + progress.done_bytes)
        else:
            meter.advance(before_bytes + progress.done_bytes)
        is_first = False

    return report


async def _fetch_file(
    door: Door,
    folder: HubFolder,
    listing: HubListing,
    file: HubFile,
    access: HubAccess,
    report: OnProgress,
    retry: RetryPolicy | None,
) -> None:
    target = folder.file_path(file.path)
    if file.git_sha1 and target.is_file() and not await _is_git_blob(target, file):
        # Small files carry no sha256, so an old version of the same length would be taken.
        target.unlink()
    url = f"{access.endpoint}/{quote(listing.repo)}/resolve/{listing.commit}/{quote(file.path)}"
    with _in_hub_words(folder.source, access):
        await download(
            door,
            url,
            target,
            sha256=file.sha256 or None,
            size=file.size_bytes,
            on_progress=report,
            purpose=_PURPOSE,
            authorization=access.authorization,
            retry=retry,
        )
    if file.git_sha1 and not await _is_git_blob(target, file):
        target.unlink()
        raise ChecksumError(
            "A file that came is not the one that was promised. It was thrown away.",
            action="Try again.",
        )


async def _is_git_blob(path: Path, file: HubFile) -> bool:
    """Whether git would give this file that name: sha1 over its kind, its length and itself."""
    head = b"blob %d\0" % path.stat().st_size
    return await hash_file(path, hashlib.sha1(head, usedforsecurity=False)) == file.git_sha1


@contextlib.contextmanager
def _in_hub_words(source: HubSource, access: HubAccess) -> Iterator[None]:
    """Say what the Hub's refusal means for the user."""
    try:
        yield
    except StatusError as error:
        meaning = _meaning(source, access, error)
        if meaning is None:
            raise
        raise meaning from error


def _meaning(source: HubSource, access: HubAccess, error: StatusError) -> EngineError | None:
    code = error.headers.get("x-error-code", "")
    if code == "GatedRepo" or error.status == 403:
        return DownloadError(
            f"{source.repo} is given only to those who accept its terms.",
            action=f"Accept them at {access.endpoint}/{source.repo}, then set HF_TOKEN.",
        )
    if code == "RevisionNotFound":
        return ModelNotFoundError(
            f"{source.repo} has no version {source.revision}.", action="Leave the version out."
        )
    if code == "RepoNotFound" or error.status in (401, 404):
        has_token = "check that HF_TOKEN is still valid" if access.token else "set HF_TOKEN"
        return ModelNotFoundError(
            f"There is no model {source.repo} on the Hub, or it is not public.",
            action=f"Check the name; for a private model {has_token}.",
        )
    return None
