"""`vault`: what is kept, what opens it, and saving, checking and erasing it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from typing import Any, TypeVar

from app import exit_codes, vault_words
from app.asking import consent, new_secret, secret
from app.console import Console
from app.errors import ReportedError
from app.paths import AppPaths
from app.port_reader import PortReader
from app.single_instance import tell_other_window
from app.vault_opening import open_vault
from app.vault_options import VaultOptions
from engine.contract import vault_commands as commands
from engine.contract.commands import Command
from engine.contract.errors import BadRequestError, ErrorReport, NotFoundError
from engine.contract.events import Event
from engine.contract.port import EnginePort
from engine.contract.vault import BackupCard, VaultState, VaultStatus
from engine.contract.vault_events import (
    BackupMade,
    BackupsListed,
    RecoveryKeyMade,
    RestorePlanned,
    TrashListed,
    VaultCompacted,
    VaultExported,
    VaultInspected,
    VaultOpened,
    VaultProgressed,
    VaultRestored,
    VaultStatusChanged,
    VaultVerified,
)

T = TypeVar("T", bound=Event)

WIPE_WORDS = "forget everything"
# These say where the vault stands; a backup mends them.
_BROKEN = ("vault_damaged", "key_missing")


def run_outside(action: str, passphrase: str, paths: AppPaths, console: Console) -> int | None:
    """`lock` and `unlock` of a window that is open; None if the engine is needed after all."""
    if action == "lock":
        answer = tell_other_window(paths.socket_file(), {"order": "lock"})
        if answer is None:
            _say(console, {"window": False}, "No window is open, so the vault is locked already.")
            return exit_codes.OK
        return _told(answer, "The window's vault is locked.", console)
    if action == "unlock":
        order = {"order": "unlock", "passphrase": passphrase}
        answer = tell_other_window(paths.socket_file(), order)
        if answer is not None:
            return _told(answer, "The window's vault is unlocked.", console)
    return None


def _told(answer: dict[str, str], done: str, console: Console) -> int:
    if "kind" not in answer:
        raise ReportedError(
            ErrorReport(kind="vault_busy", message="The window is open and does not answer.")
        )
    if answer["kind"]:
        report = ErrorReport(
            kind=answer["kind"],
            message=answer.get("message", ""),
            action=answer.get("action", ""),
        )
        return console.fail(report)
    _say(console, {"window": True}, done)
    return exit_codes.OK


def run(
    port: EnginePort,
    action: str,
    options: VaultOptions,
    passphrase: str,
    paths: AppPaths,
    console: Console,
) -> int:
    """What was asked of the vault is done and told.

    Args:
        port: An engine that has this home's vault.
        action: The word after `vault`.
        options: What was typed after that.
        passphrase: What `--passphrase-file` or the environment gave; the engine has it too.
        paths: Where the vault lies.
        console: The terminal.

    Raises:
        EngineError: It could not be; the caller tells it.
    """
    reader = PortReader(port)
    with contextlib.closing(reader), reader.stopping_on_ctrl_c():
        return VaultCommand(reader, options, passphrase, paths, console).run(action)


class VaultCommand:
    """One action on the vault of this home, through the port."""

    def __init__(
        self,
        reader: PortReader,
        options: VaultOptions,
        passphrase: str,
        paths: AppPaths,
        console: Console,
    ) -> None:
        self._reader = reader
        self._options = options
        self._passphrase = passphrase
        self._paths = paths
        self._console = console
        self._actions: dict[str, Callable[[], int]] = {
            "status": self._status,
            "unlock": self._try_to_open,
            "passwd": self._change_passphrase,
            "recovery": self._make_recovery_key,
            "rekey": self._rotate_key,
            "backup": self._back_up,
            "restore": self._restore,
            "export": self._export,
            "import": self._restore,
            "verify": self._verify,
            "compact": self._compact,
            "wipe": self._wipe,
            "trash": self._trash,
        }

    def run(self, action: str) -> int:
        """The exit code of the action."""
        return self._actions[action]()

    # Looking.

    def _status(self) -> int:
        if not self._is_there():
            _say(
                self._console,
                {"state": "none"},
                "There is no vault yet; it is made when the window or a chat is opened.",
            )
            return exit_codes.OK
        status = self._opened_status()
        if status.state is not VaultState.UNLOCKED:
            told = vault_words.status_json(status)
            _say(self._console, told, vault_words.status_text(status))
            return exit_codes.OK
        found = self._one(commands.InspectVault(), VaultInspected)
        told = vault_words.inspected_json(found)
        _say(self._console, told, vault_words.inspected_text(found))
        return exit_codes.OK

    def _opened_status(self) -> VaultStatus:
        """Where the vault stands after trying what was given; nobody is asked for more."""
        events: list[Event] = []
        command = commands.OpenVault(is_private_allowed=False)
        with contextlib.suppress(ReportedError):
            for event in self._reader.events_of(command):
                events.append(event)
        for event in reversed(events):
            if isinstance(event, (VaultOpened, VaultStatusChanged)):
                return event.status
        return VaultStatus(state=VaultState.LOCKED)

    def _try_to_open(self) -> int:
        self._need_vault()
        self._open(self._recovery_key())
        _say(
            self._console,
            {"window": False, "opens": True},
            "That opens the vault. No window is open that could be unlocked.",
        )
        return exit_codes.OK

    def _verify(self) -> int:
        self._need_vault()
        self._open()
        found = self._one(commands.VerifyVault(), VaultVerified)
        _say(self._console, vault_words.verified_json(found), vault_words.verified_text(found))
        return exit_codes.DAMAGED if found.damages else exit_codes.OK

    # Keys.

    def _change_passphrase(self) -> int:
        self._need_vault()
        recovery_key = self._recovery_key()
        self._open(recovery_key)
        old = "" if recovery_key else self._present_passphrase()
        new = ""
        if not self._options.is_passphrase_removed:
            file = self._options.new_passphrase_file
            new = new_secret(self._console, "New passphrase", file, option="--new-passphrase-file")
        status = self._one(commands.SetPassphrase(old=old, new=new), VaultStatusChanged).status
        done = "The passphrase was changed." if new else "The keychain alone opens the vault now."
        _say(self._console, vault_words.status_json(status), done)
        return exit_codes.OK

    def _present_passphrase(self) -> str:
        """The one that holds; it opened the vault just now if there is one."""
        status = self._opened_status()
        if not status.has_passphrase:
            return ""
        return self._passphrase or secret(
            self._console, "Present passphrase", None, option="--passphrase-file"
        )

    def _make_recovery_key(self) -> int:
        self._need_vault()
        self._open()
        key = self._one(commands.MakeRecoveryKey(), RecoveryKeyMade).recovery_key
        words = "Write it down; it is shown this once, and the one before opens nothing any more."
        _say(self._console, {"recovery_key": key}, f"{key}\n{words}")
        return exit_codes.OK

    def _rotate_key(self) -> int:
        self._need_vault()
        self._open()
        self._do(commands.RotateKey(passphrase=self._present_passphrase()))
        _say(self._console, {"rotated": True}, "Everything is under a new key.")
        return exit_codes.OK

    # Copies.

    def _back_up(self) -> int:
        self._need_vault()
        self._open()
        if self._options.is_listing:
            cards = self._one(commands.ListBackups(), BackupsListed).backups
            told = {"backups": [vault_words.backup_json(card) for card in cards]}
            _say(self._console, told, vault_words.backups_text(cards))
            return exit_codes.OK
        card = self._one(commands.BackUpVault(), BackupMade).backup
        _say(self._console, vault_words.backup_json(card), vault_words.backup_text(card))
        return exit_codes.OK

    def _export(self) -> int:
        self._need_vault()
        path = os.path.abspath(os.path.expanduser(self._options.path))
        if os.path.lexists(path):
            raise BadRequestError("There is a file of that name already.")
        self._open()
        file = self._options.new_passphrase_file
        passphrase = new_secret(
            self._console, "Passphrase for the file", file, option="--new-passphrase-file"
        )
        command = commands.ExportVault(path=path, passphrase=passphrase)
        size = self._one(command, VaultExported).size_bytes
        _say(self._console, {"bytes": size}, vault_words.exported_text(size))
        return exit_codes.OK

    def _restore(self) -> int:
        try:
            self._open()
        except ReportedError as error:
            # What is broken is what the backup is for; the engine sets it aside first.
            if error.kind not in _BROKEN:
                raise
        plan = self._planned(self._path())
        counts = [vault_words.count_json(count) for count in plan.counts]
        if self._options.is_plan_only:
            told = {"made_at_s": plan.made_at_s, "counts": counts, "done": False}
            _say(self._console, told, vault_words.plan_text(plan))
            return exit_codes.OK
        if not self._options.is_sure:
            self._console.notice(vault_words.plan_text(plan))
        consent(
            self._console,
            "restore",
            "What is newer here stays; a backup is made first.",
            is_sure=self._options.is_sure,
        )
        done = self._one(commands.ApplyRestore(plan_id=plan.plan_id), VaultRestored)
        told = {
            "made_at_s": plan.made_at_s,
            "counts": [vault_words.count_json(count) for count in done.counts],
            "done": True,
        }
        _say(self._console, told, vault_words.restored_text(done))
        return exit_codes.OK

    def _path(self) -> str:
        """The path as it is seen from here, a backup's name, or that of the latest one."""
        typed = self._options.path
        if not typed:
            cards: tuple[BackupCard, ...]
            cards = self._one(commands.ListBackups(), BackupsListed).backups
            if not cards:
                raise NotFoundError("There is no backup yet.")
            return cards[0].name
        path = os.path.expanduser(typed)
        return os.path.abspath(path) if os.path.exists(path) else typed

    def _planned(self, path: str) -> RestorePlanned:
        recovery_key = self._recovery_key()
        file = self._options.backup_passphrase_file
        option = "--backup-passphrase-file"
        passphrase = ""
        if file is not None and not recovery_key:
            passphrase = secret(self._console, "Passphrase", file, option=option)
        while True:
            command = commands.PlanRestore(
                path=path, passphrase=passphrase, recovery_key=recovery_key
            )
            try:
                return self._one(command, RestorePlanned)
            except ReportedError as error:
                is_last = bool(passphrase or recovery_key)
                if error.kind != "wrong_key" or is_last:
                    raise
                # Only now is it known that this one is not ours.
                passphrase = secret(self._console, "Passphrase of the file", None, option=option)

    def _compact(self) -> int:
        self._need_vault()
        self._open()
        done = self._one(commands.CompactVault(), VaultCompacted)
        told = {"before_bytes": done.before_bytes, "after_bytes": done.after_bytes}
        _say(self._console, told, vault_words.compacted_text(done))
        return exit_codes.OK

    # Erasing.

    def _wipe(self) -> int:
        keeps = self._options.are_backups_kept
        question = "Everything that is kept is erased for good"
        question += ", but for the backups." if keeps else ", backups included."
        consent(self._console, WIPE_WORDS, question, is_sure=self._options.is_sure)
        self._do(
            commands.WipeVault(confirmation=WIPE_WORDS, are_backups_included=not keeps),
        )
        _say(self._console, {"wiped": True}, "Nothing is left.")
        return exit_codes.OK

    def _trash(self) -> int:
        self._need_vault()
        self._open()
        items = self._options.items
        command: Command = commands.ListTrash()
        if self._options.do != "list":
            if not items:
                raise BadRequestError(
                    "Nothing was named.", action="`python -m app vault trash` lists what is there."
                )
            command = commands.RestoreFromTrash(item_ids=items)
        if self._options.do == "forget":
            question = f"{len(items)} {'thing is' if len(items) == 1 else 'things are'} erased."
            consent(self._console, "forget", question, is_sure=self._options.is_sure)
            command = commands.ForgetItems(item_ids=items)
        left = self._one(command, TrashListed).items
        told = {"items": [vault_words.trash_json(item) for item in left]}
        _say(self._console, told, vault_words.trash_text(left))
        return exit_codes.OK

    # Steps that several share.

    def _is_there(self) -> bool:
        folder = self._paths.vault_dir()
        return any((folder / name).exists() for name in ("vault.db", "vault.keys"))

    def _need_vault(self) -> None:
        if not self._is_there():
            raise NotFoundError(
                "There is no vault yet.",
                action="It is made when the window or a chat is opened.",
            )

    def _open(self, recovery_key: str = "") -> None:
        typed = open_vault(
            self._reader, self._console, recovery_key=recovery_key, is_private_allowed=False
        )
        self._passphrase = typed or self._passphrase

    def _recovery_key(self) -> str:
        file = self._options.recovery_key_file
        if file is None:
            return ""
        return secret(self._console, "Recovery key", file, option="--recovery-key-file")

    def _do(self, command: Command) -> list[Event]:
        events: list[Event] = []
        try:
            for event in self._reader.events_of(command):
                if isinstance(event, VaultProgressed):
                    self._console.transient(f"{event.stage} {event.share_ratio:.0%}")
                events.append(event)
        finally:
            self._console.clear_transient()
        return events

    def _one(self, command: Command, kind: type[T]) -> T:
        for event in reversed(self._do(command)):
            if isinstance(event, kind):
                return event
        raise ReportedError(ErrorReport(kind="bug", message="The engine gave no answer."))


def _say(console: Console, told: dict[str, Any], text: str) -> None:
    if console.is_json:
        console.write_json(told)
    else:
        console.write(text.rstrip("\n") + "\n")
