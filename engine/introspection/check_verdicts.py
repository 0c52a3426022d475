"""What was measured in a check to its verdict: held, not held, caught, missed, or left out.

Source of the limits: an answer of float32 numbers summed in another order differs by about 1e-6;
one of 16-bit numbers by about 1e-3 (float16) and 5e-3 (bfloat16) at every product.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.contract.calibration import InstrumentCheck

CLAIMS: Mapping[str, str] = {
    "identical_tokens": "Answers are the same, token by token, with instruments on and off.",
    "identical_logits": "Logits are the same to the bit with instruments on and off.",
    "lens_is_output": "At the last layer the lens says what the network says.",
    "attention_is_real": (
        "Captured weights times values, through the output projection, are what attention gave."
    ),
    "record_is_token": "Record k tells of token k, as a second reading of the answer finds it.",
    "shares_sum_to_one": "Shares of attention sum to 1, and the sink is counted apart.",
    "native_is_mlx": "States read natively are those that mlx computes.",
    "heads_rolled": "Attention with its heads in another order is caught.",
    "keys_shifted": "Attention shifted by one token is caught.",
    "other_layer": "A lens that is given another layer's states is caught.",
    "records_shifted": "Records shifted by one token are caught.",
    "push": "An instrument that pushes the network a little is caught.",
}
CONTROLS = frozenset({"heads_rolled", "keys_shifted", "other_layer", "records_shifted", "push"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What measurements are held against, by how exact the network's own numbers are.

    Attributes:
        attention: Relative error of an attention output.
        lens: Relative error of logits.
        states: Relative error of states.
        record_nats: Difference of log-probabilities and entropies.
        shares: Difference of shares.
    """

    attention: float = 1e-3
    lens: float = 1e-3
    states: float = 1e-3
    record_nats: float = 1e-3
    shares: float = 1e-6


def limits_of(dtype: str) -> Limits:
    """Those for numbers of this type, such as "float32"."""
    if dtype == "float32":
        return Limits()
    if dtype == "float16":
        return Limits(lens=1e-2, states=1e-2, record_nats=0.1)
    return Limits(attention=1e-2, lens=3e-2, states=3e-2, record_nats=0.3)


def judged(name: str, value: float | None, limit: float, detail: str = "") -> InstrumentCheck:
    """A claim holds up to its limit; a control has caught its fault beyond it.

    Args:
        name: One of CLAIMS.
        value: What was measured; None leaves the check out, and `detail` says why.
        limit: What it is held against.
        detail: What it was measured on.
    """
    is_control = name in CONTROLS
    is_passed = value is not None and (value > limit if is_control else value <= limit)
    return InstrumentCheck(
        name=name,
        claim=CLAIMS[name],
        is_passed=is_passed,
        value=value,
        limit=limit,
        is_control=is_control,
        detail=detail,
    )
