"""Palette, type and spacing, read from resources/themes, following the system live."""

from __future__ import annotations

import string
import sys
import tomllib
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from engine.contract.settings import InterfaceSettings
from ui.icons import Icons

READING_WIDTH = 720  # px; about 100 characters at 15 px, the longest line that reads easily
PANEL_MS = 200
FOUND_ALPHA = 0.26  # of the signal colour, as the ground of words that were found
_AIR = {"compact": 0.75, "usual": 1.0, "roomy": 1.35}
# Well-drawn text faces first; the last that a system has is better than a family Qt makes up.
_SERIFS = ("New York", "Charter", "Source Serif 4", "Noto Serif", "Georgia", "DejaVu Serif")
_SCHEMES = {
    "system": Qt.ColorScheme.Unknown,
    "light": Qt.ColorScheme.Light,
    "dark": Qt.ColorScheme.Dark,
}


@dataclass(frozen=True, slots=True)
class Colors:
    """Every colour by the role it plays; see resources/themes/light.toml."""

    canvas: QColor
    surface: QColor
    sunken: QColor
    hover: QColor
    line: QColor
    line_strong: QColor
    ink: QColor
    muted: QColor
    faint: QColor
    accent: QColor
    accent_hover: QColor
    accent_soft: QColor
    on_accent: QColor
    signal: QColor
    ok: QColor
    warn: QColor
    error: QColor
    error_soft: QColor
    user_ground: QColor
    selection: QColor


def read_colors(path: Path) -> Colors:
    """The colours of one theme file; every role must be in it."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return Colors(**{field.name: QColor(table[field.name]) for field in fields(Colors)})


class _Template(string.Template):
    delimiter = "@"


@lru_cache(maxsize=8)
def _load_fonts(directory: str) -> tuple[str, str]:
    """The families for words and for code; ours are used where the system has no better one."""
    if sys.platform == "darwin":
        general = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont).family()
        fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family()
        return general, fixed
    for path in sorted(Path(directory).glob("*.[ot]tf")):
        QFontDatabase.addApplicationFont(str(path))
    families = set(QFontDatabase.families())
    general = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont).family()
    fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family()
    return (
        "Inter" if "Inter" in families else general,
        "JetBrains Mono" if "JetBrains Mono" in families else fixed,
    )


class Theme(QObject):
    """Gives every widget its colours and fonts and tells them when these change.

    Attributes:
        changed: Emitted after colours, sizes or motion have changed.
        colors: Those of the theme that holds now.
        icons: Our icons.
        reading_px: Size of the conversation's text.
        air: How much room lists and messages have between their lines, 1 as drawn.
        is_motion_reduced: Whether panels appear at once.
        revision: Grows with each change, so that caches know what is stale.
    """

    changed = Signal()

    def __init__(self, resources: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._directory = resources / "themes"
        self.icons = Icons(resources / "icons")
        self._families = _load_fonts(str(resources / "fonts"))
        self._choice = "system"
        self._reading_family = self._families[0]
        self._followed: InterfaceSettings | None = None
        self.reading_px = 15
        self.air = 1.0
        self.is_motion_reduced = False
        self.revision = 0
        self._scale = self._text_scale()
        self.is_dark = False
        self.colors = read_colors(self._directory / "light.toml")
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._refresh)

    def follow(self, interface: InterfaceSettings) -> None:
        """The interface settings hold from now on."""
        if interface == self._followed:
            # Dressing all widgets anew takes a good part of a second.
            return
        self._followed = interface
        self.reading_px = interface.reading_size_px
        self.air = _AIR[interface.density]
        self._reading_family = self._family_for(interface.reading_font)
        self._scale = self._text_scale() * interface.text_percent / 100
        self.is_motion_reduced = interface.is_motion_reduced
        self._choice = interface.theme
        QGuiApplication.styleHints().setColorScheme(_SCHEMES[interface.theme])
        self._refresh()

    def px(self, size: float) -> int:
        """A size in px, grown with the system's text size."""
        return round(size * self._scale)

    def font(self, size: float = 13, weight: int = 400) -> QFont:
        """The font of words, with figures of equal width; size in px."""
        return _font(self._families[0], self.px(size), weight)

    def reading_font(self, weight: int = 400, size: float | None = None) -> QFont:
        """The font that the conversation's text is read in; size in px, None for the chosen one."""
        px = self.px(self.reading_px if size is None else size)
        return _font(self._reading_family, px, weight)

    def mono(self, size: float = 12.5) -> QFont:
        """The font of code; size in px."""
        font = QFont(_font(self._families[1], self.px(size), 400))
        font.setStyleHint(QFont.StyleHint.Monospace)
        # Code is shown as it is typed: no "->" drawn as an arrow.
        font.setFeature(QFont.Tag("calt"), 0)
        return font

    def spaced(self, size: float) -> int:
        """A distance in px, by the chosen density and text size."""
        return round(size * self._scale * self.air)

    def _family_for(self, choice: str) -> str:
        if choice == "serif":
            return _serif_family()
        return self._families[1 if choice == "monospace" else 0]

    def _text_scale(self) -> float:
        screen = QGuiApplication.primaryScreen()
        if screen is None or sys.platform == "darwin":
            return 1.0
        # Linux desktops make text larger by raising the logical resolution from its usual 96.
        return max(1.0, screen.logicalDotsPerInch() / 96.0)

    def _refresh(self) -> None:
        scheme = QGuiApplication.styleHints().colorScheme()
        if self._choice != "system":
            # Some platforms cannot be told a scheme; our own drawing does not depend on them.
            scheme = _SCHEMES[self._choice]
        self.is_dark = scheme == Qt.ColorScheme.Dark
        self.colors = read_colors(self._directory / ("dark.toml" if self.is_dark else "light.toml"))
        self.revision += 1
        app = QApplication.instance()
        if isinstance(app, QApplication):
            self._dress(app)
        self.changed.emit()

    def _dress(self, app: QApplication) -> None:
        app.setFont(self.font(13))
        app.setPalette(self._palette())
        template = _Template((self._directory / "window.qss").read_text(encoding="utf-8"))
        words = {field.name: getattr(self.colors, field.name).name() for field in fields(Colors)}
        words |= {f"px{size}": f"{self.px(size)}px" for size in (11, 12, 13, 15, 18, 24)}
        words["icons"] = self.icons.directory.as_posix()
        app.setStyleSheet(template.substitute(words))

    def _palette(self) -> QPalette:
        c, role = self.colors, QPalette.ColorRole
        palette = QPalette(c.canvas)
        for place, color in {
            role.Window: c.canvas,
            role.WindowText: c.ink,
            role.Base: c.surface,
            role.AlternateBase: c.sunken,
            role.Text: c.ink,
            role.Button: c.surface,
            role.ButtonText: c.ink,
            role.ToolTipBase: c.surface,
            role.ToolTipText: c.ink,
            role.PlaceholderText: c.faint,
            role.Highlight: c.selection,
            role.HighlightedText: c.ink,
            role.Link: c.accent,
            role.Accent: c.accent,
            role.BrightText: c.error,
        }.items():
            palette.setColor(place, color)
        for place in (role.WindowText, role.Text, role.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, place, c.faint)
        return palette


@lru_cache(maxsize=1)
def _serif_family() -> str:
    """The best text face with serifs on this system."""
    families = set(QFontDatabase.families())
    hinted = QFont()
    hinted.setStyleHint(QFont.StyleHint.Serif)
    return next((name for name in _SERIFS if name in families), hinted.defaultFamily())


@lru_cache(maxsize=64)
def _font(family: str, px: int, weight: int) -> QFont:
    font = QFont(family)
    font.setPixelSize(px)
    font.setWeight(QFont.Weight(weight))
    font.setFeature(QFont.Tag("tnum"), 1)
    # Inter's figures and capitals are drawn for unhinted, subpixel-placed text.
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font
