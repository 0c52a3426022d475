"""What of an answer's measurements tells whether it is right; what is missing is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from engine.contract.signals import TokenSignals
from engine.storage.words import words_of

LENGTH = "length"
STATE = "hidden_state"
AGREEMENT = "retrieval_agreement"

# Words that every text has, and that say nothing about where an answer comes from.
EMPTY_WORDS = frozenset(
    words_of(
        """a an the of in on at to by for from with and or but as is are was were be been it its
        this that these those he she they his her their i you we s t not no do
        does did has have had"""
    )
)


def features_of(
    tokens: Sequence[TokenSignals], *, text: str = "", passages: Iterable[str] = ()
) -> dict[str, float]:
    """The features of one answer; empty if nothing of it was measured.

    Args:
        tokens: Every token of the answer, in order.
        text: The answer.
        passages: Texts that stood in its context; none for an answer without.
    """
    if not tokens:
        return {}
    found = {
        "entropy_mean": _mean(token.entropy_nats for token in tokens),
        "entropy_most": max(token.entropy_nats for token in tokens),
        "log_probability_mean": -_mean(token.surprisal_nats for token in tokens),
        "log_probability_least": -max(token.surprisal_nats for token in tokens),
        "margin_first": tokens[0].margin_nats,
        "margin_mean": _mean(token.margin_nats for token in tokens),
        "varentropy_mean": _mean(token.varentropy_nats2 for token in tokens),
        LENGTH: float(len(tokens)),
        "forks": _mean(float(token.is_fork) for token in tokens),
    }
    for name, read in _SOMETIMES.items():
        values = [value for token in tokens if (value := read(token)) is not None]
        # The mean of some tokens is no measurement of the answer.
        if len(values) == len(tokens):
            found[name] = _mean(values)
    agreement = agreement_ratio(text, passages)
    if agreement is not None:
        found[AGREEMENT] = agreement
    return found


def agreement_ratio(answer: str, passages: Iterable[str]) -> float | None:
    """Share of the answer's telling words that the passages have too.

    None without a passage; an answer without a telling word shares none.
    """
    there = {word for passage in passages for word in words_of(passage)}
    if not there:
        return None
    telling = [word for word in words_of(answer) if word not in EMPTY_WORDS]
    return sum(word in there for word in telling) / len(telling) if telling else 0.0


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return sum(listed) / len(listed)


def _commit(token: TokenSignals) -> float | None:
    return None if token.commit_layer is None else float(token.commit_layer)


_SOMETIMES: dict[str, Callable[[TokenSignals], float | None]] = {
    "drift_mean": lambda token: token.drift_ratio,
    "lookback_mean": lambda token: token.lookback_ratio,
    "commit_layer_mean": _commit,
}
