"""Waits for what the real engine says, from a test's own thread."""

from __future__ import annotations

import queue
from collections.abc import Callable

from engine.contract.commands import Command, CreateConversation, SendMessage
from engine.contract.events import CommandFailed, CommandFinished, Event, TurnFinished
from engine.contract.ids import new_id
from engine.contract.port import EnginePort
from engine.contract.settings import GenerationSettings

PATIENCE_S = 60


class EngineReader:
    """Every event the engine has published, in order."""

    def __init__(self, port: EnginePort) -> None:
        self.port = port
        self.events: list[Event] = []
        self._inbox: queue.Queue[Event] = queue.Queue()
        self.close = port.subscribe(self._inbox.put)

    def until(self, condition: Callable[[Event], bool]) -> Event:
        """The first event not seen yet that meets the condition."""
        while True:
            event = self._inbox.get(timeout=PATIENCE_S)
            self.events.append(event)
            if condition(event):
                return event

    def end_of(self, job_id: str) -> Event:
        """The last event of a job."""
        return self.until(
            lambda e: e.job_id == job_id and isinstance(e, CommandFinished | CommandFailed)
        )

    def do(self, command: Command) -> list[Event]:
        """Carry a command out; its events, the last of which is its end."""
        start = len(self.events)
        job_id = self.port.submit(command)
        self.end_of(job_id)
        return [event for event in self.events[start:] if event.job_id == job_id]

    def converse(self) -> str:
        """The identifier of a new conversation."""
        conversation_id = new_id("conv")
        self.do(CreateConversation(conversation_id=conversation_id))
        return conversation_id

    def ask(self, conversation_id: str, text: str, **settings: object) -> list[Event]:
        """Say something; all events up to the end."""
        generation = GenerationSettings(**{"temperature": 0.0, "max_tokens": 12, **settings})
        return self.do(
            SendMessage(conversation_id=conversation_id, text=text, generation=generation)
        )


def turn_of(events: list[Event]) -> TurnFinished:
    """How the turn among these events ended."""
    return next(event for event in events if isinstance(event, TurnFinished))
