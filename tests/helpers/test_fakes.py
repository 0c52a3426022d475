"""The fakes keep the promises of the contract that tests rely on."""

from __future__ import annotations

import queue
import threading

from engine.contract import commands, events
from engine.contract.errors import ErrorReport
from engine.contract.vault_commands import LockVault, OpenVault
from engine.contract.vault_events import VaultStatusChanged
from tests.helpers.fakes import FakeEngine

_ENDS = (events.CommandFinished, events.CommandFailed)


def run(engine, *asked):
    """What is heard until every command has ended: pairs of thread name and event."""
    heard = queue.SimpleQueue()
    opened = threading.Event()
    forget = engine.subscribe(lambda event: opened.set() if isinstance(event, _ENDS) else None)
    engine.submit(OpenVault())
    assert opened.wait(timeout=5)
    forget()
    engine.subscribe(lambda event: heard.put((threading.current_thread().name, event)))
    for command in asked:
        engine.submit(command)
    collected = []
    while sum(isinstance(event, _ENDS) for _, event in collected) < len(asked):
        collected.append(heard.get(timeout=5))
    engine.close()
    return collected


def test_an_answer_comes_in_the_order_the_contract_tells_and_from_another_thread():
    heard = run(
        FakeEngine(answers=["a", "b"]),
        commands.CreateConversation(conversation_id="c"),
        commands.SendMessage(conversation_id="c", text="hi"),
    )

    assert [type(event) for _, event in heard] == [
        events.ConversationCreated,
        events.CommandFinished,
        events.MessageAdded,
        events.MessageAdded,
        events.TextGenerated,
        events.TextGenerated,
        events.TurnFinished,
        events.CommandFinished,
    ]
    assert {thread for thread, _ in heard} == {"fake-engine"}


def test_a_failure_it_was_told_of_is_the_jobs_last_event():
    engine = FakeEngine()
    engine.fail_next = ErrorReport(kind="offline", message="No connection.")

    heard = run(engine, commands.LoadModel(model_id="m"))

    assert [type(event) for _, event in heard] == [events.CommandFailed]


def test_a_locked_vault_lets_nothing_be_listed():
    heard = run(FakeEngine(), LockVault(), commands.ListConversations())

    assert [type(event) for _, event in heard] == [
        VaultStatusChanged,
        events.CommandFinished,
        events.CommandFailed,
    ]
