from __future__ import annotations

import math

import pytest

from engine.chat.leading import lead_of
from engine.contract.errors import BadRequestError
from engine.contract.signals import Alternative, Opening, Profile, TokenSignals, Trace

ALTERNATIVES = (
    Alternative(token_id=3, text=" blue", probability=0.5),
    Alternative(token_id=8, text=" red", probability=0.25),
    Alternative(token_id=9, text=" odd", probability=0.0),
)


def token(index):
    return TokenSignals(
        index=index,
        token_id=3,
        text=" blue",
        surprisal_nats=math.log(2),
        entropy_nats=1.0,
        varentropy_nats2=0.0,
        rank=1,
        margin_nats=1.0,
        alternatives=ALTERNATIVES,
        is_boundary=True,
        is_repetition=True,
        cost_us=7.0,
    )


TRACE = Trace(
    message_id="m",
    opening=Opening(model_id="m", layers=2, profile=Profile.LIVE),
    tokens=tuple(token(index) for index in range(3)),
)


def test_the_tokens_before_stay_and_the_other_one_follows():
    lead = lead_of(TRACE, 1, 8)
    assert lead[0] == TRACE.tokens[0]
    other = lead[1]
    assert (other.index, other.token_id, other.text, other.rank) == (1, 8, " red", 2)
    assert other.surprisal_nats == pytest.approx(math.log(4))
    assert (other.entropy_nats, other.alternatives) == (1.0, ALTERNATIVES)
    # These were said of the token that stood there.
    assert not other.is_boundary
    assert not other.is_repetition


def test_an_impossible_token_has_a_surprisal_that_is_a_number():
    assert math.isfinite(lead_of(TRACE, 0, 9)[0].surprisal_nats)


@pytest.mark.parametrize(("index", "token_id"), [(-1, 8), (3, 8), (0, 4)])
def test_there_must_be_such_a_place_and_such_an_alternative(index, token_id):
    with pytest.raises(BadRequestError):
        lead_of(TRACE, index, token_id)
