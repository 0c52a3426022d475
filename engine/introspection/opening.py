"""What is measured in one answer, by the settings and by what the model allows.

Runs on: compute.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.contract.calibration import Steering
from engine.contract.settings import IntrospectionSettings
from engine.contract.signals import Opening, Profile, Segment
from engine.introspection.probe import NetworkProbe
from engine.introspection.readings import spread_layers


def opening_of(
    probe: NetworkProbe,
    model_id: str,
    profile: Profile,
    settings: IntrospectionSettings,
    segments: Sequence[Segment],
    *,
    directions: Sequence[str] = (),
    steering: Sequence[Steering] = (),
) -> Opening:
    """What is measured in an answer that begins now.

    Args:
        probe: What the model allows.
        model_id: Its name.
        profile: FULL reads every layer.
        settings: How many layers are read otherwise.
        segments: The prompt's parts.
        directions: Names of those that are watched.
        steering: What the model is pushed by.
    """
    is_full = profile is Profile.FULL
    layers = probe.layers
    lens = spread_layers(layers if is_full else settings.lens_layers, layers) if layers else ()
    readable = sorted(block + 1 for block in probe.attention_blocks)
    count = len(readable) if is_full else settings.attention_layers
    chosen = tuple(readable[place - 1] for place in spread_layers(count, len(readable)))
    return Opening(
        model_id=model_id,
        layers=layers,
        profile=profile,
        lens_layers=lens if probe.lens is not None else (),
        attention_layers=chosen,
        segments=tuple(segments),
        directions=tuple(directions),
        steering=tuple(_in_words(one) for one in steering),
        unavailable=probe.unavailable,
    )


def _in_words(steering: Steering) -> str:
    what = f"a random direction for {steering.name}" if steering.is_control else steering.name
    return f"{what} {steering.strength:+.1f} at layer {steering.layer}"
