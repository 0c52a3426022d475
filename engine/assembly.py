"""Builds the rooms from the settings, lowest first, and takes them down in reverse.

Importing this loads no mlx: a window must be on screen before that.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.chat.active_model import ActiveModel
from engine.chat.conversations import Conversations
from engine.chat.shelf import Shelf
from engine.chat.turn import Chat
from engine.contract.port import EnginePort
from engine.contract.settings import Settings
from engine.engine import Engine
from engine.models.catalogue import read_catalogue
from engine.runtime.compute import Compute
from engine.runtime.event_bus import EventBus
from engine.runtime.io_loop import IoLoop
from engine.web.door import Door


@dataclass(frozen=True)
class RunningEngine:
    """The engine with its threads.

    Attributes:
        port: What the faces speak to.
    """

    port: EnginePort
    _models: ActiveModel
    _io: IoLoop
    _compute: Compute
    _door: Door

    def close(self) -> None:
        """Answers being written are ended, connections closed, threads stopped."""
        self._compute.close(last=self._models.let_go)
        self._io.run(self._door.aclose()).result(timeout=5)
        self._io.close()


def start_engine(
    *, settings: Settings, models_dir: Path, resources: Path, version: str
) -> RunningEngine:
    """An engine that serves from now on. No model is loaded until LoadModel asks for one.

    Args:
        models_dir: Where models are kept.
        resources: The folder with models.toml.
        version: What the app calls itself on the network.
    """
    bus = EventBus()
    io = IoLoop()
    compute = Compute()
    door = Door(version)
    shelf = Shelf(read_catalogue(resources / "models.toml"), models_dir)
    models = ActiveModel(compute, shelf, door, settings.models)
    chat = Chat(compute=compute, models=models, conversations=Conversations(), settings=settings)
    return RunningEngine(Engine(io, bus, chat), models, io, compute, door)
