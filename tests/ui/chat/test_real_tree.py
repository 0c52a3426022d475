"""The message page over the real engine with a tiny model: both sides mean the same tree."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.assembly import start_engine
from engine.contract.settings import GenerationSettings, InterfaceSettings, Settings
from tests.helpers.tiny_model import write_tiny_model
from tests.ui.chat.talk import open_talk
from ui import text_message

PATIENCE_MS = 30_000


@pytest.fixture
def real_talk(tmp_path, resources, theme, qtbot):
    folder = write_tiny_model(tmp_path / "tiny", is_ascii=True)
    settings = Settings(
        generation=GenerationSettings(
            system_prompt="Be brief.", max_tokens=8, temperature=0.0, is_titled=False
        ),
        interface=InterfaceSettings(theme="light", is_welcomed=True),
    )
    settings = replace(settings, models=replace(settings.models, model=str(folder)))
    running = start_engine(
        settings=settings, models_dir=tmp_path / "models", resources=resources, version="0"
    )
    opened = open_talk(running.port, theme, qtbot, settings)
    yield opened
    # A draft that is to be kept in a moment would find the engine closed.
    opened.desk.drafts.forget()
    opened.desk.close()
    opened.session.close()
    running.close()


def rest(talk, rows):
    """So many messages are on screen and nothing is being written."""
    talk.qtbot.waitUntil(
        lambda: not talk.desk.is_answering() and len(talk.texts()) == rows, timeout=PATIENCE_MS
    )


def test_every_action_means_the_same_to_page_and_engine(real_talk):
    talk = real_talk
    talk.page.composer.send("one")
    rest(talk, 2)
    talk.do(1, "regenerate")
    talk.qtbot.waitUntil(lambda: talk.offers(1).versions == 2, timeout=PATIENCE_MS)
    rest(talk, 2)
    # The answer ended by its length, so it can be written on, as a third version.
    assert "continue" in talk.offers(1).row()
    begun = talk.texts()[1]
    talk.do(1, "continue")
    talk.qtbot.waitUntil(lambda: talk.offers(1).versions == 3, timeout=PATIENCE_MS)
    rest(talk, 2)
    assert talk.texts()[1].startswith(begun)
    assert len(talk.texts()[1]) > len(begun)
    talk.do(1, "older")
    talk.qtbot.waitUntil(lambda: talk.offers(1).version == 2, timeout=PATIENCE_MS)

    talk.desk.tree.edit(talk.id_of(0), "one, otherwise")
    talk.qtbot.waitUntil(lambda: talk.offers(0).versions == 2, timeout=PATIENCE_MS)
    rest(talk, 2)
    assert talk.texts()[0] == "one, otherwise"
    talk.page.composer.send("two")
    rest(talk, 4)
    talk.do(2, "delete")
    talk.qtbot.waitUntil(lambda: len(talk.texts()) == 2, timeout=PATIENCE_MS)
    talk.page.toast.action.click()
    talk.qtbot.waitUntil(lambda: len(talk.texts()) == 4, timeout=PATIENCE_MS)

    before = talk.desk.current_id
    talk.do(1, "branch")
    talk.qtbot.waitUntil(lambda: talk.desk.current_id != before, timeout=PATIENCE_MS)
    assert talk.texts()[0] == "one, otherwise"
    assert len(talk.texts()) == 2


def test_the_sheet_shows_the_very_prompt_and_the_columns_end_as_versions(real_talk):
    talk = real_talk
    talk.page.composer.send("one")
    rest(talk, 2)
    talk.do(1, "why")
    sheet = talk.page.face.sheet()
    talk.qtbot.waitUntil(sheet.copy.isEnabled, timeout=PATIENCE_MS)
    assert sheet.verdict.text() == text_message.WHY_EXACT
    assert "Be brief." in sheet.prompt.toPlainText()
    sheet.reject()

    talk.page.compare.open(talk.id_of(0))
    talk.page.compare.sheet.start.click()
    columns = talk.page.compare.view.columns
    talk.qtbot.waitUntil(columns[0].choose.isEnabled, timeout=PATIENCE_MS)
    columns[0].choose.click()
    talk.qtbot.waitUntil(lambda: talk.offers(1).version == 2, timeout=PATIENCE_MS)
    assert talk.offers(1).versions == 3


def test_what_waits_is_answered_in_order_by_the_engine(real_talk):
    talk = real_talk
    for said in ("one", "two", "three"):
        talk.page.composer.send(said)
    rest(talk, 6)

    assert talk.texts()[::2] == ["one", "two", "three"]
    assert talk.entry.shown_title() == "one"
