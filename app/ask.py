"""`ask`: one answer streamed to standard output, or a batch of them as JSON lines."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any

from app import exit_codes
from app.arguments import Arguments
from app.console import Console, as_json
from app.dialogue import Answer, Dialogue
from app.errors import InputError, ReportedError
from app.measured_answer import in_words, measured_json
from app.model_opening import open_model
from app.port_reader import PortReader
from app.questions import BatchLine, batch_lines, open_batch, read_question
from engine.contract.errors import Cancelled, report_of
from engine.contract.messages import FinishReason
from engine.contract.port import EnginePort
from engine.contract.settings import Settings
from engine.contract.signals import Profile


def run(port: EnginePort, arguments: Arguments, settings: Settings, console: Console) -> int:
    """The question, or every question of the batch, is answered on standard output.

    Raises:
        EngineError: It could not be; the caller tells it.
    """
    reader = PortReader(port)
    with contextlib.closing(reader), reader.stopping_on_ctrl_c():
        if arguments.batch is not None:
            return _answer_batch(reader, arguments, settings, console)
        question = _question(arguments, console)
        open_model(reader, console, settings.models.model)
        return _answer_one(reader, question, arguments, settings, console)


def _question(arguments: Arguments, console: Console) -> str:
    if arguments.question != "-":
        return arguments.question
    question, is_clean = read_question()
    if not is_clean:
        console.notice("Some bytes of the question were not UTF-8 text and were replaced.")
    return question


def _answer_one(
    reader: PortReader,
    question: str,
    arguments: Arguments,
    settings: Settings,
    console: Console,
) -> int:
    is_streamed = not console.is_json

    def show(text: str, is_reasoning: bool) -> None:
        if is_streamed and not is_reasoning:
            console.write(text)

    dialogue = Dialogue(reader, settings.generation, arguments.profile)
    files = dialogue.attach(arguments.attached, question, is_fitted=arguments.is_fitted)
    answer = dialogue.ask(question, show, files=files.ids)
    answer = replace(answer, notices=(*files.notices, *answer.notices))
    for notice in answer.notices:
        console.notice(notice)
    if console.is_json:
        console.write_json(answer_json(answer))
    else:
        console.write("\n")
        for line in in_words(answer.measured) if answer.measured is not None else ():
            console.notice(line)
    was_stopped = answer.message.finish_reason is FinishReason.STOPPED
    return exit_codes.INTERRUPTED if was_stopped else exit_codes.OK


def _answer_batch(
    reader: PortReader, arguments: Arguments, settings: Settings, console: Console
) -> int:
    has_fault = False
    with open_batch(arguments.batch or "-") as source:
        open_model(reader, console, settings.models.model)
        for line in batch_lines(source):
            result = _answer_line(reader, line, settings, arguments.profile)
            if line.tag is not None:
                result = {"id": line.tag, **result}
            console.write_json({"line": line.number, **result})
            if reader.was_interrupted:
                return exit_codes.INTERRUPTED
            has_fault = has_fault or "error" in result
    return exit_codes.BAD_INPUT if has_fault else exit_codes.OK


def _answer_line(
    reader: PortReader, line: BatchLine, settings: Settings, profile: Profile
) -> dict[str, Any]:
    try:
        if line.fault is not None:
            raise line.fault
        generation = line.applied_to(settings.generation)
        dialogue = Dialogue(reader, generation, profile)
        answer = dialogue.ask(line.question, lambda _text, _is_reasoning: None)
        dialogue.forget()
    except (InputError, ReportedError) as fault:
        if fault.kind == Cancelled.kind:
            raise
        return {"error": as_json(report_of(fault))}
    return answer_json(answer)


def answer_json(answer: Answer) -> dict[str, Any]:
    """A finished answer as the object that programs read; numbers that were not measured are null.

    The names are part of the command line's promise and may only be added to.
    """
    message, stats = answer.message, answer.message.stats
    told: dict[str, Any] = {
        "answer": message.text,
        "reasoning": message.reasoning,
        "finish_reason": message.finish_reason.value if message.finish_reason else None,
    }
    for name in (
        "model",
        "prompt_tokens",
        "cached_tokens",
        "completion_tokens",
        "ttft_ms",
        "tokens_per_second",
        "prefill_tokens_per_second",
        "drafted_tokens",
        "accepted_tokens",
        "seed",
    ):
        told[name] = getattr(stats, name) if stats is not None else None
    told["notices"] = list(answer.notices)
    if answer.measured is not None:
        if answer.measured.turn is None:
            told["notices"] += in_words(answer.measured)
        told["introspection"] = measured_json(answer.measured)
    return told
