"""Files that were read and not sent yet, and the texts of sent ones that were used lately.

All of it is in memory. What is not sent is gone when the vault closes, or after a day.

Runs on: io.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from engine.contract.attachments import Attachment
from engine.contract.errors import NotFoundError

_DAY_S = 86_400.0
# Letters of sent files at hand, so that a long conversation does not unpack them each turn.
_RECENT_LETTERS = 16_000_000
# Own bytes of waiting files, all together; beyond it a file goes with its text alone.
_MOST_ORIGINAL_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingFile:
    """A file that was read.

    Attributes:
        original: Its own bytes; empty if they are not to be kept.
    """

    card: Attachment
    text: str
    original: bytes = field(default=b"", repr=False)
    read_at_s: float = 0.0


class Attachments:
    """What is at hand of files.

    Attributes:
        reading: Tasks that read one now; they end when the vault closes.
        at_once: Few files are parsed at a time, for each may take much memory.
    """

    def __init__(self, now_s: Callable[[], float] = time.time) -> None:
        self._now_s = now_s
        self._waiting: dict[str, WaitingFile] = {}
        self._unwritten: dict[str, WaitingFile] = {}
        self._recent: OrderedDict[str, str] = OrderedDict()
        self._counts: dict[tuple[str, str, int], int] = {}
        self.reading: set[asyncio.Task[object]] = set()
        self.at_once = asyncio.Semaphore(2)

    def put(self, card: Attachment, text: str, original: bytes = b"") -> None:
        """The file waits for its message."""
        self._drop_old()
        held = sum(len(file.original) for file in self._waiting.values())
        if held + len(original) > _MOST_ORIGINAL_BYTES:
            original = b""
        self._waiting[card.id] = WaitingFile(
            card=card, text=text, original=original, read_at_s=self._now_s()
        )

    def replace_text(self, attachment_id: str, card: Attachment, text: str) -> None:
        """The waiting file goes with this text in place of all of it."""
        self._waiting[attachment_id] = replace(self.waiting(attachment_id), card=card, text=text)

    def note_tokens(self, attachment_id: str, tokens: int) -> Attachment:
        """The waiting file's card with its cost in the model that is loaded now."""
        file = self.waiting(attachment_id)
        card = replace(file.card, tokens=tokens)
        self._waiting[attachment_id] = replace(file, card=card)
        return card

    def waiting(self, attachment_id: str) -> WaitingFile:
        """The file that was read.

        Raises:
            NotFoundError: It was not, or was dropped.
        """
        if attachment_id not in self._waiting:
            raise NotFoundError("A file of this message is not there.", action="Attach it again.")
        return self._waiting[attachment_id]

    def drop(self, attachment_id: str) -> None:
        """It does not wait any more; one that did not is no fault."""
        self._waiting.pop(attachment_id, None)

    def sent(self, files: Iterable[Attachment], *, is_temporary: bool) -> None:
        """They went with a message; those of a temporary conversation live on here alone."""
        for card in files:
            file = self._waiting.pop(card.id, None)
            if file is not None and is_temporary:
                self._unwritten[card.id] = file
            elif file is not None:
                self.remember(card.id, file.text)

    def unwritten(self, files: Iterable[Attachment]) -> tuple[WaitingFile, ...]:
        """Those of a temporary conversation, so that they can be kept after all."""
        return tuple(self._unwritten[card.id] for card in files if card.id in self._unwritten)

    def remember(self, attachment_id: str, text: str) -> None:
        """The text is at hand for the next turns; those unused for longest make room."""
        self._recent[attachment_id] = text
        self._recent.move_to_end(attachment_id)
        while len(self._recent) > 1 and sum(map(len, self._recent.values())) > _RECENT_LETTERS:
            self._recent.popitem(last=False)

    def at_hand(self, attachment_id: str) -> str | None:
        """The text, if it is in memory."""
        file = self._waiting.get(attachment_id) or self._unwritten.get(attachment_id)
        if file is not None:
            return file.text
        if attachment_id in self._recent:
            self._recent.move_to_end(attachment_id)
        return self._recent.get(attachment_id)

    def held(self, attachment_id: str) -> tuple[Attachment, str] | None:
        """Card and text of a file that is in no vault."""
        file = self._waiting.get(attachment_id) or self._unwritten.get(attachment_id)
        return None if file is None else (file.card, file.text)

    def counted(self, model_key: str, attachment_id: str, letters: int) -> int | None:
        """Tokens of this text, if they were counted for this model."""
        return self._counts.get((model_key, attachment_id, letters))

    def note_count(self, model_key: str, attachment_id: str, letters: int, tokens: int) -> None:
        """They need not be counted again."""
        self._counts[model_key, attachment_id, letters] = tokens

    def forget(self) -> None:
        """No text of a file is in memory, and none that is being read comes any more."""
        for task in self.reading:
            task.cancel()
        for texts in (self._waiting, self._unwritten, self._recent, self._counts):
            texts.clear()

    def _drop_old(self) -> None:
        before_s = self._now_s() - _DAY_S
        for id_ in [id_ for id_, file in self._waiting.items() if file.read_at_s < before_s]:
            del self._waiting[id_]
