"""What the number a command ends with means; `--help` shows this table."""

from __future__ import annotations

OK = 0
TO_MEND = 1
USAGE = 2
MODEL = 3
MEMORY = 4
NETWORK = 5
DISK = 6
BAD_INPUT = 7
LOCKED = 8
DAMAGED = 9
BUSY = 10
WRONG_KEY = 11
BUG = 70
INTERRUPTED = 130

MEANINGS: tuple[tuple[int, str], ...] = (
    (OK, "it worked"),
    (TO_MEND, "doctor or instruments found something that must be mended"),
    (USAGE, "an option or argument that cannot be used"),
    (MODEL, "the model is missing, damaged or of a kind the engine cannot run"),
    (MEMORY, "not enough memory for the model"),
    (NETWORK, "no connection, or a download that did not finish"),
    (DISK, "a folder or disk that cannot be written"),
    (BAD_INPUT, "input that cannot be used: too long, not text, not what was expected"),
    (LOCKED, "the vault is locked, or its key is not to be had"),
    (DAMAGED, "the vault or a backup is not whole, or a newer version wrote it"),
    (BUSY, "another process has the vault open"),
    (WRONG_KEY, "the passphrase or recovery key does not open it"),
    (BUG, "a fault of ours; the report is in the log folder"),
    (INTERRUPTED, "stopped with Ctrl-C"),
)

_BY_KIND = {
    "usage": USAGE,
    "bad_request": USAGE,
    "model": MODEL,
    "model_not_found": MODEL,
    "model_not_loaded": MODEL,
    "model_damaged": MODEL,
    "model_unsupported": MODEL,
    "not_enough_memory": MEMORY,
    "download": NETWORK,
    "offline": NETWORK,
    "checksum": NETWORK,
    "disk_full": DISK,
    "disk": DISK,
    "prompt_too_long": BAD_INPUT,
    "not_found": BAD_INPUT,
    "bad_input": BAD_INPUT,
    "transfer": BAD_INPUT,
    "unreadable_file": BAD_INPUT,
    "cancelled": INTERRUPTED,
    "storage": DISK,
    "vault_full": DISK,
    "vault_read_only": DISK,
    "vault_locked": LOCKED,
    "wrong_key": WRONG_KEY,
    "key_missing": LOCKED,
    "keychain_unreadable": LOCKED,
    "vault_damaged": DAMAGED,
    "vault_newer": DAMAGED,
    "backup": DAMAGED,
    "vault_busy": BUSY,
}


def exit_code(kind: str) -> int:
    """The exit code for an error of this kind; a kind nobody foresaw is a bug of ours."""
    return _BY_KIND.get(kind, BUG)
