"""Every page and state that exists, with invented content."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from engine.contract.commands import LoadModel, SendMessage
from engine.contract.errors import ErrorReport
from engine.contract.events import (
    CommandFailed,
    HistoryCut,
    MessageAdded,
    ModelDownloadProgressed,
    ModelLoadProgressed,
    PrefillProgressed,
    TextGenerated,
)
from engine.contract.messages import Conversation, Message, Role
from ui import (
    screen_attachments,
    screen_introspection,
    screen_library,
    screen_messages,
    screen_quick,
    screen_search,
    screen_vault,
)
from ui import screen_content as content
from ui.main_window import MainWindow
from ui.screen_stage import Stage, settle

Builder = Callable[[Stage], QWidget]
_CONVERSATION = "conv_shown"


def _short(id_: str = _CONVERSATION) -> Conversation:
    return content.conversation(
        id_,
        "Why evening light is red",
        content.user("u1", content.RED_QUESTION),
        content.answer("a1", content.RED_ANSWER),
    )


def _empty(stage: Stage) -> QWidget:
    return stage.open()


def _conversation(stage: Stage) -> QWidget:
    return stage.open(_short())


def _markdown(stage: Stage) -> QWidget:
    return stage.open(
        content.conversation(
            _CONVERSATION,
            "Find duplicate files",
            content.user("u1", "How do I find duplicate files with Python?"),
            content.answer("a1", content.RICH_ANSWER),
        )
    )


def _markdown_top(stage: Stage) -> QWidget:
    window = _markdown(stage)
    assert isinstance(window, MainWindow)
    window.page.view.verticalScrollBar().setValue(0)
    settle()
    return window


def _reasoning(stage: Stage) -> QWidget:
    thought = (
        "The user wants a short answer and a statement of confidence. Rayleigh scattering goes "
        "with the inverse fourth power of the wavelength, so blue at 450 nm is scattered about "
        "four times as much as red at 650 nm.\n\nI should not give a figure for the path length "
        "that I cannot support."
    )
    window = stage.open(
        content.conversation(
            _CONVERSATION,
            "Why evening light is red",
            content.user("u0", "Why is the sky blue at noon?"),
            content.answer(
                "a0", "Air scatters blue light more than red.", reasoning="Easy.", reasoning_ms=3200
            ),
            content.user("u1", content.RED_QUESTION),
            content.answer("a1", content.RED_ANSWER, reasoning=thought, reasoning_ms=8400),
        )
    )
    window.page.view.delegate.turn("a1", "fold")
    window.page.view.remeasure(3)
    settle()
    return window


def _begin_answer(stage: Stage) -> MainWindow:
    window = stage.open(_short())
    window.page.composer.send("How do I find duplicate files with Python?")
    job = stage.port.job_of(SendMessage)
    asked = content.user("u2", "How do I find duplicate files with Python?", after="a1")
    begun = Message(id="a2", role=Role.ASSISTANT, text="", created_at_s=time.time(), parent_id="u2")
    stage.play(
        MessageAdded(job_id=job, conversation_id=_CONVERSATION, message=asked),
        HistoryCut(
            job_id=job,
            conversation_id=_CONVERSATION,
            message_ids=("m1", "m2", "m3", "m4"),
            tokens_cut=2210,
            context_tokens=8192,
        ),
        MessageAdded(job_id=job, conversation_id=_CONVERSATION, message=begun),
        PrefillProgressed(
            job_id=job,
            conversation_id=_CONVERSATION,
            message_id="a2",
            done_tokens=340,
            total_tokens=1200,
            cached_tokens=318,
        ),
    )
    return window


def _reading(stage: Stage) -> QWidget:
    return _begin_answer(stage)


def _streaming(stage: Stage) -> QWidget:
    window = _begin_answer(stage)
    text = content.RICH_ANSWER[:820]
    for number in range(0, len(text), 8):
        stage.port.play(
            TextGenerated(
                conversation_id=_CONVERSATION,
                message_id="a2",
                text=text[number : number + 8],
                is_reasoning=False,
                completion_tokens=number // 4 + 1,
            )
        )
    settle(0.7)
    stage.play(
        TextGenerated(
            conversation_id=_CONVERSATION,
            message_id="a2",
            text=" ",
            is_reasoning=False,
            completion_tokens=len(text) // 4,
        )
    )
    return window


def _very_long(stage: Stage) -> QWidget:
    messages = []
    for number in range(300):
        messages.append(content.user(f"u{number}", f"Question {number + 1}: and then?"))
        messages.append(content.answer(f"a{number}", content.RED_ANSWER))
    words = "\n".join(f"Line {n} of a long note that was pasted here." for n in range(200))
    messages.append(content.user("u_long", words))
    messages.append(content.answer("a_long", "That is a long note. What shall I do with it?"))
    window = stage.open(content.conversation(_CONVERSATION, "A very long one", *messages))
    window.page.view.verticalScrollBar().setValue(4000)
    settle()
    return window


def _error(stage: Stage) -> QWidget:
    window = stage.open(_short())
    window.page.composer.send("And on Mars?")
    report = ErrorReport(
        kind="prompt_too_long",
        message="Your message is longer than the model's context of 8,192 tokens. "
        "Nothing was sent.",
        action="Shorten it, or choose a model with a longer context.",
    )
    stage.play(CommandFailed(job_id=stage.port.job_of(SendMessage), error=report))
    return window


def _loading(stage: Stage) -> QWidget:
    window = stage.open(is_loaded=False)
    stage.play(ModelLoadProgressed(model_id="smollm2-135m", stage="weights", share_ratio=0.4))
    settle(0.4)
    return window


def _download(stage: Stage) -> QWidget:
    window = stage.open(is_loaded=False)
    stage.play(_progress())
    return window


def _progress() -> ModelDownloadProgressed:
    return ModelDownloadProgressed(
        model_id="smollm2-135m",
        licence="Apache-2.0",
        done_bytes=34_000_000,
        total_bytes=88_000_000,
        bytes_per_second=4_500_000.0,
        remaining_s=12.0,
    )


def _offline(stage: Stage) -> QWidget:
    window = stage.open(is_loaded=False)
    report = ErrorReport(
        kind="offline",
        message="There is no connection, so SmolLM2 135M could not be fetched. "
        "What had come is kept.",
        action="Connect and try again, or choose a model that is on this machine.",
    )
    stage.play(CommandFailed(job_id=stage.port.job_of(LoadModel), error=report))
    return window


def _models(stage: Stage) -> QWidget:
    window = stage.open(_short())
    window.open_models()
    settle()
    return window


def _toast(stage: Stage) -> QWidget:
    window = stage.open(_short())
    window.sidebar.list.delete_wanted.emit(("past_1",))
    settle()
    return window


def _narrow(stage: Stage) -> QWidget:
    return stage.open(_short(), width=700)


def _narrow_sidebar(stage: Stage) -> QWidget:
    window = stage.open(_short(), width=700)
    window.panes.open()
    settle()
    return window


def _right_to_left(stage: Stage) -> QWidget:
    return stage.open(
        content.conversation(
            _CONVERSATION,
            content.ARABIC_QUESTION,
            content.user("u1", content.ARABIC_QUESTION),
            content.answer("a1", content.ARABIC_ANSWER),
        )
    )


def _sidebar_full(stage: Stage) -> QWidget:
    many = [
        content.conversation(f"many_{n}", f"Conversation {n + 1} about something", days_ago=n / 6)
        for n in range(400)
    ]
    return stage.open(_short(), *many)


def _about(stage: Stage) -> QWidget:
    window = stage.open()
    window.preferences.open_about()
    settle()
    about = window.window_named("about")
    assert about is not None
    return about


def _shortcuts(stage: Stage) -> QWidget:
    window = stage.open()
    window.actions_by_key["shortcuts"].trigger()
    settle()
    shortcuts = window.window_named("shortcuts")
    assert shortcuts is not None
    return shortcuts


def screens() -> list[tuple[str, Builder]]:
    """Name and builder of each page and state."""
    return [
        ("empty", _empty),
        ("conversation", _conversation),
        ("markdown", _markdown),
        ("markdown-top", _markdown_top),
        ("reasoning", _reasoning),
        ("reading", _reading),
        ("streaming", _streaming),
        ("very-long", _very_long),
        ("error", _error),
        ("offline", _offline),
        ("loading-model", _loading),
        ("download", _download),
        ("models", _models),
        ("toast", _toast),
        ("narrow", _narrow),
        ("narrow-sidebar", _narrow_sidebar),
        ("right-to-left", _right_to_left),
        ("sidebar-full", _sidebar_full),
        ("about", _about),
        ("shortcuts", _shortcuts),
        *screen_attachments.screens(),
        *screen_library.screens(),
        *screen_vault.screens(),
        *screen_search.screens(),
        *screen_messages.screens(),
        *screen_quick.screens(),
        *screen_introspection.screens(),
    ]
