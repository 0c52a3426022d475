"""Every state of the message page, with invented content."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QWidget

from engine.contract.chat_commands import CompareAnswers, Contender, ExplainAnswer
from engine.contract.chat_events import AnswerExplained, AnswersCompared
from engine.contract.events import (
    CommandFinished,
    ContextMeasured,
    MessageAdded,
    TextGenerated,
    TurnFinished,
)
from engine.contract.messages import Conversation, FinishReason, Message, Role
from ui import screen_content as content
from ui import text_message
from ui.chat.compare_sheet import Side
from ui.main_window import MainWindow
from ui.screen_stage import Stage, settle

Builder = Callable[[Stage], QWidget]
_ID = "conv_shown"
_SHORT = "Air scatters blue light more than red, and in the evening the light crosses more of it."
_PROMPT = """<|im_start|>system
You are a helpful assistant. Answer clearly and briefly.<|im_end|>
<|im_start|>user
Why is the sky red in the evening but blue at noon?
Keep it short and tell me how sure you are.<|im_end|>
<|im_start|>assistant
"""


def _talk() -> Conversation:
    """A question of two versions, the second answered three times."""
    return content.conversation(
        _ID,
        "Why evening light is red",
        content.user("q1", "Why is the evening sky red?"),
        replace(content.answer("x1", _SHORT), parent_id="q1"),
        replace(content.user("q2", content.RED_QUESTION), parent_id=""),
        replace(content.answer("a1", _SHORT), parent_id="q2"),
        replace(content.answer("a2", content.RED_ANSWER), parent_id="q2"),
        replace(_unfinished(), parent_id="q2"),
    )


def _unfinished() -> Message:
    made = content.answer("a3", content.RED_ANSWER[:270], reasoning="Short.", reasoning_ms=4100)
    stats = replace(
        content.stats(68, reasoning_ms=4100, cached=318),
        temperature=0.3,
        top_p=0.95,
        min_p=0.0,
        repetition_penalty=1.0,
        max_tokens=68,
    )
    return replace(made, finish_reason=FinishReason.LENGTH, stats=stats)


def _open(stage: Stage, leaf_id: str = "a3", width: int = 0) -> MainWindow:
    return stage.open(replace(_talk(), leaf_id=leaf_id), width=width)


def _focus(window: MainWindow, message_id: str) -> None:
    view = window.page.view
    view.is_led_by_keys = True
    view.setFocus(Qt.FocusReason.TabFocusReason)
    view.setCurrentIndex(window.page.messages.index(window.page.messages.row_of(message_id), 0))
    view.delegate.hovered_row = window.page.messages.row_of(message_id)
    view.viewport().update()
    settle()


def _versions(stage: Stage) -> QWidget:
    return _open(stage, "a2")


def _actions(stage: Stage) -> QWidget:
    window = _open(stage)
    _focus(window, "a3")
    window.page.view.delegate.ringed = ("a3", "regenerate_0")
    settle()
    return window


def _actions_user(stage: Stage) -> QWidget:
    window = _open(stage)
    _focus(window, "q2")
    return window


def _narrow_actions(stage: Stage) -> QWidget:
    window = _open(stage, width=480)
    _focus(window, "a3")
    return window


def _menu(stage: Stage) -> QWidget:
    window = _open(stage)
    page = window.page
    page.reader.acted.emit("a3", "more", QRect())
    settle()
    return window


def _editor(stage: Stage) -> QWidget:
    window = _open(stage)
    window.page.face.edit("q2")
    settle()
    return window


def _details(stage: Stage) -> QWidget:
    window = _open(stage)
    window.page.reader.acted.emit("a3", "details", QRect())
    settle()
    return window


def _why(*, is_exact: bool) -> Builder:
    def build(stage: Stage) -> QWidget:
        told = AnswerExplained(
            conversation_id=_ID,
            message_id="a3",
            prompt=_PROMPT,
            prompt_tokens=61,
            is_exact=is_exact,
            notice="" if is_exact else "Another model wrote this answer; it is not loaded now.",
            left_out=0 if is_exact else 4,
        )
        window = stage.open(replace(_talk(), leaf_id="a3"), answers={ExplainAnswer: told})
        window.page.face.explain("a3")
        settle()
        return window

    return build


def _queue(stage: Stage) -> QWidget:
    window = _open(stage)
    window.page.composer.send("And what is the colour on Mars?")
    begun = Message(
        id="live", role=Role.ASSISTANT, text="", created_at_s=time.time(), parent_id="u9"
    )
    asked = content.user("u9", "And what is the colour on Mars?", after="a3")
    stage.play(
        MessageAdded(conversation_id=_ID, message=asked),
        MessageAdded(conversation_id=_ID, message=begun),
        TextGenerated(
            conversation_id=_ID,
            message_id="live",
            text="On Mars it is the other way round: the dust scatters red by day, and the sunset",
            is_reasoning=False,
            completion_tokens=18,
        ),
    )
    window.page.composer.send("Then make a table of both planets with colour and reason")
    window.page.composer.send("And shorten all of it to two sentences")
    window.page.composer.set_draft("One more")
    settle(0.2)
    return window


def _queue_edit(stage: Stage) -> QWidget:
    window = _queue(stage)
    assert isinstance(window, MainWindow)
    waiting = window.session.desk.queue.of(_ID)
    window.page.queue.edit_row(waiting[1].id)
    settle()
    return window


def _compare_sheet(stage: Stage) -> QWidget:
    window = _open(stage)
    window.page.compare.open("q2")
    settle()
    return window


def _compare(width: int = 0, *, is_over: bool = False) -> Builder:
    def build(stage: Stage) -> QWidget:
        window = _open(stage, width=width)
        sides = tuple(
            Side(Contender(), model, settings)
            for model, settings in (
                ("Qwen3 8B · 4-bit", text_message.AS_SET),
                ("Qwen3 8B · 4-bit", text_message.AGAIN_FREE),
                ("SmolLM2 135M", text_message.AS_SET),
            )
        )
        window.page.compare.begin(sides, "q2", "")
        job = stage.port.job_of(CompareAnswers)
        whole = (content.RED_ANSWER, _SHORT)
        for number, words in enumerate(whole):
            _answer(stage, job, f"c{number}", words, is_done=True)
        _answer(stage, job, "c2", "The sky is red because the sun", is_done=is_over)
        if is_over:
            ids = ("c0", "c1", "c2")
            stage.play(
                AnswersCompared(job_id=job, conversation_id=_ID, question_id="q2", message_ids=ids),
                CommandFinished(job_id=job),
            )
        settle(0.1)
        return window

    return build


def _answer(stage: Stage, job: str, id_: str, words: str, *, is_done: bool) -> None:
    begun = Message(id=id_, role=Role.ASSISTANT, text="", created_at_s=time.time(), parent_id="q2")
    stage.play(
        MessageAdded(job_id=job, conversation_id=_ID, message=begun),
        TextGenerated(
            job_id=job,
            conversation_id=_ID,
            message_id=id_,
            text=words,
            is_reasoning=False,
            completion_tokens=8,
        ),
    )
    if is_done:
        done = replace(content.answer(id_, words), parent_id="q2")
        stage.play(TurnFinished(job_id=job, conversation_id=_ID, message=done))


def _cut(stage: Stage) -> QWidget:
    messages = []
    for number in range(4):
        messages.append(content.user(f"u{number}", f"Question {number + 1}: and then?"))
        messages.append(content.answer(f"a{number}", _SHORT))
    window = stage.open(content.conversation(_ID, "A long one", *messages))
    window.page.composer.set_draft("Now all of it once more, please")
    stage.play(
        ContextMeasured(
            conversation_id=_ID,
            system_tokens=410,
            memory_tokens=220,
            document_tokens=1400,
            history_tokens=3900,
            draft_tokens=130,
            answer_tokens=1024,
            limit_tokens=8192,
            cut_messages=6,
        )
    )
    window.page.composer.meter.setFocus(Qt.FocusReason.TabFocusReason)
    window.page.composer.meter.open_card()
    settle()
    return window


def screens() -> list[tuple[str, Builder]]:
    """Name and builder of each state."""
    return [
        ("versions", _versions),
        ("actions", _actions),
        ("actions-question", _actions_user),
        ("actions-narrow", _narrow_actions),
        ("message-menu", _menu),
        ("editor", _editor),
        ("details", _details),
        ("why", _why(is_exact=True)),
        ("why-not-exact", _why(is_exact=False)),
        ("queue", _queue),
        ("queue-edit", _queue_edit),
        ("compare-sheet", _compare_sheet),
        ("compare", _compare()),
        ("compare-chosen", _compare(is_over=True)),
        ("compare-narrow", _compare(700, is_over=True)),
        ("cut", _cut),
    ]
