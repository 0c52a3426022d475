from __future__ import annotations

from dataclasses import replace

import pytest

from engine.contract import commands, events
from engine.contract.errors import ErrorReport
from engine.contract.model_cards import ModelState
from tests.helpers.fakes import FAKE_CARD
from ui import text
from ui.model_status import Phase


@pytest.fixture
def models(window):
    return window.session.models


@pytest.mark.feature("models.chip")
def test_the_chip_names_the_model_and_its_state(window, engine, models, qtbot):
    """The top bar always says which model answers, and what is happening to it."""
    assert window.top_bar.chip.words() == "Fake 1M"
    models._is_loading, models.target_id = True, "fake-1m"
    engine.publish(
        events.ModelDownloadProgressed(
            model_id="fake-1m",
            licence="Apache-2.0",
            done_bytes=41,
            total_bytes=100,
            bytes_per_second=1.0,
            remaining_s=None,
        )
    )
    qtbot.waitUntil(lambda: window.top_bar.chip.words() == "Fake 1M · 41 %")
    assert models.phase is Phase.FETCHING


def test_a_model_that_cannot_be_loaded_leaves_a_banner_with_a_way_out(
    window, engine, models, qtbot
):
    engine.fail_next = ErrorReport(
        kind="offline", message="No connection.", action="Connect and try again."
    )
    models.load("far-away")

    qtbot.waitUntil(lambda: window.page.banner.message() == "No connection.")
    assert window.page.banner.action.text() == text.TRY_AGAIN
    window.page.banner.action.click()
    qtbot.waitUntil(lambda: models.loaded is not None and models.loaded.id == "far-away")
    assert models.phase is Phase.READY


def test_stopping_a_download_is_no_error(window, engine, models, qtbot):
    engine.fail_next = ErrorReport(kind="cancelled", message="You stopped it.")
    models.load("far-away")

    qtbot.waitUntil(lambda: models.phase is not Phase.LOADING)
    assert models.error is None
    assert window.page.banner.message() == ""


@pytest.mark.feature("models.choose")
@pytest.mark.qt_log_ignore("This plugin does not support")
def test_a_model_is_chosen_fetched_and_used_from_the_picker(window, engine, models, qtbot):
    """You choose a model from a list with its licence, size and state, and it stays chosen."""
    far = replace(FAKE_CARD, id="far", name="Far 2M", state=ModelState.OFFERED)
    large = replace(FAKE_CARD, id="large", name="Large", state=ModelState.OFFERED, fits=False)
    engine.cards = [FAKE_CARD, far, large]
    models.refresh()
    qtbot.waitUntil(lambda: set(window.picker.rows) == {"fake-1m", "far", "large"})
    window.open_models()
    assert window.picker.isVisible()

    assert not window.picker.rows["large"].button.isEnabled()
    window.picker.rows["far"].button.click()
    qtbot.waitUntil(lambda: bool(engine.sent(commands.FetchModel)))
    window.picker.rows["fake-1m"].button.click()
    qtbot.waitUntil(lambda: engine.sent(commands.LoadModel)[-1].model_id == "fake-1m")
    qtbot.waitUntil(lambda: window.session.settings.value.models.model == "fake-1m")


def test_a_local_model_goes_by_the_end_of_its_path(models):
    assert models.name_of("/home/someone/models/tiny.gguf") == "tiny.gguf"
