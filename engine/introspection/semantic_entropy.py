"""How far several answers to one question differ in what they say."""

from __future__ import annotations

import math
from collections.abc import Sequence

from engine.contract.signals import MeaningCluster, SemanticEntropy
from engine.introspection.answer_features import EMPTY_WORDS
from engine.introspection.grading import normalised
from engine.storage.text_facts import facts_of
from engine.storage.words import words_of

# Of each answer's telling words, the other must have so many.
_LEAST_SHARED = 0.7

METHOD = (
    "{samples} answers at temperature 1. Two say the same if they are the same words, or if each "
    "has 70 % of the other's telling words and all its numbers, dates, names and negations; other "
    "wordings of one meaning count as different."
)


def semantic_entropy(answers: Sequence[str]) -> SemanticEntropy:
    """The entropy over groups of answers that say the same.

    Source: discrete semantic entropy, Farquhar et al. 2024, doi:10.1038/s41586-024-07421-0.
    Deviation: that two answers say the same is told by their words, not by a model of entailment,
        which a small chat model cannot stand in for. It errs on the side of difference.
    """
    clusters = clusters_of(answers)
    total = len(answers)
    shares = [cluster.count / total for cluster in clusters]
    return SemanticEntropy(
        # Without the sum's sign, one cluster alone would give minus zero.
        entropy_nats=sum(share * math.log(1 / share) for share in shares),
        samples=total,
        clusters=clusters,
        method=METHOD.format(samples=total),
    )


def clusters_of(answers: Sequence[str]) -> tuple[MeaningCluster, ...]:
    """Answers that say the same together, the largest group first.

    Each answer joins the first group whose first answer it agrees with in both directions, as in
    the source.
    """
    groups: list[list[str]] = []
    for answer in answers:
        same = next((group for group in groups if say_the_same(group[0], answer)), None)
        if same is None:
            groups.append([answer])
        else:
            same.append(answer)
    groups.sort(key=lambda group: -len(group))
    return tuple(MeaningCluster(text=group[0], count=len(group)) for group in groups)


def say_the_same(one: str, other: str) -> bool:
    """Whether two answers say the same, as far as their words tell."""
    if normalised(one) == normalised(other):
        return True
    return _covers(one, other) and _covers(other, one)


def _covers(one: str, other: str) -> bool:
    """Whether `one` has most telling words of `other`, and all that turns its meaning."""
    there = {*words_of(one), *facts_of(one)}
    telling = [word for word in words_of(other) if word not in EMPTY_WORDS]
    if not telling or sum(word in there for word in telling) < _LEAST_SHARED * len(telling):
        return False
    return all(_is_among(fact, there) for fact in facts_of(other))


def _is_among(fact: str, there: set[str]) -> bool:
    """Whether a number, date, name or negation is there, be it spelt with other capitals.

    A sentence's first word has a capital too; where it says nothing, it need not be there.
    """
    if fact in there:
        return True
    words = words_of(fact)
    telling = [word for word in words if word not in EMPTY_WORDS or word in _TURNS]
    return bool(words) and all(word in there for word in telling)


_TURNS = frozenset(("no", "not"))
