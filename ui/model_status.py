"""What the window knows of models: which answers, which is on its way, which can be had."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QObject, Signal

from engine.contract.commands import Command, FetchModel, InspectEngine, ListModels, LoadModel
from engine.contract.errors import ErrorReport
from engine.contract.events import (
    EngineInspected,
    Event,
    ModelDownloadProgressed,
    ModelFetched,
    ModelLoaded,
    ModelLoadProgressed,
    ModelsListed,
    ModelUnloaded,
)
from engine.contract.model_cards import LoadedModelInfo, ModelCard
from ui.jobs import Jobs


class Phase(Enum):
    """What is happening to the model that was chosen."""

    NONE = "none"
    FETCHING = "fetching"
    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"


class ModelStatus(QObject):
    """Follows the model events, so that chip, picker and pages tell the same story.

    Attributes:
        changed: Emitted after anything below has changed.
        loaded_anew: Emitted when another model answers from now on.
        cards: The catalogue.
        loaded: The model that answers; None if there is none.
        target_id: The model last asked for.
        downloads: Model identifier to its latest progress.
        load_ratio: How far loading is, 0 to 1.
        error: Why the model last asked for is not there.
    """

    changed = Signal()
    loaded_anew = Signal()

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self.cards: tuple[ModelCard, ...] = ()
        self.loaded: LoadedModelInfo | None = None
        self.target_id = ""
        self.downloads: dict[str, ModelDownloadProgressed] = {}
        self.load_ratio = 0.0
        self.error: ErrorReport | None = None
        self._load_job = ""
        self._fetch_jobs: dict[str, str] = {}
        self._is_loading = False
        jobs.bridge.event_received.connect(self._take)
        jobs.failed.connect(self._failed)
        jobs.finished.connect(self._finished)

    @property
    def phase(self) -> Phase:
        """Where the model last asked for is."""
        if self._is_loading:
            return Phase.FETCHING if self.target_id in self.downloads else Phase.LOADING
        if self.error is not None:
            return Phase.FAILED
        return Phase.READY if self.loaded is not None else Phase.NONE

    def card(self, model_id: str) -> ModelCard | None:
        """The catalogue's card of a model, if it has one."""
        return next((card for card in self.cards if card.id == model_id), None)

    def name_of(self, model_id: str) -> str:
        """What the window calls a model; a local one goes by the last part of its path."""
        card = self.card(model_id)
        if card is not None:
            return card.name
        if self.loaded is not None and self.loaded.id == model_id:
            return self.loaded.name
        return model_id.rstrip("/").rsplit("/", 1)[-1]

    def load(self, model_id: str) -> None:
        """The model is on its way into memory, through a download if need be."""
        if self._is_loading:
            self._jobs.cancel(self._load_job)
        self.target_id = model_id
        self.error = None
        self.load_ratio = 0.0
        self._is_loading = True
        self._load_job = self._jobs.submit(LoadModel(model_id=model_id))
        self.changed.emit()

    def fetch(self, model_id: str) -> None:
        """The model is being downloaded, to be used later."""
        if model_id not in self._fetch_jobs:
            self._fetch_jobs[model_id] = self._jobs.submit(FetchModel(model_id=model_id))
            self.changed.emit()

    def cancel(self, model_id: str) -> None:
        """Download or loading of this model stops; what has come is kept."""
        if model_id == self.target_id and self._is_loading:
            self._jobs.cancel(self._load_job)
        if model_id in self._fetch_jobs:
            self._jobs.cancel(self._fetch_jobs[model_id])

    def refresh(self) -> None:
        """The engine is asked what there is."""
        self._jobs.submit(ListModels())
        self._jobs.submit(InspectEngine())

    def is_busy(self, model_id: str) -> bool:
        """Whether this model is being fetched or loaded."""
        is_target = self._is_loading and model_id == self.target_id
        return is_target or model_id in self._fetch_jobs

    def _take(self, event: Event) -> None:
        match event:
            case ModelsListed():
                self.cards = event.models
            case ModelDownloadProgressed():
                self.downloads[event.model_id] = event
            case ModelFetched():
                self.downloads.pop(event.model_id, None)
            case ModelLoadProgressed():
                self.downloads.pop(event.model_id, None)
                self.load_ratio = event.share_ratio
            case ModelLoaded():
                self._loaded(event.model)
            case ModelUnloaded():
                self.loaded = None
            case EngineInspected():
                self.loaded = event.model
            case _:
                return
        self.changed.emit()

    def _loaded(self, model: LoadedModelInfo) -> None:
        self.loaded = model
        self.error = None
        self._is_loading = False
        self.downloads.pop(self.target_id, None)
        self._jobs.submit(ListModels())
        self.loaded_anew.emit()

    def _failed(self, job_id: str, command: Command, error: ErrorReport) -> None:
        if isinstance(command, FetchModel):
            self._fetch_jobs.pop(command.model_id, None)
            self.downloads.pop(command.model_id, None)
        elif job_id == self._load_job:
            self._is_loading = False
            self.downloads.pop(self.target_id, None)
            self.error = None if error.kind == "cancelled" else error
        else:
            return
        # What holds now is asked, not guessed: the former model may or may not be still there.
        self.refresh()
        self.changed.emit()

    def _finished(self, job_id: str, command: Command) -> None:
        if isinstance(command, FetchModel):
            self._fetch_jobs.pop(command.model_id, None)
            self._jobs.submit(ListModels())
            self.changed.emit()
        elif job_id == self._load_job and self._is_loading:
            self._is_loading = False
            self.changed.emit()
