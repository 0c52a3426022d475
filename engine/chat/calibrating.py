"""Learns how far a model's confidence can be trusted, and says what an answer's is.

The loaded model answers questions whose answers are known; a calibrator is fitted on one half of
them and tested on the other, which is about other topics. A chat answer goes first at every token,
and what was known before stays until all of it is done.

Runs on: io; answering runs on compute behind everything else, fitting on a thread of its own.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from engine.chat.answer import Publish
from engine.chat.instruments import until_lock
from engine.contract.calibration import CalibrationReport
from engine.contract.errors import BadRequestError
from engine.contract.introspection_commands import Calibrate
from engine.contract.introspection_events import CalibrationProgressed
from engine.contract.signals import Confidence, Opening, TokenSignals
from engine.introspection.answer_features import features_of
from engine.introspection.calibrator import Calibrator, Example
from engine.introspection.calibrator_fitting import fit_calibrator
from engine.introspection.grading import is_right
from engine.introspection.held_out import Subject, report_of, why_too_few
from engine.introspection.questions import (
    Question,
    read_questions,
    some_of,
    topics_for_training,
)
from engine.runtime.compute import Priority
from engine.storage.calibrations import KeptCalibration, load_calibrations, save_calibration

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engine.chat.turn import Chat
    from engine.introspection.examination import Examination, Examined
    from engine.models.loaded import LoadedModel
    from engine.storage.database import Writer

CLOSED, OPEN = "closed", "open"
_CONDITIONS = {CLOSED: (CLOSED,), OPEN: (OPEN,), "both": (CLOSED, OPEN)}
_OURS = "SQuAD 1.1, development set, {} questions (CC BY-SA 4.0)"
_THEIRS = "{} questions of your own"
_LAYERED = {"commit_layer_mean": "lens_layers", "lookback_mean": "attention_layers"}

UNMEASURED = "Confidence has not been calibrated for this model yet."


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """What came of it.

    Attributes:
        reports: One for each condition that could be measured.
        left_out: Why others could not be, in sentences.
    """

    reports: tuple[CalibrationReport, ...]
    left_out: tuple[str, ...]


@dataclass
class _Sitting:
    """The questions that are asked, and what has come of them."""

    questions: tuple[Question, ...]
    conditions: tuple[str, ...]
    data: str
    model_id: str = ""
    model_key: str = ""
    done: int = 0
    right: int = 0
    opening: Opening | None = None
    examples: dict[str, list[tuple[Question, Example]]] = field(default_factory=dict)
    begun_s: float = field(default_factory=time.monotonic)

    @property
    def total(self) -> int:
        """How many answers there will be."""
        return len(self.questions) * len(self.conditions)

    def take(self, condition: str, question: Question, examined: Examined | None) -> None:
        """One more question was asked."""
        self.done += 1
        if examined is None or not examined.tokens:
            return
        passages = (question.passage,) if condition == OPEN else ()
        verdict = is_right(examined.text, question.golds)
        self.right += verdict
        self.opening = examined.opening
        example = Example(
            features=features_of(examined.tokens, text=examined.text, passages=passages),
            is_right=verdict,
            group=question.group,
            state=_array(examined.state),
        )
        self.examples.setdefault(condition, []).append((question, example))

    def progress(self) -> CalibrationProgressed:
        """How far it is, and for how long it will go on at this pace."""
        pace_s = (time.monotonic() - self.begun_s) / self.done if self.done else None
        return CalibrationProgressed(
            done=self.done,
            total=self.total,
            right=self.right,
            remaining_s=None if pace_s is None else pace_s * (self.total - self.done),
        )


async def calibrate(chat: Chat, command: Calibrate, publish: Publish) -> Calibrated:
    """Every question was answered, and the calibrators are fitted, tested and kept.

    Raises:
        BadRequestError: The condition is unknown, or nothing could be learnt from the answers.
        UnreadableFileError: The questions cannot be read.
        ModelNotLoadedError: There is no model.
        StorageError: What was learnt could not be kept.
    """
    sitting = await _sitting(chat, command)
    with until_lock(chat):
        await _ask_all(chat, sitting, publish)
        kept, left_out = await asyncio.to_thread(_learnt, chat, sitting)
        if not kept:
            raise BadRequestError(f"Nothing was calibrated. {' '.join(left_out)}")
        if command.is_kept:
            await asyncio.shield(_keep(chat, kept))
    return Calibrated(reports=tuple(one.report for one in kept), left_out=left_out)


async def reports_of(chat: Chat) -> tuple[CalibrationReport, ...]:
    """What is known of the loaded model; nothing if it was never calibrated."""
    loaded = chat.models.loaded
    if loaded is None:
        return ()
    return tuple(one.report for one in await _load(chat, loaded.key))


async def confidence_of(
    chat: Chat,
    loaded: LoadedModel,
    tokens: Sequence[TokenSignals],
    condition: str,
    *,
    opening: Opening | None = None,
    temperature: float | None = None,
    text: str = "",
    passages: Iterable[str] = (),
    states: NDArray[np.float32] | None = None,
) -> tuple[Confidence | None, str]:
    """How likely an answer is right, or why nobody knows.

    Args:
        chat: Where calibrators are kept.
        loaded: Whose answer it is.
        tokens: All of the answer, as it was measured.
        condition: "open" if texts to answer from were in the context, else "closed".
        opening: How it was measured.
        temperature: At which it was drawn; None takes that of the settings.
        text: The answer.
        passages: Those texts.
        states: What each block handed on at its end, (layers, D); None if it was not read.
    """
    at = chat.settings.generation.temperature if temperature is None else temperature
    known = [one for one in await _load(chat, loaded.key) if one.report.condition == condition]
    kept = next((one for one in known if one.report.temperature == at), None)
    if kept is None:
        return None, _why_unknown(known, condition, at)
    calibrator = _calibrator_of(kept)
    if calibrator is None:
        return None, UNMEASURED
    reason = _why_unlike(kept, calibrator, opening)
    if reason:
        return None, reason
    features = features_of(tokens, text=text, passages=passages)
    state = _depth_of(states)
    return calibrator.confidence(features, state), calibrator.why_not(features, state)


async def _sitting(chat: Chat, command: Calibrate) -> _Sitting:
    conditions = _CONDITIONS.get(command.condition)
    if conditions is None:
        raise BadRequestError(f"condition can be one of: {', '.join(_CONDITIONS)}.")
    if command.limit < 0:
        raise BadRequestError("limit must be 0 or more.")
    path = Path(command.questions_path) if command.questions_path else chat.questions_path
    found = await asyncio.to_thread(read_questions, path)
    if OPEN in conditions and not any(question.passage for question in found):
        if conditions == (OPEN,):
            raise BadRequestError("No question has a passage to answer from.")
        conditions = (CLOSED,)
    some = some_of(found, command.limit)
    data = (_THEIRS if command.questions_path else _OURS).format(f"{len(some):,}")
    return _Sitting(questions=some, conditions=conditions, data=data)


async def _ask_all(chat: Chat, sitting: _Sitting, publish: Publish) -> None:
    from engine.introspection.examination import Examination

    examination = await chat.compute.call(
        lambda: Examination(
            settings=chat.settings.introspection, generation=chat.settings.generation
        ),
        priority=Priority.BACKGROUND,
    )
    publish(sitting.progress())
    try:
        for seed, question in enumerate(sitting.questions):
            for condition in sitting.conditions:
                examined = None
                if condition == CLOSED or question.passage:
                    examined = await _ask(chat, sitting, examination, question, condition, seed)
                sitting.take(condition, question, examined)
                publish(sitting.progress())
    finally:
        # Its cache holds arrays, which are freed where they were made.
        await asyncio.shield(chat.compute.call(examination.close, priority=Priority.BACKGROUND))


async def _ask(
    chat: Chat,
    sitting: _Sitting,
    examination: Examination,
    question: Question,
    condition: str,
    seed: int,
) -> Examined | None:
    # The model is let go after each answer, so that who loads another waits for one at most.
    async with chat.models.using() as loaded:
        sitting.model_id = sitting.model_id or loaded.info.id
        sitting.model_key = sitting.model_key or loaded.key
        if loaded.key != sitting.model_key:
            raise BadRequestError(
                "Another model was loaded meanwhile, so calibrating ended. "
                "What was known before still holds."
            )
        text_of = chat.models.text_of()

        def start() -> Iterator[Examined | None]:
            return examination.answer(
                loaded,
                chat.models.probe(),
                text_of,
                question,
                is_open=condition == OPEN,
                seed=seed,
            )

        last = None
        async for step in chat.compute.stream(start, priority=Priority.BACKGROUND):
            last = step
        return last


def _learnt(chat: Chat, sitting: _Sitting) -> tuple[list[KeptCalibration], tuple[str, ...]]:
    """A calibrator for each condition, tested; and why there is none for others. Runs on: any."""
    kept, left_out = [], []
    topics = topics_for_training(sitting.questions)
    for condition in sitting.conditions:
        found = sitting.examples.get(condition, [])
        train = [example for question, example in found if question.topic in topics]
        test = [example for question, example in found if question.topic not in topics]
        if reason := why_too_few(train, test):
            left_out.append(f"{condition.capitalize()}: {reason}")
            continue
        calibrator = fit_calibrator(train, made_at_s=time.time())
        subject = Subject(
            model_id=sitting.model_id,
            model_key=sitting.model_key,
            temperature=chat.settings.generation.temperature,
            condition=condition,
            data=sitting.data,
        )
        opening = sitting.opening
        kept.append(
            KeptCalibration(
                report=report_of(calibrator, train, test, subject),
                calibrator=calibrator.to_values(),
                lens_layers=opening.lens_layers if opening else (),
                attention_layers=opening.attention_layers if opening else (),
            )
        )
    return kept, tuple(left_out)


async def _keep(chat: Chat, kept: Sequence[KeptCalibration]) -> None:
    codec, now_s = chat.vault.codec, time.time()

    def write(writer: Writer) -> None:
        for one in kept:
            save_calibration(writer, codec, one, now_s)

    await chat.vault.store.write(write)


async def _load(chat: Chat, model_key: str) -> tuple[KeptCalibration, ...]:
    codec = chat.vault.codec
    return await chat.vault.store.read(lambda reader: load_calibrations(reader, codec, model_key))


def _calibrator_of(kept: KeptCalibration) -> Calibrator | None:
    try:
        return Calibrator.from_values(kept.calibrator)
    except ValueError:
        return None


def _why_unknown(known: Sequence[KeptCalibration], condition: str, at: float) -> str:
    if not known:
        asked = "with" if condition == OPEN else "without"
        return f"{UNMEASURED[:-1]}, for answers {asked} texts to answer from."
    others = ", ".join(f"{one.report.temperature:g}" for one in known)
    return f"It was calibrated at temperature {others}; this answer was drawn at {at:g}."


def _why_unlike(kept: KeptCalibration, calibrator: Calibrator, opening: Opening | None) -> str:
    """Why an answer measured so cannot be compared with those that were checked."""
    if opening is None:
        return ""
    if opening.steering:
        return "The model was pushed by a direction; it was calibrated without."
    for name, layers in _LAYERED.items():
        if name in calibrator.names and getattr(opening, layers) != getattr(kept, layers):
            return "Other layers were read than when it was calibrated."
    return ""


def _depth_of(states: NDArray[np.float32] | None) -> NDArray[np.float64] | None:
    from engine.introspection.state_depth import state_of

    return None if states is None else state_of(states).astype("float64")


def _array(values: Sequence[float]) -> NDArray[np.float64] | None:
    import numpy as np

    return np.array(values, dtype=np.float64) if values else None
