"""Prompt ids to answer ids, on mlx-lm's `generate_step`, with speculation beside it.

Runs on: compute.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, cast

import mlx.core as mx
import numpy as np

from engine.models import prompt_cache
from engine.models.cpu_reading import CpuReading, reading_of
from engine.models.hooks import BlockHooks, Pushes
from engine.models.prompt_cache import CacheForm, Layers
from engine.models.sampling import LogitsProcessor, Sampler, as_token
from engine.models.sight import Observer, Sight
from engine.models.speculation import Drafter

# One step must be short enough for another conversation to get its turn. Measured on two Linux
# cores 2026-11: about 250 tokens a second are read, so 128 are half a second; Metal reads faster.
_PREFILL_TOKENS_CPU = 128
_PREFILL_TOKENS_GPU = 512
# mlx keeps freed buffers for reuse; long answers leave many sizes behind.
_CLEAR_EVERY_TOKENS = 256


@dataclass
class Decoding:
    """One answer being decoded.

    Attributes:
        tokens: The prompt and all that was drawn, in order. The cache has seen a beginning of it.
        cached_tokens: How much of the prompt had been read before.
        drafted: Tokens guessed so far.
        accepted: Guesses that the model agreed with.
        prefill_s: Time spent reading the prompt.
        most_at_once: Prompt tokens read in one step at most; 0 for what is quickest.
        observer: Is shown every pass, and changes nothing.
        pushes: What is added to the states of blocks.
    """

    network: Any
    tokens: list[int]
    layers: Layers
    form: CacheForm
    sampler: Sampler
    cached_tokens: int = 0
    processor: LogitsProcessor | None = None
    drafter: Drafter | None = None
    drafted: int = 0
    accepted: int = 0
    prefill_s: float = 0.0
    most_at_once: int = 0
    observer: Observer | None = None
    pushes: Pushes = field(default_factory=dict)
    _guess: list[int] = field(default_factory=list)
    _reading: CpuReading | None = None
    _prompt_tokens: int = 0
    _sight: Sight | None = None
    _hooks: BlockHooks | None = None

    def prefill(self) -> Iterator[int]:
        """The prompt has been read but for its last token.

        Yields:
            How many of its tokens have been read, after each chunk.
        """
        size = _PREFILL_TOKENS_GPU if mx.metal.is_available() else _PREFILL_TOKENS_CPU
        size = min(size, self.most_at_once or size)
        done, last = self.cached_tokens, len(self.tokens) - 1
        yield done
        while done < last:
            started = time.perf_counter()
            chunk = self.tokens[done : min(done + size, last)]
            self._read(done, chunk)
            prompt_cache.quantise(self.layers, self.form)
            mx.eval([layer.state for layer in self.layers])
            done += len(chunk)
            mx.clear_cache()
            self.prefill_s += time.perf_counter() - started
            yield done

    def _read(self, start: int, chunk: list[int]) -> None:
        """A part of the prompt is in the cache, as soon as that is evaluated."""
        observer = self.observer
        if observer is None or not observer.reads(start, len(chunk)):
            with self._pushed():
                self.network(mx.array([chunk]), cache=self.layers)
            return
        with self._hooked():
            logits = self.network(mx.array([chunk]), cache=self.layers)
            observer.read(start, self.tokens[start : start + len(chunk) + 1], logits)

    def _pushed(self) -> AbstractContextManager[None]:
        """The network is pushed while the block runs."""
        if not self.pushes:
            return contextlib.nullcontext()
        if self._hooks is None:
            self._hooks = BlockHooks(self.network)
        return self._hooks.open(self.pushes)

    def _hooked(self) -> AbstractContextManager[None]:
        """The network is pushed and watched while the block runs; for the way through mlx.

        Hooks stay no longer than one step: between steps other answers use the same network.
        """
        if self.observer is None:
            return self._pushed()
        return self.observer.watching(self.network, self.pushes)

    def decode(self, max_tokens: int) -> Iterator[int]:
        """At most `max_tokens` tokens, as they are drawn; the last prompt token is read first."""
        budget = max_tokens
        prompt_end = self._prompt_tokens = len(self.tokens)
        if self.form == CacheForm():
            self._reading = reading_of(self.network, self.layers)
        if self._reading is not None:
            self._reading.push(self.pushes)
            if self.observer is not None:
                self._reading.watch(self.observer.wanted)
        while budget > 0:
            for token in self._way()(budget):
                budget -= 1
                yield token
                if (len(self.tokens) - prompt_end) % _CLEAR_EVERY_TOKENS == 0:
                    mx.clear_cache()
                if budget == 0:
                    return

    def _way(self) -> Callable[[int], Iterator[int]]:
        """How the next tokens are produced; the native way is left for good when it has ended."""
        if self._reading is not None and not self._reading.stands():
            self._reading = None
        if self._guess:
            return self._verified
        return self._plain if self._reading is None else self._native

    def _native(self, budget: int) -> Iterator[int]:
        """One token a native pass, until a guess is worth checking or the network has changed."""
        while budget > 0 and self._reading is not None and self._reading.stands():
            shown = self._reading.logits(self.tokens[-1:])
            logits = shown[0]
            if self.processor is not None:
                read = mx.array(self.tokens[self._prompt_tokens - 1 :])
                logits = np.asarray(self.processor(read, mx.array(shown)))[0]
            token = self.sampler.pick(logits, self.sampler.place)
            self.sampler.place += 1
            self.tokens.append(token)
            if self.observer is not None:
                self.observer.see([token], self._reading.sight(shown))
            budget -= 1
            if self.drafter is not None and budget > 1:
                self._guess = self.drafter.draft(self.tokens)
            yield token
            if self._guess:
                return

    def _plain(self, budget: int) -> Iterator[int]:
        """One token a pass, one pass ahead, until a guess is worth checking."""
        from mlx_lm.generate import generate_step

        steps = generate_step(
            mx.array(self.tokens[-1:]),
            self.network,
            max_tokens=budget,
            sampler=self.sampler,
            logits_processors=self._processors(),
            prompt_cache=self.layers,
        )
        try:
            yield from self._drawn(self._stepped(steps), budget)
        finally:
            steps.close()
            if self.sampler.pending is not None:
                # The pass begun ahead must not still read weights that somebody unloads now.
                mx.eval(self.sampler.pending)
            if self.observer is not None:
                self.observer.saw(())

    def _stepped(self, steps: Iterator[Any]) -> Iterator[Any]:
        """The same steps, each taken with the hooks in place."""
        while True:
            with self._hooked():
                step = next(steps, None)
            if step is None:
                return
            yield step

    def _processors(self) -> list[LogitsProcessor] | None:
        """The processor, which is shown all of the answer though generate_step begins only now."""
        processor = self.processor
        used: list[LogitsProcessor] = []
        if self.observer is not None:
            used.append(self._note_pass)
        if processor is not None:
            lead = mx.array(self.tokens[self._prompt_tokens - 1 : -1], dtype=mx.int32)
            used.append(lambda read, logits: processor(mx.concatenate([lead, read]), logits))
        return used or None

    def _note_pass(self, read: mx.array, logits: mx.array) -> mx.array:  # noqa: ARG002
        """generate_step calls this once a pass, when it has put the pass together."""
        if self.observer is not None:
            # A repetition penalty writes into its logits.
            seen = mx.array(logits) if self.processor is not None else logits
            self.observer.note(seen, (prompt_cache.length(self.layers) or 1) - 1)
        return logits

    def _saw(self, tokens: Sequence[int]) -> None:
        if self.observer is not None:
            self.observer.saw(tokens)

    def _drawn(self, steps: Iterator[Any], budget: int) -> Iterator[int]:
        """The tokens of `steps`, until a guess is worth checking."""
        # mlx-lm declares an array here and yields `y.item()`.
        for token in cast(Iterator[int], (token for token, _ in steps)):
            self.tokens.append(token)
            self._saw([token])
            prompt_cache.quantise(self.layers, self.form)
            budget -= 1
            guess = self.drafter.draft(self.tokens) if self.drafter and budget > 1 else []
            yield token
            if guess:
                # generate_step has already begun the next pass; its token is waiting in the
                # sampler, so ending it here wastes nothing.
                pending = self.sampler.pending
                if pending is None:
                    return
                following = as_token(pending)
                self.tokens.append(following)
                self._saw([following])
                is_hit = guess[0] == following
                self._note(1, int(is_hit))
                self._guess = guess[1:] if is_hit else []
                yield following
                return

    def _verified(self, budget: int) -> Iterator[int]:
        """Check the guess in one pass; keep what the model would have drawn itself."""
        guess = self._guess[: max(budget - 1, 0)]
        self._guess = []
        if not guess:
            yield from self._way()(budget)
            return
        rows = [self.tokens[-1], *guess]
        drawn = self._draw_all(rows)
        kept = 0
        while kept < len(guess) and drawn[kept] == guess[kept]:
            kept += 1
        prompt_cache.trim(self.layers, len(guess) - kept)
        self.sampler.place += kept + 1
        self.tokens += drawn[: kept + 1]
        self._show_verified(drawn[: kept + 1])
        self._note(len(guess), kept)
        if self.drafter is not None:
            self._guess = self.drafter.draft(self.tokens)
        yield from drawn[: kept + 1]

    def _draw_all(self, rows: list[int]) -> list[int]:
        """Read `rows` in one pass; what the model draws after each of them."""
        place = self.sampler.place
        if self._reading is not None:
            logits = self._reading.logits(rows)
            self._sight = self._reading.sight(logits) if self.observer is not None else None
            return [self.sampler.pick(row, place + i) for i, row in enumerate(logits)]
        with self._hooked():
            lazy = self.network(mx.array([rows]), cache=self.layers)[0]
            if self.observer is not None:
                self.observer.note(lazy, (prompt_cache.length(self.layers) or 0) - len(rows))
        logprobs = lazy - mx.logsumexp(lazy, axis=-1, keepdims=True)
        draws = [self.sampler.draw(logprobs[i : i + 1], place + i) for i in range(len(rows))]
        mx.eval(draws)
        return [as_token(token) for token in draws]

    def _show_verified(self, tokens: Sequence[int]) -> None:
        """The observer is shown the rows of the pass that were kept."""
        sight, self._sight = self._sight, None
        if self.observer is not None and sight is not None:
            self.observer.see(tokens, sight)
        else:
            self._saw(tokens)

    def _note(self, guessed: int, kept: int) -> None:
        self.drafted += guessed
        self.accepted += kept
        if self.drafter is not None:
            self.drafter.learn(guessed, kept)

    def seen_tokens(self) -> Sequence[int]:
        """What the cache has read, the prompt and answer up to its own length."""
        return self.tokens[: prompt_cache.length(self.layers) or 0]
