"""An answer as it grows: steps of the generator become events and a message.

Runs on: io.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine.contract.events import ContextRolled, Event, PrefillProgressed, TextGenerated
from engine.contract.messages import AnswerStats, FinishReason, Message
from engine.contract.settings import GenerationSettings

if TYPE_CHECKING:
    from engine.models.generator import EndStep, Step

Publish = Callable[[Event], None]


@dataclass
class Answer:
    """An answer as it grows.

    Attributes:
        begun_at_s: When it was asked for, on the clock of `time.perf_counter`.
        text: What there is of it; more than nothing at first if another answer is continued.
    """

    message: Message
    conversation_id: str
    begun_at_s: float
    seed: int
    settings: GenerationSettings
    text: str = ""
    reasoning: str = ""
    first_token_s: float | None = None
    reasoning_begun_s: float | None = None
    reasoning_s: float = 0.0
    tokens: int = 0
    end: EndStep | None = None
    is_rolled: bool = False


def take(step: Step, answer: Answer, limit_tokens: int, publish: Publish) -> None:
    """What one step brought is in the answer and on its way to the screen."""
    from engine.models.generator import PrefillStep, TokenStep

    names = {"conversation_id": answer.conversation_id, "message_id": answer.message.id}
    if isinstance(step, PrefillStep):
        publish(
            PrefillProgressed(
                **names,
                done_tokens=step.done_tokens,
                total_tokens=step.total_tokens,
                cached_tokens=step.cached_tokens,
            )
        )
        return
    now_s = time.perf_counter()
    if answer.first_token_s is None and step.completion_tokens:
        answer.first_token_s = now_s
    answer.tokens = step.completion_tokens
    pieces = step.pieces or ((None,) if isinstance(step, TokenStep) else ())
    for piece in pieces:
        text = piece.text if piece else ""
        is_reasoning = bool(piece and piece.is_reasoning)
        _note_reasoning(answer, is_reasoning, bool(text), now_s)
        if is_reasoning:
            answer.reasoning += text
        else:
            answer.text += text
        publish(
            TextGenerated(
                **names,
                text=text,
                is_reasoning=is_reasoning,
                completion_tokens=step.completion_tokens,
            )
        )
    if isinstance(step, TokenStep):
        if step.is_rolled and not answer.is_rolled:
            answer.is_rolled = True
            publish(ContextRolled(**names, kept_tokens=limit_tokens))
    else:
        answer.end = step


def _note_reasoning(answer: Answer, is_reasoning: bool, has_text: bool, now_s: float) -> None:
    if is_reasoning:
        answer.reasoning_begun_s = answer.reasoning_begun_s or answer.first_token_s or now_s
        answer.reasoning_s = now_s - answer.reasoning_begun_s
    elif has_text and answer.reasoning_begun_s is not None and not answer.text:
        answer.reasoning_s = now_s - answer.reasoning_begun_s


def so_far(answer: Answer) -> Message:
    """The message as it stands while it is written."""
    return replace(answer.message, text=answer.text, reasoning=answer.reasoning)


def finished(answer: Answer, reason: FinishReason, model_id: str) -> Message:
    """The message that is kept."""
    text = answer.text
    if reason is FinishReason.STOP:
        # One that is continued begins with the other's text, to the letter.
        text = text.rstrip() if answer.message.text else text.strip()
    return replace(
        answer.message,
        text=text,
        reasoning=answer.reasoning.strip(),
        finish_reason=reason,
        stats=_stats(answer, model_id),
    )


def _stats(answer: Answer, model_id: str) -> AnswerStats | None:
    """What was measured; nothing for an answer that was stopped before its end was known."""
    end = answer.end
    if end is None or answer.first_token_s is None:
        return None
    computed = end.prompt_tokens - end.cached_tokens
    decoded = end.completion_tokens - 1
    return AnswerStats(
        model=model_id,
        prompt_tokens=end.prompt_tokens,
        cached_tokens=end.cached_tokens,
        completion_tokens=end.completion_tokens,
        ttft_ms=1000 * (answer.first_token_s - answer.begun_at_s),
        tokens_per_second=decoded / end.decode_s if decoded > 0 and end.decode_s > 0 else None,
        prefill_tokens_per_second=computed / end.prefill_s if end.prefill_s > 0 else None,
        drafted_tokens=end.drafted_tokens,
        accepted_tokens=end.accepted_tokens,
        seed=answer.seed,
        reasoning_ms=1000 * answer.reasoning_s,
        temperature=answer.settings.temperature,
        top_p=answer.settings.top_p,
        min_p=answer.settings.min_p,
        repetition_penalty=answer.settings.repetition_penalty,
        max_tokens=answer.settings.max_tokens,
    )
