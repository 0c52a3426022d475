"""Starts the real engine on one vault again and again, as launches of the app do."""

from __future__ import annotations

from pathlib import Path

from engine.assembly import RunningEngine, start_engine
from engine.contract.commands import LoadModel
from engine.contract.errors import ErrorReport
from engine.contract.events import CommandFailed, Event
from engine.contract.settings import GenerationSettings, Settings
from engine.contract.vault_commands import OpenVault
from tests.helpers.engine_reader import EngineReader

PASSPHRASE = "heron quartz lantern"
SETTINGS = Settings(generation=GenerationSettings(system_prompt="Be brief."))


class Launches:
    """One engine at a time."""

    def __init__(self, folder: Path, resources: Path, model: Path) -> None:
        self._folder = folder
        self._resources = resources
        self._model = model
        self._running: RunningEngine | None = None

    def __call__(
        self,
        *,
        passphrase: str = PASSPHRASE,
        with_model: bool = True,
        is_opened: bool = True,
        vault: str = "vault",
        private_settings: dict[str, object] | None = None,
    ) -> EngineReader:
        """The engine before is closed, and the next one runs on the vault of that name."""
        self.end()
        self._running = start_engine(
            settings=SETTINGS,
            models_dir=self._folder / "models",
            resources=self._resources,
            version="0",
            vault_dir=self._folder / vault,
            private_settings=private_settings,
        )
        reader = EngineReader(self._running.port)
        if is_opened:
            reader.do(OpenVault(passphrase=passphrase))
        if with_model:
            reader.do(LoadModel(model_id=str(self._model)))
        return reader

    def end(self) -> None:
        """No engine runs."""
        if self._running is not None:
            self._running.close()
            self._running = None


def only(events: list[Event], kind: type) -> Event:
    """The first event of that kind; there must be one."""
    return next(event for event in events if isinstance(event, kind))


def failure(events: list[Event]) -> ErrorReport:
    """Why the command failed."""
    return next(event.error for event in events if isinstance(event, CommandFailed))
