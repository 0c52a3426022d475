from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from engine.contract.commands import ChangeSettings, FetchModel, LoadModel, SendMessage
from engine.contract.model_cards import ModelState
from tests.helpers.fakes import FAKE_CARD
from ui.vault.passphrase_sheet import PassphraseSheet
from ui.welcome.model_step import offered

OFFERED = replace(FAKE_CARD, id="small", name="Small", state=ModelState.OFFERED)


@pytest.fixture
def first(open_fake_window, engine, qtbot):
    engine.cards = [OFFERED]
    window = open_fake_window(is_first=True)
    qtbot.waitUntil(lambda: window.welcome.panel is not None)
    qtbot.waitUntil(lambda: bool(window.welcome.panel.steps[0].offers))
    return window


def press(qtbot, window, key):
    qtbot.keyClick(window.welcome.panel, key)


@pytest.mark.feature("welcome.steps")
def test_a_first_start_goes_from_a_model_over_privacy_to_a_question(first, engine, qtbot):
    """The first start offers a model, privacy choices and a first question, and never again."""
    panel = first.welcome.panel
    panel.steps[0].offers["small"].button.click()
    qtbot.waitUntil(lambda: first.session.models.loaded is not None)
    assert [c.model_id for c in engine.sent(LoadModel)] == ["small"]
    panel.next_button.click()
    assert panel.current() == 1
    panel.next_button.click()
    panel.steps[2].examples[0].click()
    panel.next_button.click()

    qtbot.waitUntil(lambda: len(engine.sent(SendMessage)) == 1)
    assert first.welcome.panel is None
    qtbot.waitUntil(lambda: first.session.settings.value.interface.is_welcomed)
    assert first.session.settings.value.models.model == "small"


@pytest.mark.feature("welcome.nothing-unasked")
def test_nothing_is_fetched_before_the_user_says_so(first, engine, qtbot):
    """On a first start nothing is downloaded before the user asks for it."""
    for _ in range(3):
        press(qtbot, first, Qt.Key.Key_Escape)

    assert engine.sent(LoadModel) == engine.sent(FetchModel) == []


@pytest.mark.feature("welcome.skip")
def test_each_step_is_skipped_with_esc(first, engine, qtbot):
    """Each of the first screens can be skipped with Esc, and none comes back."""
    for step in range(3):
        assert first.welcome.panel.current() == step
        press(qtbot, first, Qt.Key.Key_Escape)

    assert first.welcome.panel is None
    qtbot.waitUntil(lambda: first.session.settings.value.interface.is_welcomed)
    assert first.panes.isEnabled()
    assert engine.sent(SendMessage) == []


def test_a_model_that_is_here_already_is_loaded_at_once(open_fake_window, engine, qtbot):
    engine.cards = [replace(OFFERED, id="smollm2-135m", state=ModelState.READY)]
    window = open_fake_window(is_first=True)

    qtbot.waitUntil(lambda: window.session.models.loaded is not None)


def test_who_was_welcomed_sees_nothing_of_it(window):
    assert window.welcome.panel is None


@pytest.mark.feature("welcome.again")
def test_the_help_menu_shows_it_again(window):
    """The first screens can be opened again from the Help menu."""
    window.actions_by_key["welcome"].trigger()

    assert window.welcome.panel.isVisible()
    assert not window.panes.isEnabled()


def test_without_a_model_the_question_waits_in_the_composer(first, engine, qtbot):
    panel = first.welcome.panel
    panel.skip()
    panel.skip()
    panel.steps[2].field.setText("Why is the sky blue?")
    qtbot.keyClick(panel.steps[2].field, Qt.Key.Key_Return)

    assert first.welcome.panel is None
    assert first.page.composer.draft() == "Why is the sky blue?"
    assert engine.sent(SendMessage) == []


def test_privacy_choices_hold_at_once(first, engine, qtbot):
    panel = first.welcome.panel
    panel.go_on()
    qtbot.keyClick(panel.steps[1].rows["is_offline"].field.widget, Qt.Key.Key_Space)

    qtbot.waitUntil(lambda: first.session.settings.value.network.is_offline)
    assert engine.sent(ChangeSettings)


def test_a_passphrase_is_asked_for_from_the_second_screen(first):
    panel = first.welcome.panel
    panel.go_on()
    panel.steps[1].set_button.click()

    sheet = next(iter(first.findChildren(PassphraseSheet)))
    assert sheet.isVisible()
    sheet.reject()


def test_a_locked_vault_covers_it_and_forgets_what_was_typed(first, qtbot):
    panel = first.welcome.panel
    panel.steps[2].field.setText("Something of mine")
    first.vault.lock_now()

    qtbot.waitUntil(lambda: first.welcome.panel is None)
    assert panel.steps[2].field.text() == ""


def test_models_that_do_not_fit_are_not_offered():
    cards = [
        replace(OFFERED, id=f"m{n}", parameters=n * 10**9, fits=n < 9) for n in (1, 3, 4, 8, 70)
    ]

    assert [card.id for card in offered(cards)] == ["m8", "m4", "m1"]


def test_nothing_behind_it_can_be_reached_by_a_key(first, qtbot):
    """The palette over it would lead to a page that nobody sees."""
    assert not first.actions_by_key["palette"].isEnabled()
    assert first.actions_by_key["quit"].isEnabled()

    first.welcome.panel.done.emit(False)
    qtbot.waitUntil(lambda: first.actions_by_key["palette"].isEnabled())
