"""Whether the write-ahead log lost writes that were already kept.

After a crash SQLite reads the log up to the first frame that does not fit and silently drops the
rest, for a cut write looks like that. But each commit waits until its frames are on the disk, so
two commits behind the first bad frame mean that bytes changed afterwards. A log that is gone
although the vault was not closed is the same. Both are told to the user; the last commit alone
cannot be told from a cut write.

Source: the log's format, https://www.sqlite.org/fileformat2.html#walformat
"""

from __future__ import annotations

import shutil
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.storage.disk import disk_errors
from engine.storage.sql_errors import damaged, in_plain_words

LOST = "The newest changes could not be read back from the disk; everything before them is whole."

_HEADER = struct.Struct(">8I")
_FRAME = struct.Struct(">6I")
_MAGICS = (0x377F0682, 0x377F0683)
_PAGE_BYTES = 4096
# One may have been cut by the crash itself.
_CUT_COMMITS = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class LogScan:
    """What the log's own heads say.

    Attributes:
        is_header_whole: False if there are frames and no head that fits its checksum.
        commits: Numbers of the frames that end a transaction, from 1.
    """

    is_header_whole: bool = True
    commits: tuple[int, ...] = ()

    def has_lost(self, frames_read: int) -> bool:
        """Whether kept commits lie behind the frames that SQLite could read."""
        behind = sum(1 for number in self.commits if number > frames_read)
        return not self.is_header_whole or behind > _CUT_COMMITS


def log_of(database: Path) -> Path:
    """Where its write-ahead log lies."""
    return database.with_name(database.name + "-wal")


def scan_log(log: Path) -> LogScan | None:
    """The heads of header and frames, not their contents; None if there is no log.

    To be read before a connection to the database is opened, for that makes a log.
    """
    try:
        with log.open("rb") as file:
            head = file.read(_HEADER.size)
            if len(head) < _HEADER.size:
                return LogScan()
            magic, _, page_bytes, _, *salts, sum_0, sum_1 = _HEADER.unpack(head)
            is_whole = (
                magic in _MAGICS
                and page_bytes == _PAGE_BYTES
                and _checksum(head[:-8], is_big=bool(magic & 1)) == (sum_0, sum_1)
            )
            commits = []
            number = 0
            while len(frame := file.read(_FRAME.size)) == _FRAME.size:
                number += 1
                _, pages_after, salt_0, salt_1, _, _ = _FRAME.unpack(frame)
                if pages_after and [salt_0, salt_1] == salts:
                    commits.append(number)
                file.seek(_PAGE_BYTES, 1)
    except FileNotFoundError:
        return None
    return LogScan(is_header_whole=is_whole or number == 0, commits=tuple(commits))


def _checksum(content: bytes, *, is_big: bool) -> tuple[int, int]:
    words = struct.unpack(f"{'>' if is_big else '<'}{len(content) // 4}I", content)
    first = second = 0
    for place in range(0, len(words), 2):
        first = (first + words[place] + second) & 0xFFFFFFFF
        second = (second + words[place + 1] + first) & 0xFFFFFFFF
    return first, second


def inspect_log(connection: Any, database: Path, scan: LogScan | None, *, was_open: bool) -> str:
    """A sentence if kept writes are lost, else nothing; only read, so all stays as it is.

    Args:
        connection: To the database, opened for reading and the only one.
        database: Its file.
        scan: Of the log, made before the connection was.
        was_open: Whether the vault was not closed by its last opener.

    Raises:
        VaultDamagedError: Writes are lost, and what is left does not fit together either.
    """
    with in_plain_words():
        frames_read = int(connection.execute("PRAGMA wal_checkpoint(NOOP)").fetchone()[1])
        if scan is None and not was_open:
            return ""
        if scan is not None and not scan.has_lost(max(frames_read, 0)):
            return ""
        # The log may have been on its way into the file, some pages ahead of the others.
        rows = connection.execute("PRAGMA integrity_check(1)").fetchall()
    if rows != [("ok",)]:
        raise damaged()
    if scan is not None:
        with disk_errors():
            shutil.copy2(log_of(database), database.with_name(database.name + "-wal.damaged"))
    return LOST
