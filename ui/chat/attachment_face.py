"""Everything a user does with files of a message: give, see, remove, cut, send."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from engine.contract.attachments import Attachment
from engine.contract.errors import ErrorReport
from engine.contract.events import ContextMeasured
from ui import text_attachments as words
from ui.chat.attachment_chips import FileStrip
from ui.chat.attachment_sheet import AttachmentSheet
from ui.chat.attachment_tray import AttachmentTray, TrayFile
from ui.chat.chat_page import ChatPage
from ui.chat.drop_veil import DropVeil
from ui.theme import Theme
from ui.widgets.announcing import announce
from ui.widgets.buttons import IconButton
from ui.widgets.file_choice import choose_files

if TYPE_CHECKING:
    from ui.session import Session


class AttachmentFace(QObject):
    """Joins the tray of files with the composer and the page.

    Attributes:
        tray: The files that wait.
        strip: Where they are shown.
        button: Opens the dialog.
        veil: Shown while files are dragged over the page.
    """

    def __init__(self, session: Session, page: ChatPage, theme: Theme) -> None:
        super().__init__(page)
        self._session = session
        self._page = page
        self._theme = theme
        self._room: int | None = None
        self._pasted: tuple[str, str] | None = None
        self._is_send_wanted = False
        self.tray = AttachmentTray(session.jobs, session.desk, self)
        self.strip = FileStrip(theme)
        self.veil = DropVeil(theme, page)
        self.button = IconButton(theme, "attach", words.ATTACH)
        composer = page.composer
        composer.put_above(self.strip)
        composer.put_tool(self.button)
        composer.has_files = lambda: bool(self.tray.ready_ids())
        composer.may_send = self._may_send
        page.files_to_send = self.tray.take
        self._connect()

    def acts(self) -> dict[str, Callable[[], object]]:
        """What the menu does about files."""
        return {"attach": self.choose}

    def choose(self) -> QFileDialog:
        """The system's dialog asks for files."""
        return choose_files(self._page.window(), words.ATTACH, self.add)

    def add(self, paths: list[str]) -> None:
        """The files are being read and go with the next message."""
        if not self.tray.add_paths(paths):
            self._page.toast.say(words.TOO_MANY)
        self._page.composer.focus()

    def show_text(self, card: Attachment) -> AttachmentSheet:
        """The file's text is in a window over the page."""
        sheet = AttachmentSheet(self._session.jobs, self._theme, card, self._page.window())
        sheet.open()
        return sheet

    def _connect(self) -> None:
        composer, desk = self._page.composer, self._session.desk
        self.button.clicked.connect(self.choose)
        self.veil.dropped.connect(self.add)
        composer.edit.files_given.connect(self.add)
        composer.edit.picture_given.connect(
            lambda content: self._add_content(content, words.PICTURE_NAME)
        )
        composer.edit.long_text_given.connect(self._add_long_text)
        self.tray.changed.connect(self._show)
        self.tray.was_read.connect(self._was_read)
        self.tray.refused.connect(self._refused)
        self.strip.opened.connect(self._open)
        self.strip.removed.connect(self.tray.remove)
        self.strip.offered.connect(self._offered)
        self._page.reader.file_wanted.connect(self._open_sent)
        desk.measured.connect(self._measured)
        desk.shown.connect(self._another)
        self._session.vault.closed.connect(self._forget)

    # giving

    def _add_content(self, content: bytes, name: str) -> bool:
        is_added = self.tray.add_content(content, name)
        if not is_added:
            self._page.toast.say(words.TOO_MANY)
        return is_added

    def _add_long_text(self, said: str) -> None:
        if self._add_content(said.encode("utf-8", "replace"), words.TEXT_NAME):
            self._pasted = (self.tray.files()[-1].id, said)
            self._show()

    def _offered(self) -> None:
        """The button beside the note: a paste goes into the field, or files are cut."""
        if self._is_too_large():
            self.tray.fit(self._page.composer.draft())
        elif self._pasted is not None:
            file_id, said = self._pasted
            self._pasted = None
            self.tray.remove(file_id)
            self._page.composer.edit.insertPlainText(said)
            self._page.composer.focus()

    # showing

    def _show(self) -> None:
        files = self.tray.files()
        if self._pasted is not None and self._pasted[0] not in {file.id for file in files}:
            self._pasted = None
        self.strip.show_files(files)
        self._page.empty.be_brief(bool(files))
        self._say()
        self._page.composer.refresh()
        if self._is_send_wanted and not self.tray.is_reading():
            self._is_send_wanted = False
            if not any(file.error for file in files):
                self._page.composer.send()

    def _say(self) -> None:
        if self._is_too_large():
            note = words.too_large(self.tray.tokens(), self._room or 0)
            self.strip.say(note, words.USE_FIRST_PART, is_warning=True)
        elif self._is_send_wanted:
            self.strip.say(words.WAITS)
        elif self._pasted is not None:
            self.strip.say(words.PASTED_AS_FILE, words.AS_WORDS)
        else:
            self.strip.say("")

    def _is_too_large(self) -> bool:
        return self._room is not None and self.tray.tokens() > self._room

    def _measured(self, measured: ContextMeasured) -> None:
        taken = measured.system_tokens + measured.draft_tokens + measured.answer_tokens
        self._room = measured.limit_tokens - taken
        self._say()

    def _was_read(self, file: TrayFile) -> None:
        self._session.desk.measure(self._page.composer.draft())
        announce(self.strip, words.attached(file.name))

    def _refused(self, error: ErrorReport) -> None:
        self.strip.say(f"{error.message} {error.action}".strip(), is_warning=True)

    def _another(self) -> None:
        self._room = None
        self._is_send_wanted = False

    def _open(self, file_id: str) -> None:
        file = next((file for file in self.tray.files() if file.id == file_id), None)
        if file is not None and file.card is not None:
            self.show_text(file.card)

    def _open_sent(self, message_id: str, place: int) -> None:
        entry = self._session.desk.entry()
        for message in entry.messages if entry is not None else ():
            if message.id == message_id and place < len(message.attachments):
                self.show_text(message.attachments[place])

    # sending

    def _may_send(self) -> bool:
        """Whether the message can go now; while files are read it goes when they are."""
        if self.tray.is_reading():
            self._is_send_wanted = True
            self._say()
            return False
        return not self._is_too_large()

    def _forget(self) -> None:
        self._pasted = None
        self._is_send_wanted = False
        self.tray.forget()
