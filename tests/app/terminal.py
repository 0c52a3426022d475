"""A pseudo-terminal with the app on it, for what only a person at a terminal would see."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time

from tests.app.conftest import ROOT, scripted_command

# Makes the terminal the controlling one, so that Ctrl-C becomes a signal; then becomes the app.
_ON_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""


class Terminal:
    """A process on a terminal of its own.

    Attributes:
        seen: Everything that was on screen, without colours.
    """

    def __init__(self, *words, command=None):
        self._ours, theirs = pty.openpty()
        self._read_to = 0
        self.seen = ""
        self.process = subprocess.Popen(
            [sys.executable, "-c", _ON_TERMINAL, *(command or scripted_command(*words))],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=ROOT,
            start_new_session=True,
            env={**os.environ, "TERM": "xterm"},
        )
        os.close(theirs)

    def type(self, text):
        """The keys are pressed."""
        os.write(self._ours, text.encode())

    def wait_for(self, text, timeout_s=60):
        """`text` has come on screen since what was last waited for."""
        deadline = time.monotonic() + timeout_s
        while (found := self.seen.find(text, self._read_to)) < 0:
            left = deadline - time.monotonic()
            assert left > 0, f"{text!r} did not come; on screen: {self.seen!r}"
            if select.select([self._ours], [], [], left)[0]:
                try:
                    piece = os.read(self._ours, 4096)
                except OSError:
                    piece = b""
                assert piece, f"{text!r} did not come before the end; on screen: {self.seen!r}"
                self.seen += re.sub(r"\x1b\[[?0-9;]*[a-zA-Z]", "", piece.decode())
        self._read_to = found + len(text)
        return self

    def is_running(self, patience_s=0.3):
        """Whether the process still runs after a moment."""
        try:
            self.process.wait(patience_s)
        except subprocess.TimeoutExpired:
            return True
        return False

    def end(self, timeout_s=60):
        """The exit code, once the process has ended."""
        return self.process.wait(timeout_s)

    def close(self):
        """Nothing runs any more."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._ours)
