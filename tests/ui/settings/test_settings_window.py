from __future__ import annotations

from dataclasses import fields

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from engine.contract import commands
from engine.contract.settings import Settings, describe
from ui.chat.text_style import text_style
from ui.settings.switch import Switch


@pytest.fixture
def settings(window):
    window.preferences.open_settings()
    return window.window_named("settings")


def row(settings, section, name):
    rows = [form.rows[name] for form in settings.forms.values() if name in form.rows]
    return next(found for found in rows if found.section == section)


def choose(box, value):
    box.setCurrentIndex(box.findData(value))
    box.activated.emit(box.currentIndex())


@pytest.mark.feature("settings.form")
def test_every_setting_has_a_row_with_its_words(settings):
    """Every setting has a row that says what it does."""
    for section in fields(Settings):
        for name, description in describe(getattr(Settings(), section.name)):
            assert row(settings, section.name, name).field.widget.accessibleName()
            assert description.title in texts(row(settings, section.name, name))


def texts(widget):
    return [part.text() for part in widget.findChildren(QLabel)]


def test_numbers_say_their_range_and_their_default(settings):
    said = texts(row(settings, "generation", "max_tokens"))

    assert "1 to 131,072 tokens, usually 1,024" in said


@pytest.mark.feature("settings.at_once")
def test_a_change_holds_at_once(settings, window, engine, qtbot):
    """A changed setting holds at once; there is no OK to press."""
    box = row(settings, "generation", "temperature").field.box
    box.setValue(0.9)

    qtbot.waitUntil(lambda: window.session.settings.value.generation.temperature == 0.9)
    assert engine.sent(commands.ChangeSettings)[-1].settings.generation.temperature == 0.9


def test_the_theme_changes_while_one_looks(settings, window, qtbot):
    box = row(settings, "interface", "theme").field.widget
    choose(box, "dark")

    qtbot.waitUntil(lambda: window.theme.is_dark)


def test_a_switch_is_thrown_with_the_keyboard(settings, window, qtbot):
    switch = row(settings, "models", "is_context_rolling").field.widget
    assert isinstance(switch, Switch)
    QTest.keyClick(switch, Qt.Key.Key_Space)

    qtbot.waitUntil(lambda: window.session.settings.value.models.is_context_rolling)


def test_a_long_text_is_applied_when_its_writer_pauses(settings, window, qtbot):
    field = row(settings, "generation", "system_prompt").field.widget
    field.setPlainText("Be brief.")

    qtbot.waitUntil(lambda: window.session.settings.value.generation.system_prompt == "Be brief.")


def test_stop_texts_are_one_a_line(settings, window, qtbot):
    row(settings, "generation", "stop").field.widget.setPlainText("END\nSTOP")

    qtbot.waitUntil(lambda: window.session.settings.value.generation.stop == ("END", "STOP"))


@pytest.mark.feature("settings.reset")
def test_each_row_has_its_own_way_back(settings, window, qtbot):
    """Each setting can be set back to its default on its own."""
    temperature = row(settings, "generation", "temperature")
    assert temperature.reset.isHidden()
    temperature.field.box.setValue(1.5)
    qtbot.waitUntil(lambda: not temperature.reset.isHidden())
    temperature.reset.click()

    qtbot.waitUntil(lambda: window.session.settings.value.generation.temperature == 0.3)
    qtbot.waitUntil(temperature.reset.isHidden)


def test_a_value_that_cannot_be_is_refused_in_words(settings, window):
    seed = row(settings, "generation", "seed")
    seed.field.widget.setText("-5")
    QTest.keyClick(seed.field.widget, Qt.Key.Key_Return)

    assert "must be from 0" in seed.fault()
    assert window.session.settings.value.generation.seed is None


def test_an_empty_seed_is_a_random_one(settings, window, qtbot):
    seed = row(settings, "generation", "seed").field.widget
    seed.setText("7")
    QTest.keyClick(seed, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.session.settings.value.generation.seed == 7)
    seed.setText("")
    QTest.keyClick(seed, Qt.Key.Key_Return)

    qtbot.waitUntil(lambda: window.session.settings.value.generation.seed is None)


@pytest.mark.feature("settings.search")
def test_search_looks_in_all_sections(settings):
    """Settings can be searched by any word of their title or help."""
    settings.search.setText("cache")
    found = [
        name
        for form in settings.forms.values()
        for name, setting in form.rows.items()
        if setting.isVisible()
    ]
    assert found == ["memory_share", "prompt_cache_mb"]

    settings.search.setText("zebra")
    assert settings.nothing.isVisible()
    settings.search.clear()
    assert settings.forms["general"].isVisible()


@pytest.mark.feature("settings.text-size")
def test_all_text_grows_to_twice_its_size_at_once(settings, window, qtbot):
    """Every word of the window can be made up to twice as large, at once."""
    before = window.theme.font(13).pixelSize()
    row(settings, "interface", "text_percent").field.box.setValue(200)

    qtbot.waitUntil(lambda: window.theme.font(13).pixelSize() == 2 * before)
    assert window.font().pixelSize() == 2 * before
    assert settings.navigation.item(0).sizeHint().height() == window.theme.px(34) == 68


def test_a_slider_changes_its_setting_when_it_is_let_go(settings, window, qtbot):
    slider = row(settings, "models", "memory_share").field.slider
    slider.setValue(50)

    qtbot.waitUntil(lambda: window.session.settings.value.models.memory_share == 0.5)


@pytest.mark.feature("settings.density")
def test_density_gives_lists_messages_and_composer_more_or_less_air(settings, window, qtbot):
    """Lists, messages and the message field can be set closer together or further apart."""
    margins = window.page.composer.layout().contentsMargins().top()
    gap = text_style(window.theme).paragraph_px
    choose(row(settings, "interface", "density").field.widget, "compact")

    qtbot.waitUntil(lambda: window.theme.air < 1)
    assert window.page.composer.layout().contentsMargins().top() < margins
    assert text_style(window.theme).paragraph_px < gap


@pytest.mark.feature("settings.reading-font")
def test_the_conversation_is_read_in_the_chosen_typeface(settings, window, qtbot):
    """Conversations can be read in a typeface with serifs, or in one of equal widths."""
    choose(row(settings, "interface", "reading_font").field.widget, "monospace")

    qtbot.waitUntil(lambda: window.page.composer.edit.font().family() == "JetBrains Mono")
    assert text_style(window.theme).reading.family() == "JetBrains Mono"
    assert window.theme.font(13).family() == "Inter"


def test_a_setting_can_be_shown_by_its_name(settings, window):
    window.preferences.open_setting("network", "is_offline")

    assert settings.forms["network"].isVisible()
    assert row(settings, "network", "is_offline").isVisible()


def test_a_narrow_window_has_its_sections_in_one_box(settings):
    settings.resize(420, 500)

    assert settings.navigation.isHidden()
    assert settings.sections.isVisible()
    settings.sections.activated.emit(list(settings.forms).index("generation"))
    assert settings.forms["generation"].isVisible()


def test_a_model_on_this_machine_is_chosen_by_its_name(settings, window, qtbot):
    box = row(settings, "models", "model").field.widget
    choose(box, "fake-1m")

    qtbot.waitUntil(lambda: window.session.settings.value.models.model == "fake-1m")
    assert box.currentText() == "Fake 1M"


@pytest.mark.feature("network.offline-shown")
def test_the_shield_says_that_offline_is_on(settings, window, qtbot):
    """While Offline is on, the shield at the top says so."""
    QTest.keyClick(row(settings, "network", "is_offline").field.widget, Qt.Key.Key_Space)

    qtbot.waitUntil(lambda: window.top_bar.shield.words() == "Encrypted · offline")


def test_keys_that_the_menu_has_are_refused_as_the_hotkey(settings, window):
    hotkey = row(settings, "quick", "hotkey")
    hotkey.field.widget.click()
    QTest.keyClick(hotkey.field.widget, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)

    assert "is taken by" in hotkey.fault()
    assert window.session.settings.value.quick.hotkey == Settings().quick.hotkey
