"""Parts that stand in for slow or far ones; each has its own test against the real thing."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from engine.contract import commands, events
from engine.contract.errors import ErrorReport
from engine.contract.ids import new_id
from engine.contract.messages import AnswerStats, Conversation, FinishReason, Message, Role
from engine.contract.model_cards import LoadedModelInfo, ModelCard, ModelState
from tests.helpers.fake_vault import FakeVault

FAKE_MODEL = LoadedModelInfo(
    id="fake-1m",
    name="Fake 1M",
    licence="Apache-2.0",
    architecture="fake",
    parameters=1_000_000,
    context_tokens=8192,
    weights_format="float32",
    weights_bytes=4_000_000,
    device="cpu",
    load_s=0.1,
)
FAKE_CARD = ModelCard(
    id="fake-1m",
    name="Fake 1M",
    licence="Apache-2.0",
    parameters=1_000_000,
    download_bytes=4_000_000,
    context_tokens=8192,
    memory_bytes=((4, 5_000_000),),
    good_for="Tests.",
    state=ModelState.READY,
    fits=True,
)


class FakeEngine:
    """An EnginePort that answers from a script, on a thread of its own.

    Attributes:
        answers: The pieces of each answer, the same for every question.
        hold: While it is cleared, an answer waits before it begins.
        pause_after: After so many pieces an answer waits until `hold` is set or it is stopped.
        fail_next: If set, the next SendMessage or LoadModel fails with it.
        submitted: Every command, in order.
        vault: Where it all is; opens by a keychain unless a test says otherwise.
    """

    def __init__(
        self, answers: Sequence[str] = ("Hello", " there"), reasoning: Sequence[str] = ()
    ) -> None:
        self.answers = list(answers)
        self.reasoning = list(reasoning)
        self.hold = threading.Event()
        self.hold.set()
        self.pause_after: int | None = None
        self.fail_next: ErrorReport | None = None
        self.submitted: list[commands.Command] = []
        self.conversations: dict[str, Conversation] = {}
        self.cards = [FAKE_CARD]
        self.vault = FakeVault(self.publish)
        self._deleted: dict[str, Conversation] = {}
        self._stopped: set[str] = set()
        self._listeners: list[Callable[[events.Event], None]] = []
        self._waiting: queue.SimpleQueue[tuple[str, commands.Command] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="fake-engine", daemon=True)
        self._thread.start()

    def submit(self, command: commands.Command) -> str:
        job_id = new_id("job")
        self.submitted.append(command)
        if isinstance(command, commands.StopGeneration):
            self._stopped.add(command.conversation_id)
            self.hold.set()
        self._waiting.put((job_id, command))
        return job_id

    def cancel(self, job_id: str) -> None:
        self._stopped.add(job_id)
        self.hold.set()

    def subscribe(self, listener: Callable[[events.Event], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def publish(self, event: events.Event) -> None:
        for listener in tuple(self._listeners):
            listener(event)

    def close(self) -> None:
        self.hold.set()
        self.vault.hold.set()
        self._waiting.put(None)
        self._thread.join(timeout=5)

    def sent(self, kind: type) -> list:
        return [command for command in self.submitted if isinstance(command, kind)]

    def _run(self) -> None:
        while (item := self._waiting.get()) is not None:
            job_id, command = item
            error = None
            if isinstance(command, (commands.SendMessage, commands.LoadModel)):
                error, self.fail_next = self.fail_next, None
            if error is None:
                error = self.vault.carry_out(job_id, command)
            if error is None:
                error = self._carry_out(job_id, command)
            if error is None:
                self.publish(events.CommandFinished(job_id=job_id))
            else:
                self.publish(events.CommandFailed(job_id=job_id, error=error))

    def _carry_out(self, job: str, command: commands.Command) -> ErrorReport | None:
        match command:
            case commands.CreateConversation():
                now = time.time()
                made = Conversation(
                    id=command.conversation_id,
                    title=command.title,
                    created_at_s=now,
                    updated_at_s=now,
                )
                self.conversations[made.id] = made
                self.publish(events.ConversationCreated(job_id=job, conversation=made))
            case commands.RenameConversation():
                self._replace(job, command.conversation_id, title=command.title)
            case commands.DeleteConversation():
                gone = self.conversations.pop(command.conversation_id)
                self._deleted[gone.id] = gone
                self.publish(events.ConversationDeleted(job_id=job, conversation_id=gone.id))
            case commands.RestoreConversation():
                back = self._deleted.pop(command.conversation_id)
                self.conversations[back.id] = back
                self.publish(events.ConversationCreated(job_id=job, conversation=back))
            case commands.ListConversations():
                listed = tuple(self.conversations.values())
                self.publish(events.ConversationsListed(job_id=job, conversations=listed))
            case commands.SendMessage():
                return self._answer(job, command)
            case _:
                self._about_models(job, command)
        return None

    def _about_models(self, job: str, command: commands.Command) -> None:
        match command:
            case commands.ListModels():
                self.publish(events.ModelsListed(job_id=job, models=tuple(self.cards)))
            case commands.LoadModel():
                loaded = replace(FAKE_MODEL, id=command.model_id)
                self.publish(events.ModelLoaded(job_id=job, model=loaded))
            case commands.ChangeSettings():
                self.vault.settings = command.settings
                self.publish(events.SettingsChanged(job_id=job, settings=command.settings))
            case commands.MeasureContext():
                self.publish(
                    events.ContextMeasured(
                        job_id=job,
                        conversation_id=command.conversation_id,
                        system_tokens=400,
                        history_tokens=1500,
                        draft_tokens=len(command.draft),
                        answer_tokens=1024,
                        limit_tokens=8192,
                    )
                )

    def _replace(self, job: str, conversation_id: str, **changes) -> None:
        changed = replace(self.conversations[conversation_id], **changes)
        self.conversations[conversation_id] = changed
        shown = replace(changed, messages=())
        self.publish(events.ConversationChanged(job_id=job, conversation=shown))

    def _answer(self, job: str, command: commands.SendMessage) -> ErrorReport | None:
        to = command.conversation_id
        now = time.time()
        self.hold.wait()
        if job in self._stopped:
            return ErrorReport(kind="cancelled", message="You stopped it.")
        asked = Message(id=new_id("msg"), role=Role.USER, text=command.text, created_at_s=now)
        begun = Message(id=new_id("msg"), role=Role.ASSISTANT, text="", created_at_s=now)
        self._stopped.discard(to)
        self.publish(events.MessageAdded(job_id=job, conversation_id=to, message=asked))
        self.publish(events.MessageAdded(job_id=job, conversation_id=to, message=begun))
        written: list[str] = []
        steps = [(piece, True) for piece in self.reasoning]
        steps += [(piece, False) for piece in self.answers]
        for number, (piece, is_reasoning) in enumerate(steps, 1):
            if number - 1 == self.pause_after:
                self.hold.clear()
                self.hold.wait()
            if to in self._stopped or job in self._stopped:
                break
            if not is_reasoning:
                written.append(piece)
            self.publish(
                events.TextGenerated(
                    job_id=job,
                    conversation_id=to,
                    message_id=begun.id,
                    text=piece,
                    is_reasoning=is_reasoning,
                    completion_tokens=number,
                )
            )
        was_stopped = to in self._stopped or job in self._stopped
        done = replace(
            begun,
            text="".join(written),
            reasoning="".join(self.reasoning),
            finish_reason=FinishReason.STOPPED if was_stopped else FinishReason.STOP,
            stats=fake_stats(len(written)),
        )
        kept = self.conversations[to]
        self.conversations[to] = replace(kept, messages=(*kept.messages, asked, done))
        self.publish(events.TurnFinished(job_id=job, conversation_id=to, message=done))
        return None


def fake_stats(tokens: int) -> AnswerStats:
    return AnswerStats(
        model="fake-1m",
        prompt_tokens=30,
        cached_tokens=20,
        completion_tokens=tokens,
        ttft_ms=412.0,
        tokens_per_second=24.1,
        prefill_tokens_per_second=380.0,
        reasoning_ms=3200.0,
    )
