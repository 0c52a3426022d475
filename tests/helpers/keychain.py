"""A keychain in memory; `test_keychain.py` holds it to what the real one does."""

from __future__ import annotations

from engine.contract.errors import KeychainError
from engine.storage.keychain import NoKeychainError
from engine.storage.keys import Secret


class MemoryKeychain:
    """Keeps keys as long as it lives.

    Attributes:
        keys: By vault.
        is_absent: Whether there is none on this machine.
        is_mute: Whether it does not answer.
    """

    def __init__(self, *, is_absent: bool = False, is_mute: bool = False) -> None:
        self.keys: dict[str, Secret] = {}
        self.is_absent = is_absent
        self.is_mute = is_mute

    def _answer(self) -> None:
        if self.is_absent:
            raise NoKeychainError("There is no keychain in this session.")
        if self.is_mute:
            raise KeychainError("The keychain does not answer.")

    async def read(self, vault_id: str) -> Secret | None:
        self._answer()
        key = self.keys.get(vault_id)
        return None if key is None else key.copy()

    async def write(self, vault_id: str, key: Secret) -> None:
        self._answer()
        self.keys[vault_id] = key.copy()

    async def delete(self, vault_id: str) -> None:
        self._answer()
        self.keys.pop(vault_id, None)
