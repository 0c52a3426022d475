"""`ask --introspect`: the record of every token, for programs and in a few words."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from app import port_reader
from app.measured_answer import Measured, in_words, plain
from engine.contract import commands as c
from engine.contract.introspection_commands import SetInstruments
from engine.contract.introspection_events import (
    LensRead,
    MeasuringBegun,
    TokenMeasured,
    TurnMeasured,
)
from engine.contract.signals import (
    Alternative,
    LayerReading,
    Opening,
    Profile,
    Segment,
    SegmentKind,
    TurnSignals,
    Unavailable,
    View,
)
from tests.app.test_real_answers import SKY, ask  # noqa: F401 - a fixture
from tests.helpers.measured import token

OF = {"conversation_id": "conv_1", "message_id": "msg_1"}
OPENING = Opening(
    model_id="tiny",
    layers=2,
    profile=Profile.LIVE,
    segments=(
        Segment(kind=SegmentKind.QUESTION, start=0, end=4),
        Segment(kind=SegmentKind.DOCUMENT, start=4, end=9, label="tides.txt"),
        Segment(kind=SegmentKind.OWN, start=9),
    ),
    unavailable=(Unavailable(view=View.DEPTH, reason="There is no lens."),),
)
BEGUN = MeasuringBegun(**OF, opening=OPENING)
SEEN = token(0, token_id=5, shares=(0.5, 0.25, 0.25), sink_share=0.4)
TOKENS = TokenMeasured(**OF, signals=SEEN), TokenMeasured(**OF, signals=token(1, token_id=6))
YES = Alternative(token_id=5, text="yes", probability=0.9)
LAYER = LayerReading(layer=2, top=(YES,), entropy_nats=0.1, kl_nats=0.0)
READ = LensRead(**OF, readings=((1, (LAYER,), 2), (9, (LAYER,), 2)))
TURN = TurnSignals(
    tokens=2,
    user_surprise_nats=2.5,
    user_tokens=4,
    entropy_mean_nats=1.0,
    entropy_most_nats=1.5,
    forks=1,
    lens_tokens=1,
    settled_early=0,
    late_revisions=1,
    measured_s=0.05,
    elapsed_s=1.0,
)
ALL = (BEGUN, *TOKENS, READ, TurnMeasured(**OF, signals=TURN))


@pytest.fixture
def measured(app):
    app.engine.answers[c.SendMessage] = ALL
    return app


def profiles(app):
    return [one.profile for one in app.engine.commands if isinstance(one, SetInstruments)]


def test_without_the_flag_nothing_is_measured_and_nothing_else_is_told(app):
    assert "introspection" not in app("ask", "--json", "echo hi").json
    assert app("ask", "echo hi").err == ""
    assert profiles(app) == []


def test_json_has_the_record_of_each_token_under_the_names_of_the_contract(measured):
    told = measured("ask", "--json", "--introspect", "echo hi").json

    assert told["answer"] == "hi"
    assert told["notices"] == []
    found = told["introspection"]
    assert set(found) == {"opening", "tokens", "turn"}
    assert found["opening"]["profile"] == "live"
    assert found["opening"]["segments"][1] == {
        "kind": "document",
        "start": 4,
        "end": 9,
        "label": "tides.txt",
        "source_id": "",
    }
    assert found["opening"]["unavailable"] == [{"view": "depth", "reason": "There is no lens."}]
    assert [one["token_id"] for one in found["tokens"]] == [5, 6]
    first, second = found["tokens"]
    assert (first["entropy_nats"], first["shares"], first["lens"]) == (1.0, [0.5, 0.25, 0.25], [])
    assert second["lens"][0]["top"] == [{"token_id": 5, "text": "yes", "probability": 0.9}]
    assert second["commit_layer"] == 2
    assert second["sink_share"] is None
    assert found["turn"]["user_surprise_nats"] == 2.5
    assert found["turn"]["confidence"] is None


def test_a_person_gets_a_few_lines_on_standard_error(measured):
    outcome = measured("ask", "--introspect", "echo hi")

    assert outcome.out.strip() == "hi"
    assert outcome.err.splitlines() == [
        "Measured over 2 tokens: entropy 1.00 nats on average, 1.50 at most; 1 fork, 0 in a loop.",
        "Your words surprised the model by 2.50 nats a token.",
        "It looked at: question 50%, tides.txt 25%, own words 25%. "
        "The sink, 40% of all attention, is left out.",
        "Of 1 tokens 0 were settled in the first half of the layers, "
        "1 changed in the last quarter.",
        "Measuring took 0.05 of 1.00 s (5%).",
        "Not available, depth: There is no lens.",
    ]


def test_what_was_not_measured_is_not_in_the_lines():
    bare = Measured(opening=replace(OPENING, unavailable=()), turn=TurnSignals(tokens=0))

    assert in_words(bare) == ()


def test_every_line_of_a_batch_has_its_own_record(measured):
    batch = b'{"question": "echo one"}\n{"question": "echo two"}\n{"question": ""}\n'

    outcome = measured("ask", "--introspect-full", "--batch", "-", stdin=batch)

    one, two, bad = map(json.loads, outcome.out.splitlines())
    assert [len(told["introspection"]["tokens"]) for told in (one, two)] == [2, 2]
    assert "introspection" not in bad
    assert profiles(measured) == [Profile.FULL, Profile.FULL]


def test_the_two_depths_exclude_each_other(app):
    outcome = app("ask", "--introspect", "--introspect-full", "hi")

    assert outcome.code == 2
    assert app.engine.commands == []


def test_measurements_that_never_end_are_not_waited_for_and_that_is_said(app, monkeypatch):
    monkeypatch.setattr(port_reader, "_PATIENCE_S", 0.05)
    app.engine.answers[c.SendMessage] = (BEGUN, *TOKENS)

    told = app("ask", "--json", "--introspect", "echo hi").json
    shown = app("ask", "--introspect", "echo hi")

    assert told["notices"] == ["Measuring this answer did not come to its end."]
    assert told["introspection"]["turn"] is None
    assert len(told["introspection"]["tokens"]) == 2
    assert shown.err == "Measuring this answer did not come to its end.\n"


def test_a_number_that_is_none_is_null():
    assert plain((float("nan"), float("inf"), 1.5, Profile.OFF)) == [None, None, 1.5, "off"]


@pytest.mark.feature("introspection.ask")
def test_the_record_of_a_real_answer_can_be_checked_by_others(ask):  # noqa: F811
    """`ask --json --introspect` gives the record of every token of the answer."""
    outcome = ask("ask", "--json", "--introspect", "--temperature", "0", "--max-tokens", "8", SKY)

    assert outcome.code == 0
    told = outcome.json
    found = told["introspection"]
    tokens = found["tokens"]
    assert len(tokens) == told["completion_tokens"] == 8
    assert "".join(one["text"] for one in tokens).strip() == told["answer"].strip()
    for one in tokens:
        # At temperature 0 the likeliest token is drawn, and its probability is told twice.
        assert one["rank"] == 1
        likeliest = one["alternatives"][0]
        assert likeliest["token_id"] == one["token_id"]
        assert math.exp(-one["surprisal_nats"]) == pytest.approx(likeliest["probability"], abs=1e-6)
        assert sum(one["shares"]) == pytest.approx(1, abs=1e-6)
        assert one["lens"][-1]["top"][0]["token_id"] == one["token_id"]
    assert found["turn"]["tokens"] == found["turn"]["lens_tokens"] == 8
    kinds = [one["kind"] for one in found["opening"]["segments"]]
    assert "question" in kinds
    assert kinds[-1] == "own"
