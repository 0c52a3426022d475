"""A trace to few bytes and back; what is not whole is an error, never another trace.

The bytes are one of version; CRC-32 of it and of all that follows, little end first; the length of
the head as a varint; the head, which is JSON: what was measured, the tokens' own texts, and which
columns there are; then the columns, see trace_columns.py. What was not measured is not there.

Of the tokens that could have come only the numbers are kept: their texts come from the tokenizer.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import chain, islice
from typing import Any

from engine.contract.signals import (
    Alternative,
    LayerReading,
    Opening,
    TokenSignals,
    Trace,
    TurnSignals,
)
from engine.storage.damage import damaged
from engine.storage.plain_json import enum_value, rebuilt
from engine.storage.trace_columns import ColumnReader, Columns
from engine.storage.varint import read_varint, varint

VERSION = 1
_CHECK_BYTES = 4
# No tokenizer takes a number beyond it.
_MOST_TOKENS = 2**32 - 1

# Gives a token's text; and, for a model's identifier, what gives the texts of its tokens.
TextOf = Callable[[int], str]
Names = Callable[[str], TextOf]

# Columns that every token has, by the form they are kept in.
_WHOLE = ("index", "token_id", "rank")
_REAL = ("surprisal_nats", "entropy_nats", "varentropy_nats2", "margin_nats", "cost_us")
_MAYBE = ("state_norm", "drift_ratio", "sink_share", "lookback_ratio")
_FLAGS = ("is_fork", "is_boundary", "is_repetition")
_LISTS = ("shares", "projections")


def in_brackets(token_id: int) -> str:
    """A token whose text nobody knows now."""
    return f"[{token_id}]"


def unnamed(model_id: str) -> TextOf:  # noqa: ARG001 - whichever it is
    """Nobody knows the texts of this model's tokens now."""
    return in_brackets


def encode(trace: Trace) -> bytes:
    """The trace; measured numbers to 0.05 %, probabilities to 0.03 %, all others exactly.

    Raises:
        ValueError: A number is none that could have been measured.
    """
    columns = Columns()
    _put_tokens(columns, trace.tokens)
    _put_alternatives(columns, "alternatives", [token.alternatives for token in trace.tokens])
    _put_lens(columns, [token.lens for token in trace.tokens])
    head = {
        "message_id": trace.message_id,
        "opening": asdict(trace.opening),
        "turn": None if trace.turn is None else asdict(trace.turn),
        "texts": [token.text for token in trace.tokens],
        "columns": columns.facts,
    }
    return _sealed(head, columns.content)


def decode(content: bytes, names: Names = unnamed) -> Trace:
    """The trace that was encoded.

    Args:
        content: What `encode` made.
        names: Gives the texts of the model that wrote the answer: another's mean nothing here.

    Raises:
        VaultDamagedError: It is not what `encode` made, or a later version did.
    """
    head, numbers = _opened(content)
    columns = ColumnReader(head.get("columns"), numbers)
    message_id, turn = head.get("message_id"), head.get("turn")
    if not isinstance(message_id, str):
        raise damaged()
    opening = rebuilt(Opening, head.get("opening"))
    text_of = _remembered(names(opening.model_id))
    return Trace(
        message_id=message_id,
        opening=opening,
        tokens=_read_tokens(columns, _texts(head.get("texts")), text_of),
        turn=None if turn is None else rebuilt(TurnSignals, turn),
    )


def copied(content: bytes, ids: Mapping[str, str]) -> bytes:
    """The same trace, of a copy of its answer in a copy of its conversation.

    Args:
        content: What `encode` made.
        ids: For each message that was copied, its copy.

    Raises:
        VaultDamagedError: It is not what `encode` made, or its answer was not copied.
    """
    head, numbers = _opened(content)
    opening = rebuilt(Opening, head.get("opening"))
    if head.get("message_id") not in ids:
        raise damaged()
    segments = tuple(
        replace(segment, source_id=ids.get(segment.source_id, segment.source_id))
        for segment in opening.segments
    )
    head |= {
        "message_id": ids[head["message_id"]],
        "opening": asdict(replace(opening, segments=segments)),
    }
    return _sealed(head, numbers)


def _sealed(head: dict[str, Any], numbers: bytes) -> bytes:
    told = json.dumps(head, ensure_ascii=False, separators=(",", ":"), default=enum_value)
    packed = told.encode("utf-8", "surrogatepass")
    body = varint(len(packed)) + packed + numbers
    version = bytes([VERSION])
    return version + _check(version, body) + body


def _opened(content: bytes) -> tuple[dict[str, Any], bytes]:
    """The head, and the columns' bytes."""
    version, check, body = content[:1], content[1 : 1 + _CHECK_BYTES], content[1 + _CHECK_BYTES :]
    if version != bytes([VERSION]) or check != _check(version, body):
        raise damaged()
    size, begin = read_varint(body, 0)
    return _read_head(body[begin : begin + size]), body[begin + size :]


def _check(version: bytes, body: bytes) -> bytes:
    return zlib.crc32(body, zlib.crc32(version)).to_bytes(_CHECK_BYTES, "little")


def _read_head(packed: bytes) -> dict[str, Any]:
    try:
        head = json.loads(packed.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError):
        raise damaged() from None
    if not isinstance(head, dict):
        raise damaged()
    return head


def _texts(told: object) -> list[str]:
    if not isinstance(told, list) or not all(isinstance(text, str) for text in told):
        raise damaged()
    return told


def _remembered(text_of: TextOf) -> TextOf:
    """The same, asked once for each token: the same ones could have come at many places."""
    known: dict[int, str] = {}

    def text(token_id: int) -> str:
        if token_id not in known:
            known[token_id] = text_of(token_id)
        return known[token_id]

    return text


# -- tokens -------------------------------------------------------------------------------------


def _put_tokens(columns: Columns, tokens: Sequence[TokenSignals]) -> None:
    for name in _WHOLE:
        columns.whole(name, [getattr(token, name) for token in tokens])
    for name in _REAL:
        columns.real(name, [getattr(token, name) for token in tokens])
    for name in _MAYBE:
        columns.maybe(name, [getattr(token, name) for token in tokens])
    for name in _FLAGS:
        columns.flags(name, [getattr(token, name) for token in tokens])
    for name in _LISTS:
        lists = [getattr(token, name) for token in tokens]
        columns.whole(f"{name}.count", [len(each) for each in lists])
        columns.real(name, list(chain.from_iterable(lists)))
    columns.maybe_whole("commit_layer", [token.commit_layer for token in tokens])


def _read_tokens(
    columns: ColumnReader, texts: Sequence[str], text_of: TextOf
) -> tuple[TokenSignals, ...]:
    count = len(texts)
    told: dict[str, Sequence[Any]] = {"text": texts}
    told |= {name: columns.whole(name, count) for name in _WHOLE}
    told |= {name: columns.real(name, count) for name in _REAL}
    told |= {name: columns.maybe(name, count) for name in _MAYBE}
    told |= {name: columns.flags(name, count) for name in _FLAGS}
    for name in _LISTS:
        counts = columns.counts(f"{name}.count", count)
        told[name] = list(_parted(columns.real(name, sum(counts)), counts))
    told["commit_layer"] = columns.maybe_whole("commit_layer", count)
    told["alternatives"] = list(_read_alternatives(columns, "alternatives", count, text_of))
    told["lens"] = list(_read_lens(columns, count, text_of))
    names = tuple(told)
    return tuple(
        TokenSignals(**dict(zip(names, values, strict=True)))
        for values in zip(*told.values(), strict=True)
    )


def _put_alternatives(
    columns: Columns, name: str, lists: Sequence[tuple[Alternative, ...]]
) -> None:
    flat = list(chain.from_iterable(lists))
    columns.whole(f"{name}.count", [len(each) for each in lists])
    columns.whole(f"{name}.id", [each.token_id for each in flat])
    columns.likelihood(f"{name}.p", [each.probability for each in flat])


def _read_alternatives(
    columns: ColumnReader, name: str, lists: int, text_of: TextOf
) -> Iterator[tuple[Alternative, ...]]:
    counts = columns.counts(f"{name}.count", lists)
    ids = columns.counts(f"{name}.id", sum(counts))
    if max(ids, default=0) > _MOST_TOKENS:
        raise damaged()
    likelihoods = columns.likelihood(f"{name}.p", sum(counts))
    each = (
        Alternative(token_id=id_, text=text_of(id_), probability=probability)
        for id_, probability in zip(ids, likelihoods, strict=True)
    )
    return _parted(each, counts)


def _put_lens(columns: Columns, lists: Sequence[tuple[LayerReading, ...]]) -> None:
    flat = list(chain.from_iterable(lists))
    columns.whole("lens.count", [len(each) for each in lists])
    columns.whole("lens.layer", [reading.layer for reading in flat])
    columns.real("lens.entropy_nats", [reading.entropy_nats for reading in flat])
    columns.real("lens.kl_nats", [reading.kl_nats for reading in flat])
    _put_alternatives(columns, "lens.top", [reading.top for reading in flat])


def _read_lens(
    columns: ColumnReader, tokens: int, text_of: TextOf
) -> Iterator[tuple[LayerReading, ...]]:
    counts = columns.counts("lens.count", tokens)
    readings = sum(counts)
    each = (
        LayerReading(layer=layer, top=top, entropy_nats=entropy_nats, kl_nats=kl_nats)
        for layer, entropy_nats, kl_nats, top in zip(
            columns.whole("lens.layer", readings),
            columns.real("lens.entropy_nats", readings),
            columns.real("lens.kl_nats", readings),
            _read_alternatives(columns, "lens.top", readings, text_of),
            strict=True,
        )
    )
    return _parted(each, counts)


def _parted(each: Iterable[Any], counts: Iterable[int]) -> Iterator[tuple[Any, ...]]:
    rest = iter(each)
    return (tuple(islice(rest, count)) for count in counts)
