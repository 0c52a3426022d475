from __future__ import annotations

import pytest

from engine.contract import commands as c


@pytest.mark.feature("cli.models_list")
def test_every_model_is_listed_with_licence_and_fit(app):
    """`models list` shows every model with size, licence, state and whether it fits here."""
    outcome = app("models", "list")

    header, tiny, large = outcome.out.splitlines()
    assert header.split() == ["MODEL", "SIZE", "STATE", "FITS", "LICENCE", "GOOD", "FOR"]
    assert tiny.split()[:6] == ["tiny", "92.0", "MB", "ready", "yes", "Apache-2.0"]
    assert large.split()[3:5] == ["offered", "no"]


def test_json_lists_them_as_one_object(app):
    models = app("models", "list", "--json").json["models"]

    assert [model["id"] for model in models] == ["tiny", "large"]
    assert models[0]["memory_bytes"] == {"4": 600_000_000, "8": 900_000_000}
    assert models[0]["state"] == "ready"


@pytest.mark.feature("cli.models_info")
def test_one_model_is_told_in_full(app):
    """`models info ID` tells licence, size, context and memory needed for one model."""
    out = app("models", "info", "tiny").out

    assert "8,192 tokens" in out
    assert "600.0 MB at 4 bits" in out
    assert app("models", "info", "tiny", "--json").json["id"] == "tiny"


def test_an_unknown_model_is_an_error(app):
    outcome = app("models", "info", "none")

    assert outcome.code == 3
    assert "models list" in outcome.err


@pytest.mark.feature("cli.models_fetch")
def test_fetching_shows_licence_and_result(app):
    """`models fetch ID` downloads a model, showing its licence, and says when it is complete."""
    app.engine.is_fetched = False

    outcome = app("models", "fetch", "tiny")

    assert outcome.out == "tiny is on this machine.\n"
    assert "licence Apache-2.0" in outcome.err
    assert app("models", "fetch", "tiny", "--json").json == {"fetched": "tiny"}
    assert c.FetchModel(model_id="tiny") in app.engine.commands
