"""The models a user can name: the catalogue, and what lies on this machine.

Runs on: free; it only reads small files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engine.contract.model_cards import ModelCard, ModelState
from engine.models import registry
from engine.models.catalogue import CatalogueEntry, WheelFile
from engine.web.sources import HubSource, ModelSource, WheelSource


@dataclass(frozen=True, slots=True)
class Shelf:
    """Joins what engine.models knows about names with what engine.web knows about sources.

    Attributes:
        entries: The catalogue.
        models_dir: The folder that fetched models are kept in.
    """

    entries: Sequence[CatalogueEntry]
    models_dir: Path

    def locate(self, model_id: str) -> Path | None:
        """Where the model lies; None if it must be fetched first. Raises ModelNotFoundError."""
        return registry.locate(model_id, self.entries, self.models_dir)

    def name_of(self, model_id: str) -> str:
        """What the window calls it."""
        return registry.name_of(model_id, self.entries)

    def licence_of(self, model_id: str) -> str:
        """Its licence; empty if nobody said."""
        return registry.licence_of(model_id, self.entries, self.models_dir)

    def source_of(self, model_id: str) -> ModelSource:
        """Where it can be fetched from. Raises ModelNotFoundError."""
        source = registry.source_of(model_id, self.entries)
        if not isinstance(source, WheelFile):
            return HubSource(repo=source.repo, revision=source.revision, file=source.file)
        entry = registry.find_entry(model_id, self.entries)
        return WheelSource(
            id=entry.id if entry else model_id,
            package=source.package,
            version=source.version,
            wheel_sha256=source.wheel_sha256,
            wheel_bytes=source.wheel_bytes,
            member=source.member,
            member_sha256=source.member_sha256,
            member_bytes=source.member_bytes,
            licence=entry.licence if entry else "",
        )

    def cards(self, *, limit_bytes: int, loaded_id: str) -> tuple[ModelCard, ...]:
        """All of them, with their state now."""
        found = registry.cards(self.entries, self.models_dir, limit_bytes=limit_bytes)
        return tuple(
            replace(card, state=ModelState.LOADED) if card.id == loaded_id else card
            for card in found
        )
