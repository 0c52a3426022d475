"""`screenshots DIR`: pictures of every page that exists, light and dark, without a display."""

from __future__ import annotations

import os
from pathlib import Path

from app import exit_codes
from app.console import Console
from app.errors import FolderError
from app.garbage import collecting_between_turns
from app.paths import resources

_USUAL = (1280, 800)
# Half of a small laptop's screen.
_SMALL = (720, 560)


def run(folder: str, console: Console) -> int:
    """Every page, in both appearances and at two sizes, is a picture in `folder`.

    Raises:
        FolderError: The folder cannot be made or written.
    """
    target = Path(os.path.abspath(os.path.expanduser(folder)))
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FolderError(f"The folder cannot be made ({error.strerror}).") from error
    if not os.access(target, os.W_OK | os.X_OK):
        raise FolderError("The folder cannot be written.")
    # Before Qt is loaded: nothing may appear on the user's own display.
    os.environ["QT_QPA_PLATFORM"] = "offscreen"

    from app.window import make_application
    from ui import screens

    application = make_application()
    names = []
    with collecting_between_turns():
        for place, size in ((target, _USUAL), (target / "small", _SMALL)):
            for dark in (False, True):
                files = screens.render_screens(place, resources=resources(), dark=dark, size=size)
                names += [str(file) for file in files]
    application.quit()
    if console.is_json:
        console.write_json({"pictures": names})
    else:
        console.write("".join(f"{name}\n" for name in names))
    return exit_codes.OK
