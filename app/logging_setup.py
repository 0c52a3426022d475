"""Log files, their rotation, and the formatter that keeps private text out of them."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import time
import traceback
import warnings
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from engine.contract.errors import EngineError

# Three files of 1 MB hold weeks of ordinary use and open in any editor.
_FILE_BYTES = 1_000_000
_OLD_FILES = 2
_OUR_LOGGERS = ("app", "engine", "ui")
_LONGEST_ARGUMENT = 200
# Such as `QObject::connect`, `qt.gui.icc`, or asyncio's `Task was destroyed`.
_SPEAKER = re.compile(r"Q\w+(?:::\w+)*|qt(?:\.\w+)+|Task was destroyed|Exception in callback")


class PrivateFormatter(logging.Formatter):
    """Writes what happened and where, and leaves out what could hold a user's words.

    Records of other people's packages keep their place in the code but lose their message, for
    that may quote a prompt. Exceptions keep their kind and their frames; their text is kept only
    if it is one of our errors, which never hold a message or a path under the user's home.
    """

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(threadName)-8s %(name)s: %(message)s")
        self._home = os.path.expanduser("~")

    def format(self, record: logging.LogRecord) -> str:
        """The record as one entry, without private text."""
        public = logging.makeLogRecord(record.__dict__)
        # Another handler may have left the text of the exception on the record.
        public.exc_text = None
        if record.name.split(".", 1)[0] in _OUR_LOGGERS:
            public.msg = _shortened(record)
        else:
            public.msg = f"(at {os.path.basename(record.pathname)}:{record.lineno})"
        public.args = ()
        line = super().format(public)
        return line.replace(self._home, "~") if len(self._home) > 1 else line

    def formatException(  # noqa: N802 - the name is logging's
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, ...],
    ) -> str:
        """Frames and kinds of an exception and its causes."""
        error = ei[1]
        return describe_exception(error) if isinstance(error, BaseException) else ""


def describe_exception(error: BaseException) -> str:
    """Frames, kinds and causes of an exception, without any text that is not ours."""
    parts: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        frames = traceback.extract_tb(current.__traceback__)
        lines = [f'  File "{f.filename}", line {f.lineno}, in {f.name}' for f in frames]
        text = f": {current.message}" if isinstance(current, EngineError) else ""
        kind = type(current)
        parts.append("\n".join([*lines, f"{kind.__module__}.{kind.__qualname__}{text}"]))
        current = current.__cause__ or (
            None if current.__suppress_context__ else current.__context__
        )
    return "\ncaused by\n".join(parts)


class QuietFileHandler(RotatingFileHandler):
    """A log file that cannot bring the app down: on a full disk its entries are lost."""

    def _open(self) -> TextIOWrapper:
        def for_its_owner(path: str, flags: int) -> int:
            return os.open(path, flags, 0o600)

        return open(self.baseFilename, "a", encoding="utf-8", opener=for_its_owner)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Nothing: there is nowhere left to say it."""


class QuietStreamHandler(logging.StreamHandler):  # type: ignore[type-arg]
    """The log on standard error, which may have been closed."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Nothing: there is nowhere left to say it."""


def set_up_logging(file: Path, *, is_verbose: bool) -> None:
    """Every record goes to the log file; standard error stays silent unless `is_verbose`.

    What an earlier call had set up is replaced.
    """
    tear_down_logging()
    root = logging.getLogger()
    handlers: list[logging.Handler] = []
    try:
        handlers.append(
            QuietFileHandler(
                file, maxBytes=_FILE_BYTES, backupCount=_OLD_FILES, encoding="utf-8", delay=False
            )
        )
    except OSError:
        # The disk is full or the file is another user's: the app works on without its log.
        handlers.append(logging.NullHandler())
    if is_verbose:
        handlers.append(QuietStreamHandler())
    for handler in handlers:
        handler.setFormatter(PrivateFormatter())
        handler.set_name(f"shvayambhu-{type(handler).__name__}")
        root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for name in _OUR_LOGGERS:
        logging.getLogger(name).setLevel(logging.DEBUG if is_verbose else logging.INFO)
    logging.captureWarnings(True)
    if not is_verbose:
        # Packages that attach their own handlers print warnings no user can act on.
        warnings.simplefilter("ignore", DeprecationWarning)


def tear_down_logging() -> None:
    """The handlers that `set_up_logging` added are closed and gone."""
    root = logging.getLogger()
    for handler in list(root.handlers):
        if (handler.get_name() or "").startswith("shvayambhu-"):
            root.removeHandler(handler)
            # What could not be written until now is lost, as everything on a full disk.
            with contextlib.suppress(OSError):
                handler.close()
    logging.captureWarnings(False)


def who_says(message: str) -> str:
    """The function that a message of Qt or asyncio names first; the rest may quote anything.

    Qt names the text that it cannot draw, and asyncio the arguments of a callback that failed.
    """
    said = _SPEAKER.match(message)
    return f"{said[0]} ({len(message)} characters)" if said else f"({len(message)} characters)"


def _shortened(record: logging.LogRecord) -> str:
    arguments = record.args
    if isinstance(arguments, tuple):
        record = logging.makeLogRecord(record.__dict__)
        record.args = tuple(
            f"({len(a)} characters)" if isinstance(a, str) and len(a) > _LONGEST_ARGUMENT else a
            for a in arguments
        )
    return record.getMessage()
