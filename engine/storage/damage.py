"""The one error of everything that was read from the vault and is not whole."""

from __future__ import annotations

from engine.contract.errors import VaultDamagedError


def damaged() -> VaultDamagedError:
    """Says no more than helps: what the bytes were is the user's."""
    return VaultDamagedError(
        "A part of the vault is damaged. Nothing was changed.",
        action="Verify the vault and restore the last good backup.",
    )
