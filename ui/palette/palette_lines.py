"""The lines of the palette: what each action, setting, conversation and model is called."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from functools import partial

from PySide6.QtGui import QAction, QKeySequence

from engine.contract.model_cards import ModelState
from engine.contract.settings import SettingDescription, describe
from ui import text, text_sidebar
from ui import text_search as words
from ui.actions import ITEMS
from ui.chat.conversation_entry import ConversationEntry
from ui.palette.palette_model import Line
from ui.session import Session

OpenSetting = Callable[[str, str], object]
# Ranking between kinds that match equally well; found by trying what people type.
_ACTION, _MODEL, _SETTING = 8.0, 2.0, 0.0
_RECENT = 10.0  # for the latest conversation, shrinking with each older one
_USED = 12.0  # for an action that was chosen here before


def action_lines(actions: Mapping[str, QAction], used: Sequence[str]) -> Iterator[Line]:
    """Every action that can be chosen now.

    Args:
        actions: Item key of ui.actions to its action.
        used: Keys chosen in the palette before.
    """
    for item in ITEMS:
        action = actions.get(item.key)
        if action is None or item.key == "palette" or not action.isEnabled():
            continue
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        yield Line(
            words.ACTION,
            item.words.rstrip("."),
            action.trigger,
            detail=item.menu.replace("&", ""),
            keys=keys,
            weight=_ACTION + (_USED if item.key in used else 0.0),
            icon="chevron-right",
        )


def conversation_lines(
    session: Session, open_: Callable[[str], object], limit: int | None = None
) -> Iterator[Line]:
    """Every conversation, latest first; archived ones too, as the palette goes everywhere."""
    for number, entry in enumerate(session.book.in_order()[:limit]):
        yield Line(
            words.CONVERSATION,
            entry.shown_title(),
            partial(open_, entry.id),
            detail=_where(session, entry),
            weight=_RECENT / (1 + number),
            icon="archive" if entry.is_archived else "conversation",
        )


def _where(session: Session, entry: ConversationEntry) -> str:
    folder = session.library.folder(entry.folder_id) if entry.folder_id else None
    parts = [folder.name] if folder is not None else []
    if entry.is_archived:
        parts.append(text_sidebar.ARCHIVED)
    return " · ".join(parts)


def setting_lines(session: Session, open_: OpenSetting) -> Iterator[Line]:
    """Every setting; those with few values can be changed from here."""
    for section in fields(session.settings.value):
        part = getattr(session.settings.value, section.name)
        title = text.SECTION_TITLES.get(section.name, section.name.capitalize())
        for name, description in describe(part):
            yield from _one_setting(session, open_, section.name, title, name, description)


def _one_setting(
    session: Session,
    open_: OpenSetting,
    section: str,
    title: str,
    name: str,
    description: SettingDescription,
) -> Iterator[Line]:
    value = getattr(getattr(session.settings.value, section), name)
    line = partial(Line, words.SETTING, icon="settings", weight=_SETTING)
    detail = f"{title} · {description.help}"
    yield line(words=description.title, run=partial(open_, section, name), detail=detail)
    change = partial(session.settings.change, section, name)
    if isinstance(value, bool):
        turn = words.TURN_OFF if value else words.TURN_ON
        yield line(words=f"{description.title}: {turn}", run=partial(change, not value))
    for choice, said in description.choices:
        if choice != value:
            yield line(words=f"{description.title}: {said}", run=partial(change, choice))


def model_lines(session: Session, open_picker: Callable[[], object]) -> Iterator[Line]:
    """Every model; one on this machine is loaded, others are chosen in the picker."""
    for card in session.models.cards:
        is_here = card.state in (ModelState.READY, ModelState.LOADED)
        run = partial(session.models.load, card.id) if is_here else open_picker
        detail = words.IN_USE if card.state is ModelState.LOADED else text.card_state(card)
        yield Line(words.MODEL_KIND, card.name, run, detail=detail, weight=_MODEL, icon="download")


def folder_lines(
    session: Session, move: Callable[[str], object], make: Callable[[], object]
) -> list[Line]:
    """Every folder, for moving conversations by typing."""
    lines = [
        Line(words.FOLDER_KIND, folder.name, partial(move, folder.id), icon="folder")
        for folder in session.library.folders
    ]
    lines.append(Line(words.ACTION, text_sidebar.OUT_OF_FOLDER, partial(move, "")))
    lines.append(Line(words.ACTION, f"{text_sidebar.NEW_FOLDER}...", make, icon="folder"))
    return lines
