"""The peer of our window: the least that Qt can show, an empty text field in a main window."""

from __future__ import annotations

import sys
import time

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QMainWindow, QPlainTextEdit

from tests.benchmarks.child_side import Request, Result, peak_bytes, serve


class _Painted(QObject):
    """Quits the application after the first frame and keeps when that was."""

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self.at_s = 0.0
        self._application = application

    def eventFilter(self, _: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.Paint and not self.at_s:
            self.at_s = -1.0
            QTimer.singleShot(0, self._end)
        return False

    def _end(self) -> None:
        self.at_s = time.monotonic()
        self._application.quit()


def measure(request: Request) -> Result:
    """Seconds from the start of the process to the end of the first frame."""
    application = QApplication(sys.argv[:1])
    window = QMainWindow()
    field = QPlainTextEdit()
    window.setCentralWidget(field)
    window.resize(1280, 800)
    painted = _Painted(application)
    field.installEventFilter(painted)
    window.show()
    application.exec()
    return {"shown_s": painted.at_s - request["begun_s"], "peak_bytes": peak_bytes()}


if __name__ == "__main__":
    serve(measure)
