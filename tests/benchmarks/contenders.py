"""The three contenders, each given the same questions, token by token."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.benchmarks.children import ContenderFailedError, run_module
from tests.benchmarks.figures import Spread
from tests.benchmarks.ground import LLAMA_VARIABLE, Ground

OURS, MLX_LM, LLAMA = "Shvayambhu", "mlx-lm", "llama.cpp"
LOOKUP = "Shvayambhu, prompt lookup"

Answer = dict[str, Any]
Runner = Callable[[Ground, list[dict[str, Any]]], dict[str, Any]]


def job(ground: Ground, text: str, max_tokens: int, conversation: str = "") -> dict[str, Any]:
    """One question, in words for ours and in tokens for the peers."""
    asked = {
        "text": text,
        "prompt_ids": ground.prompt_ids(text),
        "max_tokens": max_tokens,
        "stop_ids": sorted(ground.tokenizer.eos_ids),
    }
    return asked | ({"conversation": conversation} if conversation else {})


def run_ours(ground: Ground, jobs: list[dict[str, Any]], **settings: Any) -> dict[str, Any]:
    """Ours. The prompt cache is off unless the settings say otherwise: each question is new."""
    request = {
        "models_dir": str(ground.models_dir),
        "model": ground.model_id,
        "settings": {"speculation": "off", "prompt_cache_mb": 0} | settings,
        "jobs": jobs,
    }
    return run_module("tests.benchmarks.ours", request, ground.say)


def run_lookup(ground: Ground, jobs: list[dict[str, Any]]) -> dict[str, Any]:
    """Ours as it comes: guesses are copied from the prompt."""
    return run_ours(ground, jobs, speculation="lookup")


def run_mlx_lm(ground: Ground, jobs: list[dict[str, Any]]) -> dict[str, Any]:
    """mlx-lm on the weights that `export` wrote."""
    request = {"folder": str(ground.scratch / "exported"), "jobs": jobs}
    result = run_module("tests.benchmarks.plain_mlx_lm", request, ground.say)
    if result["is_openblas_loaded"]:
        raise ContenderFailedError("mlx-lm was not plain: OpenBLAS was loaded in its process")
    return result


def run_llama(ground: Ground, jobs: list[dict[str, Any]]) -> dict[str, Any]:
    """llama.cpp on the same file."""
    if not ground.llama_python:
        raise ContenderFailedError(
            "llama-cpp-python is not here: `.venv/bin/pip install -r requirements-bench.txt`, "
            f"or name a Python that has it in {LLAMA_VARIABLE}"
        )
    longest = max(len(one["prompt_ids"]) + one["max_tokens"] for one in jobs)
    request = {
        "model_path": str(ground.model_path),
        "context_tokens": -(-(longest + 1) // 256) * 256,
        "jobs": jobs,
    }
    module = "tests.benchmarks.plain_llama"
    return run_module(module, request, ground.say, python=ground.llama_python)


def export(ground: Ground) -> int:
    """The weights lie ready for mlx-lm; how many bytes of them our decoder reads for a token."""
    request = {"model_path": str(ground.model_path), "folder": str(ground.scratch / "exported")}
    result = run_module("tests.benchmarks.export_weights", request, ground.say)
    return int(result["our_read_bytes"])


@dataclass
class Rounds:
    """What every contender did, round by round.

    Attributes:
        results: Contender to its results, oldest first; as many for each that is in it.
        dropped: Contender to why it took no part, or not to the end.
    """

    results: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    dropped: dict[str, str] = field(default_factory=dict)

    def require(self, *contenders: str) -> None:
        """Nothing, if these took part.

        Raises:
            ContenderFailedError: One did not, so there is nothing to compare with.
        """
        for name in contenders:
            if name not in self.results:
                raise ContenderFailedError(self.dropped.get(name, f"{name} did not run"))

    def values(self, contender: str, read: Callable[[dict[str, Any]], float]) -> list[float]:
        """One number of each round."""
        return [read(result) for result in self.results[contender]]

    def notes(self) -> list[str]:
        """Why someone is missing, and how much the machine did besides."""
        missing = [f"{name} is missing: {reason}." for name, reason in self.dropped.items()]
        return [*missing, meanwhile(result for done in self.results.values() for result in done)]


def meanwhile(results: Iterable[dict[str, Any]]) -> str:
    """What others took of the machine while these were measured."""
    shares = Spread.of([result["others_share"] for result in results])
    return (
        f"Other processes took {shares.median:.0%} of the cores meanwhile "
        f"({shares.low:.0%} to {shares.high:.0%})."
    )


def compete(
    ground: Ground, runners: Mapping[str, Runner], jobs: list[dict[str, Any]], what: str
) -> Rounds:
    """All contenders take turns, A B C A B C, so that a slow minute meets them all alike."""
    rounds = Rounds()
    for number in ground.rounds_in_time():
        for name, runner in runners.items():
            if name in rounds.dropped:
                continue
            ground.say(f"{what}, round {number} of {ground.rounds}: {name}")
            try:
                rounds.results.setdefault(name, []).append(runner(ground, jobs))
            except ContenderFailedError as error:
                rounds.dropped[name] = str(error)
                rounds.results.pop(name, None)
                ground.say(f"{name}: {error}")
    return rounds


def texts_of(ground: Ground, result: dict[str, Any]) -> Iterator[str]:
    """What a contender wrote."""
    for answer in result["answers"]:
        ids: Sequence[int] = answer.get("ids", ())
        yield (answer["text"] if "text" in answer else ground.tokenizer.decode(ids)).strip()


def without_texts(rounds: Rounds) -> dict[str, Any]:
    """Every figure of every round; what was written is not one."""
    return {name: [_figures(result) for result in done] for name, done in rounds.results.items()}


def _figures(result: dict[str, Any]) -> dict[str, Any]:
    answers = [
        {key: value for key, value in answer.items() if key not in ("text", "ids")}
        for answer in result.get("answers", ())
    ]
    return result | {"answers": answers}
