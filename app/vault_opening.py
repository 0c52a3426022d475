"""Opens the vault for a terminal face, and says in one line if nothing will be kept."""

from __future__ import annotations

import getpass
import sys
from dataclasses import replace

from app.console import Console
from app.errors import ReportedError
from app.port_reader import PortReader
from engine.contract.errors import VaultLockedError, WrongKeyError
from engine.contract.vault import VaultState
from engine.contract.vault_commands import OpenVault
from engine.contract.vault_events import VaultOpened

_TRIES = 3


def open_vault(
    reader: PortReader,
    console: Console,
    *,
    recovery_key: str = "",
    is_private_allowed: bool = True,
) -> str:
    """The vault is open, or a private session began; a person is asked for the passphrase.

    Args:
        reader: The engine.
        console: The terminal.
        recovery_key: Opens it in place of the passphrase; empty for none.
        is_private_allowed: Whether a session that is not kept will do.

    Returns:
        The passphrase that was typed; empty if none had to be.

    Raises:
        ReportedError, VaultLockedError: It stays closed.
    """
    first = OpenVault(recovery_key=recovery_key, is_private_allowed=is_private_allowed)
    try:
        _open(reader, console, first)
        return ""
    except ReportedError as error:
        if error.kind != VaultLockedError.kind:
            raise
        if not _is_person(console):
            raise VaultLockedError(
                "The vault is locked.",
                action="Give its passphrase with --passphrase-file or SHVAYAMBHU_PASSPHRASE.",
            ) from error
    left = _TRIES
    while True:
        left -= 1
        try:
            typed = getpass.getpass("Passphrase: ")
            _open(reader, console, replace(first, passphrase=typed, recovery_key=""))
            return typed
        except ReportedError as error:
            if error.kind != WrongKeyError.kind or not left:
                raise
            console.notice(f"{error.message} {error.action}".strip())


def _open(reader: PortReader, console: Console, command: OpenVault) -> None:
    for event in reader.run(command):
        if isinstance(event, VaultOpened) and event.status.state is VaultState.PRIVATE:
            console.notice(event.status.message or "Nothing of this session is kept.")


def _is_person(console: Console) -> bool:
    return not console.is_json and sys.stdin is not None and sys.stdin.isatty()
