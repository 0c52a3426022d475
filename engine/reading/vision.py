"""Text in pictures by the Mac's own Vision framework."""

from __future__ import annotations

import io
from typing import Any

from engine.reading.lines import lines_of


def text_of(picture: Any) -> str:
    """The words in a Pillow picture, line by line; empty if there are none."""
    import Vision

    written = io.BytesIO()
    picture.save(written, "PNG")
    handler = Vision.VNImageRequestHandler.alloc().initWithData_options_(written.getvalue(), {})
    request = Vision.VNRecognizeTextRequest.alloc().init()
    request.setRecognitionLevel_(Vision.VNRequestTextRecognitionLevelAccurate)
    is_done, _ = handler.performRequests_error_([request], None)
    found = []
    for seen in (request.results() or ()) if is_done else ():
        best = seen.topCandidates_(1)
        if best:
            box = seen.boundingBox()
            # Vision counts from the bottom, in shares of the picture.
            left, low = box.origin.x, box.origin.y
            right, high = left + box.size.width, low + box.size.height
            found.append(((left, 1 - high, right, 1 - low), str(best[0].string())))
    return "\n".join(lines_of(found))
