"""How long the event loop is held up while a long answer streams into a long conversation.

Run as `python -m tests.benchmarks.bench_ui`; prints one JSON list.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import threading
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from engine.contract.events import MessageAdded, TextGenerated, TurnFinished
from engine.contract.messages import FinishReason, Message, Role
from ui import screen_content as content
from ui.app_shell import open_window
from ui.replay import ReplayPort

ROOT = Path(__file__).resolve().parents[2]
_MESSAGES = 1000
_TOKENS = 2000
_FRAME_MS = 16.0


class LoopWatch:
    """A timer that should fire every millisecond; how late it fires is how long others took."""

    def __init__(self) -> None:
        self.gaps_ms: list[float] = []
        self._last = time.perf_counter()
        self._timer = QTimer()
        self._timer.setInterval(1)
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        self._last = time.perf_counter()
        self._timer.start()

    def _tick(self) -> None:
        now = time.perf_counter()
        self.gaps_ms.append((now - self._last) * 1000)
        self._last = now


def _pieces(text: str, count: int) -> list[str]:
    long = (text * (1 + count * 5 // len(text)))[: count * 5]
    return [long[start : start + 5] for start in range(0, len(long), 5)]


# The usual answer, and the two that are hardest to grow.
_KINDS = {
    "markdown": content.RICH_ANSWER,
    "one_paragraph": "word after word without an end, ",
    "one_code_block": "value = compute(value)  # again and again\n",
}


def _stream(port: ReplayPort, conversation_id: str, per_second: float, kind: str) -> None:
    """Plays an answer from another thread, as the engine does."""
    now = time.time()
    last_id = f"a{_MESSAGES // 2 - 1}"
    begun = Message(id="m_live", role=Role.ASSISTANT, text="", created_at_s=now, parent_id=last_id)
    port.play(MessageAdded(conversation_id=conversation_id, message=begun))
    pieces = _pieces(_KINDS[kind], _TOKENS)
    if kind == "one_code_block":
        pieces[0] = "```python\n" + pieces[0]
    for number, piece in enumerate(pieces, 1):
        port.play(
            TextGenerated(
                conversation_id=conversation_id,
                message_id="m_live",
                text=piece,
                is_reasoning=False,
                completion_tokens=number,
            )
        )
        time.sleep(1 / per_second)
    done = Message(
        id="m_live",
        role=Role.ASSISTANT,
        text="".join(pieces),
        created_at_s=now,
        parent_id=last_id,
        finish_reason=FinishReason.STOP,
        stats=content.stats(_TOKENS),
    )
    port.play(TurnFinished(conversation_id=conversation_id, message=done))


def measure(kind: str = "markdown", per_second: float = 200.0) -> dict[str, float | str]:
    """Opens the window and streams an answer of this kind; times in ms."""
    app = QApplication.instance() or QApplication(sys.argv[:1])
    messages = []
    for number in range(_MESSAGES // 2):
        messages.append(content.user(f"u{number}", f"Question {number}: and then?"))
        messages.append(content.answer(f"a{number}", content.RICH_ANSWER))
    talk = content.conversation("conv_long", "Long", *messages)
    port = ReplayPort([talk], content.CARDS, content.MODEL)
    with tempfile.TemporaryDirectory() as scratch:
        started = time.perf_counter()
        window = open_window(port, state_path=Path(scratch) / "w.ini", resources=ROOT / "resources")
        app.processEvents()
        on_screen_ms = (time.perf_counter() - started) * 1000
        started = time.perf_counter()
        window.session.desk.show("conv_long")
        app.processEvents()
        opened_ms = (time.perf_counter() - started) * 1000
        watch = LoopWatch()
        thread = threading.Thread(target=_stream, args=(port, "conv_long", per_second, kind))
        watch.start()
        thread.start()
        while thread.is_alive() or window.session.book.entries["conv_long"].live is not None:
            app.processEvents()
        window.session.close()
        window.close()
    gaps = sorted(watch.gaps_ms)
    return {
        "kind": kind,
        "messages": _MESSAGES,
        "tokens": _TOKENS,
        "tokens_per_second": per_second,
        "window_on_screen_ms": round(on_screen_ms, 1),
        "conversation_opened_ms": round(opened_ms, 1),
        "loop_gap_p50_ms": round(gaps[len(gaps) // 2], 2),
        "loop_gap_p99_ms": round(gaps[int(len(gaps) * 0.99)], 2),
        "loop_gap_max_ms": round(gaps[-1], 2),
        "gaps_over_a_frame": sum(gap > _FRAME_MS for gap in gaps),
        "gaps": len(gaps),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps([measure(kind) for kind in _KINDS]) + "\n")
