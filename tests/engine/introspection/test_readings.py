from __future__ import annotations

import mlx.core as mx
import numpy as np
import pytest

from engine.contract.signals import Alternative, LayerReading
from engine.introspection import readings as module
from engine.introspection.probe import NetworkProbe
from engine.introspection.readings import Readings, commit_layer_of, spread_layers
from engine.introspection.row_summary import summarise

IDS = [5, 17, 250, 3, 99, 1]


def layer(number, likeliest):
    top = (Alternative(token_id=likeliest, text="", probability=1.0),)
    return LayerReading(layer=number, top=top, entropy_nats=0.0, kl_nats=0.0)


@pytest.mark.parametrize(
    ("likeliest", "commit"),
    [([7, 7, 7, 7], 2), ([1, 7, 7, 7], 4), ([7, 1, 7, 7], 6), ([1, 2, 3, 7], 8), ([7, 7, 1, 7], 8)],
)
def test_the_answer_is_settled_where_it_stays_the_likeliest(likeliest, commit):
    rows = [layer(2 * place, token) for place, token in enumerate(likeliest, 1)]
    assert commit_layer_of(rows) == commit


def test_nothing_read_is_nothing_settled():
    assert commit_layer_of([]) is None


@pytest.mark.parametrize(
    ("count", "layers", "expected"),
    [
        (4, 30, (8, 15, 22, 30)),
        (1, 30, (30,)),
        (99, 3, (1, 2, 3)),
        (0, 5, ()),
        (3, 0, ()),
        (4, 5, (1, 2, 4, 5)),
    ],
)
def test_layers_are_spread_evenly_and_the_last_is_among_them(count, layers, expected):
    assert spread_layers(count, layers) == expected


@pytest.fixture
def read(network_of):
    """What each block hands on after a few tokens, shape (rows, layers, D), and the logits."""
    network = network_of("llama")
    probe = NetworkProbe(network)
    with probe.watching({}, frozenset(), True) as seen:
        logits = np.array(network(mx.array([IDS]))[0])
    states = np.stack([np.array(seen.states[index]) for index in range(probe.layers)], axis=1)
    return probe, states, logits


def kept(probe, states, logits):
    readings = Readings(probe.lens, (1, 2, 3), str)
    summaries = summarise(logits, chosen=IDS)
    for index, summary in enumerate(summaries):
        assert readings.keep(index, states[index], summary)
    return readings, summaries


def test_the_last_layer_is_the_networks_own_end_and_the_others_are_as_far_as_they_are(read):
    probe, states, logits = read
    readings, summaries = kept(probe, states, logits)
    found = [reading for some in readings.read_rest() for reading in some]
    assert [index for index, _, _ in found] == list(range(len(IDS)))
    for index, layers, _ in found:
        assert [one.layer for one in layers] == [1, 2, 3]
        assert layers[-1].kl_nats == 0
        assert layers[-1].entropy_nats == pytest.approx(summaries[index].entropy_nats)
        assert layers[-1].top[0].token_id == int(np.argmax(logits[index]))
        inner = probe.lens.logits(states[index, :1])
        expected = summarise(inner, finals=logits[index : index + 1], ends=[0])[0]
        assert layers[0].kl_nats == pytest.approx(expected.kl_nats, abs=1e-4)
        assert layers[0].entropy_nats == pytest.approx(expected.entropy_nats, abs=1e-5)
        assert layers[0].top[0].token_id == expected.ids[0]


def test_read_at_once_or_later_a_token_has_the_same_reading(read):
    probe, states, logits = read
    readings, summaries = kept(probe, states, logits)
    later = {
        index: (layers, commit) for some in readings.read_rest() for index, layers, commit in some
    }
    for index, summary in enumerate(summaries):
        readings.keep(index, states[index], summary)
        _, layers, commit = readings.read_now(logits[index])
        assert commit == later[index][1]
        for mine, theirs in zip(layers, later[index][0], strict=True):
            assert mine.kl_nats == pytest.approx(theirs.kl_nats, abs=1e-4)
            assert mine.top[0].token_id == theirs.top[0].token_id


def test_where_there_is_no_more_room_a_token_stays_unread_and_none_gets_anothers(read, monkeypatch):
    probe, states, logits = read
    summaries = summarise(logits, chosen=IDS)
    monkeypatch.setattr(module, "_MOST_BYTES", 3 * states[0].nbytes)
    readings = Readings(probe.lens, (1, 2, 3), str)
    assert [readings.keep(i, states[i], summaries[i]) for i in range(5)] == [True] * 3 + [False] * 2
    assert readings.unread == 2
    found = [index for some in readings.read_rest() for index, _, _ in some]
    assert found == [0, 1, 2]
    assert readings.keep(5, states[5], summaries[5])


def test_what_is_let_go_is_counted(read):
    readings, _ = kept(*read)
    readings.forget()
    assert readings.unread == len(IDS)
    assert list(readings.read_rest()) == []
    assert readings.read_now(read[2][0]) is None


def test_without_a_lens_nothing_is_kept(read):
    _, states, logits = read
    readings = Readings(None, (), str)
    assert not readings.keep(0, states[0], summarise(logits[:1])[0])
    assert list(readings.read_rest()) == []
