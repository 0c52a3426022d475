"""The operating system's keychain, which may be absent, mute, or without our key: three things.

Runs on: asked from io; each question is asked on a thread of its own, for it may never return.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import logging
import os
import sys
import threading
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from engine.contract.errors import KeychainError, VaultDamagedError
from engine.storage.keys import KEY_BYTES, Secret

_log = logging.getLogger(__name__)

T = TypeVar("T")

# Set to anything, no keychain is asked: for automation, and for tests on a person's own machine.
OFF_VARIABLE = "SHVAYAMBHU_NO_KEYCHAIN"

# The system may ask its user to allow it or to type a password; then it waits for a person.
_ANSWER_WAIT_S = 60.0


class NoKeychainError(KeychainError):
    """This machine, or this session, has no keychain at all."""


class Keychain(Protocol):
    """Where the key that seals the data key lies."""

    async def read(self, vault_id: str) -> Secret | None:
        """The key; None if the keychain answers and has none for this vault.

        Raises:
            NoKeychainError: There is no keychain here.
            KeychainError: There is one, and it does not answer.
        """
        ...

    async def write(self, vault_id: str, key: Secret) -> None:
        """The key is in the keychain, and was read back.

        Raises:
            NoKeychainError: There is no keychain here.
            KeychainError: It does not take it.
        """
        ...

    async def delete(self, vault_id: str) -> None:
        """The keychain has no key for this vault.

        Raises:
            NoKeychainError: There is no keychain here.
            KeychainError: It does not answer.
        """
        ...


class SystemKeychain:
    """macOS Keychain or the Secret Service of a Linux desktop, and never anything else.

    `keyring` would choose among what it finds, plain files and "null" included; so the backend is
    named here. The key passes through it as a text, which Python cannot wipe.
    """

    def __init__(self, answer_wait_s: float = _ANSWER_WAIT_S) -> None:
        self._answer_wait_s = answer_wait_s
        self._is_asked = False

    async def read(self, vault_id: str) -> Secret | None:
        """See Keychain."""
        text = await self._ask(lambda backend: backend.get_password(*_names(vault_id)))
        return None if text is None else _key_of(text)

    async def write(self, vault_id: str, key: Secret) -> None:
        """See Keychain."""
        text = base64.b64encode(key.raw).decode()

        def write(backend: Any) -> bool:
            backend.set_password(*_names(vault_id), text)
            return bool(backend.get_password(*_names(vault_id)) == text)

        if not await self._ask(write):
            raise KeychainError("The keychain did not keep the vault's key.")

    async def delete(self, vault_id: str) -> None:
        """See Keychain."""

        def delete(backend: Any) -> None:
            # Both backends call a missing entry an error when it is deleted.
            if backend.get_password(*_names(vault_id)) is not None:
                backend.delete_password(*_names(vault_id))

        await self._ask(delete)

    async def _ask(self, question: Callable[[Any], T]) -> T:
        if self._is_asked:
            # The question before never came back; another would wait behind it.
            raise _mute()
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()

        def work() -> None:
            value, error = _answer_of(question)
            self._is_asked = False
            try:
                loop.call_soon_threadsafe(_deliver, answer, value, error)
            except RuntimeError:
                _log.debug("the keychain answered after the loop had ended")

        # Not from a pool: a pool's threads hold up the end of the process.
        self._is_asked = True
        threading.Thread(target=work, name="keychain", daemon=True).start()
        try:
            async with asyncio.timeout(self._answer_wait_s):
                return await answer
        except TimeoutError as error:
            raise _mute() from error


def _answer_of(question: Callable[[Any], T]) -> tuple[T | None, Exception | None]:
    try:
        return question(_backend()), None
    except Exception as error:  # noqa: BLE001 - backends raise whatever D-Bus gives them
        return None, _in_plain_words(error)


def _deliver(answer: asyncio.Future[Any], value: Any, error: Exception | None) -> None:
    if answer.done():
        return
    if error is not None:
        answer.set_exception(error)
    else:
        answer.set_result(value)


def _names(vault_id: str) -> tuple[str, str]:
    """Service and account; both name the vault, so two homes on one machine never meet."""
    return f"Shvayambhu vault {vault_id}", f"vault key {vault_id}"


def _backend() -> Any:
    if os.environ.get(OFF_VARIABLE):
        raise _absent()
    if sys.platform == "darwin":
        from keyring.backends import macOS as backends  # noqa: N813 - the module's own name
    else:
        from keyring.backends import SecretService as backends  # noqa: N813
    backend: Any = backends.Keyring
    try:
        # keyring's way to say that a backend cannot work here is that it has no priority.
        is_here = backend.priority > 0
    except RuntimeError as error:
        raise _absent() from error
    if not is_here:
        raise _absent()
    return backend()


def _in_plain_words(error: Exception) -> Exception:
    if isinstance(error, KeychainError | VaultDamagedError):
        return error
    # The text is not shown: backends put names of items into it.
    _log.info("the keychain gave %s", type(error).__name__)
    plain = _mute()
    plain.__cause__ = error
    return plain


def _key_of(text: str) -> Secret:
    try:
        key = Secret(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        key = Secret(b"")
    if len(key) != KEY_BYTES:
        raise VaultDamagedError(
            "What the keychain holds for this vault is not a key. It was left as it is.",
            action="Use the recovery key, or restore a backup.",
        )
    return key


def _mute() -> KeychainError:
    return KeychainError(
        "The keychain does not answer. Nothing was changed.",
        action="Unlock your keychain, then try again.",
    )


def _absent() -> NoKeychainError:
    return NoKeychainError(
        "There is no keychain in this session. Nothing was changed.",
        action="Open the app from your desktop, or set a passphrase.",
    )
