"""Checks some pages at a time, so that a whole database is checked in the pauses of a day.

SQLCipher's own check reads the whole file at once and cannot be stopped. Here each page's
authentication code is computed from the file, as SQLCipher 4 does it; a page that does not fit is
then shown to SQLCipher, whose word counts.

Runs on: store, so that no checkpoint writes the file meanwhile.
Source: SQLCipher design, https://www.zetetic.net/sqlcipher/design/
"""

from __future__ import annotations

import hashlib
import hmac
import time
from dataclasses import dataclass
from pathlib import Path

from engine.storage.keys import KEY_BYTES, Secret

PAGE_BYTES = 4096
_SALT_BYTES = 16
_NONCE_BYTES = 16
_CODE_BYTES = 64
_SALT_MASK = 0x3A
_ROUNDS = 2
# Between two looks at the clock: 1 ms of work (13 us a page, one Linux core, 2026-11-23).
_PAGES_AT_ONCE = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class PageCheck:
    """How far a check has come.

    Attributes:
        next_page: Where the next slice begins, from 1; 1 again after the last page.
        pages: How many there are.
        bad_pages: Those of this slice whose code does not fit.
    """

    next_page: int = 1
    pages: int = 0
    bad_pages: tuple[int, ...] = ()

    @property
    def is_round_done(self) -> bool:
        """Whether this slice ended at the last page."""
        return self.next_page == 1


def check_pages(path: Path, key: Secret, *, first_page: int, budget_s: float) -> PageCheck:
    """The pages from `first_page` on, for about so long.

    Args:
        path: The database's main file.
        key: The database's.
    """
    end_s = time.perf_counter() + budget_s
    bad: list[int] = []
    with path.open("rb") as file:
        salt = file.read(_SALT_BYTES)
        pages = file.seek(0, 2) // PAGE_BYTES
        code_key = _code_key(key, salt)
        page = first_page if first_page <= pages else 1
        while page <= pages:
            file.seek((page - 1) * PAGE_BYTES)
            block = file.read(PAGE_BYTES * min(_PAGES_AT_ONCE, pages - page + 1))
            for place in range(0, len(block), PAGE_BYTES):
                if not _fits(block[place : place + PAGE_BYTES], page, code_key):
                    bad.append(page)
                page += 1
            if time.perf_counter() >= end_s:
                break
    return PageCheck(next_page=page if page <= pages else 1, pages=pages, bad_pages=tuple(bad))


def _code_key(key: Secret, salt: bytes) -> bytes:
    masked = bytes(byte ^ _SALT_MASK for byte in salt)
    return hashlib.pbkdf2_hmac("sha512", key.raw, masked, _ROUNDS, KEY_BYTES)


def _fits(page: bytes, number: int, code_key: bytes) -> bool:
    # The first page begins with the salt, which is not encrypted and has no part in the code.
    begin = _SALT_BYTES if number == 1 else 0
    end = PAGE_BYTES - _CODE_BYTES
    code = hmac.digest(code_key, page[begin:end] + number.to_bytes(4, "little"), "sha512")
    return hmac.compare_digest(code, page[end:])
