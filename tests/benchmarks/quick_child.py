"""The quick panel with a clock beside it: from the keys to the panel drawn and ready to type.

Run by bench_quick.py in a process of its own, on an X server of its own where there is one.
"""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QEventLoop, QObject
from PySide6.QtWidgets import QApplication

from app.hotkey_x11 import X11Hotkey
from engine.contract.settings import InterfaceSettings, Settings
from tests.benchmarks.child_side import Request, Result, serve
from tests.benchmarks.machine import ROOT
from tests.helpers.x_server import Fingers
from ui import screen_content as content
from ui.app_shell import open_window
from ui.quick.outside import Outside
from ui.replay import ReplayPort

if TYPE_CHECKING:
    from ui.quick.quick_panel import QuickPanel

_PATIENCE_S = 20.0
_WARM_S = 4.0


class Drawn(QObject):
    """Notes that the panel was drawn."""

    def __init__(self, panel: QuickPanel) -> None:
        super().__init__(panel)
        self.is_drawn = False
        panel.installEventFilter(self)

    def eventFilter(self, _: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        self.is_drawn = self.is_drawn or event.type() == QEvent.Type.Paint
        return False


def _turn() -> None:
    QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 5)


def _until(holds: Any) -> None:
    ends_at_s = time.monotonic() + _PATIENCE_S
    while not holds():
        if time.monotonic() > ends_at_s:
            raise TimeoutError("the panel did not get there in time")
        _turn()


def _rest(seconds: float) -> None:
    ends_at_s = time.monotonic() + seconds
    while time.monotonic() < ends_at_s:
        _turn()


def measure(request: Request) -> Result:
    """Milliseconds of each opening, the first one after the start and the warm ones."""
    app = QApplication([])
    display = str(request.get("display", ""))
    settings = Settings(interface=InterfaceSettings(is_motion_reduced=True, is_welcomed=True))
    outside = Outside(hotkey=X11Hotkey(display)) if display else Outside()
    with TemporaryDirectory() as scratch:
        window = open_window(
            ReplayPort(content.past(), content.CARDS, content.MODEL),
            state_path=Path(scratch) / "window.ini",
            resources=ROOT / "resources",
            settings=settings,
            outside=outside,
        )
        _rest(_WARM_S)
        fingers = Fingers(display) if display else None
        is_managed = bool(request.get("is_managed"))
        rounds = range(int(request["rounds"]))
        times = [_open_once(window.quick, fingers, is_managed=is_managed) for _ in rounds]
        window.quick.close()
        window.session.close()
        window.close()
    app.quit()
    return {"times_ms": times, "is_x": bool(display), "is_managed": is_managed}


def _open_once(face: Any, fingers: Fingers | None, *, is_managed: bool) -> float:
    panel = face.panel
    drawn = Drawn(panel)
    begun_s = time.perf_counter()
    if fingers is not None:
        fingers.press("Control_L", "Alt_L", "space")
    else:
        face.open_panel()
    # Without a window manager nobody hands the keyboard on, so there is nothing to wait for.
    _until(lambda: drawn.is_drawn and (not is_managed or panel.isActiveWindow()))
    took_ms = (time.perf_counter() - begun_s) * 1000
    panel.removeEventFilter(drawn)
    drawn.deleteLater()
    panel.dismiss()
    _rest(0.1)
    return took_ms


if __name__ == "__main__":
    serve(measure)
