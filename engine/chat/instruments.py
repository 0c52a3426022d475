"""What is measured in the answers that begin from now on, and what is under way.

Runs on: io.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.contract.calibration import Direction, Steering
from engine.contract.signals import Profile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass
class Instruments:
    """The state of the instruments.

    Attributes:
        profile: How much is measured.
        steering: What the next answers are pushed by.
        vectors: The directions' vectors, by identifier, for what is pushed or watched.
        watched: Directions whose projections are shown.
        after: What goes on after an answer has ended: its lens, its confidence, its trace.
    """

    profile: Profile = Profile.OFF
    steering: tuple[Steering, ...] = ()
    vectors: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    watched: tuple[Direction, ...] = ()
    after: set[asyncio.Task[None]] = field(default_factory=set)

    def go_on(self, work: Coroutine[Any, Any, None]) -> None:
        """The work goes on after its command has ended."""
        task = asyncio.get_running_loop().create_task(work)
        self.after.add(task)
        task.add_done_callback(self.after.discard)

    async def end(self) -> None:
        """Nothing is under way, and nothing that the vault held is remembered."""
        for task in self.after:
            task.cancel()
        if self.after:
            await asyncio.wait(tuple(self.after))
        self.steering, self.vectors, self.watched = (), {}, ()
