"""The quick question and its page of the settings, with invented content."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtWidgets import QWidget

from engine.contract.commands import SendMessage
from engine.contract.events import MessageAdded, TurnFinished
from engine.contract.vault import VaultStatus
from ui import screen_content as content
from ui import screen_vault_content as vault_content
from ui.quick.context import Context, Source
from ui.quick.quick_panel import QuickPanel
from ui.screen_sheets import open_settings
from ui.screen_stage import Stage, settle

Builder = Callable[[Stage], QWidget]
_QUESTION = "How does compound interest grow?"
_ANSWER = """\
Interest is paid on the interest before, so the sum grows **by a factor** each year:

| Years | 1,000 at 5 % |
|---:|---:|
| 1 | 1,050 |
| 10 | 1,629 |
| 30 | 4,322 |

After `n` years it is the first sum times $1.05^n$.
"""
_CLIPPED = (
    "Opening balance   4,200.00\nInterest, yearly      3.5 %\nTerm              10 years\nFees none"
)


def _open(
    stage: Stage, *, is_loaded: bool = True, vault: VaultStatus = content.UNLOCKED
) -> QuickPanel:
    window = stage.open(is_loaded=is_loaded, vault=vault)
    window.quick.open_panel()
    settle()
    return window.quick.panel


def _empty(stage: Stage) -> QWidget:
    return _open(stage)


def _context(stage: Stage) -> QWidget:
    panel = _open(stage)
    panel.field.set_words("What will this be worth at the end?")
    context = Context(Source.CLIPBOARD, _CLIPPED, len(_CLIPPED))
    panel.context.context = context
    panel.context.card.show_context(context, panel.context.width())
    panel.context.card.show()
    panel.context.changed.emit()
    settle()
    return panel


def _answer(stage: Stage) -> QWidget:
    panel = _open(stage)
    panel.field.set_words(_QUESTION)
    panel.ask()
    settle()
    job = stage.port.job_of(SendMessage)
    to = panel.talk.conversation_id
    asked = content.user("msg_quick1", _QUESTION)
    written = replace(content.answer("msg_quick2", _ANSWER), parent_id=asked.id)
    begun = replace(written, text="", reasoning="", finish_reason=None, stats=None)
    stage.play(
        MessageAdded(job_id=job, conversation_id=to, message=asked),
        MessageAdded(job_id=job, conversation_id=to, message=begun),
        TurnFinished(job_id=job, conversation_id=to, message=written),
    )
    settle(0.3)
    return panel


def _locked(stage: Stage) -> QWidget:
    return _open(stage, vault=vault_content.LOCKED)


def _loading(stage: Stage) -> QWidget:
    return _open(stage, is_loaded=False)


def _menu(stage: Stage) -> QWidget:
    window = stage.open()
    window.quick.tray.show_keys("Ctrl+Alt+Space")
    window.quick.tray.menu.ensurePolished()
    window.quick.tray.menu.adjustSize()
    return window.quick.tray.menu


def _page(stage: Stage) -> QWidget:
    return open_settings(stage, "quick")


def screens() -> list[tuple[str, Builder]]:
    """Name and builder of each."""
    return [
        ("quick", _empty),
        ("quick-context", _context),
        ("quick-answer", _answer),
        ("quick-locked", _locked),
        ("quick-loading", _loading),
        ("quick-icon-menu", _menu),
        ("quick-settings", _page),
    ]
