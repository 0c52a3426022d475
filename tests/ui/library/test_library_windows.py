from __future__ import annotations

import pytest

from engine.contract.chat_commands import ConfigureConversation
from engine.contract.commands import LoadModel
from engine.contract.library import Preset, PromptTemplate, SamplingOverrides
from engine.contract.library_commands import SavePreset, SavePrompt

CRITIC = Preset(
    id="preset_1",
    name="Critic",
    created_at_s=1.0,
    system_prompt="Find the weak points.",
    sampling=SamplingOverrides(temperature=0.7),
)
WEEKLY = PromptTemplate(
    id="prompt_1", name="weekly", title="Weekly report", text="Report {{week}}", created_at_s=1.0
)


@pytest.fixture
def stocked(window, engine, qtbot):
    engine.library.add(CRITIC, WEEKLY)
    qtbot.waitUntil(lambda: len(window.session.library.prompts) == 1)
    return window


@pytest.fixture
def presets(stocked):
    stocked.library.open_presets()
    return stocked.window_named("presets")


@pytest.fixture
def prompts(stocked):
    stocked.library.open_prompts()
    return stocked.window_named("prompts")


def names(window):
    return [window.list.item(row).text() for row in range(window.list.count())]


@pytest.mark.feature("presets.edit")
def test_a_preset_is_edited_and_kept_when_its_writer_pauses(presets, stocked, qtbot):
    """A preset keeps a name, a system prompt, sampling and a model, and can be edited."""
    assert presets.name.text() == "Critic"
    presets.name.selectAll()
    qtbot.keyClicks(presets.name, "Editor")
    presets.prompt.setPlainText("Make it shorter.")
    presets.sampling.rows["temperature"].field.box.setValue(0.2)

    qtbot.waitUntil(lambda: stocked.session.library.presets[0].name == "Editor")
    kept = stocked.session.library.presets[0]
    assert kept.system_prompt == "Make it shorter."
    assert kept.sampling.temperature == 0.2
    assert names(presets) == ["Editor"]


@pytest.mark.feature("presets.delete")
def test_a_deleted_preset_comes_back_by_undo(presets, stocked, qtbot):
    """A deleted preset or prompt can be brought back with Undo."""
    presets.delete_button.click()
    qtbot.waitUntil(lambda: not stocked.session.library.presets)
    assert presets.toast.words() == "“Critic” is deleted."
    presets.toast.action.click()

    qtbot.waitUntil(lambda: stocked.session.library.presets == (CRITIC,))


def test_a_duplicate_has_another_name_and_the_same_words(presets, stocked, engine, qtbot):
    presets.duplicate_button.click()

    qtbot.waitUntil(lambda: len(stocked.session.library.presets) == 2)
    assert names(presets) == ["Critic", "Critic copy"]
    assert engine.sent(SavePreset)[-1].preset.system_prompt == CRITIC.system_prompt
    assert presets.name.text() == "Critic copy"


def test_a_new_preset_is_kept_from_its_first_change_on(presets, stocked, engine, qtbot):
    presets.new_button.click()
    assert engine.sent(SavePreset) == []
    presets.name.selectAll()
    qtbot.keyClicks(presets.name, "Poet")

    qtbot.waitUntil(lambda: any(p.name == "Poet" for p in stocked.session.library.presets))


def test_a_preset_without_a_name_is_not_kept(presets, engine, qtbot):
    presets.name.selectAll()
    qtbot.keyClicks(presets.name, " ")
    presets.save()

    assert presets.fault.text() == "It needs a name."
    assert engine.sent(SavePreset) == []


def test_what_is_typed_is_not_overwritten_by_what_was_saved(presets, stocked, qtbot):
    presets.prompt.setPlainText("One")
    presets.save()
    presets.prompt.setPlainText("One two")
    qtbot.waitUntil(lambda: stocked.session.library.presets[0].system_prompt == "One")

    assert presets.prompt.toPlainText() == "One two"


@pytest.mark.feature("prompts.edit")
def test_a_prompt_is_written_and_kept(prompts, stocked, qtbot):
    """Prompts used often are kept in a library under a name that is typed with a slash."""
    prompts.new_button.click()
    prompts.name.setText("thanks")
    prompts.text.setPlainText("Thank {{name}} for {{gift}}.")

    qtbot.waitUntil(lambda: len(stocked.session.library.prompts) == 2)
    assert "/thanks" in names(prompts)


@pytest.mark.parametrize(
    ("name", "fault"),
    [("weekly", "Another prompt"), ("two words", "hyphens"), ("", "needs a name")],
)
def test_a_name_that_cannot_be_typed_is_refused(prompts, engine, name, fault):
    prompts.new_button.click()
    prompts.text.setPlainText("Something")
    prompts.name.setText(name)
    prompts.save()

    assert fault in prompts.fault.text()
    assert engine.sent(SavePrompt) == []


def test_the_list_is_searched(presets):
    presets.search.setText("zebra")

    assert names(presets) == []
    assert presets.nothing.isVisible()


@pytest.mark.feature("conversations.own-settings")
def test_a_conversation_gets_its_own_preset_prompt_and_sampling(stocked, engine, qtbot):
    """A conversation can have its own preset, system prompt and sampling."""
    stocked.top_bar.configure.click()
    panel = stocked.library.panel
    panel.preset.setCurrentIndex(panel.preset.findData(CRITIC.id))
    panel.preset.activated.emit(panel.preset.currentIndex())
    assert panel.sampling.rows["temperature"].field.box.value() == 0.7
    panel.sampling.rows["top_p"].field.box.setValue(0.5)

    qtbot.waitUntil(lambda: len(engine.sent(ConfigureConversation)) == 2)
    asked = engine.sent(ConfigureConversation)[-1]
    assert asked.conversation_id == stocked.session.desk.current_id
    assert (asked.preset_id, asked.sampling) == (CRITIC.id, SamplingOverrides(top_p=0.5))
    kept = engine.conversations
    qtbot.waitUntil(lambda: asked.conversation_id in kept)
    qtbot.waitUntil(lambda: kept[asked.conversation_id].preset_id == CRITIC.id)


def test_own_settings_are_shown_again_and_can_be_given_up(stocked, engine, qtbot):
    stocked.library.open_panel()
    panel = stocked.library.panel
    panel.has_prompt.click()
    panel.prompt.setPlainText("Speak in rhymes.")
    panel.keep_typed()
    qtbot.waitUntil(lambda: engine.sent(ConfigureConversation)[-1].system_prompt is not None)
    stocked.library.popover.hide()
    stocked.library.open_panel()
    assert panel.prompt.toPlainText() == "Speak in rhymes."
    panel.reset.click()

    qtbot.waitUntil(lambda: engine.sent(ConfigureConversation)[-1].system_prompt is None)
    assert not panel.prompt.isVisible()


def test_a_preset_with_a_model_asks_for_it(stocked, engine, qtbot):
    engine.library.add(Preset(id="preset_2", name="Able", created_at_s=1.0, model_id="large"))
    qtbot.waitUntil(lambda: len(stocked.session.library.presets) == 2)
    stocked.library.open_panel()
    panel = stocked.library.panel
    panel.preset.setCurrentIndex(panel.preset.findData("preset_2"))
    panel.preset.activated.emit(panel.preset.currentIndex())

    qtbot.waitUntil(lambda: engine.sent(LoadModel)[-1].model_id == "large")


@pytest.mark.usefixtures("presets")
def test_nothing_of_the_library_stays_when_the_vault_is_locked(stocked, qtbot):
    stocked.vault.lock_now()

    qtbot.waitUntil(lambda: stocked.session.library.presets == ())
    assert stocked.window_named("presets") is None
    assert stocked.library.panel.preset.count() == 1
