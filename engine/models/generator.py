"""A prompt to an answer, as a stream of plain steps.

Runs on: compute.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from engine.contract.messages import FinishReason
from engine.contract.settings import GenerationSettings
from engine.models import prompt_cache
from engine.models.answer_text import AnswerText, Piece
from engine.models.decoding import Decoding
from engine.models.hooks import Pushes
from engine.models.loaded import LoadedModel
from engine.models.prompt_cache import CacheForm, PromptCache
from engine.models.sampling import Sampler, repetition_penalty
from engine.models.sight import Observer
from engine.models.speculation import Drafter
from engine.models.tokenizer import Tokenizer


@dataclass(frozen=True, slots=True, kw_only=True)
class PrefillStep:
    """Part of the prompt was read."""

    done_tokens: int
    total_tokens: int
    cached_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenStep:
    """One token was drawn.

    Attributes:
        pieces: New text; empty while a character, a tag or a stop text is incomplete.
        completion_tokens: Tokens drawn so far.
        is_rolled: Whether the context has begun to forget its oldest tokens.
    """

    pieces: tuple[Piece, ...]
    completion_tokens: int
    is_rolled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EndStep:
    """The answer has ended.

    Attributes:
        prefill_s: Time spent reading the part of the prompt that was not cached.
        decode_s: Time from the first token to the last.
    """

    reason: FinishReason
    pieces: tuple[Piece, ...]
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    prefill_s: float
    decode_s: float
    drafted_tokens: int
    accepted_tokens: int


Step = PrefillStep | TokenStep | EndStep


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is to be generated.

    Attributes:
        prompt: Token ids, the template included.
        settings: How to draw.
        seed: Seed of the sampler.
        limit_tokens: Prompt and answer together may be this long.
        form: How the KV cache is held.
        begins_in_reasoning: Whether the prompt ends inside the thinking tags of an answer that is
            continued.
        most_at_once: Prompt tokens read in one step, after which others may go first; 0 for what
            is quickest. Work in the background takes few.
        pushes: What is added to the states of blocks while prompt and answer are read.
        pushes_key: Tells these pushes from others; caches of the one are not caches of the other.
    """

    prompt: Sequence[int]
    settings: GenerationSettings
    seed: int
    limit_tokens: int
    form: CacheForm = field(default_factory=CacheForm)
    begins_in_reasoning: bool = False
    most_at_once: int = 0
    pushes: Pushes = field(default_factory=dict)
    pushes_key: str = ""


def generate(
    loaded: LoadedModel,
    request: Request,
    cache: PromptCache,
    drafter: Drafter | None = None,
    observer: Observer | None = None,
) -> Iterator[Step]:
    """Write one answer.

    Closing the iterator stops it within one step. Whatever the model has read by then stays in
    `cache`, so going on later costs nothing.

    Args:
        loaded: The model.
        request: What is to be written.
        cache: What has been read before.
        drafter: Guesses ahead.
        observer: Is shown every pass; a token's pass before the step that brings the token.
    """
    decoding = _begin(loaded, request, cache, drafter)
    decoding.observer = observer
    try:
        for done in decoding.prefill():
            yield PrefillStep(
                done_tokens=done,
                total_tokens=len(request.prompt),
                cached_tokens=decoding.cached_tokens,
            )
        yield from _write(loaded.tokenizer, request, decoding)
    finally:
        cache.put(
            _cache_key(loaded, request), request.form, decoding.seen_tokens(), decoding.layers
        )


def _cache_key(loaded: LoadedModel, request: Request) -> str:
    return f"{loaded.key}|{request.pushes_key}" if request.pushes else loaded.key


def _begin(
    loaded: LoadedModel, request: Request, cache: PromptCache, drafter: Drafter | None
) -> Decoding:
    layers, cached = cache.take(_cache_key(loaded, request), request.form, request.prompt)
    if not cached:
        layers = prompt_cache.make_layers(loaded.network, request.form)
    penalty = request.settings.repetition_penalty
    # A penalty makes each draw depend on the one before, so several cannot be checked at once;
    # a cache that cannot be cut back could not forget a wrong guess.
    can_guess = penalty == 1 and request.form.rolling_tokens is None
    return Decoding(
        network=loaded.network,
        tokens=list(request.prompt),
        layers=layers,
        form=request.form,
        sampler=Sampler(request.settings, request.seed),
        cached_tokens=cached,
        most_at_once=request.most_at_once,
        pushes=request.pushes,
        processor=repetition_penalty(request.prompt, penalty) if penalty > 1 else None,
        drafter=drafter if can_guess and prompt_cache.is_trimmable(layers) else None,
    )


def _write(tokenizer: Tokenizer, request: Request, decoding: Decoding) -> Iterator[Step]:
    text = AnswerText(
        tokenizer.detokenizer(),
        stop=request.settings.stop,
        think_start=tokenizer.think_start,
        think_end=tokenizer.think_end,
        starts_in_reasoning=request.begins_in_reasoning
        or _opens_reasoning(tokenizer, request.prompt),
    )
    is_rolling = request.form.rolling_tokens is not None
    room = request.limit_tokens - len(request.prompt)
    wanted = request.settings.max_tokens
    reason, count = FinishReason.LENGTH, 0
    first_at = last_at = started = time.perf_counter()
    for token in decoding.decode(wanted if is_rolling else min(wanted, room)):
        last_at = time.perf_counter()
        if count == 0:
            first_at = last_at
        if token in tokenizer.eos_ids:
            reason = FinishReason.STOP
            break
        count += 1
        yield TokenStep(
            pieces=tuple(text.add(token)), completion_tokens=count, is_rolled=count > room
        )
        if text.is_stopped:
            reason = FinishReason.STOP
            break
    yield EndStep(
        reason=reason,
        pieces=tuple(text.finish()),
        prompt_tokens=len(request.prompt),
        cached_tokens=decoding.cached_tokens,
        completion_tokens=count,
        # The last prompt token is read in the first decoding pass.
        prefill_s=decoding.prefill_s + (first_at - started),
        decode_s=last_at - first_at,
        drafted_tokens=decoding.drafted,
        accepted_tokens=decoding.accepted,
    )


def _opens_reasoning(tokenizer: Tokenizer, prompt: Sequence[int]) -> bool:
    """Whether the template itself wrote the opening tag, as some reasoning models' does."""
    if tokenizer.think_start is None or tokenizer.think_end is None:
        return False
    end = tokenizer.decode(prompt[-8:]).rstrip()
    return end.endswith(tokenizer.think_start)
