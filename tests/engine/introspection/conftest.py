"""Fixtures for instruments: tiny random networks, with and without a native way."""

from __future__ import annotations

import pytest

from engine.models import device, loader
from tests.engine.models.tiny_models import CONFIGS, random_network
from tests.helpers.tiny_model import write_tiny_model

SIZES = {"intermediate_size": 128, "vocab_size": 300}


@pytest.fixture
def network_of():
    """A random network of a family, sped up as a loaded one is."""
    packed = []

    def make(family, **changes):
        network = random_network({**CONFIGS[family], **SIZES, **changes}, scale=0.2)
        packed.append(device.speed_up(network))
        return network

    yield make
    for one in packed:
        one.release()


@pytest.fixture
def loaded(tmp_path):
    """A tiny model as the engine loads it; heads are wide enough for caches of 8 bits."""
    model = loader.load_model(
        write_tiny_model(tmp_path / "tiny", width=256, context_tokens=2048),
        model_id="tiny",
        name="Tiny",
        licence="",
        limit_bytes=4_000_000_000,
        on_progress=lambda *_: None,
    )
    packed = device.speed_up(model.network)
    yield model
    packed.release()
