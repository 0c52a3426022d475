"""Keeps a selection on the same words while the answer around it is still written.

What is being written is shown plain and is rendered when its paragraph ends; then its marks are
gone and its positions are others. Letters and figures stay, so a place is known by how many of
them stand before it.
"""

from __future__ import annotations

from ui.chat.message_layout import MessageLayout, Selection, TextPlace


def letters_before(layout: MessageLayout, place: TextPlace) -> int:
    """How many letters and figures of the message stand before the place."""
    count = 0
    for number, (_, part) in enumerate(layout.placed[: place.part + 1]):
        words = part.document.toPlainText()
        if number == place.part:
            words = words[: place.position]
        count += sum(letter.isalnum() for letter in words)
    return count


def place_behind(layout: MessageLayout, letters: int) -> TextPlace | None:
    """The place right behind so many letters and figures; the last one if there are fewer."""
    left = letters
    for number, (_, part) in enumerate(layout.placed):
        for position, letter in enumerate(part.document.toPlainText()):
            left -= letter.isalnum()
            if left <= 0 < letters:
                return TextPlace(number, position + 1)
    return _end(layout) if letters else TextPlace(0, 0)


def place_before(layout: MessageLayout, letters: int) -> TextPlace | None:
    """The place right before the letter or figure that has so many before it."""
    left = letters
    for number, (_, part) in enumerate(layout.placed):
        for position, letter in enumerate(part.document.toPlainText()):
            if letter.isalnum():
                if not left:
                    return TextPlace(number, position)
                left -= 1
    return _end(layout)


def _end(layout: MessageLayout) -> TextPlace | None:
    if not layout.placed:
        return None
    last = len(layout.placed) - 1
    return TextPlace(last, layout.placed[last][1].length())


def counted(layout: MessageLayout, selection: Selection) -> tuple[int, int]:
    """The two ends of a selection as numbers of letters."""
    return letters_before(layout, selection[0]), letters_before(layout, selection[1])


def found_again(layout: MessageLayout, ends: tuple[int, int]) -> Selection | None:
    """The selection with these ends in the message as it is now."""
    is_forward = ends[0] <= ends[1]
    start = place_before(layout, min(ends))
    end = place_behind(layout, max(ends))
    if start is None or end is None:
        return None
    return (start, end) if is_forward else (end, start)
