from __future__ import annotations

from dataclasses import replace

import pytest

from engine.contract import chat_commands
from engine.contract.model_cards import ModelState
from tests.helpers.fakes import FAKE_CARD
from ui import text_message


def start(talk, question_id=""):
    """The sheet opens, and its sides are asked."""
    talk.page.compare.open(question_id)
    sheet = talk.page.compare.sheet
    sheet.start.click()
    return talk.page.compare.view


@pytest.mark.feature("chat.compare")
def test_two_answers_stand_side_by_side_and_one_is_chosen(talk, engine):
    """A question can be answered by two to four models or settings, side by side; choose one."""
    talk.offer_models(engine)
    talk.ask("why?")
    columns = start(talk, talk.id_of(0)).columns
    assert len(columns) == 2
    talk.rest()

    sent = engine.sent(chat_commands.CompareAnswers)[0]
    assert [side.generation and side.generation.temperature for side in sent.contenders] == [
        None,
        0.0,
    ]
    assert talk.page._stack.currentWidget() is talk.page.compare.view
    talk.qtbot.waitUntil(columns[0].choose.isEnabled)
    chosen = columns[0].message_id
    columns[0].choose.click()
    talk.qtbot.waitUntil(lambda: talk.id_of(1) == chosen)
    assert talk.page._stack.currentWidget() is talk.page.view
    assert talk.offers(1).versions == 3
    assert talk.page.toast.words() == text_message.COMPARE_CHOSEN


def test_columns_grow_while_they_are_written(talk, engine):
    talk.ask("why?")
    engine.answers = ["Some words.", " More."]
    engine.pause_after = 1
    view = start(talk)
    talk.qtbot.waitUntil(lambda: "Some words." in view.columns[0]._canvas.accessibleName())

    assert not view.columns[0].choose.isEnabled()
    assert view.columns[1].message_id == ""
    engine.pause_after = None
    engine.hold.set()
    talk.rest()
    talk.qtbot.waitUntil(lambda: "More." in view.columns[1]._canvas.accessibleName())


def test_all_can_be_kept_as_versions(talk):
    talk.ask("why?")
    view = start(talk)
    talk.rest()
    talk.qtbot.waitUntil(view.keep_all.isVisible)
    view.keep_all.click()

    assert talk.offers(1).versions == 3
    assert talk.offers(1).version == 3


def test_a_new_question_is_compared_from_the_draft(talk, engine):
    talk.page.composer.set_draft("brand new")
    start(talk)
    talk.rest()

    assert engine.sent(chat_commands.CompareAnswers)[0].text == "brand new"
    assert talk.page.composer.draft() == ""
    assert talk.texts()[0] == "brand new"


def test_other_models_on_this_machine_are_offered_up_to_four_sides(talk, engine):
    other = replace(FAKE_CARD, id="other", name="Other", state=ModelState.READY)
    used = replace(FAKE_CARD, id=talk.session.models.loaded.id)
    talk.offer_models(engine, used, other)
    talk.ask("why?")
    talk.page.compare.open()
    sheet = talk.page.compare.sheet
    for _ in range(5):
        sheet.add.click()

    assert len(sheet.rows) == 4
    assert [row.side().contender.model_id for row in sheet.rows] == ["", "other", "", "other"]
    sheet.rows[3].remove.click()
    assert len(sheet.rows) == 3
    sheet.reject()


def test_without_a_question_one_is_asked_for(talk):
    talk.page.compare.open()

    assert talk.page.toast.words() == text_message.QUESTION_NEEDED


def test_a_lock_leaves_no_word_of_a_comparison(talk):
    talk.ask("why?")
    start(talk)
    talk.rest()
    talk.page.forget()

    assert talk.page.compare.view.columns == []
    assert not talk.page.compare.is_shown()
