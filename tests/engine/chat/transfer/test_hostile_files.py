"""Whatever a file holds, a reader gives conversations or a TransferError, and nothing else."""

from __future__ import annotations

import copy
import json
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.chat.transfer import chatgpt, claude, jan, lm_studio, open_webui, own_json
from engine.chat.transfer.json_stream import elements
from engine.chat.transfer.planting import plant
from engine.chat.transfer.sources import Reading, read_source
from engine.contract.errors import TransferError
from engine.contract.message_tree import shown_path
from engine.contract.messages import Role
from tests.helpers import foreign_exports as foreign

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=True, allow_infinity=True)
    | st.text(max_size=8)
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4)
    ),
    max_leaves=8,
)
OURS = {
    "id": "conv_1",
    "title": "Ours",
    "messages": [
        {"id": "msg_1", "role": "user", "text": "Hello", "created_at_s": 5.0},
        {"id": "msg_2", "role": "assistant", "text": "Hi", "parent_id": "msg_1", "stats": {}},
    ],
}
READERS = {
    "ChatGPT": (foreign.chatgpt_conversation(), chatgpt.read),
    "Claude": (foreign.claude_conversation(), claude.read),
    "Open WebUI": (foreign.open_webui_chat(), open_webui.read),
    "LM Studio": (foreign.lm_studio_conversation(), lambda one: lm_studio.read(one, "name")),
    "Shvayambhu": (OURS, lambda one: own_json.read({}, one)),
    "Jan": (
        {"title": "Moths", "lines": [{"role": "user", "content": "x", "id": "1"}]},
        lambda one: jan.read(one, one["lines"] if isinstance(one["lines"], list) else [], "n"),
    ),
}


def places(value, path=()):
    """Every place in a JSON value."""
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from places(inner, (*path, number))


def put(value, path, other):
    """The value with something else at that place."""
    if not path:
        return other
    changed = copy.deepcopy(value)
    at = changed
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = other
    return changed


@pytest.mark.parametrize("source", READERS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_value_at_any_place_is_read_or_passed_over(source, data):
    whole, read = READERS[source]
    # The outermost keys are what tells the kinds apart, so those stay.
    inner = [path for path in places(whole) if len(path) > 1]
    changed = put(whole, data.draw(st.sampled_from(inner)), data.draw(JSON))
    if len(inner) > 2 and data.draw(st.booleans()):
        deeper = [path for path in places(changed) if len(path) > 1]
        changed = put(changed, data.draw(st.sampled_from(deeper)), data.draw(JSON))

    found = read(changed)

    if found is not None:
        check_sound(plant(source, found, foreign.NOON_S))


def check_sound(conversation):
    """What the vault and the window rely on."""
    seen = set()
    for message in conversation.messages:
        assert message.id not in seen
        assert message.parent_id is None or message.parent_id in seen
        assert math.isfinite(message.created_at_s)
        message.text.encode()
        message.reasoning.encode()
        assert (message.finish_reason is not None) == (message.role is Role.ASSISTANT)
        seen.add(message.id)
    assert conversation.leaf_id is None or conversation.leaf_id in seen
    assert len(shown_path(conversation)) <= len(conversation.messages)
    assert math.isfinite(conversation.created_at_s)
    assert conversation.updated_at_s >= conversation.created_at_s


@settings(max_examples=100, deadline=None)
@given(content=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_refused_with_a_plain_error(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("any") / "a.json"
    path.write_bytes(content)
    with pytest.raises(TransferError):
        list(read_source(path, Reading(), lambda _: None))


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_zip_with_any_flipped_bytes_is_read_or_refused(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("zip") / "a.zip"
    foreign.write_zip(path, [foreign.claude_conversation()])
    raw = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(raw))
    reading = Reading()
    try:
        for found in read_source(path, reading, lambda _: None):
            check_sound(plant(reading.source, found, foreign.NOON_S))
    except TransferError:
        pass


@settings(max_examples=100, deadline=None)
@given(value=st.lists(JSON, max_size=5), size=st.integers(1, 12))
def test_a_stream_gives_what_the_whole_text_holds_however_it_is_cut(value, size):
    text = json.dumps(value)
    assert list(map(repr, (one for _, one in elements(reader(text, size), "c")))) == list(
        map(repr, json.loads(text))
    )


@settings(max_examples=100, deadline=None)
@given(head=st.dictionaries(st.text(max_size=4).filter(lambda k: k != "c"), JSON, max_size=3))
def test_a_stream_finds_the_array_under_its_key(head):
    text = json.dumps({**head, "c": [1, {"x": 2}]})
    found = list(elements(reader(text, 3), "c"))
    assert [one for _, one in found] == [1, {"x": 2}]
    assert repr(found[0][0]) == repr(json.loads(json.dumps(head)))


def reader(text, size):
    """Gives the text in pieces of that size, however much is asked for."""
    place = 0

    def read(_letters):
        nonlocal place
        place += size
        return text[place - size : place]

    return read
