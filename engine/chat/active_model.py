"""The model that answers now: fetched, loaded, used, unloaded, one at a time.

Runs on: io; loading and freeing run on compute.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.chat.shelf import Shelf
from engine.contract.errors import ModelNotFoundError, ModelNotLoadedError
from engine.contract.events import (
    Event,
    ModelDownloadProgressed,
    ModelFetched,
    ModelLoaded,
    ModelLoadProgressed,
    ModelUnloaded,
)
from engine.contract.model_cards import ModelCard
from engine.contract.settings import ModelSettings
from engine.models import memory
from engine.runtime.compute import Compute, Priority
from engine.web.door import Door
from engine.web.model_fetch import fetch_model
from engine.web.progress import DownloadProgress

if TYPE_CHECKING:
    from engine.introspection.probe import NetworkProbe
    from engine.models.cpu_packing import PackedWeights
    from engine.models.loaded import LoadedModel
    from engine.models.prompt_cache import PromptCache
    from engine.models.speculation import Drafter

Publish = Callable[[Event], None]


@dataclass
class _Desk:
    """What only the compute thread touches."""

    loaded: LoadedModel | None = None
    draft: LoadedModel | None = None
    cache: PromptCache | None = None
    packed: list[PackedWeights] = field(default_factory=list)
    probe: NetworkProbe | None = None
    texts: dict[int, str] = field(default_factory=dict)


class ActiveModel:
    """Owns the loaded model.

    Turns use it side by side; loading another waits until they have ended, and turns asked for
    meanwhile wait for it.
    """

    def __init__(self, compute: Compute, shelf: Shelf, door: Door, settings: ModelSettings) -> None:
        self._compute = compute
        self._shelf = shelf
        self._door = door
        self._desk = _Desk()
        self._changing = asyncio.Condition()
        self._users = 0
        self._is_changing = False
        self._waiting_to_change = 0
        self._loads_begun = 0
        self.settings = settings

    @property
    def loaded(self) -> LoadedModel | None:
        """The model; its network and cache may be used on compute only."""
        return self._desk.loaded

    @property
    def is_wanted_free(self) -> bool:
        """Whether somebody waits until nobody uses the model."""
        return bool(self._waiting_to_change)

    def set_offline(self, is_offline: bool) -> None:
        """Nothing is fetched while this holds; downloads under way end, what had come is kept."""
        self._door.switch.turn(is_on=is_offline)

    @contextlib.asynccontextmanager
    async def using(self) -> AsyncIterator[LoadedModel]:
        """The model, which stays loaded while the block runs; one that is coming is waited for.

        Raises:
            ModelNotLoadedError: None is loaded and none is coming.
        """
        async with self._changing:
            await self._changing.wait_for(self._is_settled)
            loaded = self._desk.loaded
            if loaded is None:
                raise ModelNotLoadedError(
                    "No model is loaded, so nothing can be answered yet.",
                    action="Choose a model.",
                )
            self._users += 1
        try:
            yield loaded
        finally:
            async with self._changing:
                self._users -= 1
                self._changing.notify_all()

    def _is_settled(self) -> bool:
        if self._waiting_to_change:
            return False
        return self._desk.loaded is not None or not self._loads_begun

    @contextlib.asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """Nobody uses the model while the block runs."""
        self._waiting_to_change += 1
        try:
            async with self._changing:
                await self._changing.wait_for(lambda: not self._users and not self._is_changing)
                self._is_changing = True
            try:
                yield
            finally:
                self._is_changing = False
        finally:
            self._waiting_to_change -= 1
            async with self._changing:
                self._changing.notify_all()

    async def cards(self) -> tuple[ModelCard, ...]:
        """Every model a user can choose, with its state now."""
        limit_bytes = int(memory.machine_memory_bytes() * self.settings.memory_share)
        loaded_id = self._desk.loaded.info.id if self._desk.loaded else ""
        return await asyncio.to_thread(
            self._shelf.cards, limit_bytes=limit_bytes, loaded_id=loaded_id
        )

    async def fetch(self, model_id: str, publish: Publish) -> Path:
        """Where the model lies, fetched first if need be.

        Raises:
            ModelNotFoundError, DownloadError.
        """
        path = self._shelf.locate(model_id)
        if path is not None:
            return path
        source, licence = self._shelf.source_of(model_id), self._shelf.licence_of(model_id)

        def on_progress(progress: DownloadProgress) -> None:
            publish(
                ModelDownloadProgressed(
                    model_id=model_id,
                    licence=licence or progress.licence,
                    done_bytes=progress.done_bytes,
                    total_bytes=progress.total_bytes,
                    bytes_per_second=progress.bytes_per_second,
                    remaining_s=progress.remaining_s,
                )
            )

        path = await fetch_model(self._door, source, self._shelf.models_dir, on_progress)
        publish(ModelFetched(model_id=model_id))
        return path

    async def load(self, model_id: str, publish: Publish) -> None:
        """`model_id` answers from now on. If it would not fit, the one before still does."""
        self._loads_begun += 1
        try:
            path = await self.fetch(model_id, publish)
            async with self._alone():
                await self._call(lambda: self._check_fit(path, model_id))
                await self._unload(publish)
                info = await self._call(lambda: self._load(path, model_id, publish))
                publish(ModelLoaded(model=info))
        finally:
            self._loads_begun -= 1
            async with self._changing:
                self._changing.notify_all()

    async def unload(self, publish: Publish) -> None:
        """No model is loaded and its memory is given back."""
        async with self._alone():
            await self._unload(publish)

    async def _unload(self, publish: Publish) -> None:
        loaded = self._desk.loaded
        if loaded is not None:
            freed = await self._call(self._free)
            publish(ModelUnloaded(model_id=loaded.info.id, freed_bytes=freed))

    async def _call(self, function: Callable[[], Any]) -> Any:
        return await self._compute.call(function, priority=Priority.LOADING)

    # -- on compute; mlx is imported here and not above, so that a window can open without it ------

    def _check_fit(self, path: Path, model_id: str) -> None:
        from engine.models import device

        present = self._desk.loaded
        device.check_fit(
            path,
            name=self._shelf.name_of(model_id),
            freed_bytes=present.info.weights_bytes if present else 0,
            memory_share=self.settings.memory_share,
        )

    def _load(self, path: Path, model_id: str, publish: Publish) -> Any:
        from engine.models import device
        from engine.models.loader import load_model
        from engine.models.prompt_cache import PromptCache

        limit_bytes = device.set_limits(self.settings.memory_share)
        loaded = load_model(
            path,
            model_id=model_id,
            name=self._shelf.name_of(model_id),
            licence=self._shelf.licence_of(model_id),
            limit_bytes=limit_bytes,
            on_progress=lambda stage, share: publish(
                ModelLoadProgressed(model_id=model_id, stage=stage, share_ratio=share)
            ),
        )
        self._desk.packed.append(device.speed_up(loaded.network))
        self._desk.loaded = loaded
        self._desk.cache = PromptCache(self.settings.prompt_cache_mb * 1_000_000)
        return loaded.info

    def _free(self) -> int:
        from engine.models.loader import unload

        if self._desk.cache is not None:
            self._desk.cache.clear()
        for packed in self._desk.packed:
            packed.release()
        freed = 0
        for model in (self._desk.draft, self._desk.loaded):
            freed += unload(model) if model is not None else 0
        self._desk = _Desk()
        return freed

    def let_go(self) -> None:
        """Nothing of a model is left, for the app ends. Runs on: compute, as its last act.

        Arrays die on the thread that made them, not wherever Python takes the process apart.
        """
        if self._desk.loaded is not None or self._desk.draft is not None:
            self._free()

    def cache(self) -> PromptCache:
        """The prompt cache, at the size of the settings. Runs on: compute."""
        cache = self._desk.cache
        if cache is None:
            raise ModelNotLoadedError("No model is loaded.", action="Choose a model.")
        cache.shrink(self.settings.prompt_cache_mb * 1_000_000)
        return cache

    def probe(self) -> NetworkProbe:
        """The instruments that fit the model, found when first wanted. Runs on: compute."""
        from engine.introspection.probe import NetworkProbe

        loaded = self._desk.loaded
        if loaded is None:
            raise ModelNotLoadedError("No model is loaded.", action="Choose a model.")
        if self._desk.probe is None:
            self._desk.probe = NetworkProbe(loaded.network)
        return self._desk.probe

    def text_of(self) -> Callable[[int], str]:
        """A token's text, looked up once each. Runs on: any."""
        loaded, texts = self._desk.loaded, self._desk.texts
        if loaded is None:
            raise ModelNotLoadedError("No model is loaded.", action="Choose a model.")
        token_text = loaded.tokenizer.token_text

        def look_up(token_id: int) -> str:
            text = texts.get(token_id)
            if text is None:
                text = texts[token_id] = token_text(token_id)
            return text

        return look_up

    def drop_cache(self) -> None:
        """Nothing that was read is remembered. Runs on: compute."""
        if self._desk.cache is not None:
            self._desk.cache.clear()

    def drafter(self) -> Drafter | None:
        """What guesses ahead, by the settings. Runs on: compute."""
        from engine.models.speculation import LookupDrafter, ModelDrafter

        if self.settings.speculation == "lookup":
            return LookupDrafter()
        if self.settings.speculation == "draft" and self.settings.draft_model:
            return ModelDrafter(self._draft_model().network)
        return None

    def _draft_model(self) -> LoadedModel:
        """The small model that guesses, loaded when it is first wanted. Runs on: compute."""
        from engine.models import device
        from engine.models.loader import load_model

        name = self.settings.draft_model
        if self._desk.draft is None or self._desk.draft.info.id != name:
            path = self._shelf.locate(name)
            if path is None:
                raise ModelNotFoundError(
                    "The draft model is not on this machine.",
                    action="Fetch it, or turn speculation with a draft model off.",
                )
            draft = load_model(
                path,
                model_id=name,
                name=self._shelf.name_of(name),
                licence=self._shelf.licence_of(name),
                limit_bytes=device.set_limits(self.settings.memory_share),
                on_progress=lambda *_: None,
            )
            device.check_same_tokens(self._desk.loaded, draft)
            self._desk.packed.append(device.speed_up(draft.network))
            self._desk.draft = draft
        return self._desk.draft
