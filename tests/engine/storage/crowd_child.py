"""Many processes open one vault in the same moment: `crowd_child.py COUNT FOLDER`.

Each line on stdout is what one of them met: `open`, or the name of the error. The one that has it
keeps it until all others have said theirs, and writes a record into it.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from engine.contract.errors import EngineError
from engine.storage.vault import Vault
from tests.engine.storage.crash_child import PASSPHRASE, count_whole, new_vault, put_record


async def try_to_open(folder: Path, say: Callable[[str], None], wait: Callable[[], None]) -> None:
    """It is said what came of it; an open vault is held for as long as `wait` takes."""
    vault = new_vault(folder)
    try:
        await vault.open(PASSPHRASE)
    except EngineError as error:
        say(type(error).__name__)
        return
    await _use(vault)
    say("open")
    await asyncio.to_thread(wait)
    await vault.lock()


async def _use(vault: Vault) -> None:
    number = await vault.store.read(count_whole)
    await vault.store.write(lambda writer: put_record(writer, number))


def one_of_many(folder: Path, gate: int, told: int, leave: int) -> None:
    """Waits at the gate, tries, tells, and ends."""
    os.read(gate, 1)
    asyncio.run(
        try_to_open(
            folder, lambda word: _write(told, f"{word}\n"), lambda: _wait_until_closed(leave)
        )
    )


def _write(descriptor: int, text: str) -> None:
    os.write(descriptor, text.encode())


def _wait_until_closed(descriptor: int) -> None:
    os.read(descriptor, 1)


def crowd(count: int, folder: Path) -> int:
    """How many of them ended in another way than by themselves."""
    gate, open_gate = os.pipe()
    words, told = os.pipe()
    leave, let_go = os.pipe()
    children = []
    for _ in range(count):
        child = os.fork()
        if child == 0:
            os.close(open_gate)
            os.close(let_go)
            status = 1
            try:
                one_of_many(folder, gate, told, leave)
                status = 0
            finally:
                os._exit(status)
        children.append(child)
    os.close(told)
    # All of them read the end of the same pipe at once.
    os.close(open_gate)
    with os.fdopen(words) as lines:
        for _ in range(count):
            sys.stdout.write(lines.readline() or "nothing\n")
            sys.stdout.flush()
        os.close(let_go)
    return sum(os.waitpid(child, 0)[1] != 0 for child in children)


if __name__ == "__main__":
    sys.exit(crowd(int(sys.argv[1]), Path(sys.argv[2])))
