"""Answers that quote what they were given: prompt lookup against going without, and llama.cpp."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any

from tests.benchmarks import texts
from tests.benchmarks.contenders import (
    LLAMA,
    LOOKUP,
    OURS,
    Rounds,
    compete,
    job,
    run_llama,
    run_lookup,
    run_ours,
    texts_of,
    without_texts,
)
from tests.benchmarks.figures import Spread, ratios
from tests.benchmarks.ground import Ground
from tests.benchmarks.report import Table

SHARE = 20
_TASK = "Repeat the following text word for word:\n\n{}"
_PASSAGES = 6
_PASSAGE_TOKENS = (70, 170)
_MOST_TOKENS = 180
_KEYS = ("decode", "answer")


def _sum(result: dict[str, Any], key: str) -> float:
    return float(sum(answer[key] for answer in result["answers"]))


def _decode(result: dict[str, Any]) -> float:
    """Tokens a second after the first, over all answers together."""
    return (_sum(result, "tokens") - len(result["answers"])) / _sum(result, "decode_s")


def _whole(result: dict[str, Any]) -> float:
    """Tokens a second from question to end, the reading of the prompt included."""
    return _sum(result, "tokens") / _sum(result, "total_s")


def _kept(result: dict[str, Any]) -> float:
    return _sum(result, "accepted_tokens") / max(_sum(result, "drafted_tokens"), 1.0)


def _copied(result: dict[str, Any]) -> float:
    return _sum(result, "accepted_tokens") / _sum(result, "tokens")


def run(ground: Ground) -> list[Table]:
    """One table."""
    passages = texts.quotable(
        lambda text: len(ground.tokenizer.encode(text, with_special=False)),
        count=_PASSAGES,
        tokens=_PASSAGE_TOKENS,
    )
    jobs = [job(ground, "Say hello.", 8)]
    jobs += [job(ground, _TASK.format(passage), _MOST_TOKENS) for passage in passages]
    runners = {LOOKUP: run_lookup, LLAMA: run_llama, OURS: run_ours}
    rounds = compete(ground, runners, jobs, "quoting")
    rounds.require(LOOKUP)
    for done in rounds.results.values():
        for result in done:
            # The first answer only made the contender warm.
            del result["answers"][0]
    return [_table(ground, rounds, passages)]


def _table(ground: Ground, rounds: Rounds, passages: Sequence[str]) -> Table:
    there = [name for name in (LOOKUP, OURS, LLAMA) if name in rounds.results]
    read = {
        name: {"decode": rounds.values(name, _decode), "answer": rounds.values(name, _whole)}
        for name in there
    }
    rows = [[name, *(Spread.of(read[name][key]).text(1) for key in _KEYS)] for name in there]
    compared = {
        peer: {key: ratios(read[LOOKUP][key], read[peer][key]) for key in _KEYS}
        for peer in there[1:]
    }
    for peer, one in compared.items():
        words = "ours without it" if peer == OURS else peer
        ratio_texts = (f"**{one[key].text(2, 'x')}**" for key in _KEYS)
        rows.append([f"**prompt lookup to {words}**", *ratio_texts])
    kept = Spread.of(rounds.values(LOOKUP, _kept))
    copied = Spread.of(rounds.values(LOOKUP, _copied))
    quoted, alike = _quoted(ground, rounds, passages), _alike(ground, rounds)
    return Table(
        name="quoting",
        title="Answers that quote their context",
        columns=("", "decode, tokens/s", "question to end, tokens/s"),
        rows=rows,
        notes=[
            f"Of the guesses {kept.median:.0%} held, and {copied.median:.0%} of all tokens came "
            f"from one. With and without guessing {alike} of {len(passages)} answers are the same "
            "to the letter (temperature 0).",
            f"Asked to repeat {len(passages)} passages, which our answers did to {quoted:.0%} "
            "(difflib).",
            f"{ground.model_id}; median (lowest to highest) of {len(rounds.results[LOOKUP])} "
            f"rounds, contenders taking turns; ratios are of pairs of one round. "
            f"Passages: {texts.source()}.",
            *rounds.notes(),
        ],
        figures={
            "rounds": read,
            "ratios": {
                peer: {key: spread.median for key, spread in one.items()}
                for peer, one in compared.items()
            },
            "guesses_kept": kept.median,
            "tokens_from_guesses": copied.median,
            "same_answers": alike,
            "answers": len(passages),
            "quoted": quoted,
            "results": without_texts(rounds),
        },
    )


def _quoted(ground: Ground, rounds: Rounds, passages: Sequence[str]) -> float:
    """How far the answers are what was asked for, 0 to 1, on average."""
    written = texts_of(ground, rounds.results[LOOKUP][0])
    alike = [
        difflib.SequenceMatcher(None, passage, text, autojunk=False).ratio()
        for passage, text in zip(passages, written, strict=True)
    ]
    return sum(alike) / len(alike)


def _alike(ground: Ground, rounds: Rounds) -> int:
    """Answers that guessing left as they were."""
    if OURS not in rounds.results:
        return 0
    one, other = (texts_of(ground, rounds.results[name][0]) for name in (LOOKUP, OURS))
    return sum(a == b for a, b in zip(one, other, strict=True))
