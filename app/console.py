"""The terminal: answers go to standard output, everything else to standard error."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import sys
from typing import Any, TextIO

from app.errors import FolderError
from app.exit_codes import exit_code
from engine.contract.errors import ErrorReport

# A model may write escape sequences; on a terminal they could recolour it or rename the window.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Console:
    """One place that knows which stream is a terminal, which is closed, and whether JSON is due.

    Attributes:
        is_json: Standard output carries one JSON object and nothing else.
        is_out_terminal: A person sees standard output.
        is_err_terminal: A person sees standard error.
    """

    def __init__(
        self, *, is_json: bool = False, out: TextIO | None = None, err: TextIO | None = None
    ) -> None:
        # A closed stream is None in Python; what would go there is left unsaid.
        self._out = sys.stdout if out is None else out
        self._err = sys.stderr if err is None else err
        self.is_json = is_json
        self.is_out_terminal = _is_terminal(self._out)
        self.is_err_terminal = _is_terminal(self._err)
        self._is_plain = "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
        self._transient_width = 0
        for stream in (self._out, self._err):
            reconfigure = getattr(stream, "reconfigure", None)
            if reconfigure is not None:
                reconfigure(errors="replace", **({"encoding": "utf-8"} if is_json else {}))

    def write(self, text: str) -> None:
        """`text` is on standard output when this returns, without waiting for a line's end.

        Raises:
            BrokenPipeError: Nobody reads any more.
            FolderError: The disk behind it is full.
        """
        if self._out is None or not text:
            return
        self.clear_transient()
        try:
            self._out.write(_CONTROL.sub("", text) if self.is_out_terminal else text)
            self._out.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            self.silence()
            raise FolderError(f"The output cannot be written ({error.strerror}).") from error

    def write_dim(self, text: str) -> None:
        """`text` is on standard output, less bright where the terminal can do that."""
        if self.is_out_terminal and not self._is_plain:
            self.write_raw(f"\x1b[2m{_CONTROL.sub('', text)}\x1b[22m")
        else:
            self.write(text)

    def write_raw(self, text: str) -> None:
        """`text` is on standard output with the escape sequences that are ours."""
        if self._out is not None:
            self.clear_transient()
            self._out.write(text)
            self._out.flush()

    def write_json(self, value: Any) -> None:
        """`value` is one line of JSON on standard output."""
        self.write(json.dumps(value, ensure_ascii=False) + "\n")

    def notice(self, text: str) -> None:
        """One line on standard error; never a reason to fail."""
        self.clear_transient()
        self._tell(_CONTROL.sub(" ", text) + "\n")

    def transient(self, text: str) -> None:
        """A line that the next one replaces; only where a person watches standard error."""
        if not self.is_err_terminal:
            return
        columns = shutil.get_terminal_size().columns
        shown = _CONTROL.sub(" ", text)[: max(columns - 1, 1)]
        self._tell("\r" + shown + " " * max(self._transient_width - len(shown), 0))
        self._transient_width = len(shown)

    def clear_transient(self) -> None:
        """The replaceable line is gone."""
        if self._transient_width:
            self._tell("\r" + " " * self._transient_width + "\r")
            self._transient_width = 0

    def fail(self, report: ErrorReport) -> int:
        """The error is told, as JSON if that is due, and its exit code returned."""
        if self.is_json:
            self.write_json({"error": as_json(report)})
        elif report.kind != "cancelled":
            self.notice(f"{report.message} {report.action}".strip())
        return exit_code(report.kind)

    def silence(self) -> None:
        """Standard output goes nowhere from now on, so that leaving cannot fail on it."""
        out, self._out = self._out, None
        with contextlib.suppress(OSError, ValueError, AttributeError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, out.fileno())
            os.close(nowhere)

    def _tell(self, text: str) -> None:
        if self._err is not None:
            with contextlib.suppress(OSError, ValueError):
                self._err.write(text)
                self._err.flush()


def hold_standard_streams() -> None:
    """Descriptors 0 to 2 are open, if only on nothing.

    Where a caller closed one, the next file that is opened would get its number, and a library
    that writes to "standard output" would write into that file.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def as_json(report: ErrorReport) -> dict[str, str]:
    """An error as the object that programs read."""
    return {"kind": report.kind, "message": report.message, "action": report.action}


def read_text(raw: bytes) -> tuple[str, bool]:
    """Bytes from outside as text, and whether all of them were UTF-8."""
    try:
        return raw.decode("utf-8-sig"), True
    except UnicodeDecodeError:
        return raw.decode("utf-8-sig", "replace"), False


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False
