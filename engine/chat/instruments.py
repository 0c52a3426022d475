"""What is measured in the answers that begin from now on, and what is under way.

Runs on: io.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.contract.calibration import Direction, Steering
from engine.contract.signals import Profile
from engine.storage.directions import load_directions, load_vector

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engine.chat.turn import Chat
    from engine.storage.database import Reader
    from engine.storage.vault import Vault

# Each is one product of a state with a vector; more names than these nobody reads.
MOST_WATCHED = 8


@dataclass
class Instruments:
    """The state of the instruments.

    Attributes:
        profile: How much is measured.
        steering: What the next answers are pushed by.
        model_key: The model that vectors and steering belong to; empty while they are not known.
        vectors: The directions' vectors, by identifier.
        watched: Directions whose projections are shown.
        after: What goes on after an answer has ended: its lens, its confidence, its trace.
    """

    profile: Profile = Profile.OFF
    steering: tuple[Steering, ...] = ()
    model_key: str = ""
    vectors: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    watched: tuple[Direction, ...] = ()
    after: set[asyncio.Task[None]] = field(default_factory=set)

    async def follow(self, vault: Vault, model_key: str) -> bool:
        """Directions are those of this model; whether another model's steering was let go of.

        Raises:
            StorageError: The vault cannot be read.
        """
        if model_key == self.model_key:
            return False
        codec = vault.codec

        def read(reader: Reader) -> dict[str, tuple[Direction, NDArray[np.float32]]]:
            own = [one for one in load_directions(reader, codec) if one.model_key == model_key]
            found = {one.id: (one, load_vector(reader, codec, one.id)) for one in own}
            return {id_: (one, v) for id_, (one, v) in found.items() if v is not None}

        known = await vault.store.read(read)
        had_steering = bool(self.steering)
        self.steering = tuple(one for one in self.steering if one.direction_id in known)
        self.vectors = {id_: vector for id_, (_, vector) in known.items()}
        self.watched = tuple(one for one, _ in known.values())[:MOST_WATCHED]
        self.model_key = model_key
        return had_steering and not self.steering

    def steering_of(self, model_key: str) -> tuple[Steering, ...]:
        """What an answer of this model is pushed by."""
        return self.steering if model_key == self.model_key else ()

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
        self.steering, self.vectors, self.watched, self.model_key = (), {}, (), ""


@contextlib.contextmanager
def until_lock(chat: Chat) -> Iterator[None]:
    """Locking the vault ends the work first, as it does with an answer that is being written."""
    task = asyncio.current_task()
    assert task is not None
    chat.waiting.add(task)
    try:
        yield
    finally:
        chat.waiting.discard(task)
