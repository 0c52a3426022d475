"""Decode and prefill speed, time to first token and memory: ours against mlx-lm and llama.cpp."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from tests.benchmarks import texts
from tests.benchmarks.children import run_module
from tests.benchmarks.contenders import (
    LLAMA,
    MLX_LM,
    OURS,
    Rounds,
    Runner,
    compete,
    export,
    job,
    run_llama,
    run_mlx_lm,
    run_ours,
    texts_of,
    without_texts,
)
from tests.benchmarks.figures import Spread, ratios, shared_start
from tests.benchmarks.ground import Ground
from tests.benchmarks.report import Table

SHARE = 45
PROMPT_TOKENS = 512
ANSWER_TOKENS = 128
_STORY = (
    "Write a long story about a lighthouse keeper who finds an old map. "
    "Tell what happens day by day."
)
_WARM, _LONG, _SHORT = range(3)
# Issue 2: what decode and prefill should be at least, as a multiple of the peer's.
WANTED = {(MLX_LM, "decode"): 2.5, (MLX_LM, "prefill"): 9.0, (LLAMA, "decode"): 0.6}

_BANDWIDTH = "bandwidth"
Reading = Callable[[dict[str, Any]], float]


def _decode(result: dict[str, Any]) -> float:
    answer = result["answers"][_SHORT]
    if answer["tokens"] < ANSWER_TOKENS // 2:
        raise ValueError(f"the answer ended after {answer['tokens']} tokens; nothing to measure")
    return float((answer["tokens"] - 1) / answer["decode_s"])


def _prefill(result: dict[str, Any]) -> float:
    answer = result["answers"][_LONG]
    return float(answer["prompt_tokens"] / answer["ttft_s"])


def _ttft_s(result: dict[str, Any]) -> float:
    return float(result["answers"][_LONG]["ttft_s"])


def _peak_mb(result: dict[str, Any]) -> float:
    return float(result["peak_bytes"] / 1e6)


_READINGS: dict[str, Reading] = {
    "decode": _decode,
    "prefill": _prefill,
    "ttft_s": _ttft_s,
    "peak_mb": _peak_mb,
}


def _jobs(ground: Ground) -> list[dict[str, Any]]:
    """The first answer makes everyone warm; then one long prompt; then one long answer."""
    long = texts.filled(
        "Read this and say in one sentence what it is about.",
        lambda text: len(ground.prompt_ids(text)),
        PROMPT_TOKENS,
    )
    return [job(ground, _STORY, 8), job(ground, long, 2), job(ground, _STORY, ANSWER_TOKENS)]


def run(ground: Ground) -> list[Table]:
    """One table."""
    ground.say("generation: writing the weights for mlx-lm")
    our_read_bytes = export(ground)

    def run_bandwidth(ground: Ground, _: list[dict[str, Any]]) -> dict[str, Any]:
        return run_module("tests.benchmarks.bandwidth", {"bytes": 540_000_000}, ground.say)

    runners: dict[str, Runner] = {
        _BANDWIDTH: run_bandwidth,
        OURS: run_ours,
        LLAMA: run_llama,
        MLX_LM: run_mlx_lm,
    }
    rounds = compete(ground, runners, _jobs(ground), "generation")
    rounds.require(OURS)
    return [_table(ground, rounds, our_read_bytes)]


def _table(ground: Ground, rounds: Rounds, our_read_bytes: int) -> Table:
    there = [name for name in (OURS, MLX_LM, LLAMA) if name in rounds.results]
    read = {
        name: {key: rounds.values(name, reading) for key, reading in _READINGS.items()}
        for name in there
    }
    rows = [_row(name, read[name]) for name in there]
    compared: dict[str, dict[str, Spread]] = {}
    for peer in there[1:]:
        compared[peer] = {key: ratios(read[OURS][key], read[peer][key]) for key in _READINGS}
        rows.append(_ratio_row(peer, compared[peer]))
    limit_notes, limits = _limits(rounds, read, our_read_bytes)
    return Table(
        name="generation",
        title="Generation, speculation off",
        columns=(
            "",
            "decode, tokens/s",
            "prefill, tokens/s",
            f"first token after a prompt of {PROMPT_TOKENS}, s",
            "peak memory, MB",
        ),
        rows=rows,
        notes=[
            *_verdicts(compared),
            *limit_notes,
            *_same_words(ground, rounds),
            f"{ground.model_id}; median (lowest to highest) of {len(rounds.results[OURS])} rounds, "
            "each contender in a process of its own, taking turns; ratios are of pairs of one "
            f"round. Decode: {ANSWER_TOKENS} tokens after a short prompt. Prefill: prompt tokens "
            f"through time to first token. Prompt: {texts.source()}.",
            *rounds.notes(),
        ],
        figures={
            "rounds": read,
            "ratios": {
                peer: {key: spread.median for key, spread in one.items()}
                for peer, one in compared.items()
            },
            "limits": limits,
            "blas": rounds.results[OURS][0]["blas"],
            "results": without_texts(rounds),
        },
    )


def _row(name: str, read: dict[str, list[float]]) -> list[str]:
    shown = {"decode": 1, "prefill": 0, "ttft_s": 2, "peak_mb": 0}
    return [name, *(Spread.of(read[key]).text(digits) for key, digits in shown.items())]


def _ratio_row(peer: str, compared: dict[str, Spread]) -> list[str]:
    return [f"**ours to {peer}**", *(f"**{compared[key].text(2, 'x')}**" for key in _READINGS)]


def _verdicts(compared: dict[str, dict[str, Spread]]) -> list[str]:
    """What was wanted, beside what came out."""
    said = []
    for (peer, key), wanted in WANTED.items():
        if peer in compared:
            got = compared[peer][key].median
            word = "reached" if got >= wanted else "not reached"
            said.append(f"{key} at least {wanted:g}x {peer}: {word} ({got:.2f}x)")
    if not said:
        return []
    place = " These are aims for a CPU." if sys.platform == "darwin" else ""
    return [f"Wanted: {'; '.join(said)}.{place}"]


def _limits(
    rounds: Rounds, read: dict[str, dict[str, list[float]]], our_read_bytes: int
) -> tuple[list[str], dict[str, Any]]:
    """How near decoding is to the speed at which memory can be read."""
    if _BANDWIDTH not in rounds.results or rounds.results[OURS][0]["device"] == "gpu":
        # What numpy reads on the CPU is no limit for the GPU.
        return [], {}
    gb_per_s = max(rounds.values(_BANDWIDTH, lambda result: float(result["gb_per_s"])))
    read_bytes = {OURS: our_read_bytes}
    read_bytes |= {
        peer: int(rounds.results[peer][0]["weights_bytes"]) for peer in read if peer != OURS
    }
    said, limits = [], {}
    for name, count in read_bytes.items():
        most = gb_per_s * 1e9 / count
        share = Spread.of(read[name]["decode"]).median / most
        limits[name] = {"read_bytes": count, "most_tokens_per_s": most, "share": share}
        said.append(
            f"{name} reads {count / 1e6:,.0f} MB of weights a token, so at most {most:,.0f} "
            f"tokens/s, and is at {share:.0%}"
        )
    note = f"Memory is read at {gb_per_s:.1f} GB/s by all cores: {'; '.join(said)}."
    return [note], {"gb_per_s": gb_per_s, **limits}


def _same_words(ground: Ground, rounds: Rounds) -> list[str]:
    """That the contenders did the same job."""
    own = list(texts_of(ground, rounds.results[OURS][0]))[_SHORT]
    said = []
    for peer in (MLX_LM, LLAMA):
        if peer in rounds.results:
            other = list(texts_of(ground, rounds.results[peer][0]))[_SHORT]
            said.append(f"{peer} {shared_start(own, other):.0%}")
    return [f"Written alike from the first letter on: {', '.join(said)}."] if said else []
