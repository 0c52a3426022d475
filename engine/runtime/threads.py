"""The names of the threads, and a guard for functions that belong to one.

| thread  | owner              | does                                        | never              |
|---------|--------------------|---------------------------------------------|--------------------|
| main    | Qt or the terminal | draws, reads keys                           | waits              |
| io      | io_loop.py         | conducts: every `async def`; network        | computes           |
| compute | compute.py         | everything that touches mlx, in small steps | waits for the net  |
| store   | storage            | the only write connection                   | computes           |
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import ParamSpec, TypeVar

IO = "io"
COMPUTE = "compute"
STORE = "store"

P = ParamSpec("P")
R = TypeVar("R")


def runs_on(thread_name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """The decorated function may only be called on the named thread; elsewhere it is our bug.

    mlx arrays belong to the thread that made them, so a call from a wrong one would crash later
    and far away. It fails here instead.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            current = threading.current_thread().name
            if current != thread_name:
                raise RuntimeError(
                    f"{function.__qualname__} runs on {thread_name!r}, not on {current!r}"
                )
            return function(*args, **kwargs)

        return guarded

    return decorate
