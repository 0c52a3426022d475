"""Our contender: the real engine, asked through its door, timed from outside."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.assembly import start_engine
from engine.contract.commands import InspectEngine, LoadModel
from engine.contract.events import CommandFailed, EngineInspected, Event, ModelLoaded, TextGenerated
from engine.contract.model_cards import LoadedModelInfo
from engine.contract.settings import GenerationSettings, ModelSettings, Settings
from tests.benchmarks.child_side import Request, Result, peak_bytes, serve
from tests.benchmarks.machine import ROOT
from tests.helpers.engine_reader import EngineReader, turn_of


@dataclass
class Session:
    """One engine, and a clock beside it."""

    reader: EngineReader

    def load(self, model: str) -> LoadedModelInfo:
        """The model answers; what is known of it."""
        events = self._do(LoadModel(model_id=model))
        return next(event.model for event in events if isinstance(event, ModelLoaded))

    def inspect(self) -> EngineInspected:
        """What runs underneath now."""
        events = self._do(InspectEngine())
        return next(event for event in events if isinstance(event, EngineInspected))

    def ask(self, conversation_id: str, text: str, max_tokens: int) -> dict[str, Any]:
        """One answer, with the times at which its tokens reached a listener."""
        times_s: list[float] = []

        def listen(event: Event) -> None:
            if isinstance(event, TextGenerated) and event.completion_tokens > len(times_s):
                times_s.append(time.perf_counter())

        stop = self.reader.port.subscribe(listen)
        begun = time.perf_counter()
        events = self.reader.ask(conversation_id, text, max_tokens=max_tokens, system_prompt="")
        ended = time.perf_counter()
        stop()
        _raise_if_failed(events)
        message = turn_of(events).message
        stats = message.stats
        if stats is None or not times_s:
            raise RuntimeError("the model ended its turn without a word")
        return {
            "text": message.text,
            "prompt_tokens": stats.prompt_tokens,
            "cached_tokens": stats.cached_tokens,
            "tokens": stats.completion_tokens,
            "ttft_s": times_s[0] - begun,
            "decode_s": times_s[-1] - times_s[0],
            "total_s": ended - begun,
            "drafted_tokens": stats.drafted_tokens,
            "accepted_tokens": stats.accepted_tokens,
        }

    def _do(self, command: LoadModel | InspectEngine) -> list[Event]:
        events = self.reader.do(command)
        _raise_if_failed(events)
        return events


def _raise_if_failed(events: list[Event]) -> None:
    if isinstance(events[-1], CommandFailed):
        raise RuntimeError(events[-1].error.message)


@contextmanager
def session(models_dir: str, **models: Any) -> Iterator[Session]:
    """An engine that runs while the block does.

    Args:
        models_dir: Where models lie.
        models: Fields of ModelSettings that differ from the defaults.
    """
    running = start_engine(
        settings=Settings(
            generation=GenerationSettings(system_prompt="", temperature=0.0),
            models=ModelSettings(**models),
        ),
        models_dir=Path(models_dir),
        resources=ROOT / "resources",
        version="bench",
    )
    try:
        yield Session(EngineReader(running.port))
    finally:
        running.close()


def measure(request: Request) -> Result:
    """Answer every job; jobs of the same `conversation` follow each other in it."""
    answers: list[dict[str, Any]] = []
    conversations: dict[str, str] = {}
    with session(request["models_dir"], **request["settings"]) as ours:
        begun = time.perf_counter()
        info = ours.load(request["model"])
        load_s = time.perf_counter() - begun
        for number, job in enumerate(request["jobs"]):
            name = job.get("conversation", f"job {number}")
            if name not in conversations:
                conversations[name] = ours.reader.converse()
            answers.append(ours.ask(conversations[name], job["text"], job["max_tokens"]))
        inspected = ours.inspect()
    return {
        "answers": answers,
        "load_s": load_s,
        "weights_bytes": info.weights_bytes,
        "device": info.device,
        "blas": inspected.blas,
        "mlx_peak_bytes": inspected.peak_bytes,
        "peak_bytes": peak_bytes(),
    }


if __name__ == "__main__":
    serve(measure)
