"""Pictures: the words in them, by optical character recognition on this machine.

On Linux by RapidOCR, whose wheel brings its own model; on a Mac by the system's Vision.
"""

from __future__ import annotations

import importlib.util
import io
import sys
from functools import cache
from typing import Any

from engine.reading.lines import lines_of
from engine.reading.parts import Fault, Part, Parts, UnreadableError

# A picture of this many points takes 0.4 GB while it is looked at; the largest cameras have half.
_MOST_POINTS = 120_000_000
# The recogniser looks at most at this many points a side; letters of 12 px survive it.
_MOST_SIDE_PX = 3500
_SURE_ENOUGH = 0.5


def is_available() -> bool:
    """Whether text in pictures can be read here."""
    if sys.platform == "darwin":
        return importlib.util.find_spec("Vision") is not None
    return all(importlib.util.find_spec(name) for name in ("rapidocr", "onnxruntime"))


def read_picture(content: bytes) -> Parts:
    """The words in a picture.

    Raises:
        UnreadableError: There are none, it is damaged or too large, or nothing here reads it.
    """
    if not is_available():
        raise UnreadableError(Fault.NO_OCR)
    text = text_of(_opened(content))
    if not text:
        raise UnreadableError(Fault.NO_TEXT)
    yield Part(text=text, notice="Read from a picture; letters may be wrong.")


def _opened(content: bytes) -> Any:
    from PIL import Image, ImageOps, UnidentifiedImageError

    # Ours is the limit; Pillow's would warn before it raises.
    Image.MAX_IMAGE_PIXELS = None
    try:
        picture = Image.open(io.BytesIO(content))
        if picture.width * picture.height > _MOST_POINTS:
            raise UnreadableError(Fault.PICTURE_TOO_LARGE)
        # A camera writes down how it was held instead of turning the picture.
        turned = ImageOps.exif_transpose(picture)
        on_white = Image.new("RGBA", turned.size, "white")
        on_white.alpha_composite(turned.convert("RGBA"))
        return on_white.convert("RGB")
    except UnidentifiedImageError as error:
        # Phones write a kind that Pillow does not know; any other it would, were it whole.
        is_unknown = content[4:8] == b"ftyp"
        raise UnreadableError(Fault.UNKNOWN_PICTURE if is_unknown else Fault.DAMAGED) from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise UnreadableError(Fault.DAMAGED) from error


def text_of(picture: Any) -> str:
    """The words in a Pillow picture, line by line; empty if there are none."""
    if max(picture.size) > _MOST_SIDE_PX:
        picture.thumbnail((_MOST_SIDE_PX, _MOST_SIDE_PX))
    if sys.platform == "darwin":
        from engine.reading import vision

        return vision.text_of(picture)
    return _rapid(picture)


@cache
def _recogniser() -> Any:
    import logging

    from rapidocr import RapidOCR

    # Its log would write the words of a picture to the screen.
    logging.disable(logging.CRITICAL)
    return RapidOCR(
        params={
            "Global.log_level": "critical",
            # Lines that stand on their heads are left out: looking for them takes a third longer.
            "Global.use_cls": False,
            # Small pictures are not blown up first, which takes five times as long and finds no
            # more (2026-11-23); large ones are looked at in this size, letters in their own.
            "Det.limit_type": "max",
            "Det.limit_side_len": 1600,
        }
    )


def _rapid(picture: Any) -> str:
    import numpy

    # It takes colours in OpenCV's order: blue, green, red.
    result = _recogniser()(numpy.asarray(picture.convert("RGB"))[:, :, ::-1])
    if result.txts is None or result.boxes is None:
        return ""
    found = [
        (box, words)
        for box, words, score in zip(result.boxes, result.txts, result.scores, strict=True)
        if score >= _SURE_ENOUGH and words.strip()
    ]
    return "\n".join(lines_of([(_bounds(box), words) for box, words in found]))


def _bounds(box: Any) -> tuple[float, float, float, float]:
    xs, ys = [float(x) for x, _ in box], [float(y) for _, y in box]
    return min(xs), min(ys), max(xs), max(ys)
