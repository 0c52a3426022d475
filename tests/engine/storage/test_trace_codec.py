from __future__ import annotations

import dataclasses
import json
import math
import zlib

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.contract.errors import VaultDamagedError
from engine.contract.signals import (
    Alternative,
    Opening,
    Profile,
    TokenSignals,
    Trace,
    TurnSignals,
)
from engine.storage import trace_codec
from engine.storage.codec import Codec
from engine.storage.trace_codec import decode, encode
from engine.storage.trace_columns import ColumnReader, Columns
from engine.storage.varint import read_varint, varint
from tests.engine.storage.some_traces import any_trace, long_trace, named

FEW = settings(max_examples=200, deadline=None)
EMPTY = Trace(
    message_id="msg_1", opening=Opening(model_id="m", layers=2, profile=Profile.OFF), tokens=()
)


def is_near(told: float, given_: float, *, is_probability: bool) -> bool:
    """What the codec promises of a number."""
    if math.isnan(given_) or math.isinf(given_):
        return str(told) == str(given_)
    if is_probability:
        return math.isclose(told, given_, rel_tol=3.2e-4, abs_tol=2e-18)
    return math.isclose(told, given_, rel_tol=4.9e-4, abs_tol=6e-8)


def assert_alike(told, given_):
    """Equal but for the roundings that are promised; texts, counts and what is missing exactly."""
    assert type(told) is type(given_)
    if isinstance(given_, (Opening, TurnSignals)):
        assert repr(told) == repr(given_)
    elif isinstance(given_, Alternative):
        assert (told.token_id, told.text) == (given_.token_id, given_.text)
        assert is_near(told.probability, given_.probability, is_probability=True)
    elif isinstance(given_, float):
        assert is_near(told, given_, is_probability=False)
    else:
        assert_parts_alike(told, given_)


def assert_parts_alike(told, given_):
    """The same of what is made of parts."""
    if dataclasses.is_dataclass(given_):
        for field in dataclasses.fields(given_):
            assert_alike(getattr(told, field.name), getattr(given_, field.name))
    elif isinstance(given_, tuple):
        assert len(told) == len(given_)
        for mine, theirs in zip(told, given_, strict=True):
            assert_alike(mine, theirs)
    else:
        assert told == given_


@FEW
@given(trace=any_trace())
@example(EMPTY)
def test_any_trace_comes_back_to_the_promised_digits(trace):
    assert_alike(decode(encode(trace), named), trace)


def test_a_trace_takes_far_less_than_a_kilobyte_a_token():
    trace = long_trace("msg_1")
    content = encode(trace)
    assert len(content) / len(trace.tokens) < 350
    assert len(Codec().pack("trace", content)) / len(trace.tokens) < 300
    assert_alike(decode(content, named), trace)


def test_what_was_not_measured_is_missing_and_never_zero():
    bare = TokenSignals(
        index=0,
        token_id=5,
        text="a",
        surprisal_nats=0.0,
        entropy_nats=0.0,
        varentropy_nats2=0.0,
        rank=1,
        margin_nats=0.0,
        alternatives=(),
    )
    full = dataclasses.replace(
        bare,
        index=1,
        state_norm=0.0,
        drift_ratio=0.0,
        sink_share=0.0,
        lookback_ratio=0.0,
        commit_layer=0,
        shares=(0.0, 1.0),
    )
    told = decode(encode(dataclasses.replace(EMPTY, tokens=(bare, full, bare))))
    assert told.tokens == (bare, full, bare)
    assert told.turn is None


def test_the_texts_of_alternatives_come_from_the_tokenizer():
    trace = long_trace("msg_1", tokens=2)
    asked = []

    def names(model_id: str):
        def text_of(token_id: int) -> str:
            asked.append((model_id, token_id))
            return str(token_id)

        return text_of

    told = decode(encode(trace), names)
    for token in told.tokens:
        readings = [reading.top for reading in token.lens]
        for each in (*token.alternatives, *sum(readings, ())):
            assert each.text == str(each.token_id)
    assert len(asked) == len(set(asked))
    assert {model_id for model_id, _ in asked} == {"tiny"}
    unnamed = decode(encode(trace)).tokens[0].alternatives[0]
    assert unnamed.text == f"[{unnamed.token_id}]"


def test_a_probability_keeps_its_digits_however_small_it_is():
    for exponent in range(17):
        columns = Columns()
        given_ = 3.7 * 10.0 ** -(exponent + 1)
        columns.likelihood("p", [given_, 0.0, 1.0, math.nan])
        told = ColumnReader(json.loads(json.dumps(columns.facts)), columns.content)
        small, zero, one, missing = told.likelihood("p", 4)
        assert small == pytest.approx(given_, rel=3.2e-4)
        assert (zero, one) == (0.0, 1.0)
        assert math.isnan(missing)


@pytest.mark.parametrize("probability", [-0.01, 1.01, math.inf])
def test_what_is_no_probability_is_not_kept(probability):
    other = Alternative(token_id=1, text="", probability=probability)
    token = dataclasses.replace(long_trace("m", tokens=1).tokens[0], alternatives=(other,))
    with pytest.raises(ValueError, match="no probability"):
        encode(dataclasses.replace(EMPTY, tokens=(token,)))


def test_a_number_too_large_for_half_precision_takes_more_room_and_stays_itself():
    for number in (65_504.0, 70_000.0, 1e30, 1e300, -1e300, math.inf):
        columns = Columns()
        columns.real("x", [1.0, number])
        told = ColumnReader(json.loads(json.dumps(columns.facts)), columns.content)
        assert told.real("x", 2) == [1.0, pytest.approx(number, rel=1e-6)]


# -- what is not whole --------------------------------------------------------------------------


def test_every_single_flipped_bit_is_noticed():
    content = encode(long_trace("msg_1", tokens=2))
    for place in range(8 * len(content)):
        harmed = bytearray(content)
        harmed[place // 8] ^= 1 << place % 8
        with pytest.raises(VaultDamagedError):
            decode(bytes(harmed))


def test_every_cut_is_noticed():
    content = encode(long_trace("msg_1", tokens=2))
    for place in range(len(content)):
        with pytest.raises(VaultDamagedError):
            decode(content[:place])


def test_a_newer_version_is_refused():
    content = encode(EMPTY)
    body = content[5:]
    newer = bytes([trace_codec.VERSION + 1])
    with pytest.raises(VaultDamagedError):
        decode(newer + zlib.crc32(body, zlib.crc32(newer)).to_bytes(4, "little") + body)


@FEW
@given(content=st.binary(max_size=400))
def test_any_bytes_at_all_are_the_one_error(content):
    with pytest.raises(VaultDamagedError):
        decode(content)


def sealed(body: bytes) -> bytes:
    """Bytes whose check is right, as one could make who means harm."""
    version = bytes([trace_codec.VERSION])
    return version + zlib.crc32(body, zlib.crc32(version)).to_bytes(4, "little") + body


@FEW
@given(st.data())
def test_bytes_with_a_right_check_are_a_trace_or_the_one_error(data):
    body = bytearray(encode(long_trace("msg_1", tokens=3))[5:])
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(body) - 1))
        if data.draw(st.booleans()):
            body[place] = data.draw(st.integers(0, 255))
        else:
            del body[place : place + data.draw(st.integers(1, 9))]
        if not body:
            break
    try:
        told = decode(sealed(bytes(body)))
    except VaultDamagedError:
        return
    assert isinstance(told, Trace)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 400) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@FEW
@given(st.data())
def test_a_head_that_says_anything_is_a_trace_or_the_one_error(data):
    body = encode(long_trace("msg_1", tokens=2))[5:]
    size, begin = read_varint(body, 0)
    head = json.loads(body[begin : begin + size])
    at = head
    # Somewhere in it another thing stands.
    while True:
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        key = data.draw(st.sampled_from(keys))
        if isinstance(at[key], (dict, list)) and at[key] and data.draw(st.booleans()):
            at = at[key]
        else:
            break
    at[key] = data.draw(ANY_JSON)
    packed = json.dumps(head).encode("utf-8", "surrogatepass")
    try:
        told = decode(sealed(varint(len(packed)) + packed + body[begin + size :]))
    except VaultDamagedError:
        return
    assert isinstance(told, Trace)


def test_a_column_that_says_it_is_longer_than_memory_is_refused():
    for facts in (
        [["a", "u1", 2**62]],
        [["a", "bits", 2**62]],
        [["a", "u1", -1]],
        [["a", "u1", True]],
        [["a", "x9", 0]],
        [["a", "u1"]],
        ["a"],
        "a",
        None,
    ):
        with pytest.raises(VaultDamagedError):
            ColumnReader(facts, b"")


def test_a_number_that_no_tokenizer_takes_is_damage():
    other = Alternative(token_id=2**33, text="", probability=0.5)
    token = dataclasses.replace(long_trace("m", tokens=1).tokens[0], alternatives=(other,))
    content = encode(dataclasses.replace(EMPTY, tokens=(token,)))
    with pytest.raises(VaultDamagedError):
        decode(content)


# -- copies -------------------------------------------------------------------------------------


def test_the_trace_of_a_copy_names_the_copies():
    trace = long_trace("msg_9")
    ids = {"msg_9": "msg_b", "msg_2": "msg_a"}
    copy = decode(trace_codec.copied(encode(trace), ids), named)
    assert copy.message_id == "msg_b"
    named_before = [segment.source_id for segment in trace.opening.segments]
    named_after = [segment.source_id for segment in copy.opening.segments]
    assert named_after == [ids.get(id_, id_) for id_ in named_before]
    assert_alike(copy.tokens, trace.tokens)
    assert copy.turn == trace.turn


def test_a_trace_whose_answer_was_not_copied_has_no_copy():
    with pytest.raises(VaultDamagedError):
        trace_codec.copied(encode(EMPTY), {"msg_other": "msg_b"})
