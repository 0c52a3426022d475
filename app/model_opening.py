"""Fetches and loads a model for a terminal face and shows how it goes."""

from __future__ import annotations

from app.console import Console
from app.errors import ReportedError
from app.port_reader import PortReader
from app.wording import as_bytes, as_duration
from engine.contract.commands import LoadModel
from engine.contract.errors import ErrorReport
from engine.contract.events import (
    Event,
    ModelDownloadProgressed,
    ModelFetched,
    ModelLoaded,
    ModelLoadProgressed,
)
from engine.contract.model_cards import LoadedModelInfo


def open_model(reader: PortReader, console: Console, model: str) -> LoadedModelInfo:
    """The model answers from now on; it was fetched first if it was not on this machine.

    Raises:
        ReportedError: It could not be fetched or loaded.
    """
    progress = FetchProgress(console)
    loaded: LoadedModelInfo | None = None
    try:
        for event in reader.events_of(LoadModel(model_id=model)):
            progress.show(event)
            if isinstance(event, ModelLoaded):
                loaded = event.model
    finally:
        console.clear_transient()
    if loaded is None:
        raise ReportedError(ErrorReport(kind="bug", message="The model was not loaded."))
    for notice in loaded.notices:
        console.notice(notice)
    return loaded


class FetchProgress:
    """Shows how a download and a load go on, on standard error."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._announced: set[str] = set()

    def show(self, event: Event) -> None:
        """What `event` says about a download or a load is on screen; others are ignored."""
        if isinstance(event, ModelDownloadProgressed):
            self._announce(event)
            self._console.transient(_bar(event))
        elif isinstance(event, ModelFetched) and event.model_id in self._announced:
            self._console.notice(f"{event.model_id} is on this machine, complete and checked.")
        elif isinstance(event, ModelLoadProgressed):
            self._console.transient(f"{event.stage} {event.share_ratio:.0%}")

    def _announce(self, event: ModelDownloadProgressed) -> None:
        if event.model_id in self._announced:
            return
        self._announced.add(event.model_id)
        size = f", {as_bytes(event.total_bytes)}" if event.total_bytes else ""
        licence = f"licence {event.licence}" if event.licence else "licence unknown"
        self._console.notice(f"Fetching {event.model_id} ({licence}{size}).")


def _bar(event: ModelDownloadProgressed) -> str:
    share = event.done_bytes / event.total_bytes if event.total_bytes else 0.0
    filled = round(min(share, 1.0) * 24)
    rest = "" if event.remaining_s is None else f", {as_duration(event.remaining_s)} left"
    return (
        f"[{'#' * filled}{'.' * (24 - filled)}] {share:4.0%}  "
        f"{as_bytes(event.done_bytes)} of {as_bytes(event.total_bytes)}, "
        f"{as_bytes(event.bytes_per_second)}/s{rest}"
    )
