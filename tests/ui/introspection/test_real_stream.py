"""The panel over the real engine with a tiny model: both sides mean the same tokens."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.assembly import start_engine
from engine.contract.messages import Role
from engine.contract.settings import GenerationSettings, InterfaceSettings, Settings
from engine.contract.signals import Profile
from tests.helpers.tiny_model import write_tiny_model

PATIENCE_MS = 30_000


@pytest.fixture
def real_window(tmp_path, resources, open_fake_window, qtbot):
    folder = write_tiny_model(tmp_path / "tiny", is_ascii=True)
    settings = Settings(
        generation=GenerationSettings(
            system_prompt="Be brief.", max_tokens=8, temperature=0.0, is_titled=False
        ),
        interface=InterfaceSettings(theme="light", is_welcomed=True, is_motion_reduced=True),
    )
    settings = replace(settings, models=replace(settings.models, model=str(folder)))
    running = start_engine(
        settings=settings, models_dir=tmp_path / "models", resources=resources, version="0"
    )
    window = open_fake_window(settings, port=running.port)
    window.resize(1280, 800)
    qtbot.waitUntil(
        lambda: window.session.models.loaded is not None and window.session.book.is_loaded,
        timeout=PATIENCE_MS,
    )
    yield window
    # What closing keeps must reach the engine while there is one.
    window.quick.close()
    window.close()
    window.session.desk.drafts.forget()
    window.session.desk.close()
    window.session.close()
    running.close()


def answer(window, qtbot):
    qtbot.waitUntil(window.session.desk.is_answering, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not window.session.desk.is_answering(), timeout=PATIENCE_MS)
    return window.session.desk.tree.last_of(Role.ASSISTANT)


def test_what_is_measured_is_what_was_written(real_window, qtbot):
    window, desk = real_window, real_window.session.measuring
    window.introspection.open()
    qtbot.waitUntil(lambda: desk.profile is Profile.LIVE, timeout=PATIENCE_MS)
    window.page.composer.send("one")
    written = answer(window, qtbot)
    qtbot.waitUntil(lambda: desk.current.turn is not None, timeout=PATIENCE_MS)
    measured = desk.current

    assert measured.message_id == written.id
    assert len(measured.tokens) == written.stats.completion_tokens
    assert "".join(token.text for token in measured.tokens).strip() == written.text.strip()
    assert all(token.alternatives for token in measured.tokens)
    assert measured.opening.segments[-1].end is None


def test_an_alternative_is_written_on_from(real_window, qtbot):
    window, desk = real_window, real_window.session.measuring
    window.introspection.open()
    qtbot.waitUntil(lambda: desk.profile is Profile.LIVE, timeout=PATIENCE_MS)
    window.page.composer.send("one")
    first = answer(window, qtbot)
    qtbot.waitUntil(lambda: desk.current.turn is not None, timeout=PATIENCE_MS)
    token = desk.current.tokens[3]
    other = next(one for one in token.alternatives if one.token_id != token.token_id)
    before = "".join(one.text for one in desk.current.tokens[:3])
    desk.branch_at(first.id, token.index, other.token_id)
    second = answer(window, qtbot)

    assert second.id != first.id
    assert second.text.startswith((before + other.text).lstrip())
    assert window.session.desk.entry().tree.versions(second.id) == (first.id, second.id)
