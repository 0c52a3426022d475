"""Builds the rooms from the settings, lowest first, and takes them down in reverse.

Importing this loads no mlx: a window must be on screen before that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from engine.chat.active_model import ActiveModel
from engine.chat.conversations import Conversations
from engine.chat.housekeeping import Housekeeping
from engine.chat.keeping import Keeping
from engine.chat.safekeeping import Safekeeping
from engine.chat.shelf import Shelf
from engine.chat.titles import Titles
from engine.chat.traces import Traces, names_from
from engine.chat.turn import Chat
from engine.chat.vectors import Vectors
from engine.contract.port import EnginePort
from engine.contract.settings import Settings
from engine.engine import Engine
from engine.models.catalogue import read_catalogue
from engine.runtime.compute import Compute
from engine.runtime.event_bus import EventBus
from engine.runtime.io_loop import IoLoop
from engine.storage.keychain import Keychain, SystemKeychain
from engine.storage.vault import Vault
from engine.vault_duties import back_up_before_update, duties
from engine.vault_handlers import close_vault
from engine.web.door import Door

# What is being written to disk is waited for, even on a slow one.
_VAULT_WAIT_S = 60.0


@dataclass(frozen=True)
class RunningEngine:
    """The engine with its threads.

    Attributes:
        port: What the faces speak to.
    """

    port: EnginePort
    _chat: Chat
    _models: ActiveModel
    _io: IoLoop
    _compute: Compute
    _door: Door

    def close(self) -> None:
        """Answers being written are ended and kept, connections closed, threads stopped."""
        self._io.run(close_vault(self._chat)).result(timeout=_VAULT_WAIT_S)
        self._compute.close(last=self._models.let_go)
        self._io.run(self._door.aclose()).result(timeout=5)
        self._io.close()


def start_engine(
    *,
    settings: Settings,
    models_dir: Path,
    resources: Path,
    version: str,
    vault_dir: Path | None = None,
    keychain: Keychain | None = None,
    passphrase: str = "",
    private_settings: Mapping[str, Any] | None = None,
) -> RunningEngine:
    """An engine that serves from now on. No model is loaded until LoadModel asks for one.

    Args:
        models_dir: Where models are kept.
        resources: The folder with models.toml.
        version: What the app calls itself on the network.
        vault_dir: Where the vault lies, which OpenVault opens; None holds everything in memory,
            from the start, and nothing is kept.
        keychain: Another than the operating system's.
        passphrase: For the first OpenVault that brings none itself.
        private_settings: Those of an old settings file, by full name; the vault takes them.
    """
    bus = EventBus()
    io = IoLoop()
    compute = Compute()
    door = Door(version, is_offline=settings.network.is_offline)
    shelf = Shelf(read_catalogue(resources / "models.toml"), models_dir)
    models = ActiveModel(compute, shelf, door, settings.models)
    keychain = keychain or SystemKeychain()
    vault = Vault(vault_dir, keychain)
    conversations = Conversations()
    chat = Chat(
        compute=compute,
        models=models,
        conversations=conversations,
        keeping=Keeping(vault, conversations),
        traces=Traces(
            vault,
            conversations,
            lambda: chat.settings.introspection.is_trace_kept,
            names_from(models),
        ),
        vault=vault,
        safekeeping=Safekeeping.of(vault, keychain),
        vectors=Vectors(vault),
        settings=settings,
        questions_path=resources / "evaluation" / "questions.jsonl",
        startup_passphrase=passphrase,
        handed_over=dict(private_settings or {}),
    )
    vault.before_upgrade = partial(back_up_before_update, chat)
    chat.housekeeping = Housekeeping(lambda: not chat.writing, duties(chat))
    bus.subscribe(Titles(chat, bus.publish).listen)
    if vault_dir is None:
        io.run(vault.open()).result(timeout=_VAULT_WAIT_S)
    return RunningEngine(Engine(io, bus, chat), chat, models, io, compute, door)
