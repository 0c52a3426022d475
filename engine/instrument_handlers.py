"""Tries whether the instruments are real, on the model that is loaded.

Runs on: io; the checks run on compute, behind everything else.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from engine.chat.answer import Publish
from engine.contract.calibration import InstrumentReport
from engine.contract.errors import BadRequestError
from engine.contract.introspection_commands import CheckInstruments
from engine.contract.introspection_events import InstrumentsChecked, InstrumentsProgressed
from engine.runtime.compute import Priority

if TYPE_CHECKING:
    from engine.chat.turn import Chat
    from engine.models.loaded import LoadedModel

_MOST_PROMPTS = 10_000


async def check(chat: Chat, command: CheckInstruments, publish: Publish) -> None:
    """Every claim about the instruments was tried, and what was found is told.

    The model stays loaded meanwhile; who wants another one stops this first.
    """
    if not 1 <= command.prompts <= _MOST_PROMPTS:
        raise BadRequestError(f"prompts must be from 1 to {_MOST_PROMPTS:,}.")
    async with chat.models.using() as loaded:
        steps = chat.compute.stream(
            lambda: _steps(chat, loaded, command.prompts), priority=Priority.BACKGROUND
        )
        async for step in steps:
            if isinstance(step, InstrumentReport):
                publish(InstrumentsChecked(report=step))
            elif step is not None:
                publish(InstrumentsProgressed(done=step[0], total=step[1]))


def _steps(
    chat: Chat, loaded: LoadedModel, prompts: int
) -> Iterator[tuple[int, int] | InstrumentReport | None]:
    """Runs on: compute."""
    from engine.introspection.instrument_checks import InstrumentChecks

    checks = InstrumentChecks(loaded, chat.models.probe(), chat.models.text_of(), prompts)
    return checks.steps()
