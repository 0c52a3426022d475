"""A file to its text, by a child process that is watched and may be killed at any moment.

Runs on: io; the child's pipes are served by threads of their own.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psutil  # type: ignore[import-untyped]

from engine.contract.attachments import AttachmentKind
from engine.contract.errors import UnreadableFileError
from engine.reading.faults import error_of
from engine.reading.parts import MOST_LETTERS, Fault

_BOOT = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from engine.reading.child import main; main()"
)
# What a child tells is text of at most so many letters, in JSON; more would be no child of ours.
_MOST_TOLD_BYTES = 12 * MOST_LETTERS
_WATCH_EVERY_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one file may take.

    Attributes:
        time_s: Of the clock, in all.
        silence_s: Until the first part, and between two. A dense scanned page takes 7 s on two
            cores that do nothing else.
        memory_bytes: Resident; recognising text in a picture takes 0.6 GB.
    """

    time_s: float = 900.0
    silence_s: float = 120.0
    memory_bytes: int = 2 * 1024**3


@dataclass(kw_only=True)
class ReadFile:
    """What was found in a file.

    Attributes:
        parts: Pages, slides, sheets or chapters; 0 where there are none.
        notice: What of it could not be read, in sentences; empty for nothing.
    """

    kind: AttachmentKind = AttachmentKind.TEXT
    media_type: str = ""
    text: str = ""
    parts: int = 0
    notice: str = ""


@dataclass
class _Found:
    """What the child has told until now."""

    file: ReadFile = field(default_factory=ReadFile)
    pieces: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    fault: Fault | None = None
    is_done: bool = False
    is_known: bool = False
    done_ratio: float = 0.0

    def take(self, told: dict[str, Any]) -> None:
        """One line of the child's."""
        if "kind" in told:
            self.file.kind = AttachmentKind(told["kind"])
            self.file.media_type = str(told["media_type"])
            self.is_known = True
        elif "text" in told:
            self._take_part(told)
        elif "fault" in told:
            self.fault = Fault(told["fault"])
        elif "is_cut" in told:
            self.notices.append(f"Only its first {MOST_LETTERS:,} letters were read.")
        self.is_done = self.is_done or "is_done" in told

    def _take_part(self, told: dict[str, Any]) -> None:
        title, text = str(told["title"]), str(told["text"])
        self.file.parts += bool(title)
        if text.strip():
            self.pieces.append(f"[{title}]\n{text}" if title else text)
        if told["notice"]:
            self.notices.append(str(told["notice"]))
        self.done_ratio = float(told["done_ratio"])


async def read_file(
    content: bytes,
    name: str,
    on_progress: Callable[[float], None] = lambda _: None,
    limits: Limits | None = None,
) -> ReadFile:
    """The file's text. A caller that is cancelled takes the child process with it.

    Args:
        content: The file's bytes; they go to the child by a pipe and touch no disk.
        name: Decides between kinds of plain text.
        on_progress: Told how much of it has been read, from 0 to 1.
        limits: What it may take.

    Raises:
        UnreadableFileError: It cannot be read; the sentence says why.
    """
    loop = asyncio.get_running_loop()

    def tell(done_ratio: float) -> None:
        # A loop that is closed while we close has nobody left to tell.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(on_progress, done_ratio)

    visit = _Visit(content, name, tell, limits or Limits())
    work = asyncio.create_task(asyncio.to_thread(visit.run))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        visit.stop()
        with contextlib.suppress(UnreadableFileError):
            await work
        raise


class _Visit:
    """One child process, from its start to its end. Blocks; a thread feeds and one watches it."""

    def __init__(
        self, content: bytes, name: str, tell: Callable[[float], None], limits: Limits
    ) -> None:
        self._content = content
        self._header = json.dumps({"name": name}).encode() + b"\n"
        self._tell = tell
        self._limits = limits
        self._over: Fault | None = None
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._is_stopped = False
        self._heard_s = time.monotonic()

    def stop(self) -> None:
        """The child ends now, or is not started."""
        with self._lock:
            self._is_stopped = True
            if self._child is not None:
                self._child.kill()

    def run(self) -> ReadFile:
        """The file's text; see `read_file`."""
        found = _Found()
        with self._started() as child:
            threads = [
                threading.Thread(target=work, args=(child,), daemon=True)
                for work in (self._feed, self._watch)
            ]
            for thread in threads:
                thread.start()
            self._listen(child, found)
            child.kill()
            child.wait()
            for thread in threads:
                thread.join()
        return _result(found, self._over or Fault.CRASH)

    def _started(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._is_stopped:
                raise UnreadableFileError("Reading was stopped.")
            self._child = subprocess.Popen(
                [sys.executable, "-c", _BOOT, json.dumps([path for path in sys.path if path])],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                # What a parser complains of may quote the file.
                stderr=subprocess.DEVNULL,
            )
            return self._child

    def _feed(self, child: subprocess.Popen[bytes]) -> None:
        assert child.stdin is not None
        # A child that has fallen does not read to the end.
        with contextlib.suppress(OSError):
            child.stdin.write(self._header)
            child.stdin.write(self._content)
        with contextlib.suppress(OSError):
            child.stdin.close()

    def _listen(self, child: subprocess.Popen[bytes], found: _Found) -> None:
        assert child.stdout is not None
        left = _MOST_TOLD_BYTES
        while line := child.stdout.readline(left):
            left -= len(line)
            try:
                found.take(json.loads(line))
            except (ValueError, KeyError):
                # The child fell in the middle of a line.
                break
            self._heard_s = time.monotonic()
            self._tell(found.done_ratio)

    def _watch(self, child: subprocess.Popen[bytes]) -> None:
        """Ends the child when it takes too much, and notes what that was."""
        until_s = time.monotonic() + self._limits.time_s
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(child.pid)
            while True:
                if time.monotonic() > min(until_s, self._heard_s + self._limits.silence_s):
                    self._over = Fault.TIME
                elif process.memory_info().rss > self._limits.memory_bytes:
                    self._over = Fault.MEMORY
                if self._over is not None:
                    child.kill()
                if self._over is not None or _has_ended(child):
                    return


def _has_ended(child: subprocess.Popen[bytes]) -> bool:
    """Whether it has ended, or does so within a moment."""
    try:
        child.wait(timeout=_WATCH_EVERY_S)
    except subprocess.TimeoutExpired:
        return False
    return True


def _result(found: _Found, over: Fault) -> ReadFile:
    text = "\n\n".join(found.pieces)
    fault = found.fault or (None if found.is_done else over)
    if fault is not None and not text.strip():
        raise error_of(fault, found.file.kind if found.is_known else None)
    if fault is not None:
        share = f"{100 * found.done_ratio:.0f} %"
        found.notices.append(f"Reading ended early; about {share} of the file is here.")
    found.file.text = text
    found.file.notice = " ".join(dict.fromkeys(found.notices))
    return found.file
