"""What every page and sheet of the vault is built from."""

from __future__ import annotations

from dataclasses import dataclass

from ui.current_settings import CurrentSettings
from ui.jobs import Jobs
from ui.theme import Theme
from ui.vault.vault_desk import VaultDesk


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultParts:
    """Handed from the window to its pages, so that each takes one thing instead of four.

    Attributes:
        jobs: Where commands go.
        desk: How the vault stands.
        settings: Those that hold.
        theme: Colours and fonts.
    """

    jobs: Jobs
    desk: VaultDesk
    settings: CurrentSettings
    theme: Theme
