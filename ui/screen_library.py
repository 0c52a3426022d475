"""Every page and state of settings, shortcuts, presets, prompts and the first start."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QWidget

from engine.contract.events import ModelDownloadProgressed
from engine.contract.library import Preset, PromptTemplate, SamplingOverrides
from engine.contract.library_commands import ListLibrary
from engine.contract.library_events import LibraryListed
from ui import screen_content as content
from ui import screen_vault_content as vault_content
from ui.main_window import MainWindow
from ui.screen_stage import Stage, settle
from ui.settings.settings_window import SettingsWindow

Builder = Callable[[Stage], QWidget]
_LARGE = {"text_percent": 200}
_PROMPT = "You are a strict editor. Find what is vague, then suggest one better sentence for each."
_SHELF = LibraryListed(
    folders=(),
    presets=(
        Preset(id="p1", name="Editor", created_at_s=1.0, system_prompt=_PROMPT),
        Preset(
            id="p2",
            name="Poet",
            created_at_s=1.0,
            system_prompt="Answer in verse.",
            sampling=SamplingOverrides(temperature=1.1, top_p=0.98),
        ),
        Preset(id="p3", name="Translator to Hindi", created_at_s=1.0),
    ),
    prompts=(
        PromptTemplate(
            id="q1",
            name="weekly",
            title="Weekly report",
            text="Write my report for the week of {{date}}.\nDone: {{done}}\nNext: {{next}}",
            created_at_s=1.0,
        ),
        PromptTemplate(
            id="q2",
            name="shorten",
            title="Make it shorter",
            text="Say this in half the words:\n{{clipboard}}",
            created_at_s=1.0,
        ),
        PromptTemplate(
            id="q3", name="explain", title="Explain {{topic}}", text="Explain.", created_at_s=1.0
        ),
    ),
)


def _window(stage: Stage, look: dict[str, Any] | None = None, width: int = 0) -> MainWindow:
    stage.look = look or {}
    answers = vault_content.answers((ListLibrary, _SHELF))
    return stage.open(vault=vault_content.WITH_ALL, answers=answers, width=width)


def _settings(section: str, look: dict[str, Any] | None = None, width: int = 0) -> Builder:
    def build(stage: Stage) -> QWidget:
        window = _window(stage, look)
        window.preferences.open_settings(section)
        shown = window.window_named("settings")
        assert isinstance(shown, SettingsWindow)
        if width:
            shown.resize(width, 640)
        settle()
        return shown

    return build


def _search(stage: Stage) -> QWidget:
    shown = _settings("general")(stage)
    assert isinstance(shown, SettingsWindow)
    shown.search.setText("lock")
    settle()
    return shown


def _conflict(stage: Stage) -> QWidget:
    shown = _settings("shortcuts")(stage)
    assert isinstance(shown, SettingsWindow)
    line = shown.forms["shortcuts"].lines["new"]  # type: ignore[attr-defined]
    line.field.chosen.emit(QKeySequence("Ctrl+Q"))
    shown.forms["shortcuts"].lines["settings"].field.click()  # type: ignore[attr-defined]
    settle()
    return shown


def _named(name: str, look: dict[str, Any] | None = None, width: int = 0) -> Builder:
    def build(stage: Stage) -> QWidget:
        window = _window(stage, look)
        window.actions_by_key[name].trigger()
        settle()
        shown = window.window_named(name)
        assert shown is not None
        if width:
            shown.resize(width, 700)
            settle()
        return shown

    return build


def _panel(look: dict[str, Any] | None = None) -> Builder:
    def build(stage: Stage) -> QWidget:
        window = _window(stage, look)
        window.library.open_panel()
        panel = window.library.panel
        panel.preset.setCurrentIndex(2)
        panel.preset.activated.emit(2)
        panel.has_prompt.click()
        panel.sampling.rows["max_tokens"].field.box.setValue(4096)  # type: ignore[attr-defined]
        settle()
        return window

    return build


def _completion(typed: str) -> Builder:
    def build(stage: Stage) -> QWidget:
        window = _window(stage)
        edit = window.page.composer.edit
        window.activateWindow()
        edit.setFocus()
        settle()
        edit.insertPlainText(typed)
        completer = window.library.completer
        chosen = completer.list.current() if completer is not None else None
        if completer is not None and chosen is not None and len(typed) > 2:
            completer.take(chosen)
        settle()
        return window

    return build


def _welcome(step: int, look: dict[str, Any] | None = None, width: int = 0) -> Builder:
    def build(stage: Stage) -> QWidget:
        window = _window(stage, look, width)
        window.welcome.begin()
        panel = window.welcome.panel
        assert panel is not None
        if step == 0:
            stage.play(_progress())
        for _ in range(step):
            panel.go_on()
        settle()
        return window

    return build


def _progress() -> ModelDownloadProgressed:
    return ModelDownloadProgressed(
        model_id="qwen3-1.7b",
        licence="Apache-2.0",
        done_bytes=340_000_000,
        total_bytes=980_000_000,
        bytes_per_second=4_500_000.0,
        remaining_s=142.0,
    )


def _looks(density: str, font: str) -> Builder:
    def build(stage: Stage) -> QWidget:
        stage.look = {"density": density, "reading_font": font}
        return stage.open(
            content.conversation(
                "conv_shown",
                "Why evening light is red",
                content.user("u1", content.RED_QUESTION),
                content.answer("a1", content.RED_ANSWER),
            )
        )

    return build


def screens() -> list[tuple[str, Builder]]:
    """Name and builder of each."""
    pages = ("general", "models", "generation", "interface", "shortcuts", "quick", "network")
    return [
        *((f"settings-{name}", _settings(name)) for name in (*pages, "about")),
        ("settings-search", _search),
        ("settings-narrow", _settings("generation", width=360)),
        ("settings-large", _settings("interface", _LARGE)),
        ("settings-large-narrow", _settings("models", _LARGE, 480)),
        ("shortcuts-conflict", _conflict),
        ("shortcuts-large", _named("shortcuts", _LARGE)),
        ("licences", _named("licences")),
        ("licences-narrow", _named("licences", width=400)),
        ("presets", _named("presets")),
        ("presets-narrow", _named("presets", width=420)),
        ("presets-large", _named("presets", _LARGE)),
        ("prompts", _named("prompts")),
        ("conversation-settings", _panel()),
        ("conversation-settings-large", _panel(_LARGE)),
        ("completion", _completion("/")),
        ("completion-blanks", _completion("/weekly")),
        ("welcome-model", _welcome(0)),
        ("welcome-privacy", _welcome(1)),
        ("welcome-question", _welcome(2)),
        ("welcome-narrow", _welcome(0, width=520)),
        ("welcome-large", _welcome(0, _LARGE)),
        ("welcome-privacy-large", _welcome(1, _LARGE)),
        ("density-compact-serif", _looks("compact", "serif")),
        ("density-roomy-mono", _looks("roomy", "monospace")),
    ]
