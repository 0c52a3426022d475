"""Everything of the quick question, the icon, notices and speech that the window shows and does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget

from ui import text_quick as text
from ui.quick.out_of_sight import OutOfSight
from ui.quick.outside import NOTHING_OUTSIDE, Outside
from ui.quick.quick_page import QuickPage
from ui.quick.quick_panel import QuickPanel
from ui.quick.reach import Reach
from ui.quick.tray import Tray
from ui.session import Session
from ui.shortcuts.key_binder import KeyBinder
from ui.speech.reader import Reader
from ui.theme import Theme
from ui.window_state import WindowState

# The window's own start comes first; a panel asked for sooner is made at once.
_WARM_AFTER_MS = 1500
_SURELY_OPEN_MS = 600


class QuickFace(QObject):
    """Holds panel, icon and notices together, and gives the menu something to do.

    Attributes:
        conversation_wanted: conversation identifier to show in the window, empty for none; and
            words for its composer.
        window_wanted: The window was brought to the front.
        models_wanted: A model should be chosen in the window.
        reader: Reads aloud.
        tray: The icon.
        reach: How keys and icon stand.
        sight: Tells what ended out of sight.
    """

    conversation_wanted = Signal(str, str)
    window_wanted = Signal()
    models_wanted = Signal()

    def __init__(
        self,
        session: Session,
        theme: Theme,
        window: QWidget,
        outside: Outside = NOTHING_OUTSIDE,
    ) -> None:
        """Nothing is asked of the system before `begin`.

        Args:
            session: Everything behind the window.
            theme: Colours, fonts and icons.
            window: The main window.
            outside: What the system has.
        """
        super().__init__(window)
        self._session = session
        self._theme = theme
        self._window = window
        self._panel: QuickPanel | None = None
        self._is_begun = False
        self.reader = Reader(lambda: session.settings.value.quick, self)
        self.tray = Tray(theme, session.vault, self._tray_acts())
        self.tray.clicked.connect(self.panel_toggled)
        self.reach = Reach(session.settings, outside, self.tray, self.panel_toggled, self)
        self.sight = OutOfSight(
            session, self._windows, self._open_answer, outside.notices, self.tray.notify
        )
        self.reader.changed.connect(self._show_reading)
        session.vault.closed.connect(self.reader.stop)
        # Before that the private settings are unknown, and no setting may be written.
        session.vault.opened.connect(lambda _drafts: self.reach.look())
        session.settings.changed.connect(self._follow)

    @property
    def panel(self) -> QuickPanel:
        """The panel, made when it is first needed."""
        if self._panel is None:
            self._panel = QuickPanel(self._session, self._theme, self.reader)
            self._panel.window_wanted.connect(self._continue)
            self._panel.models_wanted.connect(self._choose_model)
        return self._panel

    def begin(self) -> None:
        """Icon and keys are there if they can be had, and the panel is ready to appear."""
        if self._is_begun:
            return
        self._is_begun = True
        self.reach.begin()
        self._stay_or_quit()
        QTimer.singleShot(_WARM_AFTER_MS, self, self._warm)

    def close(self) -> None:
        """Keys, icon, voice and panel are gone."""
        self._is_begun = False
        self.reader.stop()
        self.reach.close()
        if self._panel is not None:
            self._panel.close()
            self._panel.deleteLater()
            self._panel = None

    def acts(self) -> dict[str, Callable[[], object]]:
        """What menu items do."""
        return {
            "quick": self.open_panel,
            "read_aloud": lambda: self.reader.stop() or self.read_last_answer(),
        }

    def states(self) -> Mapping[str, bool]:
        """Which menu items can be chosen now."""
        entry = self._session.desk.entry()
        has_words = entry is not None and bool(entry.messages)
        return {
            "read_aloud": has_words and self._session.settings.value.quick.is_speech_on,
        }

    def pages(self, keys: KeyBinder | None) -> list[QuickPage]:
        """New pages for the settings window; none before the menu has its keys."""
        if keys is None:
            return []
        settings = self._session.settings
        return [QuickPage(settings, self._theme, self.reach, self.reader, keys, self.open_panel)]

    def open_panel(self) -> None:
        """The quick question is on screen."""
        self.panel.open()

    def panel_toggled(self) -> None:
        """What brings the panel also sends it away."""
        self.panel.toggle()

    def read_last_answer(self) -> bool:
        """The latest answer on screen is being read; False if there is none or speech is off."""
        entry = self._session.desk.entry()
        if entry is None or self._session.vault.is_covered:
            return False
        answers = [m.text for m in entry.messages if m.role.value == "assistant" and m.text]
        return bool(answers) and self.reader.read(answers[-1])

    def stays(self) -> bool:
        """Whether the app lives on in its icon when the window is closed."""
        return self._is_begun and self.tray.is_shown

    def window_closed(self, state: WindowState) -> None:
        """The first time that the app lives on without its window, the user is told where."""
        # Quitting closes the window too, and then there is no next turn of the loop.
        if self.stays() and not state.was_told_of_tray():
            QTimer.singleShot(_SURELY_OPEN_MS, self, lambda: self._tell_it_stays(state))

    def bring_forward(self) -> None:
        """The window is in front, whatever it was before."""
        window = self._window
        if window.isMinimized():
            window.showNormal()
        window.show()
        window.raise_()
        window.activateWindow()
        self.window_wanted.emit()

    def _tell_it_stays(self, state: WindowState) -> None:
        if self.stays() and not self._window.isVisible():
            state.save_told_of_tray()
            state.save()
            self.sight.tell(text.IN_TRAY, text.IN_TRAY_MORE)

    def _tray_acts(self) -> dict[str, Callable[[], object]]:
        return {
            "ask": self.open_panel,
            "open": self.bring_forward,
            "silence": lambda: self.reader.stop(),
            "lock": lambda: self._session.vault.lock(),
            "unlock": self.bring_forward,
            "quit": QApplication.quit,
        }

    def _warm(self) -> None:
        if self._is_begun:
            self.panel.warm()

    def _windows(self) -> Iterable[QWidget]:
        return (self._window, *([self._panel] if self._panel is not None else []))

    def _continue(self, conversation_id: str, words: str) -> None:
        self.bring_forward()
        if conversation_id or words:
            self.conversation_wanted.emit(conversation_id, words)

    def _choose_model(self) -> None:
        self.bring_forward()
        self.models_wanted.emit()

    def _open_answer(self, conversation_id: str) -> None:
        """A notice was clicked: what it told of is in front."""
        if self._panel is not None and conversation_id == self._panel.talk.conversation_id != "":
            self._panel.open()
            return
        self.bring_forward()
        if conversation_id in self._session.book.entries:
            self.conversation_wanted.emit(conversation_id, "")

    def _show_reading(self) -> None:
        self.tray.show_reading(is_reading=self.reader.is_reading)

    def _follow(self) -> None:
        if not self._session.settings.value.quick.is_speech_on:
            self.reader.stop()
        if self._is_begun:
            self._stay_or_quit()

    def _stay_or_quit(self) -> None:
        """Without an icon nothing would be left of an app whose last window was closed."""
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication) and QGuiApplication.platformName() != "cocoa":
            app.setQuitOnLastWindowClosed(not self.stays())
