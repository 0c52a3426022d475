"""A port without an engine: plays given events to whoever listens, for pictures of every page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from engine.contract.commands import (
    ChangeSettings,
    Command,
    InspectEngine,
    ListConversations,
    ListModels,
)
from engine.contract.events import (
    CommandFinished,
    ConversationsListed,
    EngineInspected,
    Event,
    ModelsListed,
    SettingsChanged,
)
from engine.contract.messages import Conversation
from engine.contract.model_cards import LoadedModelInfo, ModelCard
from engine.contract.port import Listener
from engine.contract.vault import VaultState, VaultStatus
from engine.contract.vault_commands import OpenVault
from engine.contract.vault_events import VaultOpened, VaultStatusChanged

_USUAL = VaultStatus(state=VaultState.UNLOCKED, has_keychain_key=True)


class ReplayPort:
    """Answers what the window asks at its start from what it was given; the rest it ignores.

    Attributes:
        submitted: What was asked, in order.
    """

    def __init__(
        self,
        conversations: Iterable[Conversation] = (),
        models: Iterable[ModelCard] = (),
        loaded: LoadedModelInfo | None = None,
        vault: VaultStatus = _USUAL,
        answers: Mapping[type[Command], Event] | None = None,
    ) -> None:
        """Nothing is played yet.

        Args:
            conversations: What the vault holds.
            models: The catalogue.
            loaded: The model that answers.
            vault: How it stands after the first OpenVault.
            answers: Kind of command to the event it is answered with.
        """
        self._conversations = tuple(conversations)
        self._models = tuple(models)
        self._loaded = loaded
        self._vault: VaultStatus | None = vault
        self._answers = dict(answers or {})
        self._listeners: list[Listener] = []
        self.submitted: list[Command] = []

    def submit(self, command: Command) -> str:
        """The command is noted, and answered if it only asks what there is."""
        self.submitted.append(command)
        job_id = f"job_{len(self.submitted)}"
        match command:
            case OpenVault() if self._vault is not None:
                self._open_vault(job_id, self._vault)
                # Another try is answered by the picture's own events.
                self._vault = None
            case ListConversations():
                self.play(ConversationsListed(job_id=job_id, conversations=self._conversations))
            case ListModels():
                self.play(ModelsListed(job_id=job_id, models=self._models))
            case InspectEngine():
                self.play(replace(_inspection(self._loaded), job_id=job_id))
            case ChangeSettings():
                self.play(SettingsChanged(job_id=job_id, settings=command.settings))
            case _ if type(command) in self._answers:
                self.play(replace(self._answers[type(command)], job_id=job_id))
            case _:
                return job_id
        self.play(CommandFinished(job_id=job_id))
        return job_id

    def _open_vault(self, job_id: str, status: VaultStatus) -> None:
        if status.state in (VaultState.UNLOCKED, VaultState.PRIVATE):
            self.play(VaultOpened(job_id=job_id, status=status, is_new=False, open_ms=12.0))
        else:
            self.play(VaultStatusChanged(job_id=job_id, status=status))

    def answer_with(self, kind: type[Command], event: Event) -> None:
        """Commands of this kind are answered with this event from now on."""
        self._answers[kind] = event

    def cancel(self, job_id: str) -> None:
        """Nothing runs, so nothing stops."""

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """The listener hears every event that is played."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def job_of(self, kind: type[Command]) -> str:
        """The job identifier of the last command of a kind."""
        numbers = [n for n, command in enumerate(self.submitted, 1) if isinstance(command, kind)]
        return f"job_{numbers[-1]}"

    def play(self, *events: Event) -> None:
        """The events reach all listeners, in order."""
        for event in events:
            for listener in tuple(self._listeners):
                listener(event)


def _inspection(loaded: LoadedModelInfo | None) -> EngineInspected:
    return EngineInspected(
        device=loaded.device if loaded else "cpu",
        device_name="",
        blas="",
        compute_dtype="float32",
        model=loaded,
        active_bytes=0,
        cache_bytes=0,
        peak_bytes=0,
        limit_bytes=0,
        prompt_cache_bytes=0,
        conversations=0,
    )
