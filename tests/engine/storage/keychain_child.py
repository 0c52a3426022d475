"""Run under a session bus of its own: what the system's keychain does, as words on stdout."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from engine.contract.errors import KeychainError
from engine.storage.keychain import SystemKeychain
from engine.storage.keys import Secret
from engine.storage.vault import Vault


async def keep() -> None:
    """A key goes in, comes out, and is gone."""
    keychain, key = SystemKeychain(), Secret.random()
    found = [await keychain.read("one")]
    await keychain.write("one", key)
    found += [await keychain.read("one"), await keychain.read("two")]
    await keychain.delete("one")
    await keychain.delete("one")
    found.append(await keychain.read("one"))
    words = {True: "key", False: "none"}
    sys.stdout.write(" ".join(words[each is not None] for each in found))
    sys.stdout.write(" same" if found[1] == key else " different")


async def ask() -> None:
    """What kind of error there is, if any."""
    try:
        await SystemKeychain().read("one")
    except KeychainError as error:
        sys.stdout.write(type(error).__name__)


async def vault(folder: Path) -> None:
    """A vault is made and opened again with the keychain alone."""
    for _ in range(2):
        opened = Vault(folder, SystemKeychain())
        is_new = await opened.open(is_private_allowed=False)
        sys.stdout.write(f"{'new' if is_new else 'opened'} ")
        await opened.lock()
    await opened.wipe()
    sys.stdout.write("wiped" if not list(folder.glob("vault.[dk]*")) else "left")


if __name__ == "__main__":
    walk = sys.argv[1]
    asyncio.run(vault(Path(sys.argv[2])) if walk == "vault" else {"keep": keep, "ask": ask}[walk]())
