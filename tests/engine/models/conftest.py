"""Fixtures for models: the starter model, loaded once, and tiny random ones."""

from __future__ import annotations

import pytest

from engine.models import loader


def ignore_progress(stage, share):
    del stage, share


@pytest.fixture(scope="session")
def load():
    """Load a model as the engine does, with room for everything."""

    def load_path(path, *, limit_bytes=4_000_000_000, on_progress=ignore_progress):
        return loader.load_model(
            path,
            model_id="tested",
            name="Tested",
            licence="Apache-2.0",
            limit_bytes=limit_bytes,
            on_progress=on_progress,
        )

    return load_path


@pytest.fixture(scope="session")
def starter(load, starter_model_path):
    """The starter model in memory; tests must not change or unload it."""
    return load(starter_model_path)
