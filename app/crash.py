"""Uncaught exceptions and native crashes become a local report; the user reads one sentence."""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import os
import platform
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from app.logging_setup import describe_exception
from app.version import VERSION
from engine.contract.errors import EngineError, ErrorReport, report_of

_log = logging.getLogger(__name__)

# Older reports are removed: whoever has had twenty crashes has told us of the first.
_REPORTS_KEPT = 20


class CrashReporter:
    """Catches what nothing else caught.

    Attributes:
        tell: Shows one error to the user; a face replaces it once it can do better.
    """

    def __init__(self, logs_dir: Path, tell: Callable[[ErrorReport], object]) -> None:
        self.tell = tell
        self._logs_dir = logs_dir
        self._hooks: tuple[Any, Any, Any] | None = None
        self._native: TextIO | None = None
        self._native_file = logs_dir / f"native-{os.getpid()}.txt"

    def install(self) -> None:
        """From now on no exception ends in a traceback on the user's terminal."""
        self._hooks = (sys.excepthook, threading.excepthook, sys.unraisablehook)
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception
        sys.unraisablehook = self._on_unraisable
        try:
            self._native = self._native_file.open("w", encoding="utf-8")
            faulthandler.enable(self._native, all_threads=True)
        except OSError:
            _log.warning("native crashes of this run cannot be recorded")

    def uninstall(self) -> None:
        """The hooks of before are back; an empty native report is gone."""
        if self._hooks is not None:
            sys.excepthook, threading.excepthook, sys.unraisablehook = self._hooks
            self._hooks = None
        if self._native is not None:
            faulthandler.disable()
            self._native.close()
            self._native = None
        with contextlib.suppress(OSError):
            if self._native_file.stat().st_size == 0:
                self._native_file.unlink()

    def report(self, error: BaseException) -> ErrorReport:
        """The error is in a file of its own and in the log; what to tell the user is returned."""
        if isinstance(error, EngineError):
            return report_of(error)
        _log.error("a fault of ours", exc_info=error)
        text = (
            f"Shvayambhu {VERSION}, Python {platform.python_version()}, {platform.platform()}\n"
            f"Thread {threading.current_thread().name}\n\n{describe_exception(error)}\n"
        )
        with contextlib.suppress(OSError):
            file = self._logs_dir / f"crash-{time.time_ns() // 10**6}.txt"
            file.write_text(text, encoding="utf-8", errors="replace")
            for old in sorted(self._logs_dir.glob("crash-*.txt"))[:-_REPORTS_KEPT]:
                old.unlink()
        return report_of(error)

    def _on_exception(
        self, _kind: type[BaseException], error: BaseException, _frames: TracebackType | None
    ) -> None:
        if not isinstance(error, KeyboardInterrupt):
            self.tell(self.report(error))

    def _on_thread_exception(self, caught: threading.ExceptHookArgs) -> None:
        if caught.exc_value is not None and not issubclass(caught.exc_type, SystemExit):
            self.tell(self.report(caught.exc_value))

    def _on_unraisable(self, caught: sys.UnraisableHookArgs) -> None:
        # Raised in a `__del__` or a callback that nobody waits for: nothing for the user to do.
        if caught.exc_value is not None:
            self.report(caught.exc_value)


def sweep(logs_dir: Path) -> list[Path]:
    """Reports of native crashes that ended earlier runs; the empty ones are removed.

    A native crash leaves its frames in a file named after a process that is gone.
    """
    crashed = []
    for file in sorted(logs_dir.glob("native-*.txt")):
        with contextlib.suppress(OSError, ValueError):
            if _is_running(int(file.stem.removeprefix("native-"))):
                continue
            if file.stat().st_size == 0:
                file.unlink()
            else:
                kept = logs_dir / f"crash-{file.stat().st_mtime_ns // 10**6}-native.txt"
                file.rename(kept)
                crashed.append(kept)
    return crashed


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
