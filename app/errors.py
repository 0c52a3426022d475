"""The errors that only the app itself can meet; they are shown like those of the engine."""

from __future__ import annotations

from engine.contract.errors import EngineError, ErrorReport


class UsageError(EngineError):
    """The command line cannot be understood. Nothing was started."""

    kind = "usage"


class FolderError(EngineError):
    """A folder the app needs cannot be made, read or written."""

    kind = "disk"


class InputError(EngineError):
    """What was given as input cannot be used."""

    kind = "bad_input"


class ReportedError(EngineError):
    """An error that came over the port as a value and is raised again in a face."""

    def __init__(self, report: ErrorReport) -> None:
        super().__init__(report.message, action=report.action)
        self.kind = report.kind
