"""Commands that learn how far confidence can be trusted, and how far meanings part.

Runs on: io; answers are drawn on compute.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.chat import calibrating, meanings
from engine.chat.answer import Publish
from engine.contract import introspection_commands as commands
from engine.contract.introspection_events import (
    CalibrationFinished,
    CalibrationLoaded,
    MeaningsMeasured,
)

if TYPE_CHECKING:
    from engine.chat.turn import Chat


async def calibrate(chat: Chat, command: commands.Calibrate, publish: Publish) -> None:
    """The loaded model's confidence is calibrated, or what was known before still holds."""
    found = await calibrating.calibrate(chat, command, publish)
    publish(CalibrationFinished(reports=found.reports, left_out=found.left_out))


async def load_calibration(
    chat: Chat,
    command: commands.LoadCalibration,  # noqa: ARG001 - every handler has the same shape
    publish: Publish,
) -> None:
    """What is known of the loaded model was told."""
    publish(CalibrationLoaded(reports=await calibrating.reports_of(chat)))


async def measure_meanings(chat: Chat, command: commands.MeasureMeanings, publish: Publish) -> None:
    """The answer was drawn several times, and how far the meanings part was told."""
    found = await meanings.measure(chat, command, publish)
    publish(
        MeaningsMeasured(
            conversation_id=command.conversation_id,
            message_id=command.message_id,
            semantic_entropy=found,
        )
    )
