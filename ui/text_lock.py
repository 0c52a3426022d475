"""Every word of the shield, the lock screen and the private session."""

from __future__ import annotations

from engine.contract.vault import LockReason, VaultState, VaultStatus
from ui.text import duration

# shield
SHIELD_OPENING, SHIELD_PRIVATE, SHIELD_OPEN = "Opening", "In memory only", "Encrypted"
_NETWORK = (
    "The model runs on this machine. The network is used only to fetch a model, "
    "when you ask for one."
)
SHIELD_OFFLINE = "offline"
_NETWORK_OFF = "Offline is on: nothing goes out, not even to fetch a model."
_SHIELD_MORE_OPENING = "The vault is being opened."
_SHIELD_MORE_PRIVATE = (
    "This is a private session. Conversations are in memory only: on no disk, and gone when "
    "you quit."
)
_SHIELD_MORE_OPEN = (
    "Conversations, drafts and private settings lie encrypted on this machine, and nowhere else."
)
_OPENS_WITH_PASSPHRASE = "Your passphrase opens them."
_OPENS_WITH_KEYCHAIN = "The key lies in this machine's keychain."

# what the system shows while it waits for us before it sleeps
INHIBIT_WHY = "Locks your conversations before sleep"

# private session
PRIVATE_BANNER = (
    "Private session. Nothing is written to this machine, and all of it is gone when you quit."
)
PRIVATE_ACTION = "Keep it with a passphrase"

# lock screen
UNLOCK, OPENING, LOCKING = "Unlock", "Opening", "Locking"
RECOVERY_HINT = "The words or letters you wrote down. Spaces and case do not matter."
TRY_AGAIN, QUIT = "Try again", "Quit"
RESTORE_A_BACKUP = "Restore a backup"
NO_GOOD_BACKUP = "There is no backup that was checked and found whole."
OPEN_FAILED = "The vault could not be opened"
LOCK_FAILED = "The vault could not be locked"
FORGOTTEN = "Everything is forgotten"
FORGOTTEN_DETAIL = (
    "The keys were destroyed first, then the files. Nothing of yours is left in the vault."
)
BEGIN_ANEW = "Begin anew"
LOCKED = "Locked"
_LOCK_REASONS = {
    LockReason.ASKED: "You locked it.",
    LockReason.IDLE: "It locked itself because nobody was there.",
    LockReason.SLEEP: "It locked itself before this computer went to sleep.",
    LockReason.SCREEN_LOCKED: "It locked itself with the screen.",
}
_STATE_TITLES = {
    VaultState.LOCKED: LOCKED,
    VaultState.KEY_MISSING: "The key is not on this machine",
    VaultState.KEYCHAIN_UNREADABLE: "The keychain does not answer",
    VaultState.DAMAGED: "A part of the vault is damaged",
    VaultState.NEWER: "A newer version wrote this vault",
    VaultState.BUSY: "The vault is open elsewhere",
}
_STATE_DETAILS = {
    VaultState.KEY_MISSING: (
        "The vault is here and unharmed, but this machine's keychain has no key for it. "
        "No new key was made, so nothing is lost."
    ),
    VaultState.KEYCHAIN_UNREADABLE: (
        "The vault is here and unharmed. Its key lies in the keychain, which cannot be read now. "
        "Nothing was changed."
    ),
    VaultState.DAMAGED: (
        "The key is right, but the file is not whole. It was left as it is. The last good "
        "backup can be brought back; the damaged file is then put aside, whole."
    ),
    VaultState.NEWER: (
        "It was left untouched, and nothing is lost. Update Shvayambhu, then open it again."
    ),
    VaultState.BUSY: (
        "Another Shvayambhu of yours has it open. Nothing is wrong with it. "
        "Close the other one, then try again."
    ),
}


def shield(
    status: VaultStatus | None,
    filling: tuple[str, float] | None = None,
    *,
    is_offline: bool = False,
) -> str:
    """What the shield says in a few words; `filling` is what goes on behind an open vault."""
    if filling is not None:
        return f"{filling[0]} {round(100 * filling[1])} %"
    if status is None:
        return SHIELD_OPENING
    kept = SHIELD_PRIVATE if status.state is VaultState.PRIVATE else SHIELD_OPEN
    return f"{kept} · {SHIELD_OFFLINE}" if is_offline else kept


def shield_more(status: VaultStatus | None, is_offline: bool = False) -> str:
    """What the shield says at length."""
    if status is None:
        kept = _SHIELD_MORE_OPENING
    elif status.state is VaultState.PRIVATE:
        kept = _SHIELD_MORE_PRIVATE
    else:
        opens = _OPENS_WITH_PASSPHRASE if status.has_passphrase else _OPENS_WITH_KEYCHAIN
        kept = f"{_SHIELD_MORE_OPEN} {opens}"
    return f"{kept}\n\n{_NETWORK_OFF if is_offline else _NETWORK}"


def state_title(state: VaultState) -> str:
    """Heading of the page that a closed vault shows."""
    return _STATE_TITLES.get(state, LOCKED)


def state_detail(status: VaultStatus, reason: LockReason | None) -> str:
    """What happened and what is safe."""
    if status.state is VaultState.LOCKED:
        why = _LOCK_REASONS.get(reason, "") if reason is not None else ""
        opens = (
            "Your passphrase opens it."
            if status.has_passphrase
            else "The key lies in this machine's keychain."
        )
        return f"{why}\n{opens}".strip()
    return _STATE_DETAILS.get(status.state, status.message)


def next_try(seconds: float) -> str:
    """How long the next passphrase must wait."""
    whole = int(seconds) + (seconds > int(seconds))
    if whole < 90:
        return f"The next try is in {whole} s."
    return f"The next try is in {duration(seconds)}."
