"""The window: Qt and asyncio on one loop on the main thread, from the first frame to the last."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app import exit_codes
from app.console import Console
from app.crash import CrashReporter
from app.garbage import collecting_between_turns
from app.logging_setup import who_says
from app.paths import AppPaths, resources
from app.settings_store import SettingsStore
from app.single_instance import QUICK, RAISE, WindowClaim, claim_window, raise_other_window
from app.version import VERSION
from app.window_orders import WindowOrders
from engine.contract.errors import ErrorReport
from engine.contract.events import Event, SettingsChanged
from engine.contract.port import EnginePort

if TYPE_CHECKING:
    from PySide6.QtCore import QtMsgType
    from PySide6.QtWidgets import QApplication

    from ui.main_window import MainWindow

_log = logging.getLogger(__name__)

Start = Callable[[], AbstractContextManager[EnginePort]]
Tell = Callable[[ErrorReport], object]


@dataclass(frozen=True, slots=True)
class Opening:
    """What comes on screen at the start.

    Attributes:
        appears: "window", "quick" for the quick question alone, or "nothing" until it is asked for.
        home: What `--home` said.
    """

    appears: str = "window"
    home: str | None = None


WINDOW = Opening()


def run(
    start: Start,
    store: SettingsStore,
    paths: AppPaths,
    crash: CrashReporter,
    console: Console,
    opening: Opening = WINDOW,
) -> int:
    """The window was open until the user closed it, or another one was brought forward.

    Args:
        start: Begins the engine.
        store: The settings.
        paths: Where files lie.
        crash: Reports crashes.
        console: The terminal.
        opening: What comes on screen.

    Raises:
        EngineError: The engine or a folder stands in the way; the caller tells it.
    """
    claim = claim_window(paths.lock_file(), paths.socket_file())
    if claim is None:
        _hand_over(opening, paths, console)
        return exit_codes.OK
    with ExitStack() as stack:
        stack.callback(claim.close)
        _show(start, store, paths, crash, claim, stack, opening)
    return exit_codes.OK


def _hand_over(opening: Opening, paths: AppPaths, console: Console) -> None:
    """The window that is open already does what was asked here."""
    if opening.appears == "nothing":
        console.notice("Shvayambhu is open already.")
        return
    is_quick = opening.appears == "quick"
    was_reached = raise_other_window(paths.socket_file(), QUICK if is_quick else RAISE)
    if was_reached and is_quick:
        return
    happened = "was brought forward" if was_reached else "does not answer yet"
    console.notice(f"Shvayambhu is open already; its window {happened}.")


def _show(
    start: Start,
    store: SettingsStore,
    paths: AppPaths,
    crash: CrashReporter,
    claim: WindowClaim,
    stack: ExitStack,
    opening: Opening,
) -> None:
    """The walk of a window's life; what `stack` holds is taken down in reverse."""
    import qasync

    from app.outside import outside_here
    from ui import app_shell

    application = make_application()
    stack.enter_context(collecting_between_turns())
    loop = qasync.QEventLoop(application)
    asyncio.set_event_loop(loop)
    stack.callback(loop.close)
    port = stack.enter_context(start())
    window = app_shell.open_window(
        port,
        state_path=paths.window_state_file(),
        resources=resources(),
        settings=store.in_force,
        version=VERSION,
        appears=opening.appears,
        outside=outside_here(opening.home),
    )
    stack.callback(_take_down, window)

    def tell(report: ErrorReport) -> None:
        # Any thread may have something to tell; only main may touch the window.
        loop.call_soon_threadsafe(window.page.banner.show_error, report)

    _listen(loop, port, store, crash, tell, stack)
    orders = WindowOrders(port, loop, {"quick": window.quick.open_panel})
    stack.callback(orders.close)
    claim.listen(window.quick.bring_forward, orders.take)
    stack.enter_context(_closing_on_signals(application))
    application.aboutToQuit.connect(loop.stop)
    loop.run_forever()


def _listen(
    loop: asyncio.AbstractEventLoop,
    port: EnginePort,
    store: SettingsStore,
    crash: CrashReporter,
    tell: Tell,
    stack: ExitStack,
) -> None:
    """Crashes and notices are shown in the window, and changed settings kept on disk."""
    former = crash.tell
    stack.callback(setattr, crash, "tell", former)
    crash.tell = tell
    loop.set_exception_handler(lambda _loop, context: _take_loop_error(crash, context))
    stack.callback(port.subscribe(lambda event: _keep_settings(store, event, tell)))
    if store.notices:
        tell(ErrorReport(kind="settings", message=" ".join(store.notices)))


def make_application() -> QApplication:
    """The one Qt application of this process, with the name that the system shows."""
    from PySide6.QtCore import QSettings, qInstallMessageHandler
    from PySide6.QtWidgets import QApplication

    qInstallMessageHandler(_log_qt_message)
    # Qt's own file dialog would write the folders that were looked at into its settings file.
    for kind in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
        QSettings.setPath(kind, QSettings.Scope.UserScope, os.devnull)
    application = QApplication(sys.argv[:1])
    application.setApplicationName("Shvayambhu")
    application.setApplicationVersion(VERSION)
    # Desktop environments find icon and window group under this name.
    application.setDesktopFileName("shvayambhu")
    # On a Mac an app without windows lives on in the Dock.
    application.setQuitOnLastWindowClosed(sys.platform != "darwin")
    return application


def _log_qt_message(kind: QtMsgType, _place: object, message: str | None) -> None:
    """What Qt would write on standard error is in the log; most of its warnings are trifles."""
    is_grave = kind.name in ("QtCriticalMsg", "QtFatalMsg")
    _log.log(logging.ERROR if is_grave else logging.INFO, "Qt: %s", who_says(message or ""))


def _take_loop_error(crash: CrashReporter, context: dict[str, Any]) -> None:
    error = context.get("exception")
    if isinstance(error, Exception):
        crash.tell(crash.report(error))
    else:
        _log.error("asyncio: %s", who_says(str(context.get("message"))))


def _keep_settings(store: SettingsStore, event: Event, tell: Tell) -> None:
    """Runs on: io."""
    if not isinstance(event, SettingsChanged):
        return
    try:
        store.keep(event.settings)
    except OSError as error:
        _log.warning("the settings cannot be written (%s)", error.strerror)
        tell(
            ErrorReport(
                kind="disk",
                message=f"The settings could not be saved ({error.strerror}).",
                action="They hold until the app is closed.",
            )
        )


def _take_down(window: MainWindow) -> None:
    """The window is gone before the application it belongs to."""
    from PySide6.QtCore import QCoreApplication, QEvent

    window.quick.close()
    window.session.close()
    window.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@contextmanager
def _closing_on_signals(application: QApplication) -> Iterator[None]:
    """Ctrl-C, a log-out and `kill` close the window as its own button does.

    Python runs signal handlers between its own instructions, and while Qt waits there are none;
    so the signal also writes a byte to a socket that Qt watches.
    """
    from PySide6.QtCore import QSocketNotifier

    reader, writer = socket.socketpair()
    reader.setblocking(False)
    writer.setblocking(False)
    notifier = QSocketNotifier(reader.fileno(), QSocketNotifier.Type.Read)

    def close() -> None:
        try:
            reader.recv(64)
        except BlockingIOError:
            return
        application.quit()

    notifier.activated.connect(close)
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, lambda *_: None) for number in numbers}
    wakeup = signal.set_wakeup_fd(writer.fileno())
    try:
        yield
    finally:
        signal.set_wakeup_fd(wakeup)
        for number, handler in before.items():
            signal.signal(number, handler)
        notifier.setEnabled(False)
        reader.close()
        writer.close()
