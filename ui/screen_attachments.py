"""Every state of files that go with messages, with invented content."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QRect
from PySide6.QtWidgets import QWidget

from engine.contract.attachments import Attachment, AttachmentKind
from engine.contract.errors import ErrorReport
from engine.contract.events import CommandFailed, ContextMeasured
from engine.contract.library_commands import ReadAttachment, ShowAttachment
from engine.contract.library_events import AttachmentProgressed, AttachmentRead, AttachmentShown
from engine.contract.messages import Conversation, Message, Role
from ui.main_window import MainWindow
from ui.screen_stage import Stage, settle

Builder = Callable[[Stage], QWidget]

_CARDS = (
    Attachment(
        id="att_lease",
        name="Lease agreement, flat 7.pdf",
        kind=AttachmentKind.PDF,
        media_type="application/pdf",
        size_bytes=412_000,
        letters=31_200,
        tokens=7_806,
        parts=12,
    ),
    Attachment(
        id="att_costs",
        name="Costs 2026.xlsx",
        kind=AttachmentKind.SHEET,
        media_type="",
        size_bytes=38_000,
        letters=5_210,
        tokens=2_441,
        parts=3,
    ),
    Attachment(
        id="att_photo",
        name="IMG_2291.jpg",
        kind=AttachmentKind.IMAGE,
        media_type="image/jpeg",
        size_bytes=2_900_000,
        letters=412,
        tokens=118,
        notice="Read from a picture; letters may be wrong.",
    ),
)
_TEXT = """[Page 1]
LEASE AGREEMENT

between the owner of the building at 14 Harbour Street and the tenant named below.

§ 1 Rooms. The flat on the third floor, left, consisting of three rooms, a kitchen, a bathroom
and a cellar compartment, is let for living in it.

§ 2 Rent. The rent is 940 euros a month, due on the third working day, and 180 euros for heating
and running costs.

[Page 2]
§ 3 Notice. Either side may give notice of three months to the end of a month, in writing.
"""


def _give(stage: Stage, window: MainWindow, *names: str) -> list[str]:
    """The files are being read; their identifiers."""
    window.attachments.add([f"/home/someone/{name}" for name in names])
    commands = [each for each in stage.port.submitted if isinstance(each, ReadAttachment)]
    return [command.attachment_id for command in commands[-len(names) :]]


def _cards_as(ids: list[str]) -> list[AttachmentRead]:
    return [
        AttachmentRead(attachment=replace(card, id=id_))
        for card, id_ in zip(_CARDS, ids, strict=False)
    ]


def _given(stage: Stage) -> QWidget:
    window = stage.open()
    window.page.composer.set_draft("What notice do I have to give, and what do I pay a year?")
    ids = _give(stage, window, *(card.name for card in _CARDS), "Minutes of the meeting.docx")
    stage.play(*_cards_as(ids), AttachmentProgressed(attachment_id=ids[3], share_ratio=0.4))
    return window


def _refused(stage: Stage) -> QWidget:
    window = stage.open()
    ids = _give(stage, window, _CARDS[0].name, "Payslip.pdf")
    error = ErrorReport(
        kind="unreadable_file",
        message="This file is locked with a password. It was not attached.",
        action="Save a copy without a password and attach that.",
    )
    job = stage.port.job_of(ReadAttachment)
    stage.play(*_cards_as(ids[:1]), CommandFailed(job_id=job, error=error))
    return window


def _too_large(stage: Stage) -> QWidget:
    window = stage.open()
    ids = _give(stage, window, _CARDS[0].name, _CARDS[1].name)
    stage.play(*_cards_as(ids))
    desk = window.session.desk
    stage.play(
        ContextMeasured(
            conversation_id=desk.current_id or "",
            system_tokens=410,
            history_tokens=0,
            draft_tokens=0,
            document_tokens=10_247,
            answer_tokens=1024,
            limit_tokens=8192,
        )
    )
    return window


def _dragged(stage: Stage) -> QWidget:
    window = stage.open()
    window.attachments.veil.setGeometry(QRect(window.page.rect()))
    window.attachments.veil.show()
    settle()
    return window


def _conversation() -> Conversation:
    now_s = time.time()
    question = Message(
        id="msg_1",
        role=Role.USER,
        text="What notice do I have to give?",
        created_at_s=now_s - 60,
        attachments=_CARDS,
    )
    answer = Message(
        id="msg_2",
        role=Role.ASSISTANT,
        text="**Three months**, to the end of a month, and in writing (§ 3, page 2).",
        created_at_s=now_s - 50,
        parent_id="msg_1",
    )
    more = Message(
        id="msg_3",
        role=Role.USER,
        text="",
        created_at_s=now_s - 40,
        parent_id="msg_2",
        attachments=_CARDS[1:2],
    )
    last = Message(
        id="msg_4",
        role=Role.ASSISTANT,
        text="The table lists 13,440 euros for the year, heating included.",
        created_at_s=now_s - 30,
        parent_id="msg_3",
    )
    return Conversation(
        id="conv_files",
        title="Notice for the flat",
        created_at_s=now_s - 60,
        updated_at_s=now_s - 30,
        messages=(question, answer, more, last),
    )


def _sent(stage: Stage) -> QWidget:
    return stage.open(_conversation())


def _text(stage: Stage) -> QWidget:
    shown = AttachmentShown(attachment=_CARDS[0], text=_TEXT)
    window = stage.open(_conversation(), answers={ShowAttachment: shown})
    window.attachments.show_text(_CARDS[0])
    settle()
    return window


def screens() -> list[tuple[str, Builder]]:
    """Name and builder of each state."""
    return [
        ("files-given", _given),
        ("files-refused", _refused),
        ("files-too-large", _too_large),
        ("files-dragged", _dragged),
        ("files-sent", _sent),
        ("files-text", _text),
    ]
