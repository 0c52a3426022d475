from __future__ import annotations

import asyncio

import pytest

from app.window_orders import WindowOrders
from engine.contract import vault_commands as v
from engine.contract.errors import ErrorReport
from engine.contract.vault import LockReason
from tests.app.scripted_engine import ScriptedEngine


@pytest.fixture
def engine():
    scripted = ScriptedEngine()
    yield scripted
    scripted.close()


def answered(engine, order) -> dict[str, str]:
    async def scenario():
        loop = asyncio.get_running_loop()
        reply = loop.create_future()
        orders = WindowOrders(engine, loop)
        orders.take(order, reply.set_result)
        try:
            return await asyncio.wait_for(reply, 5)
        finally:
            orders.close()

    return asyncio.run(scenario())


@pytest.mark.feature("app.lock_from_terminal")
def test_the_terminal_locks_and_unlocks_the_open_window(engine):
    """`vault lock` and `vault unlock` in a terminal lock and unlock the window that is open."""
    assert answered(engine, {"order": "lock"}) == {"kind": ""}
    assert answered(engine, {"order": "unlock", "passphrase": "words"}) == {"kind": ""}
    assert engine.commands == [
        v.LockVault(reason=LockReason.ASKED),
        v.OpenVault(passphrase="words", is_private_allowed=False),
    ]


def test_why_it_failed_is_told(engine):
    engine.failures[v.OpenVault] = ErrorReport(kind="wrong_key", message="No.", action="Again.")

    assert answered(engine, {"order": "unlock"}) == {
        "kind": "wrong_key",
        "message": "No.",
        "action": "Again.",
    }


def test_an_unknown_order_is_refused(engine):
    assert answered(engine, {"order": "dance"})["kind"] == "bad_request"
    assert engine.commands == []


def test_an_order_that_only_shows_something_is_carried_out_at_once(engine):
    shown = []

    async def scenario():
        loop = asyncio.get_running_loop()
        reply = loop.create_future()
        orders = WindowOrders(engine, loop, {"quick": lambda: shown.append("panel")})
        orders.take({"order": "quick"}, reply.set_result)
        try:
            return await asyncio.wait_for(reply, 5)
        finally:
            orders.close()

    assert asyncio.run(scenario()) == {"kind": ""}
    assert shown == ["panel"]
    assert engine.commands == []
