"""Builds every part in order, shows the face that was asked for, and takes all down in reverse."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field

from app import (
    ask,
    calibrate_command,
    chats_command,
    doctor,
    exit_codes,
    instruments_command,
    models_command,
    terminal_chat,
    vault_command,
)
from app.arguments import Arguments, parse
from app.console import Console, hold_standard_streams
from app.crash import CrashReporter, sweep
from app.errors import ReportedError, UsageError
from app.logging_setup import set_up_logging, tear_down_logging
from app.passphrase import given_passphrase
from app.paths import AppPaths, find_paths, resources
from app.settings_store import SettingsStore
from app.version import VERSION
from engine.contract.errors import EngineError, ErrorReport, VaultBusyError, report_of
from engine.contract.events import Event
from engine.contract.port import EnginePort
from engine.contract.settings import Settings
from engine.contract.vault import VaultState
from engine.contract.vault_events import VaultOpened


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What every face needs; put together once, in `_compose`."""

    arguments: Arguments
    console: Console
    paths: AppPaths
    store: SettingsStore
    crash: CrashReporter
    passphrase: str = field(default="", repr=False)

    @property
    def settings(self) -> Settings:
        """Those in force for this run."""
        return self.store.in_force

    def engine(self) -> AbstractContextManager[EnginePort]:
        """The engine, running until the context is left; all it hears is in memory only."""
        return _engine(self, is_kept=False)

    def keeping_engine(self) -> AbstractContextManager[EnginePort]:
        """The same with the vault of this home, which OpenVault opens."""
        return _engine(self, is_kept=True)


def main(words: Sequence[str] | None = None) -> int:
    """The whole program.

    Args:
        words: The command line after the program's name; None takes this process's own.

    Returns:
        The exit code; see exit_codes.py.
    """
    # A frozen app starts its worker processes through this same entry.
    multiprocessing.freeze_support()
    hold_standard_streams()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    words = sys.argv[1:] if words is None else words
    console = Console(is_json="--json" in words)
    try:
        with contextlib.redirect_stdout(sys.stderr) if console.is_json else ExitStack():
            return _run(words, console)
    except BrokenPipeError:
        # Whoever read us, `head` for one, has had enough; that is nobody's fault.
        console.silence()
        return exit_codes.OK
    except KeyboardInterrupt:
        # Only the way out is left; pressed once more, it must not end in a traceback.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        return _fail(console, ErrorReport(kind="cancelled", message="Stopped with Ctrl-C."))
    except EngineError as error:
        return _fail(console, report_of(error))
    except Exception as error:  # noqa: BLE001 - no log yet, and still no traceback for the user
        return _fail(console, report_of(error))


def _fail(console: Console, report: ErrorReport) -> int:
    try:
        return console.fail(report)
    except (BrokenPipeError, EngineError):
        console.silence()
        return exit_codes.exit_code(report.kind)


def _run(words: Sequence[str], console: Console) -> int:
    arguments = parse(words)
    if arguments.command == "version":
        return _show_version(console)
    if arguments.command == "screenshots":
        from app import screenshots

        return screenshots.run(arguments.folder, console)
    with _compose(arguments, console) as run:
        try:
            return FACES[arguments.command](run)
        except (EngineError, BrokenPipeError):
            raise
        except Exception as error:  # noqa: BLE001 - the door: what is left is a bug, and is reported
            return _fail(console, run.crash.report(error))


def _show_version(console: Console) -> int:
    if console.is_json:
        console.write_json({"version": VERSION})
    else:
        console.write(f"shvayambhu {VERSION}\n")
    return exit_codes.OK


@contextlib.contextmanager
def _compose(arguments: Arguments, console: Console) -> Iterator[Run]:
    """Folders, log, crash reports and settings, in this order, and back."""
    paths = find_paths(arguments.home)
    paths.prepare()
    with ExitStack() as stack:
        set_up_logging(paths.log_file(), is_verbose=arguments.is_verbose)
        stack.callback(tear_down_logging)
        crash = CrashReporter(paths.logs_dir, console.fail)
        crash.install()
        stack.callback(crash.uninstall)
        sweep(paths.logs_dir)
        store = SettingsStore(paths.settings_file())
        store.in_force = arguments.applied_to(store.load())
        if arguments.command != "doctor":
            for notice in store.notices:
                console.notice(notice)
        yield Run(
            arguments=arguments,
            console=console,
            paths=paths,
            store=store,
            crash=crash,
            passphrase=given_passphrase(arguments.passphrase_file),
        )


@contextlib.contextmanager
def _engine(run: Run, *, is_kept: bool) -> Iterator[EnginePort]:
    from engine.assembly import start_engine

    running = start_engine(
        settings=run.settings,
        models_dir=run.paths.models_dir,
        resources=resources(),
        version=VERSION,
        vault_dir=run.paths.vault_dir() if is_kept else None,
        passphrase=run.passphrase,
        private_settings=run.store.private_values(),
    )
    end = running.port.subscribe(lambda event: _hand_over_settings(run.store, event))
    try:
        yield running.port
    finally:
        end()
        running.close()


def _hand_over_settings(store: SettingsStore, event: Event) -> None:
    """What an old settings file said of the user is in the vault now, and in no file.

    Runs on: io.
    """
    if isinstance(event, VaultOpened) and event.status.state is VaultState.UNLOCKED:
        # A file that cannot be written now is tried again at the next start.
        with contextlib.suppress(OSError):
            store.take_private()


# What the window's commands bring on screen.
_APPEARS = {"window": "window", "quick": "quick", "background": "nothing"}


def _show_window(run: Run) -> int:
    from app import display

    reason = display.why_no_window()
    if reason and run.arguments.command != "window":
        raise UsageError(f"{reason}.", action="Ask in the terminal: python -m app chat")
    if reason:
        run.console.notice(f"{reason}, so the conversation opens in this terminal.")
        return _chat(run)
    from app import window

    opening = window.Opening(_APPEARS[run.arguments.command], run.arguments.home)
    return window.run(run.keeping_engine, run.store, run.paths, run.crash, run.console, opening)


def _chat(run: Run) -> int:
    try:
        with run.keeping_engine() as port:
            return terminal_chat.run(port, run.settings, run.console)
    except ReportedError as error:
        if error.kind != VaultBusyError.kind:
            raise
        run.console.notice("The vault is open in another window, so this chat is not kept.")
    with run.engine() as port:
        return terminal_chat.run(port, run.settings, run.console)


def _ask(run: Run) -> int:
    with run.engine() as port:
        return ask.run(port, run.arguments, run.settings, run.console)


def _instruments(run: Run) -> int:
    with run.engine() as port:
        return instruments_command.run(port, run.arguments.prompts, run.settings, run.console)


def _models(run: Run) -> int:
    with run.engine() as port:
        return models_command.run(port, run.arguments, run.console)


def _doctor(run: Run) -> int:
    return doctor.run(run.keeping_engine, run.settings, run.store.notices, run.paths, run.console)


def _chats(run: Run) -> int:
    with run.keeping_engine() as port:
        return chats_command.run(port, run.arguments.action, run.arguments.chats, run.console)


def _vault(run: Run) -> int:
    given = run.arguments
    code = vault_command.run_outside(given.action, run.passphrase, run.paths, run.console)
    if code is not None:
        return code
    with run.keeping_engine() as port:
        return vault_command.run(
            port, given.action, given.vault, run.passphrase, run.paths, run.console
        )


def _calibrate(run: Run) -> int:
    with run.keeping_engine() as port:
        return calibrate_command.run(port, run.arguments.calibrate, run.settings, run.console)


FACES: dict[str, Callable[[Run], int]] = {
    "window": _show_window,
    "quick": _show_window,
    "background": _show_window,
    "chat": _chat,
    "ask": _ask,
    "instruments": _instruments,
    "models": _models,
    "doctor": _doctor,
    "chats": _chats,
    "vault": _vault,
    "calibrate": _calibrate,
}
