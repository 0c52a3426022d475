"""The app in a process of its own with a hand on its window: `driven_window.py SCENE FILE WORDS`.

SCENE is a coroutine below; what it found out is written to FILE as JSON. The app itself is whole:
`main` is called with WORDS, and its own loop runs the scene.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import sys
import threading
import time
import types
from pathlib import Path
from typing import Any

BEGUN = time.perf_counter()
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PySide6.QtCore import QEvent, QObject, QTimer  # noqa: E402

from app.main import main  # noqa: E402
from engine.contract.vault import VaultState, VaultStatus  # noqa: E402
from engine.contract.vault_commands import OpenVault  # noqa: E402
from engine.contract.vault_events import VaultOpened  # noqa: E402
from tests.app.scripted_engine import ScriptedEngine  # noqa: E402
from ui import app_shell  # noqa: E402

facts: dict[str, Any] = {}


async def until(holds, timeout_s=60):
    """`holds` has become true."""
    end = time.perf_counter() + timeout_s
    while not holds():
        assert time.perf_counter() < end, "it did not happen in time"
        await asyncio.sleep(0.01)


async def ask(window, question):
    await until(lambda: window.session.models.loaded is not None)
    window.page.composer.send(question)
    await until(lambda: window.session.desk.is_answering())
    await until(lambda: not window.session.desk.is_answering())
    facts["answer"] = window.page.last_answer()


async def answer(window):
    await ask(window, "echo good day")


async def real_answer(window):
    await ask(window, "Why is the sky blue?")
    await asyncio.sleep(0.3)
    window.grab().save(os.environ["PICTURE"])


async def open_(window):
    facts["size"] = [window.width(), window.height()]
    facts["banner"] = window.page.banner.message()


async def resize(window):
    # The offscreen platform has a screen of 800 by 800.
    window.resize(700, 560)
    window.panes.toggle()
    await asyncio.sleep(0.1)


async def change_settings(window):
    window.session.settings.change("interface", "theme", "dark")
    await until(lambda: window.session.settings.value.interface.theme == "dark")


async def break_down(window):
    def fail():
        raise ValueError("my grandmother's recipe")

    for way in (
        lambda: QTimer.singleShot(0, fail),
        lambda: asyncio.get_running_loop().call_soon(fail),
        lambda: threading.Thread(target=fail).start(),
    ):
        window.page.banner.hide()
        way()
        await until(lambda: bool(window.page.banner.message()))
        facts.setdefault("banners", []).append(window.page.banner.message())
    await ask(window, "echo still here")


async def stay(window):
    sys.stdout.write("open\n")
    sys.stdout.flush()
    window.hide()
    await until(lambda: window.isVisible() or "closed" in facts)
    sys.stdout.write("raised\n")
    sys.stdout.flush()
    await until(lambda: "closed" in facts)


def tell(word):
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


async def quick(window):
    """Tells each step that keys from outside lead to."""
    face = window.quick
    await until(lambda: window.session.models.loaded is not None)
    await until(lambda: face._panel is not None and face.reach.hotkey_fault == "")
    window.hide()
    tell("ready")
    panel = face.panel
    await until(lambda: panel.isVisible() and panel.isActiveWindow() and panel.field.hasFocus())
    tell("open")
    await until(lambda: bool(panel.talk.last_answer()) and not panel.talk.is_answering)
    facts["answer"] = panel.talk.last_answer()
    facts["is_window_hidden"] = not window.isVisible()
    tell("answered")
    await until(lambda: not panel.isVisible())
    tell("hidden")
    await until(panel.isVisible)
    tell("open again")
    await until(lambda: window.session.desk.entry() is not None and window.isVisible())
    facts["rows"] = window.page.messages.rowCount()
    tell("continued")


async def stay_quick(window):
    facts["is_window_hidden"] = not window.isVisible()
    tell("begun")
    await until(lambda: window.quick._panel is not None and window.quick.panel.isVisible())
    tell("panel")
    await until(lambda: "closed" in facts)


class FirstPaint(QObject):
    """Notes when the window was first drawn, and what had been loaded by then."""

    def eventFilter(self, _watched, event):  # noqa: N802
        if event.type() == QEvent.Type.Paint and "shown_s" not in facts:
            facts["shown_s"] = time.perf_counter() - BEGUN
            facts["is_mlx_loaded"] = "mlx.core" in sys.modules
        return False


def hold(scene):
    """The next window that is opened plays the scene, and then the app is quit."""
    open_window = app_shell.open_window

    async def play(window):
        from PySide6.QtWidgets import QApplication

        QApplication.instance().aboutToQuit.connect(lambda: facts.update(closed=True))
        try:
            if scene not in (stay_quick,):
                await until(lambda: "shown_s" in facts)
            await asyncio.sleep(0.05)
            await scene(window)
        except Exception as error:  # noqa: BLE001 - the test that reads the facts tells it
            facts["error"] = repr(error)
            facts["banner"] = window.page.banner.message()
            facts["loaded"] = repr(window.session.models.loaded)
        if "closed" not in facts:
            QApplication.quit()

    def open_and_play(*given, **named):
        settings = named["settings"]
        seen = dataclasses.replace(settings.interface, is_welcomed=True)
        named["settings"] = dataclasses.replace(settings, interface=seen)
        window = open_window(*given, **named)
        paint = FirstPaint(window)
        window.centralWidget().installEventFilter(paint)
        QTimer.singleShot(0, lambda: facts.update(task=asyncio.ensure_future(play(window))))
        return window

    app_shell.open_window = open_and_play


def start_scripted(**_given):
    port = ScriptedEngine()
    status = VaultStatus(state=VaultState.UNLOCKED, has_keychain_key=True)
    port.answers[OpenVault] = (VaultOpened(status=status, is_new=False, open_ms=1.0),)
    return types.SimpleNamespace(port=port, close=port.close)


if __name__ == "__main__":
    name, file, *words = sys.argv[1:]
    if not name.startswith("real"):
        assembly = types.ModuleType("engine.assembly")
        assembly.start_engine = start_scripted
        sys.modules["engine.assembly"] = assembly
    hold(globals()[name])
    code = main(words)
    facts.pop("task", None)
    Path(file).write_text(json.dumps(facts))
    sys.exit(code)
