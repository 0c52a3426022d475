"""Answers to the check's prompts, each drawn twice: with all instruments, and with none.

Runs on: compute.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field

import mlx.core as mx
import numpy as np
from numpy.typing import NDArray

from engine.contract.settings import GenerationSettings, IntrospectionSettings
from engine.contract.signals import Opening, Profile, Segment, SegmentKind, TokenSignals
from engine.introspection.check_passes import FORMS, PLAIN
from engine.introspection.opening import opening_of
from engine.introspection.probe import NetworkProbe
from engine.introspection.recorder import Recorder
from engine.models.decoding import Decoding
from engine.models.hooks import Pushes
from engine.models.loaded import LoadedModel
from engine.models.prompt_cache import CacheForm, make_layers
from engine.models.sampling import Sampler
from engine.models.sight import Observer
from engine.models.speculation import LookupDrafter

# A user who asks meanwhile waits for one step at most.
_TOKENS_AT_ONCE = 32
_FRAME_TOKENS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How one prompt is answered.

    Attributes:
        ids: The prompt.
        form: Of the cache.
        is_guessed: Whether guesses ahead are checked several at a time.
        are_logits_kept: Whether logits are compared too, which guesses do not allow.
        profile: How much is measured; the full one takes twenty times as long.
    """

    ids: tuple[int, ...]
    settings: GenerationSettings
    seed: int
    form: CacheForm = PLAIN
    is_guessed: bool = False
    are_logits_kept: bool = False
    profile: Profile = Profile.FULL


@dataclass
class Drawn:
    """One answer.

    Attributes:
        tokens: As they were drawn.
        logits: That they were drawn from, each of shape (V,); empty if they were not kept.
    """

    tokens: list[int] = field(default_factory=list)
    logits: list[NDArray[np.float32]] = field(default_factory=list)


@dataclass
class Differences:
    """What was found over all answers.

    Attributes:
        answers: Drawn with and without.
        tokens: In them.
        differing: Answers whose tokens are not the same.
        logits: Largest difference of two logits of one token, an answer each.
        misnamed: Records whose token is not the one drawn, or that are missing.
        records_nats: Largest difference of a record to a second reading, an answer each.
        shifted_nats: The same for records that were shifted.
        read_again: Tokens that were read again.
        shares: Largest difference from 1, or of the sink from its range, an answer each.
    """

    answers: int = 0
    tokens: int = 0
    differing: int = 0
    logits: list[float] = field(default_factory=list)
    misnamed: int = 0
    records_nats: list[float] = field(default_factory=list)
    shifted_nats: list[float] = field(default_factory=list)
    read_again: int = 0
    shares: list[float] = field(default_factory=list)

    def add_pair(self, plain: Drawn, watched: Drawn) -> None:
        """The same prompt's answers, without instruments and with them."""
        self.answers += 1
        self.tokens += len(plain.tokens)
        self.differing += plain.tokens != watched.tokens
        if plain.logits:
            self.logits.append(most_apart(plain.logits, watched.logits))

    def add_records(self, tokens: Sequence[int], records: Sequence[TokenSignals]) -> None:
        """What was recorded of one answer."""
        named = [record.token_id for record in records]
        pairs = itertools.zip_longest(tokens, named)
        self.misnamed += sum(token != other for token, other in pairs)
        rows = [_share_error(record) for record in records if record.shares]
        if rows:
            self.shares.append(max(rows))


def draw(
    loaded: LoadedModel,
    asked: Asked,
    most: int,
    observer: Observer | None = None,
    pushes: Pushes | None = None,
) -> Generator[None, None, Drawn]:
    """`most` tokens, drawn as an answer's are; the generator's result.

    Yields:
        After each step.
    """
    drawn, kept = Drawn(), _Keep()
    decoding = Decoding(
        network=loaded.network,
        tokens=list(asked.ids),
        layers=make_layers(loaded.network, asked.form),
        form=asked.form,
        sampler=Sampler(asked.settings, asked.seed),
        processor=kept if asked.are_logits_kept else None,
        drafter=LookupDrafter() if asked.is_guessed else None,
        most_at_once=_TOKENS_AT_ONCE,
        observer=observer,
        pushes=pushes or {},
    )
    for _ in decoding.prefill():
        yield
    with contextlib.closing(decoding.decode(most)) as tokens:  # type: ignore[type-var]
        for token in tokens:
            drawn.tokens.append(token)
            yield
    # mlx works one pass ahead, so there may be logits of a token that is not wanted any more.
    drawn.logits = [np.array(x[0].astype(mx.float32)) for x in kept.logits[: len(drawn.tokens)]]
    return drawn


def draw_watched(
    loaded: LoadedModel,
    probe: NetworkProbe,
    text_of: Callable[[int], str],
    asked: Asked,
    most: int,
    pushes: Pushes | None = None,
) -> Generator[None, None, tuple[Drawn, tuple[TokenSignals, ...]]]:
    """The same with the instruments on; also what they recorded."""
    recorder = Recorder(probe, _opening(loaded, probe, asked), text_of)
    drawn = yield from draw(loaded, asked, most, recorder, pushes)
    for _ in recorder.read_lens():
        yield
    recorder.end_at(len(drawn.tokens))
    return drawn, recorder.tokens()


def read_again(
    loaded: LoadedModel, asked: Asked, tokens: Sequence[int]
) -> Generator[None, None, NDArray[np.float64]]:
    """Surprisal and entropy of each token in nats, shape (tokens, 2), by plain passes.

    Prompt and answer are read as a text is, many tokens at once, with no instrument near.
    """
    ids = [*asked.ids, *tokens]
    first, layers = len(asked.ids) - 1, make_layers(loaded.network, PLAIN)
    rows: list[NDArray[np.float64]] = []
    for start in range(0, len(ids) - 1, _TOKENS_AT_ONCE):
        chunk = ids[start : min(start + _TOKENS_AT_ONCE, len(ids) - 1)]
        logits = loaded.network(mx.array([chunk]), cache=layers)[0]
        mx.eval([layer.state for layer in layers])
        for place in range(max(first, start), start + len(chunk)):
            row = np.array(logits[place - start].astype(mx.float32), np.float64)
            logprobs = row - row.max()
            logprobs -= np.log(np.exp(logprobs).sum())
            entropy = -float(np.exp(logprobs) @ logprobs)
            rows.append(np.array([-logprobs[ids[place + 1]], entropy]))
        yield
    return np.array(rows)


def apart_nats(
    records: Sequence[TokenSignals], read: NDArray[np.float64], shifted_by: int = 0
) -> float:
    """The largest difference between records and what a second reading found.

    Args:
        records: Of one answer.
        read: Shape (tokens, 2).
        shifted_by: Record k is held against token k plus this.
    """
    found = np.array([[one.surprisal_nats, one.entropy_nats] for one in records])
    count = min(len(found), len(read)) - shifted_by
    return float(np.abs(found[:count] - read[shifted_by : shifted_by + count]).max())


def most_apart(one: Sequence[NDArray[np.float32]], other: Sequence[NDArray[np.float32]]) -> float:
    """The largest difference of two logits of the same token."""
    pairs = zip(one, other, strict=False)
    return max((float(np.abs(a - b).max()) for a, b in pairs), default=0.0)


def forms_for(number: int, forms: Sequence[str]) -> CacheForm:
    """The cache of the prompt with this number: one in ten of each of the rarer forms."""
    name = {3: "8-bit", 7: "rolling"}.get(number % 10, "plain")
    return FORMS[name] if name in forms else PLAIN


class _Keep:
    """A logits processor that changes nothing and remembers what it was shown."""

    def __init__(self) -> None:
        self.logits: list[mx.array] = []

    def __call__(self, read: mx.array, logits: mx.array) -> mx.array:  # noqa: ARG002
        self.logits.append(mx.array(logits))
        return logits


def _share_error(record: TokenSignals) -> float:
    sink = record.sink_share if record.sink_share is not None else 0.0
    outside = max(0.0, -sink, sink - 1.0, -min(record.shares))
    return max(abs(sum(record.shares) - 1.0), outside)


def _opening(loaded: LoadedModel, probe: NetworkProbe, asked: Asked) -> Opening:
    prompt_tokens = len(asked.ids)
    edge = min(_FRAME_TOKENS, prompt_tokens)
    segments = [
        Segment(kind=SegmentKind.FRAME, start=0, end=edge),
        Segment(kind=SegmentKind.QUESTION, start=edge, end=prompt_tokens),
        Segment(kind=SegmentKind.OWN, start=prompt_tokens),
    ]
    settings = IntrospectionSettings()
    return opening_of(probe, loaded.info.id, asked.profile, settings, segments)
