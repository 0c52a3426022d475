"""`chat` when standard input is a pipe: each line is a question, each answer follows in order."""

from __future__ import annotations

from typing import Any

from app import exit_codes
from app.ask import answer_json
from app.console import Console
from app.dialogue import Dialogue
from app.model_opening import open_model
from app.port_reader import PortReader
from app.questions import read_lines, standard_input
from engine.contract.settings import Settings


def run(reader: PortReader, settings: Settings, console: Console) -> int:
    """Every line has been answered, as turns of one conversation.

    With JSON due, one object with all turns is printed at the end.
    """
    source = standard_input()
    open_model(reader, console, settings.models.model)
    dialogue = Dialogue(reader, settings.generation)
    turns: list[dict[str, Any]] = []
    for line, is_clean in read_lines(source):
        if not line.strip():
            continue
        if not is_clean:
            console.notice("Some bytes of a question were not UTF-8 text and were replaced.")
        turns.append(_answer(dialogue, line, console))
        if reader.was_interrupted:
            break
    if console.is_json:
        console.write_json({"turns": turns})
    return exit_codes.INTERRUPTED if reader.was_interrupted else exit_codes.OK


def _answer(dialogue: Dialogue, question: str, console: Console) -> dict[str, Any]:
    def show(text: str, is_reasoning: bool) -> None:
        if not console.is_json and not is_reasoning:
            console.write(text)

    answer = dialogue.ask(question, show)
    for notice in answer.notices:
        console.notice(notice)
    if not console.is_json:
        console.write("\n")
    return {"question": question, **answer_json(answer)}
