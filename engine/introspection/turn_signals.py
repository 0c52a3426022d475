"""An answer's tokens to what is said of the whole answer."""

from __future__ import annotations

from collections.abc import Sequence

from engine.contract.signals import SentenceSources, TokenSignals, TurnSignals

_ENDS = (".", "!", "?", "\u2026", "\u3002", "\uff01", "\uff1f", ":", ";")
_CLOSERS = " \"'\u201d\u2019)*_"
# Of the layers: settled before, or revised after.
_EARLY_SHARE, _LATE_SHARE = 0.5, 0.75
# A sentence of one or two tokens is a list's number or an initial, not a sentence.
_LEAST_TOKENS = 3


def sentences_of(texts: Sequence[str]) -> list[tuple[int, int]]:
    """Where sentences begin and end, in tokens; together they are the whole answer.

    Args:
        texts: What each token adds.
    """
    found, start, has_ended = [], 0, False
    for place, text in enumerate(texts):
        begins_new = has_ended and text[:1].isspace() and bool(text.strip())
        if (begins_new or ("\n" in text and text.strip() == "")) and place - start >= _LEAST_TOKENS:
            found.append((start, place))
            start = place
        stripped = text.rstrip(_CLOSERS)
        if stripped:
            has_ended = stripped.endswith(_ENDS)
    if start < len(texts):
        found.append((start, len(texts)))
    return found


def turn_signals(
    tokens: Sequence[TokenSignals],
    *,
    layers: int,
    user_surprise_nats: float | None,
    user_tokens: int,
    elapsed_s: float,
) -> TurnSignals:
    """What the tokens of an answer say together."""
    entropies = [token.entropy_nats for token in tokens]
    committed = [token.commit_layer for token in tokens if token.commit_layer is not None]
    return TurnSignals(
        tokens=len(tokens),
        user_surprise_nats=user_surprise_nats,
        user_tokens=user_tokens,
        entropy_mean_nats=sum(entropies) / len(entropies) if entropies else None,
        entropy_most_nats=max(entropies) if entropies else None,
        forks=sum(token.is_fork for token in tokens),
        boundaries=sum(token.is_boundary for token in tokens),
        repetitions=sum(token.is_repetition for token in tokens),
        settled_early=sum(layer <= _EARLY_SHARE * layers for layer in committed),
        late_revisions=sum(layer > _LATE_SHARE * layers for layer in committed),
        lens_tokens=len(committed),
        sentences=_sentences(tokens),
        measured_s=sum(token.cost_us for token in tokens) / 1e6,
        elapsed_s=elapsed_s,
    )


def _sentences(tokens: Sequence[TokenSignals]) -> tuple[SentenceSources, ...]:
    return tuple(
        SentenceSources(start=start, end=end, shares=mean_shares(tokens[start:end]))
        for start, end in sentences_of([token.text for token in tokens])
    )


def mean_shares(tokens: Sequence[TokenSignals]) -> tuple[float, ...]:
    """The mean attention on each segment; empty where none was read."""
    rows = [token.shares for token in tokens if token.shares]
    return tuple(sum(column) / len(rows) for column in zip(*rows, strict=True)) if rows else ()
