"""How a conversation's text is set, as one value that layouts can be keyed by."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QFont

from ui.icons import Icons
from ui.theme import Colors, Theme


@dataclass(frozen=True, slots=True)
class TextStyle:
    """Fonts, colours and distances of messages.

    Attributes:
        reading_px: Size of the assistant's text.
        line_px: Height of one of its lines.
        paragraph_px: Distance between paragraphs.
        air: How much room there is between messages, 1 as drawn.
        revision: Differs whenever anything else here does.
    """

    colors: Colors
    icons: Icons
    reading: QFont
    strong: QFont
    words: QFont
    label: QFont
    small: QFont
    mono: QFont
    reading_px: int
    words_px: int
    line_px: int
    words_line_px: int
    paragraph_px: int
    air: float
    revision: int


def text_style(theme: Theme) -> TextStyle:
    """The style that the theme asks for now."""
    reading = theme.reading_px
    # The user's words are set smaller, in the ratio 13 to 15 of the design's picture.
    words = round(reading * 13 / 15)
    # Lines give way less than the room between paragraphs and messages does.
    loose = 1 + 0.3 * (theme.air - 1)
    return TextStyle(
        colors=theme.colors,
        icons=theme.icons,
        reading=theme.reading_font(),
        strong=theme.reading_font(600),
        words=theme.reading_font(size=words),
        label=theme.font(12, 600),
        small=theme.font(12),
        mono=theme.mono(max(11, reading - 2)),
        reading_px=theme.px(reading),
        words_px=theme.px(words),
        # 25 px at 15 px, as in the design's picture: 1.6 times, rounded up.
        line_px=theme.px(reading * 1.65 * loose),
        words_line_px=theme.px(words * 1.5 * loose),
        paragraph_px=theme.spaced(reading * 0.75),
        air=theme.air,
        revision=theme.revision,
    )
