"""A small engine behind the real port: it answers by rule, on a thread of its own.

Its questions are its script: "echo ..." repeats, "forever" writes until it is stopped, "stuck"
cannot be stopped, "fail KIND" fails, "think" reasons first. What it says comes in the order in
which the real one says it (checked by test_real_answers.py).
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

from engine.contract import commands as c
from engine.contract import events as e
from engine.contract.errors import ErrorReport
from engine.contract.ids import new_id
from engine.contract.messages import AnswerStats, Conversation, FinishReason, Message, Role
from engine.contract.model_cards import LoadedModelInfo, ModelCard, ModelState
from engine.contract.port import Listener
from engine.contract.settings import Settings

CARD = ModelCard(
    id="tiny",
    name="Tiny",
    licence="Apache-2.0",
    parameters=135_000_000,
    download_bytes=92_000_000,
    context_tokens=8192,
    memory_bytes=((4, 600_000_000), (8, 900_000_000)),
    good_for="Trying things out.",
    state=ModelState.READY,
    fits=True,
)
LARGE = replace(
    CARD, id="large", name="Large", parameters=70_000_000_000, state=ModelState.OFFERED, fits=False
)
LOADED = LoadedModelInfo(
    id="tiny",
    name="Tiny",
    licence="Apache-2.0",
    architecture="llama",
    parameters=135_000_000,
    context_tokens=8192,
    weights_format="4-bit",
    weights_bytes=92_000_000,
    device="cpu",
    load_s=0.1,
)


class ScriptedEngine:
    """An EnginePort whose answers are known beforehand.

    Attributes:
        commands: Everything that was submitted, in order.
        cancelled: Jobs that were cancelled.
        failures: Class of a command to the report it fails with.
        answers: Class of a command to the events it leads to, before its own failure.
        blas: What InspectEngine tells.
    """

    def __init__(self) -> None:
        self.commands: list[c.Command] = []
        self.cancelled: set[str] = set()
        self.failures: dict[type[c.Command], ErrorReport] = {}
        self.answers: dict[type[c.Command], tuple[e.Event, ...]] = {}
        self.blas = "OpenBLAS"
        self.is_fetched = True
        self._listeners: list[Listener] = []
        self._stops: set[str] = set()
        self._wake = threading.Event()
        self._jobs: queue.SimpleQueue[tuple[str, c.Command] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="io", daemon=True)
        self._thread.start()

    def submit(self, command: c.Command) -> str:
        self.commands.append(command)
        job_id = new_id("job")
        if isinstance(command, c.SendMessage):
            self._stops.discard(command.conversation_id)
        if isinstance(command, c.StopGeneration):
            self._stops.add(command.conversation_id)
            self._wake.set()
        self._jobs.put((job_id, command))
        return job_id

    def cancel(self, job_id: str) -> None:
        self.cancelled.add(job_id)
        self._wake.set()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def close(self) -> None:
        self._jobs.put(None)
        self._thread.join(0.5)

    def asked(self) -> list[c.SendMessage]:
        return [command for command in self.commands if isinstance(command, c.SendMessage)]

    def _serve(self) -> None:
        while (job := self._jobs.get()) is not None:
            job_id, command = job
            report = self.failures.get(type(command))
            for event in self.answers.get(type(command), ()):
                self._tell(replace(event, job_id=job_id))
            for event in () if report else self._carry_out(job_id, command):
                if isinstance(event, e.CommandFailed):
                    report = event.error
                    break
                self._tell(replace(event, job_id=job_id))
            self._tell(
                e.CommandFailed(job_id=job_id, error=report)
                if report
                else e.CommandFinished(job_id=job_id)
            )

    def _tell(self, event: e.Event) -> None:
        for listener in tuple(self._listeners):
            listener(event)

    def _carry_out(self, job_id: str, command: c.Command) -> Iterator[e.Event]:
        if isinstance(command, c.CreateConversation):
            conversation = Conversation(
                id=command.conversation_id, title="", created_at_s=0, updated_at_s=0
            )
            yield e.ConversationCreated(conversation=conversation)
        elif isinstance(command, (c.LoadModel, c.FetchModel)):
            yield from self._load(command)
        elif isinstance(command, c.ListModels):
            yield e.ModelsListed(models=(CARD, LARGE))
        elif isinstance(command, c.InspectEngine):
            yield self._inspected()
        elif isinstance(command, c.ChangeSettings):
            yield e.SettingsChanged(settings=command.settings)
        elif isinstance(command, c.SendMessage):
            yield from self._answer(job_id, command)

    def _load(self, command: c.LoadModel | c.FetchModel) -> Iterator[e.Event]:
        if not self.is_fetched or command.model_id == "unfetched":
            for done in (0, 46_000_000, 92_000_000):
                yield e.ModelDownloadProgressed(
                    model_id=command.model_id,
                    licence="Apache-2.0",
                    done_bytes=done,
                    total_bytes=92_000_000,
                    bytes_per_second=10e6,
                    remaining_s=5.0 if done else None,
                )
            yield e.ModelFetched(model_id=command.model_id)
        if isinstance(command, c.LoadModel):
            yield e.ModelLoadProgressed(model_id="tiny", stage="Reading weights", share_ratio=0.5)
            yield e.ModelLoaded(model=LOADED)

    def _answer(self, job_id: str, command: c.SendMessage) -> Iterator[e.Event]:
        word, _, rest = command.text.partition(" ")
        if word == "fail":
            yield e.CommandFailed(
                error=ErrorReport(kind=rest, message="It did not work.", action="Try.")
            )
            return
        message_id, text, reasoning, count = new_id("msg"), "", "", 0
        reason = FinishReason.STOP
        for number, role in enumerate((Role.USER, Role.ASSISTANT)):
            said = command.text if role is Role.USER else ""
            added = Message(
                id=message_id if number else new_id("msg"), role=role, text=said, created_at_s=0
            )
            yield e.MessageAdded(conversation_id=command.conversation_id, message=added)
        if word == "cut":
            yield e.HistoryCut(
                conversation_id=command.conversation_id,
                message_ids=("msg_1", "msg_2"),
                tokens_cut=100,
                context_tokens=8192,
            )
        for piece, is_reasoning in self._pieces(word, rest):
            if command.conversation_id in self._stops or job_id in self.cancelled:
                reason = FinishReason.STOPPED
                break
            count += 1
            if is_reasoning:
                reasoning += piece
            else:
                text += piece
            yield e.TextGenerated(
                conversation_id=command.conversation_id,
                message_id=message_id,
                text=piece,
                is_reasoning=is_reasoning,
                completion_tokens=count,
            )
        yield e.TurnFinished(
            conversation_id=command.conversation_id,
            message=self._message(message_id, text, reasoning, reason, count, command),
        )
        if reason is FinishReason.STOPPED:
            yield e.CommandFailed(error=ErrorReport(kind="cancelled", message="It was stopped."))

    def _pieces(self, word: str, rest: str) -> Iterator[tuple[str, bool]]:
        if word == "think":
            yield "Hm. ", True
        if word == "stuck":
            yield "one ", False
            threading.Event().wait()
        if word in ("forever", "forever,"):
            while True:
                yield "on and on ", False
                self._wake.wait(0.01)
        for piece in (rest or f"You said {word}.").split(" "):
            yield piece + " ", False

    def _message(
        self,
        message_id: str,
        text: str,
        reasoning: str,
        reason: FinishReason,
        count: int,
        command: c.SendMessage,
    ) -> Message:
        stats = AnswerStats(
            model="tiny",
            prompt_tokens=12,
            cached_tokens=4,
            completion_tokens=count,
            ttft_ms=40.0,
            tokens_per_second=30.0 if count > 1 else None,
            prefill_tokens_per_second=200.0,
            seed=(command.generation or Settings().generation).seed or 0,
        )
        return Message(
            id=message_id,
            role=Role.ASSISTANT,
            text=text.strip(),
            reasoning=reasoning,
            created_at_s=0,
            finish_reason=reason,
            stats=stats,
        )

    def _inspected(self) -> e.EngineInspected:
        return e.EngineInspected(
            device="cpu",
            device_name="a test",
            blas=self.blas,
            compute_dtype="float32",
            model=None,
            active_bytes=0,
            cache_bytes=0,
            peak_bytes=0,
            limit_bytes=8_000_000_000,
            prompt_cache_bytes=0,
            conversations=0,
        )
