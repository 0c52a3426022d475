"""The second turn of a long conversation, with and without what the first one left in the cache."""

from __future__ import annotations

from typing import Any

from tests.benchmarks import texts
from tests.benchmarks.contenders import Rounds, compete, job, run_ours, without_texts
from tests.benchmarks.figures import Spread, ratios
from tests.benchmarks.ground import Ground
from tests.benchmarks.report import Table

SHARE = 13
_CONVERSATION_TOKENS = 2000
_FIRST_ANSWER_TOKENS = 60
WANTED = 10.0
_WITH, _WITHOUT = "with the prompt cache", "without it"


def _jobs(ground: Ground) -> list[dict[str, Any]]:
    first = texts.filled(
        "Read this text and say what it is about.",
        lambda text: len(ground.prompt_ids(text)),
        _CONVERSATION_TOKENS - _FIRST_ANSWER_TOKENS,
    )
    return [
        job(ground, first, _FIRST_ANSWER_TOKENS, "talk"),
        job(ground, "Thank you. Which part of it matters most?", 4, "talk"),
    ]


def run(ground: Ground) -> list[Table]:
    """One table."""

    def with_cache(ground: Ground, jobs: list[dict[str, Any]]) -> dict[str, Any]:
        return run_ours(ground, jobs, prompt_cache_mb=1024)

    runners = {_WITH: with_cache, _WITHOUT: run_ours}
    rounds = compete(ground, runners, _jobs(ground), "second turn")
    rounds.require(_WITH, _WITHOUT)
    return [_table(ground, rounds)]


def _table(ground: Ground, rounds: Rounds) -> Table:
    second = {
        name: rounds.values(name, lambda result: float(result["answers"][1]["ttft_s"]))
        for name in (_WITH, _WITHOUT)
    }
    answers = {name: rounds.results[name][0]["answers"] for name in (_WITH, _WITHOUT)}
    shorter = ratios(second[_WITHOUT], second[_WITH])
    rows = [
        [
            name,
            str(answers[name][1]["prompt_tokens"]),
            str(answers[name][1]["cached_tokens"]),
            Spread.of(values).text(3),
        ]
        for name, values in second.items()
    ]
    rows.append(["**times shorter**", "", "", f"**{shorter.text(1, 'x')}**"])
    word = "reached" if shorter.median >= WANTED else "not reached"
    return Table(
        name="second_turn",
        title="Second turn of a 2,000-token conversation",
        columns=("", "prompt, tokens", "of these from the cache", "time to first token, s"),
        rows=rows,
        notes=[
            f"Wanted: at least {WANTED:g} times shorter: {word} ({shorter.median:.1f}x).",
            f"{ground.model_id}; median (lowest to highest) of {shorter.rounds} rounds, taking "
            "turns; the ratio is of pairs of one round. Time runs from sending the message to the "
            "first token.",
            *rounds.notes(),
        ],
        figures={
            "rounds": second,
            "times_shorter": shorter.median,
            "results": without_texts(rounds),
        },
    )
