"""The chat page under a heavy load, in a process of its own; run by bench_chat.py.

The real engine and a real vault with one conversation of 10,000 messages; the answer that streams
is invented, so that its speed is the one that is asked for.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import psutil
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QTextBrowser

from engine.assembly import start_engine
from engine.contract.commands import Command, CreateConversation
from engine.contract.events import Event, MessageAdded, TextGenerated, TurnFinished
from engine.contract.ids import new_id
from engine.contract.messages import Conversation, FinishReason, Message, Role
from engine.contract.port import EnginePort, Listener
from engine.contract.settings import InterfaceSettings, ModelSettings, Settings
from tests.benchmarks.bench_ui import LoopWatch
from tests.benchmarks.child_side import Request, Result, say, serve
from ui import screen_content as content
from ui.app_shell import open_window
from ui.main_window import MainWindow

ROOT = Path(__file__).resolve().parents[2]
MESSAGES = 10_000
_TALKS = 1_000
_PER_SECOND = 150
_TOKENS = 900
_QUESTION = "What did we say about topic {number}, and which folder was it in?"


class Stage:
    """A port that passes all on to the engine and lets invented events in.

    Attributes:
        window: Over it.
    """

    def __init__(self, port: EnginePort) -> None:
        self._port = port
        self._listeners: list[Listener] = []

    def submit(self, command: Command) -> str:
        return self._port.submit(command)

    def cancel(self, job_id: str) -> None:
        self._port.cancel(job_id)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        self._listeners.append(listener)
        return self._port.subscribe(listener)

    def play(self, event: Event) -> None:
        for listener in tuple(self._listeners):
            listener(event)


def _messages(count: int) -> tuple[Message, ...]:
    made: list[Message] = []
    for number in range(count // 2):
        for role in (Role.USER, Role.ASSISTANT):
            is_user = role is Role.USER
            text = _QUESTION.format(number=number) if is_user else content.RICH_ANSWER
            made.append(
                Message(
                    id=new_id("msg"),
                    role=role,
                    text=text,
                    created_at_s=1_700_000_000.0 + len(made),
                    parent_id=made[-1].id if made else None,
                    finish_reason=None if is_user else FinishReason.STOP,
                )
            )
    return tuple(made)


def _conversation(title: str, count: int) -> Conversation:
    return Conversation(
        id=new_id("conv"),
        title=title,
        created_at_s=1_700_000_000.0,
        updated_at_s=1_700_000_000.0,
        messages=_messages(count),
    )


def _fill(folder: Path, conversations: list[Conversation]) -> None:
    """They are in the vault, written as the app writes them, in few transactions."""
    import asyncio

    from engine.storage import conversations as shelf
    from engine.storage.database import Writer
    from engine.storage.vault import Vault
    from tests.helpers.keychain import MemoryKeychain

    async def fill() -> None:
        vault = Vault(folder, MemoryKeychain())
        await vault.open(passphrase="a long enough one")
        codec = vault.codec

        def write(writer: Writer) -> None:
            for talk in conversations:
                row = shelf.save_conversation(writer, codec, talk)
                for message in talk.messages:
                    shelf.save_message(writer, codec, row, message, 1_700_000_000.0)

        await vault.store.write(write)
        await vault.lock()

    asyncio.run(fill())


def _until(holds: Callable[[], bool], patience_s: float = 120.0) -> None:
    ends_at_s = time.monotonic() + patience_s
    while not holds():
        if time.monotonic() > ends_at_s:
            raise TimeoutError("the window did not get there in time")
        QApplication.processEvents()


def _opening_ms(window: MainWindow, long_id: str, other_id: str) -> list[float]:
    """From the click to the end of the first frame, back and forth."""
    taken = []
    for _ in range(10):
        window.session.desk.show(other_id)
        QTest.qWait(30)
        began = time.perf_counter()
        window.session.desk.show(long_id)
        window.page.view.viewport().repaint()
        taken.append((time.perf_counter() - began) * 1000)
        QTest.qWait(30)
    return taken


def _frames_ms(window: MainWindow) -> list[float]:
    """Scrolling from the end upwards, a third of a screen a frame, then by leaps."""
    view = window.page.view
    bar = view.verticalScrollBar()
    taken = []
    for number in range(600):
        step = view.viewport().height() // 3 if number < 500 else bar.maximum() // 90
        began = time.perf_counter()
        bar.setValue(bar.value() - step if bar.value() > step else bar.maximum())
        view.viewport().repaint()
        taken.append((time.perf_counter() - began) * 1000)
        QApplication.processEvents()
    return taken


def _stream(stage: Stage, conversation_id: str) -> None:
    """Plays an answer from another thread, as the engine does."""
    message_id = new_id("msg")
    begun = Message(id=message_id, role=Role.ASSISTANT, text="", created_at_s=time.time())
    stage.play(MessageAdded(conversation_id=conversation_id, message=begun))
    long = content.RICH_ANSWER * (1 + _TOKENS * 5 // len(content.RICH_ANSWER))
    names = {"conversation_id": conversation_id, "message_id": message_id}
    for number in range(_TOKENS):
        piece = long[number * 5 : number * 5 + 5]
        stage.play(
            TextGenerated(**names, text=piece, is_reasoning=False, completion_tokens=number + 1)
        )
        time.sleep(1 / _PER_SECOND)
    done = Message(
        id=message_id,
        role=Role.ASSISTANT,
        text=long[: _TOKENS * 5],
        created_at_s=time.time(),
        finish_reason=FinishReason.STOP,
        stats=content.stats(_TOKENS),
    )
    stage.play(TurnFinished(conversation_id=conversation_id, message=done))


def _worst_ms(window: MainWindow, stage: Stage, long_id: str, act: str) -> list[float]:
    """The loop's delays while an answer streams and someone types into a field."""
    window.session.desk.show(long_id)
    if act:
        window.actions_by_key[act].trigger()
    QTest.qWait(100)
    watch = LoopWatch()
    thread = threading.Thread(target=_stream, args=(stage, long_id))
    watch.start()
    thread.start()
    letters = "which folder was it in topic " * 10
    began, typed = time.monotonic(), 0
    while thread.is_alive():
        QApplication.processEvents()
        if time.monotonic() - began > typed * 0.12 and typed < len(letters):
            focus = QApplication.focusWidget() or window.page.composer.edit
            QTest.keyClicks(focus, letters[typed])
            typed += 1
            if typed % 12 == 0 and hasattr(focus, "clear"):
                focus.clear()
    gaps = list(watch.gaps_ms)
    window.session.desk.show(long_id)
    return gaps


def _memory(window: MainWindow, ids: list[str]) -> list[int]:
    """Bytes of the process after each hundred conversations opened."""
    process = psutil.Process()
    seen = []
    for number, conversation_id in enumerate(ids, 1):
        window.session.desk.show(conversation_id)
        window.page.view.viewport().repaint()
        QApplication.processEvents()
        if number % 100 == 0:
            QTest.qWait(50)
            seen.append(process.memory_info().rss)
    return seen


def _browser_ms() -> float:
    """The peer: a QTextBrowser with the same messages as Markdown, as simple chats have them."""
    browser = QTextBrowser()
    browser.resize(900, 700)
    browser.show()
    words = "\n\n---\n\n".join(message.text for message in _messages(MESSAGES))
    began = time.perf_counter()
    browser.setMarkdown(words)
    browser.viewport().repaint()
    taken = (time.perf_counter() - began) * 1000
    browser.close()
    return taken


def measure(request: Request) -> Result:
    """Everything in one window, one after another."""
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    long = _conversation("The long one", MESSAGES)
    talks = [_conversation(f"Talk {number}", 20) for number in range(_TALKS)]
    settings = Settings(
        interface=InterfaceSettings(theme="light", is_motion_reduced=True, is_welcomed=True),
        models=ModelSettings(model=str(request.get("model", "none"))),
    )
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "vault"
        say("chat: 30,000 messages go into a vault")
        _fill(folder, [long, *talks])
        from tests.helpers.keychain import MemoryKeychain

        engine = start_engine(
            settings=settings,
            models_dir=Path(scratch) / "models",
            resources=ROOT / "resources",
            version="bench",
            vault_dir=folder,
            keychain=MemoryKeychain(),
            passphrase="a long enough one",
        )
        stage = Stage(engine.port)
        window = open_window(
            stage,
            state_path=Path(scratch) / "w.ini",
            resources=ROOT / "resources",
            settings=settings,
        )
        window.resize(1280, 800)
        _until(lambda: long.id in window.session.book.entries)
        engine.port.submit(CreateConversation(conversation_id=new_id("conv")))
        say("chat: opening and scrolling")
        result: Result = {"opening_ms": _opening_ms(window, long.id, talks[0].id)}
        result["frames_ms"] = _frames_ms(window)
        for name, act in (("typing", ""), ("finding", "find"), ("searching", "search")):
            say(f"chat: {name} while {_PER_SECOND} tokens a second stream in")
            result[f"{name}_ms"] = _worst_ms(window, stage, long.id, act)
        say("chat: a thousand conversations opened")
        result["memory_bytes"] = _memory(window, [talk.id for talk in talks])
        window.session.close()
        window.close()
        engine.close()
        say("chat: the same messages in a QTextBrowser")
        result["browser_ms"] = _browser_ms()
    return result


if __name__ == "__main__":
    serve(measure)
