"""The command line of `calibrate`."""

from __future__ import annotations

import os
from argparse import SUPPRESS, ArgumentParser
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrateOptions:
    """What was typed after `calibrate`.

    Attributes:
        questions: File of questions; empty takes those that come with the app.
        limit: At most so many of them; 0 takes all.
        condition: "closed", "open" or "both".
    """

    questions: str = ""
    limit: int = 0
    condition: str = "both"


def add_options(parser: ArgumentParser) -> None:
    """Every option of `calibrate` is on the command line."""
    parser.add_argument(
        "--questions",
        metavar="FILE",
        default="",
        help='questions of your own: one {"question", "answer", "passage"?} a line',
    )
    parser.add_argument(
        "--limit", type=int, metavar="N", default=0, help="ask at most so many questions"
    )
    parser.add_argument(
        "--condition",
        choices=("closed", "open", "both"),
        default="both",
        help="without the passage, with it in the context, or both",
    )
    parser.add_argument(
        "--temperature",
        type=float,
        metavar="T",
        # What was typed before the command's name stays.
        default=SUPPRESS,
        help="of the answers; confidence holds for this temperature alone",
    )


def calibrate_options(given: Mapping[str, Any]) -> CalibrateOptions:
    """The options among everything that was parsed.

    Raises:
        UsageError: The limit is below 0.
    """
    if given["command"] != "calibrate":
        return CalibrateOptions()
    limit, path = given["limit"], given["questions"]
    if limit < 0:
        raise UsageError(f"--limit is {limit}; it must be 0 or more.")
    return CalibrateOptions(
        # The engine needs no working directory.
        questions=os.path.abspath(os.path.expanduser(path)) if path else "",
        limit=limit,
        condition=given["condition"],
    )
