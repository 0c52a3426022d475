"""Every word the user reads about the vault that does not come from the engine."""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterable

from engine.contract.vault import (
    BackupCard,
    RestoreCount,
    StorageUse,
    TrashItem,
    TrashKind,
)
from ui.text import count, size

# menu
LOCK_NOW, BACK_UP_NOW, EXPORT, TRASH = "Lock now", "Back up now", "Export...", "Trash"

# what opens the vault
PASSPHRASE, RECOVERY_KEY = "Passphrase", "Recovery key"
SHOW_SECRET, HIDE_SECRET = "Show what is typed", "Hide what is typed"
USE_RECOVERY_KEY, USE_PASSPHRASE = "Use the recovery key", "Use the passphrase"

# pages
PRIVACY, STORAGE, BACKUPS = "Privacy", "Storage", "Backups"
PAGE_NOTES = {
    "privacy": "Who can open what you wrote, and when it locks.",
    "storage": "What is kept, for how long, and how much room it takes.",
    "backups": "Sealed copies, so that nothing is ever lost.",
}
LOCKING_SECTION, RETENTION_SECTION = "Automatic lock", "How long things are kept"
KEY_SECTION, FORGET_SECTION = "Encryption key", "Forget everything"
USE_SECTION, CHECK_SECTION = "Room taken", "Check and tidy"
EXPORT_SECTION, BACKUP_LIST = "Export and restore", "Backups"

# passphrase
SET_PASSPHRASE, CHANGE, REMOVE = "Set a passphrase", "Change", "Remove"
CHANGE_PASSPHRASE, REMOVE_PASSPHRASE = "Change the passphrase", "Remove the passphrase"
OLD_PASSPHRASE, NEW_PASSPHRASE = "Passphrase now", "New passphrase"
REPEAT_PASSPHRASE = "New passphrase again"
PASSPHRASE_NONE = "None. Whoever is logged in on this machine can open Shvayambhu."
PASSPHRASE_SET = "Set. Nobody opens the vault without it."
PASSPHRASE_PRIVATE = "None, and no keychain. Set one to keep what you write."
PASSPHRASE_WHY = (
    "It is asked for when Shvayambhu starts and after each lock. It is stored nowhere: if you "
    "forget it, only the recovery key opens the vault."
)
PASSPHRASE_REMOVE_WHY = (
    "The vault stays encrypted, and its key moves into this machine's keychain. Whoever is "
    "logged in here can then open it."
)
PASSPHRASE_DONE, PASSPHRASE_REMOVED = "The passphrase is set.", "The passphrase is removed."
PASSPHRASE_NEXT = "Make a recovery key too, in case the passphrase is lost."
STRENGTH_SHORT = "At least eight characters."
STRENGTH_WEAK = "Weak: easily guessed. A few unrelated words are better."
STRENGTH_FAIR = "Fair: one more word makes it strong."
STRENGTH_STRONG = "Strong."
DIFFERENT = "The two differ."

# recovery key
MAKE_RECOVERY_KEY, MAKE_NEW_RECOVERY_KEY = "Make a recovery key", "Make a new one"
RECOVERY_NONE = "None yet. With one, a lost passphrase or keychain loses nothing."
RECOVERY_MADE = "Made. It opens the vault if passphrase or keychain are lost."
RECOVERY_WHY = (
    "Whoever has this key can open the vault. Write it down or print it, and keep it apart from "
    "this computer. It is shown once and stored nowhere."
)
RECOVERY_REPLACES = "The recovery key made before opens nothing any more."
RECOVERY_CONFIRM = "I have written it down or printed it"
COPY, PRINT, SAVE_TO_FILE, DONE = "Copy", "Print...", "Save to a file...", "Done"
RECOVERY_COPIED = "Copied. The clipboard keeps it until you copy something else."
RECOVERY_SAVED = "Saved. Move the file off this computer."
RECOVERY_PRINTED = "Sent to the printer."
RECOVERY_NOT_SAVED = "The file could not be written there."
RECOVERY_FILE = "Shvayambhu recovery key.txt"

# key
ROTATE, ROTATE_KEY = "Change the key", "Change the encryption key"
ROTATE_NOTE = "A new random key for the whole vault. Old backups open under their own."
ROTATE_WHY = (
    "Everything is encrypted again under a new random key. This takes a while for a large vault; "
    "if it is broken off, it goes on or back by itself and nothing is lost."
)
ROTATED = "The vault has a new key."

# wipe
WIPE = "Forget everything..."
WIPE_ACT = "Forget everything"
WIPE_NOTE = "Destroys the keys first, then all files. This cannot be undone."
WIPE_WHY = (
    "Conversations, drafts, memories, documents and settings that tell something about you are "
    "destroyed for good: the keys first, then the files. No passphrase and no recovery key "
    "brings them back."
)
WIPE_WORDS = "forget everything"
WIPE_TYPE = f"Type \u201c{WIPE_WORDS}\u201d to go on"
WIPE_BACKUPS = "Delete the backups in the vault's folder too"
WIPE_BACKUPS_NOTE = "Left or not, backups sealed by these keys open nothing any more."

# storage
KIND, ITEMS, PLAIN, STORED, SAVED = "Kind", "Items", "As plain files", "In the vault", "Saved"
NOT_MEASURED = "\u2013"
TOTAL = "Together"
NOTHING_STORED = "Nothing is kept yet."
STORAGE_UNREAD = "Storage has not been measured yet."
VERIFY, COMPACT = "Check everything", "Tidy up"
VERIFY_NOTE = "Reads every page, index, sealed file and backup."
COMPACT_NOTE = "Compresses old text better and gives free room back."
NEVER_CHECKED = "Never checked"
WHOLE = "Everything is whole."

# backups
BACK_UP_NOTE = "Each is sealed, and opened again to check it."
NO_BACKUPS = "There is no backup yet."
VERIFIED, NOT_VERIFIED = "Checked", "Not checked"
RESTORE = "Restore..."
RESTORE_ACT = "Restore"
RESTORE_LAST = "Restore the last good backup"
EXPORT_ACT = "Export"
EXPORT_NOTE = "Everything in one sealed file, to take along or put away."
EXPORT_WHY = (
    "The file holds everything and opens with this passphrase alone, on any machine. Without it, "
    "nobody can read it, and neither can you."
)
EXPORT_FILE = "Shvayambhu export.vault"
EXPORT_PLACE, CHOOSE_PLACE = "File", "Choose..."
NO_PLACE = "No file chosen"
RESTORE_FILE = "Restore from a file..."
RESTORE_FILE_NOTE = "An export, or a backup from another machine."
RESTORE_TITLE = "Restore"
RESTORE_PLANNING = "Looking at what it holds"
RESTORE_NEEDS_SECRET = "This file opens with the passphrase it was sealed with."
RESTORE_SAFE = (
    "Restoring merges. Nothing newer here is overwritten, and a backup of the present state is "
    "made first."
)
RESTORE_NOTHING = "There is nothing in it that is not here already."
CONTINUE, CANCEL = "Continue", "Cancel"

# trash
TRASH_FILTER, TRASH_KINDS = "Filter by words", "Kind"
ALL_KINDS = "All kinds"
PUT_BACK, FORGET = "Put back", "Forget for good..."
FORGET_ACT = "Forget for good"
FORGET_WHY = (
    "It is erased from the vault, its indexes and its log, and cannot come back. Backups made "
    "before still hold it until they are replaced."
)
TRASH_EMPTY = "Nothing is in the trash"
TRASH_EMPTY_DETAIL = "What you delete waits here for a while and can come back."
TRASH_NOT_FOUND = "Nothing in the trash matches. Try fewer words."
TRASH_LOADING = "Looking into the trash"
UNTITLED = "Without words"
_TRASH_KINDS = {
    TrashKind.CONVERSATION: "Conversation",
    TrashKind.MESSAGE: "Message",
    TrashKind.MEMORY: "Memory",
    TrashKind.DOCUMENT: "Document",
}
_DAY_S = 86_400


def saved_share(uses: Iterable[StorageUse]) -> str:
    """How much smaller the vault is than plain files; a dash where nothing was measured."""
    uses = tuple(uses)
    raw, stored = sum(use.raw_bytes for use in uses), sum(use.stored_bytes for use in uses)
    if raw <= 0:
        return NOT_MEASURED
    share = round(100 * (1 - stored / raw))
    return f"{share} %" if share >= 0 else f"{-share} % more"


def size_or_none(number_bytes: int) -> str:
    """A size, or nothing in words."""
    return size(number_bytes) if number_bytes > 0 else "0"


def storage_totals(database: int, sealed: int, backups: int, free: int) -> str:
    """What lies on the disk, in one line."""
    parts = [f"database {size_or_none(database)}"]
    if sealed:
        parts.append(f"sealed files {size(sealed)}")
    parts.append(f"backups {size_or_none(backups)}")
    return f"On disk: {', '.join(parts)} · {size_or_none(free)} free"


def use_spoken(use: StorageUse) -> str:
    """One kind as a screen reader says it."""
    return (
        f"{use.kind}: {count(use.items)}, {size_or_none(use.raw_bytes)} as plain files, "
        f"{size_or_none(use.stored_bytes)} in the vault, {saved_share((use,))} saved"
    )


def dictionaries(number: int) -> str:
    """How many dictionaries were trained."""
    if number == 0:
        return "No dictionary trained on your text yet"
    trained = "1 dictionary" if number == 1 else f"{number} dictionaries"
    return f"{trained} trained on your text"


def care_note(then_s: float | None) -> str:
    """What checking and tidying do, and when it was checked last."""
    last = NEVER_CHECKED if then_s is None else f"Last checked {moment(then_s)}"
    return f"{VERIFY_NOTE} {COMPACT_NOTE} {last}."


def moment(then_s: float) -> str:
    """A time as people say it: today 14:05, yesterday 9:30, 3 Nov 2026 18:00."""
    then = datetime.datetime.fromtimestamp(then_s)
    days = (datetime.date.today() - then.date()).days
    clock = f"{then.hour}:{then.minute:02d}"
    if days == 0:
        return f"today {clock}"
    if days == 1:
        return f"yesterday {clock}"
    return f"{then.day} {then:%b %Y} {clock}"


def ago(then_s: float) -> str:
    """How long ago, in days at most."""
    days = int((time.time() - then_s) // _DAY_S)
    if days <= 0:
        return "today"
    return "yesterday" if days == 1 else f"{days} days ago"


def backup_line(card: BackupCard) -> str:
    """What is known of a backup, under its time."""
    state = VERIFIED if card.is_verified else NOT_VERIFIED
    return f"{card.reason[:1].upper()}{card.reason[1:]} · {size(card.size_bytes)} · {state}"


def backup_made(card: BackupCard) -> str:
    """What is said when a backup was made."""
    checked = ", opened again and checked" if card.is_verified else ""
    return f"Backed up{checked}: {size(card.size_bytes)}."


def exported(size_bytes: int) -> str:
    """What is said when an export is complete."""
    return f"Exported, opened again and checked: {size(size_bytes)}."


def plan_title(made_at_s: float) -> str:
    """Heading of a restore's plan."""
    return f"Restore the state of {moment(made_at_s)}"


def plan_lines(counts: Iterable[RestoreCount]) -> list[str]:
    """What restoring would do, in words and counts, one line for each kind."""
    lines: list[str] = []
    for one in counts:
        parts = [
            f"{count(number)} {what}"
            for number, what in (
                (one.new, "would be added"),
                (one.newer_in_backup, "replaced by later ones, the present ones kept as past"),
                (one.newer_here, "later here and left alone"),
                (one.in_trash_here, "deleted here and left in the trash"),
                (one.same, "the same"),
            )
            if number
        ]
        if parts:
            lines.append(f"{one.kind[:1].upper()}{one.kind[1:]}: {', '.join(parts)}.")
    return lines


def would_change(counts: Iterable[RestoreCount]) -> bool:
    """Whether restoring would do anything."""
    return any(one.new or one.newer_in_backup for one in counts)


def restored(counts: Iterable[RestoreCount]) -> str:
    """What is said when a restore is done."""
    counts = tuple(counts)
    added = sum(one.new for one in counts)
    replaced = sum(one.newer_in_backup for one in counts)
    if not added and not replaced:
        return "Restored. Nothing was missing."
    return f"Restored: {count(added)} added, {count(replaced)} replaced by later ones."


def verified(pages: int, files: int) -> str:
    """What was checked and found whole."""
    return f"{WHOLE} {count(pages)} pages and {count(files)} files were checked."


def damages_found(number: int) -> str:
    """Heading over what verification found."""
    return "1 thing is damaged." if number == 1 else f"{count(number)} things are damaged."


def compacted(before: int, after: int) -> str:
    """What tidying gave back."""
    if after >= before:
        return "Tidied up. There was no room to give back."
    return f"Tidied up: {size(before - after)} given back."


def progress(stage: str, ratio: float) -> str:
    """Long work in one line."""
    return f"{stage} · {round(100 * ratio)} %" if stage else ""


def trash_kind(kind: TrashKind) -> str:
    """What a thing in the trash is."""
    return _TRASH_KINDS[kind]


def trash_line(item: TrashItem, now_s: float) -> str:
    """What stands under a thing in the trash."""
    left = max(0, -int(-(item.purge_at_s - now_s) // _DAY_S))
    goes = "goes for good today" if left == 0 else f"goes for good in {_days(left)}"
    return (
        f"{trash_kind(item.kind)} · deleted {ago(item.deleted_at_s)} · {goes} · "
        f"{size(item.size_bytes)}"
    )


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"


def trash_count(shown: int, all_: int) -> str:
    """How many things are in the trash."""
    things = "1 thing" if all_ == 1 else f"{count(all_)} things"
    return things if shown == all_ else f"{count(shown)} of {things}"


def forget_question(titles: list[str]) -> str:
    """Heading of the question before something is erased."""
    if len(titles) == 1:
        return f"Forget \u201c{titles[0]}\u201d for good?"
    return f"Forget {count(len(titles))} things for good?"


def put_back(number: int) -> str:
    """What is said when things came back."""
    return "Put back." if number == 1 else f"{count(number)} things put back."


def forgotten(number: int) -> str:
    """What is said when things were erased."""
    return "Forgotten." if number == 1 else f"{count(number)} things forgotten."


def in_lines(key: str) -> str:
    """A long key in lines of four groups, so that none is overlooked when it is written down."""
    groups = key.replace(" ", "-").split("-")
    lines = ["-".join(groups[start : start + 4]) for start in range(0, len(groups), 4)]
    return "\n".join(lines)


def recovery_paper(key: str, day: datetime.date) -> str:
    """The recovery key as it is printed or saved."""
    return (
        "Shvayambhu recovery key\n\n"
        f"{key}\n\n"
        f"Made on {day:%d %B %Y}. It opens the vault if passphrase or keychain are lost, and "
        "replaces any made before.\nWhoever has it can read everything in the vault: keep it "
        "apart from the computer.\n"
    )
