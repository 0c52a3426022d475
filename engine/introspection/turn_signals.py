"""An answer's tokens to what is said of the whole answer."""

from __future__ import annotations

from collections.abc import Sequence

from engine.contract.signals import SentenceSources, TokenSignals, TurnSignals

# What ends a sentence before a space: Latin, Arabic, Urdu, Devanagari, Armenian, Ethiopic, Khmer.
_ENDS = tuple(".!?\u2026:;\u061f\u06d4\u0964\u0965\u0589\u1362\u17d4")
# In scripts that put no spaces between sentences: Chinese and Japanese, Burmese, Tibetan.
_ENDS_BY_THEMSELVES = tuple("\u3002\uff01\uff1f\uff0e\u104b\u0f0d")
_CLOSERS = " \"'\u201d\u2019\u00bb)]*_\u300d\u300f\uff09\u3011"
# Of the layers: settled before, or revised after.
_EARLY_SHARE, _LATE_SHARE = 0.5, 0.75
# A sentence of one or two tokens is a list's number or an initial, not a sentence.
_LEAST_TOKENS = 3


def sentences_of(texts: Sequence[str]) -> list[tuple[int, int]]:
    """Where sentences begin and end, in tokens; together they are the whole answer.

    Args:
        texts: What each token adds.
    """
    found, start, written, before = [], 0, 0, ""
    for place, text in enumerate(texts):
        is_line = "\n" in text and not text.strip()
        if (is_line or _begins_new(before, text)) and written >= _LEAST_TOKENS:
            found.append((start, place))
            start, written = place, 0
        written += bool(text.strip())
        before = text.rstrip(_CLOSERS) or before
    if start < len(texts):
        found.append((start, len(texts)))
    return found


def _begins_new(before: str, text: str) -> bool:
    """Whether a sentence begins with `text`, when `before` came last of what is not a closer."""
    if not text.strip(_CLOSERS).strip():
        return False
    return before.endswith(_ENDS_BY_THEMSELVES) or (before.endswith(_ENDS) and text[0].isspace())


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
