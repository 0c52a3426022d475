"""Asks what conversations are written as and where, and writes them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePath

from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QWidget

from engine.contract.events import Event
from engine.contract.library_commands import (
    ExportConversations,
    RenderConversation,
    TransferFormat,
)
from engine.contract.library_events import ConversationRendered, ConversationsExported
from ui import text_transfer as text
from ui.chat.conversation_book import ConversationBook
from ui.settings.choice_box import ChoiceBox
from ui.transfer.file_names import file_name, free_path
from ui.transfer.pdf_printer import PdfPrinter
from ui.vault.parts import VaultParts
from ui.vault.sheet import Sheet
from ui.widgets.buttons import push_button
from ui.widgets.check_box import CheckBox
from ui.widgets.file_choice import choose_folder, choose_new_file
from ui.widgets.labels import label

_ENDINGS = {"markdown": "md", "html": "html", "pdf": "pdf", "json": "json"}


class ExportSheet(Sheet):
    """One conversation, several, or all.

    Attributes:
        what: These, or all.
        formats: What they are written as.
        versions: Whether versions not shown are written too.
        choose: Asks for the place.
    """

    def __init__(
        self, parts: VaultParts, book: ConversationBook, ids: Sequence[str], parent: QWidget
    ) -> None:
        """The sheet, not yet on screen.

        Args:
            parts: What it is built from.
            book: All conversations.
            ids: Those that are meant; empty means all.
            parent: The window that waits for it.
        """
        super().__init__(parts, text.EXPORT_TITLE, text.EXPORT_WHY, text.EXPORT_ACT, parent)
        self._book = book
        self._given = tuple(ids)
        self._path = ""
        self._answer: ConversationsExported | None = None
        self._waiting: list[str] = []
        self._printed: list[Path] = []
        self._total = 0
        self._share = 0.0
        self._printer = PdfPrinter(parent=self)
        self._printer.progressed.connect(self._page_done)
        self._printer.done.connect(self._file_done)
        self._printer.failed.connect(self._cannot_write)
        self.what = ChoiceBox(parts.theme)
        self.formats = ChoiceBox(parts.theme)
        self.versions = CheckBox(parts.theme, text.ALL_VERSIONS)
        self.choose = push_button(text.CHOOSE, "plain", self._choose)
        self._place = label(text.NO_PLACE, "muted", wraps=True)
        self._hint = label("", "small", wraps=True)
        self._fill()
        self.refresh()

    # what is chosen

    def put_at(self, path: str) -> None:
        """The files go here."""
        self._path = path
        self._place.setText(PurePath(path).name)
        self._place.setToolTip(path)
        self.refresh()
        self.action.setFocus()

    def ids(self) -> tuple[str, ...]:
        """What will be written, latest first."""
        if self._given and self.what.currentIndex() == 0:
            return self._given
        return tuple(entry.id for entry in self._book.in_order())

    def format(self) -> str:
        """What they are written as: "markdown", "html", "pdf" or "json"."""
        return str(self.formats.currentData())

    def is_one_file(self) -> bool:
        """Whether a file is chosen, not a folder."""
        return len(self.ids()) == 1 or self.format() == "json"

    # the sheet

    def is_ready(self) -> bool:
        """Whether the place is known."""
        return bool(self._path) and bool(self.ids())

    def is_busy(self) -> bool:
        """Whether anything is being written."""
        return super().is_busy() or self._printer.is_running or bool(self._waiting)

    def progress(self) -> tuple[str, float]:
        """How many pages are written."""
        return (text.PRINTING, self._share) if self._total else super().progress()

    def can_be_stopped(self) -> bool:
        """What is half written is removed."""
        return True

    def break_off(self) -> None:
        """Nothing more is written."""
        self._waiting.clear()
        self._printer.stop()
        super().break_off()

    def act(self) -> None:
        """The files are being written."""
        if not self.is_ready():
            return
        if self.format() == "pdf":
            self._begin_printing()
            return
        self.run(
            ExportConversations(
                path=self._path,
                format=TransferFormat(self.format()),
                conversation_ids=self.ids() if self._is_part() else (),
                are_all_versions_included=self.versions.isChecked(),
            )
        )

    def take(self, event: Event) -> None:
        """What was written, or a page to print."""
        if isinstance(event, ConversationsExported):
            self._answer = event
        elif isinstance(event, ConversationRendered):
            self._print(event)

    def done_words(self) -> str:
        """How much was written."""
        made = self._answer
        return text.exported(made.files, made.conversations, made.size_bytes) if made else ""

    def _is_part(self) -> bool:
        return bool(self._given) and self.what.currentIndex() == 0

    # printing

    def _begin_printing(self) -> None:
        self._waiting = list(self.ids())
        self._total, self._share, self._printed = len(self._waiting), 0.0, []
        self.say("")
        self._render_next()

    def _render_next(self) -> None:
        if self._waiting:
            self.errand.run(RenderConversation(conversation_id=self._waiting[0]))
            return
        made = self._printed
        size = sum(path.stat().st_size for path in made)
        self._total = 0
        self.show_progress()
        self.finish(text.exported(len(made), len(made), size))

    def _print(self, event: ConversationRendered) -> None:
        entry = self._book.entries.get(event.conversation_id)
        title = entry.shown_title() if entry is not None else text.FILE_NAME
        path = Path(self._path)
        if self._total > 1:
            path.mkdir(parents=True, exist_ok=True)
            path = free_path(path, file_name(title, "pdf"))
        self._printer.print(event.html, title, path)

    def _page_done(self, share: float) -> None:
        self._share = (len(self._printed) + share) / max(1, self._total)
        self.show_progress()

    def _file_done(self, path: str) -> None:
        self._printed.append(Path(path))
        if self._waiting:
            self._waiting.pop(0)
        self._render_next()

    def _cannot_write(self) -> None:
        self._waiting.clear()
        self._total = 0
        self.show_progress()
        self.say(text.CANNOT_WRITE, is_error=True)
        self.refresh()

    # building

    def _fill(self) -> None:
        if self._given:
            one = len(self._given) == 1
            self.what.addItem(text.WHAT_THIS if one else text.chosen(len(self._given)))
        self.what.addItem(text.WHAT_ALL)
        for key, words, _ in text.FORMATS:
            self.formats.addItem(words, key)
        self.what.setAccessibleName(text.WHAT)
        self.formats.setAccessibleName(text.FORMAT)
        self.choose.setAutoDefault(False)
        self.choose.setAccessibleName(f"{text.PLACE}: {text.CHOOSE}")
        place = QHBoxLayout()
        place.setSpacing(8)
        place.addWidget(self._place, 1)
        place.addWidget(self.choose)
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(10)
        form.addRow(label(text.WHAT), self.what)
        form.addRow(label(text.FORMAT), self.formats)
        form.addRow(label(""), self._hint)
        form.addRow(label(text.PLACE), place)
        self.body.addLayout(form)
        self.body.addWidget(self.versions)
        self.what.currentIndexChanged.connect(self._forget_place)
        self.formats.currentIndexChanged.connect(self._forget_place)
        self._forget_place()

    def _forget_place(self) -> None:
        """A file where a folder is needed, or one of another ending, would be wrong."""
        self._path = ""
        self._place.setText(text.NO_PLACE)
        self._place.setToolTip("")
        self._hint.setText(text.FORMATS[self.formats.currentIndex()][2])
        self.versions.setVisible(self.format() in ("markdown", "html"))
        self.refresh()

    def _choose(self) -> None:
        if not self.is_one_file():
            choose_folder(self, text.CHOOSE_FOLDER, self.put_at)
            return
        ids = self.ids()
        entry = self._book.entries.get(ids[0]) if len(ids) == 1 else None
        title = entry.shown_title() if entry is not None else text.FILE_NAME
        name = file_name(title, _ENDINGS[self.format()])
        choose_new_file(self, text.CHOOSE_FILE, name, self.put_at)
