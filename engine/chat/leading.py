"""The beginning of an answer with another token at its end, as it was measured."""

from __future__ import annotations

import math
from dataclasses import replace

from engine.contract.errors import BadRequestError
from engine.contract.signals import TokenSignals, Trace


def lead_of(trace: Trace, index: int, token_id: int) -> tuple[TokenSignals, ...]:
    """The tokens before `index`, and the other one in that place.

    What was measured there holds for it too: the model's state did not depend on the choice.

    Raises:
        BadRequestError: There is no such place, or the token was not among its alternatives.
    """
    if not 0 <= index < len(trace.tokens):
        raise BadRequestError("The answer has no such token.")
    place = trace.tokens[index]
    chosen = next((one for one in place.alternatives if one.token_id == token_id), None)
    if chosen is None:
        raise BadRequestError("That token was not among the likeliest there.")
    rank = 1 + [one.token_id for one in place.alternatives].index(token_id)
    other = replace(
        place,
        token_id=token_id,
        text=chosen.text,
        surprisal_nats=-math.log(max(chosen.probability, 1e-12)),
        rank=rank,
        is_boundary=False,
        is_repetition=False,
        cost_us=0.0,
    )
    return (*trace.tokens[:index], other)
