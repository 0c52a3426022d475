"""Parts that stand in for slow or far ones; each has its own test against the real thing."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from engine.contract import commands, events
from engine.contract.chat_commands import EditMessage
from engine.contract.errors import ErrorReport
from engine.contract.ids import new_id
from engine.contract.messages import AnswerStats, Conversation, FinishReason, Message, Role
from engine.contract.model_cards import LoadedModelInfo, ModelCard, ModelState
from tests.helpers.fake_files import FakeFiles
from tests.helpers.fake_instruments import FakeInstruments
from tests.helpers.fake_library import FakeLibrary
from tests.helpers.fake_tree import FakeTree
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
        fail_next: If set, the next SendMessage, EditMessage or LoadModel fails with it.
        submitted: Every command, in order.
        vault: Where it all is; opens by a keychain unless a test says otherwise.
        instruments: Measure what is written while they are on.
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
        self.tree = FakeTree(self.conversations, self.publish, self._write)
        self.files = FakeFiles(self.publish)
        self.library = FakeLibrary(self.conversations, self.publish)
        self.instruments = FakeInstruments(self.conversations, self.publish, self._write)
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
            if isinstance(command, (commands.SendMessage, commands.LoadModel, EditMessage)):
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
                    is_temporary=command.is_temporary,
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
                if error := self.files.carry_out(job, command):
                    return error
                self.instruments.carry_out(job, command)
                return self.tree.carry_out(job, command) or self.library.carry_out(job, command)
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
        self.hold.wait()
        if job in self._stopped:
            return ErrorReport(kind="cancelled", message="You stopped it.")
        asked = Message(
            id=new_id("msg"),
            role=Role.USER,
            text=command.text,
            created_at_s=time.time(),
            parent_id=command.parent_id or self.conversations[to].leaf_id,
        )
        self.tree.add(job, to, asked)
        self._write(job, to, asked.id)
        return None

    def _write(
        self, job: str, to: str, parent_id: str | None, *, begun_with: str = "", model: str = ""
    ) -> Message:
        """One more answer below a message."""
        begun = Message(
            id=new_id("msg"),
            role=Role.ASSISTANT,
            text=begun_with,
            created_at_s=time.time(),
            parent_id=parent_id,
        )
        self._stopped.discard(to)
        self.tree.add(job, to, begun)
        self.instruments.begin(job, to, begun.id)
        written = [begun_with]
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
            self.instruments.measure(job, to, begun.id, piece)
        was_stopped = to in self._stopped or job in self._stopped
        done = replace(
            begun,
            text="".join(written),
            reasoning="".join(self.reasoning),
            finish_reason=FinishReason.STOPPED if was_stopped else FinishReason.STOP,
            stats=fake_stats(len(written) - 1, model or "fake-1m"),
        )
        kept = self.conversations[to]
        messages = tuple(done if m.id == done.id else m for m in kept.messages)
        self.conversations[to] = replace(kept, messages=messages)
        self.publish(events.TurnFinished(job_id=job, conversation_id=to, message=done))
        self.instruments.end(job, to, begun.id)
        return done


def fake_stats(tokens: int, model: str = "fake-1m") -> AnswerStats:
    return AnswerStats(
        model=model,
        prompt_tokens=30,
        cached_tokens=20,
        completion_tokens=tokens,
        ttft_ms=412.0,
        tokens_per_second=24.1,
        prefill_tokens_per_second=380.0,
        reasoning_ms=3200.0,
        seed=7,
        temperature=0.3,
        top_p=0.95,
        min_p=0.0,
        repetition_penalty=1.0,
        max_tokens=1024,
    )
