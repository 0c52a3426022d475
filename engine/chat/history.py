"""Which past messages fit into the context, counted in the model's own tokens.

Runs on: compute; counting runs anywhere (it encodes text; no mlx).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from engine.chat.continuing import opening_of
from engine.contract.errors import PromptTooLongError
from engine.contract.messages import Message
from engine.contract.signals import TokenSignals
from engine.models.tokenizer import Tokenizer

# An answer gets at least this much room even where history could fill it: a quarter of the
# context, but not more than the longest answer asked for.
_ANSWER_SHARE = 4
_REMEMBERED_COUNTS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How long a prompt may be.

    Attributes:
        limit_tokens: Prompt and answer together.
        answer_tokens: Kept free for the answer.
    """

    limit_tokens: int
    answer_tokens: int

    @staticmethod
    def of(limit_tokens: int, max_tokens: int) -> Budget:
        """The budget of a model with this limit for answers of at most `max_tokens`."""
        return Budget(
            limit_tokens=limit_tokens,
            answer_tokens=min(max_tokens, max(limit_tokens // _ANSWER_SHARE, 1)),
        )

    @property
    def prompt_tokens(self) -> int:
        """The longest prompt."""
        return self.limit_tokens - self.answer_tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedPrompt:
    """A prompt that fits.

    Attributes:
        tokens: Its ids.
        cut_ids: Messages left out, oldest first.
        cut_tokens: Their length with what the template puts round them.
        ends_in_reasoning: Whether it ends inside the thinking tags of an answer to be continued.
        begun_tokens: How many of the tokens, at the end, are the beginning of the answer.
    """

    tokens: tuple[int, ...]
    cut_ids: tuple[str, ...]
    cut_tokens: int
    ends_in_reasoning: bool = False
    begun_tokens: int = 0


class History:
    """Counts messages once each and remembers the counts."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str, int], int] = {}
        self._frames: dict[tuple[str, str], tuple[int, int]] = {}

    def count(self, model_key: str, tokenizer: Tokenizer, message: Message) -> int:
        """Tokens of a message's own text."""
        key = (model_key, message.id, len(message.text))
        count = self._counts.get(key)
        if count is None:
            count = len(tokenizer.encode(message.text, with_special=False))
            if len(self._counts) >= _REMEMBERED_COUNTS:
                self._counts.clear()
            self._counts[key] = count
        return count

    def count_each(self, model_key: str, tokenizer: Tokenizer, messages: Sequence[Message]) -> None:
        """The counts of these messages are remembered."""
        for message in messages:
            self.count(model_key, tokenizer, message)

    def frame(self, model_key: str, tokenizer: Tokenizer, system: str) -> tuple[int, int]:
        """What the template adds: tokens before and round one question, and for each exchange.

        Read off the template itself, by rendering it with and without one more exchange.
        """
        key = (model_key, system)
        if key not in self._frames:
            letter = len(tokenizer.encode("x", with_special=False))
            head = turns_of(system, [("user", "x")])
            more = [*head, ("assistant", "x"), ("user", "x")]
            short, long = len(tokenizer.encode_chat(head)), len(tokenizer.encode_chat(more))
            self._frames[key] = (short - letter, long - short - 2 * letter)
        return self._frames[key]

    def fit(
        self,
        model_key: str,
        tokenizer: Tokenizer,
        system: str,
        messages: Sequence[Message],
        budget: Budget,
        continued: Message | None = None,
    ) -> FittedPrompt:
        """The longest recent part of the conversation that fits, as a prompt.

        The system prompt and the last message are always in it. What is left out is left out in
        whole exchanges, the oldest first, and reported.

        Args:
            model_key: Whose tokens are counted.
            tokenizer: That model's.
            system: The system prompt; empty for none.
            messages: What was said, oldest first.
            budget: How long the prompt may be.
            continued: An answer that the prompt ends in the middle of.

        Raises:
            PromptTooLongError: The last message does not fit even alone.
        """
        head, exchange = self.frame(model_key, tokenizer, system)
        sizes = [self.count(model_key, tokenizer, m) for m in messages]
        written = self.count(model_key, tokenizer, continued) if continued is not None else 0
        room = budget.prompt_tokens - written
        start = _first_that_fits(sizes, head, exchange, room, messages)
        while True:
            tokens, is_reasoning = prompt_of(tokenizer, system, messages[start:], continued)
            if len(tokens) <= budget.prompt_tokens:
                break
            if start >= len(messages) - 1:
                raise PromptTooLongError(
                    f"This message makes a prompt of {len(tokens):,} tokens and the model can "
                    f"take {budget.prompt_tokens:,}. Nothing was sent.",
                    action="Shorten it, or choose a model with a longer context.",
                )
            start = _next_start(messages, start)
        begun = 0
        if continued is not None:
            begun = len(tokens) - len(prompt_of(tokenizer, system, messages[start:])[0])
        return FittedPrompt(
            tokens=tuple(tokens),
            cut_ids=tuple(m.id for m in messages[:start]),
            cut_tokens=sum(sizes[:start]) + exchange * (start // 2),
            ends_in_reasoning=is_reasoning,
            begun_tokens=begun,
        )


def prompt_of(
    tokenizer: Tokenizer,
    system: str,
    messages: Sequence[Message],
    continued: Message | None = None,
) -> tuple[list[int], bool]:
    """The prompt's ids, and whether it ends inside the thinking tags of `continued`."""
    kept = [(message.role.value, message.text) for message in messages]
    tokens = tokenizer.encode_chat(turns_of(system, kept))
    if continued is None:
        return tokens, False
    opening = opening_of(tokenizer, tokens, continued)
    return [*tokens, *opening.tokens], opening.is_reasoning


def led(
    fitted: FittedPrompt,
    tokenizer: Tokenizer,
    system: str,
    messages: Sequence[Message],
    lead: Sequence[TokenSignals],
    continued: Message | None = None,
) -> FittedPrompt:
    """The same prompt, ended by these very tokens of an answer instead of by its text.

    A text may be cut into other tokens than those it was written with.

    Args:
        fitted: The prompt with the text.
        tokenizer: That model's.
        system: The system prompt.
        messages: What was said, oldest first.
        lead: The tokens.
        continued: What the answer that they are of went on with itself.
    """
    kept = messages[len(fitted.cut_ids) :]
    opened = prompt_of(tokenizer, system, kept)[0]
    before = prompt_of(tokenizer, system, kept, continued)[0] if continued is not None else opened
    tokens = (*before, *(signals.token_id for signals in lead))
    return replace(fitted, tokens=tokens, begun_tokens=len(tokens) - len(opened))


def turns_of(system: str, kept: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The turns of a prompt, user and assistant by turns, for many templates refuse others.

    Two messages of one side follow each other where an answer was stopped before its first word.
    """
    turns: list[tuple[str, str]] = [("system", system)] if system else []
    for role, text in kept:
        if turns and turns[-1][0] == role:
            text = f"{turns.pop()[1]}\n\n{text}"
        turns.append((role, text))
    return turns


def _next_start(messages: Sequence[Message], start: int) -> int:
    """The next place where a user speaks: templates refuse a history that begins otherwise."""
    start += 1
    while start < len(messages) - 1 and messages[start].role.value != "user":
        start += 1
    return start


def _first_that_fits(
    sizes: Sequence[int], head: int, exchange: int, limit: int, messages: Sequence[Message]
) -> int:
    """Where the kept part begins, by the counts; the real prompt is measured afterwards."""
    total, before = sum(sizes), [0, *accumulate(sizes)]
    start = 0
    while start < len(messages) - 1:
        rest = len(messages) - start
        if head + total - before[start] + exchange * (rest // 2) <= limit:
            break
        start = _next_start(messages, start)
    return start
