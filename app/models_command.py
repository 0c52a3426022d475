"""`models`: which models there are, what is known about one, and fetching it."""

from __future__ import annotations

import contextlib
from dataclasses import asdict
from typing import Any

from app import exit_codes
from app.arguments import Arguments, model_name
from app.console import Console
from app.errors import ReportedError
from app.model_opening import FetchProgress
from app.port_reader import PortReader
from app.wording import as_bytes, as_count
from engine.contract.commands import FetchModel, ListModels
from engine.contract.errors import ErrorReport, ModelNotFoundError
from engine.contract.events import ModelsListed
from engine.contract.model_cards import ModelCard
from engine.contract.port import EnginePort


def run(port: EnginePort, arguments: Arguments, console: Console) -> int:
    """What was asked about the models is on standard output.

    Raises:
        EngineError: There is no such model, or it could not be fetched.
    """
    reader = PortReader(port)
    with contextlib.closing(reader), reader.stopping_on_ctrl_c():
        if arguments.action == "fetch":
            _fetch(reader, arguments.subject, console)
        elif arguments.action == "info":
            _show_one(_find(_cards(reader), arguments.subject), console)
        else:
            _show_all(_cards(reader), console)
    return exit_codes.OK


def card_json(card: ModelCard) -> dict[str, Any]:
    """A model as the object that programs read."""
    told = asdict(card)
    told["state"] = card.state.value
    told["memory_bytes"] = {str(bits): size for bits, size in card.memory_bytes}
    return told


def _cards(reader: PortReader) -> tuple[ModelCard, ...]:
    for event in reader.run(ListModels()):
        if isinstance(event, ModelsListed):
            return event.models
    raise ReportedError(ErrorReport(kind="bug", message="The catalogue was not told."))


def _find(cards: tuple[ModelCard, ...], subject: str) -> ModelCard:
    wanted = (subject, model_name(subject))
    for card in cards:
        if card.id in wanted:
            return card
    raise ModelNotFoundError(
        "No model of that name is in the catalogue.",
        action="python -m app models list shows them.",
    )


def _fetch(reader: PortReader, subject: str, console: Console) -> None:
    progress = FetchProgress(console)
    try:
        for event in reader.events_of(FetchModel(model_id=subject)):
            progress.show(event)
    finally:
        console.clear_transient()
    if console.is_json:
        console.write_json({"fetched": subject})
    else:
        console.write(f"{subject} is on this machine.\n")


def _show_all(cards: tuple[ModelCard, ...], console: Console) -> None:
    if console.is_json:
        console.write_json({"models": [card_json(card) for card in cards]})
        return
    rows = [("MODEL", "SIZE", "STATE", "FITS", "LICENCE", "GOOD FOR")]
    rows += [
        (
            card.id,
            as_bytes(card.download_bytes) if card.download_bytes else "local",
            card.state.value,
            _fits(card),
            card.licence,
            card.good_for,
        )
        for card in cards
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    for row in rows:
        padded = [text.ljust(width) for text, width in zip(row[:5], widths, strict=True)]
        console.write("  ".join([*padded, row[5]]).rstrip() + "\n")


def _show_one(card: ModelCard, console: Console) -> None:
    if console.is_json:
        console.write_json(card_json(card))
        return
    needs = ", ".join(f"{as_bytes(size)} at {bits} bits" for bits, size in card.memory_bytes)
    rows = (
        ("Name", card.name),
        ("State", card.state.value),
        ("Licence", f"{card.licence} {card.licence_url}".strip()),
        ("Parameters", as_count(card.parameters)),
        ("Download", as_bytes(card.download_bytes) if card.download_bytes else "local"),
        ("Context", f"{card.context_tokens:,} tokens"),
        ("Memory", needs or "not known"),
        ("Fits here", _fits(card)),
        ("Good for", card.good_for),
    )
    for title, value in rows:
        console.write(f"{title + ':':<12}{value}\n")


def _fits(card: ModelCard) -> str:
    return {True: "yes", False: "no", None: "?"}[card.fits]
