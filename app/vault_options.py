"""The command line of `vault`: its actions and what each of them takes."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_ACTIONS = (
    ("status", "where the vault stands, what it holds and what it takes"),
    ("lock", "lock the vault of the window that is open"),
    ("unlock", "unlock it there; without a window, see whether the passphrase opens it"),
    ("passwd", "set or change the passphrase, or go back to the keychain"),
    ("recovery", "make a recovery key; the one before opens nothing any more"),
    ("rekey", "encrypt everything under a new key"),
    ("backup", "make a backup now, or list those there are"),
    ("restore", "merge a backup into the vault, after showing what that would do"),
    ("export", "write everything into one sealed file under a passphrase of its own"),
    ("import", "merge such a file into the vault, after showing what that would do"),
    ("verify", "check every page, text, index, sealed file and backup"),
    ("compact", "give space back: dictionaries, archives, free pages"),
    ("wipe", "forget everything: the keys first, then the files"),
    ("trash", "what was deleted: list it, bring it back, or forget it for good"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultOptions:
    """What was typed after `vault ACTION`.

    Attributes:
        path: Of an export, or the name of a backup; empty takes the latest.
        do: For `trash`: "list", "restore" or "forget".
        items: For `trash`: identifiers.
        new_passphrase_file: Holds the new passphrase, or that of the export.
        backup_passphrase_file: Holds the passphrase that held when a backup was made.
        recovery_key_file: Holds the recovery key.
        is_sure: Nothing is asked before something is changed or erased.
        is_plan_only: What a restore would do is shown, and no more.
        is_listing: The backups are listed.
        is_passphrase_removed: The keychain alone opens the vault from now on.
        are_backups_kept: A wipe leaves the backups.
    """

    path: str = ""
    do: str = "list"
    items: tuple[str, ...] = ()
    new_passphrase_file: str | None = None
    backup_passphrase_file: str | None = None
    recovery_key_file: str | None = None
    is_sure: bool = False
    is_plan_only: bool = False
    is_listing: bool = False
    is_passphrase_removed: bool = False
    are_backups_kept: bool = False


def vault_options(given: Mapping[str, Any]) -> VaultOptions:
    """The options among everything that was parsed."""
    names = VaultOptions.__dataclass_fields__
    values = {name: given[name] for name in names if given.get(name) is not None}
    return VaultOptions(**{**values, "items": tuple(values.get("items", ()))})


def add_actions(actions: Any, command: Callable[[Any, str, str], ArgumentParser]) -> None:
    """Every action of `vault` is on the command line.

    Args:
        actions: What argparse calls sub-parsers.
        command: Makes one, with the options of every command.
    """
    parsers = {name: command(actions, name, does) for name, does in _ACTIONS}
    for name in ("unlock", "passwd", "restore", "import"):
        _file(parsers[name], "--recovery-key-file", "holds the recovery key")
    _file(parsers["passwd"], "--new-passphrase-file", "holds the new passphrase")
    _switch(parsers["passwd"], "--remove", "is_passphrase_removed", "the keychain alone opens it")
    _switch(parsers["backup"], "--list", "is_listing", "show the backups there are")
    parsers["export"].add_argument("path", metavar="FILE", help="must not be there yet")
    _file(parsers["export"], "--new-passphrase-file", "holds the passphrase that seals the file")
    for name, shown, many in (("restore", "BACKUP", "?"), ("import", "FILE", None)):
        parser = parsers[name]
        parser.add_argument(
            "path", metavar=shown, nargs=many, help="a name from `backup --list`, or a path"
        )
        _file(parser, "--backup-passphrase-file", "holds the passphrase of that file")
        _switch(parser, "--plan", "is_plan_only", "show what it would do, and do nothing")
        _sure(parser)
    _switch(parsers["wipe"], "--keep-backups", "are_backups_kept", "leave the backups")
    _sure(parsers["wipe"])
    trash = parsers["trash"]
    trash.add_argument("do", nargs="?", choices=("list", "restore", "forget"), default="list")
    trash.add_argument("items", nargs="*", metavar="ID", help="which; `trash list` shows them")
    _sure(trash)


def _file(parser: ArgumentParser, name: str, does: str) -> None:
    parser.add_argument(name, metavar="FILE", default=None, help=f"its first line {does}")


def _switch(parser: ArgumentParser, name: str, target: str, does: str) -> None:
    parser.add_argument(name, dest=target, action="store_true", help=does)


def _sure(parser: ArgumentParser) -> None:
    _switch(parser, "--yes-i-am-sure", "is_sure", "do not ask")
