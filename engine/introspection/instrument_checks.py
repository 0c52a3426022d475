"""Whether the instruments are real, tried on one loaded model in steps for the compute thread.

Each claim is measured; each fault that a broken instrument could have is put in on purpose and has
to be caught by the same measurement. What a model does not offer is left out and says why.

Runs on: compute.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace

import mlx.core as mx
import numpy as np

from engine.contract.calibration import InstrumentCheck, InstrumentReport
from engine.contract.settings import GenerationSettings
from engine.contract.signals import Profile, View
from engine.introspection.check_answers import (
    Asked,
    Differences,
    apart_nats,
    draw,
    draw_watched,
    forms_for,
    most_apart,
    read_again,
)
from engine.introspection.check_passes import PLAIN, Errors, Faults, compare_passes
from engine.introspection.check_prompts import CheckPrompt, check_prompts
from engine.introspection.check_verdicts import Limits, judged, limits_of
from engine.introspection.probe import NetworkProbe
from engine.models.hooks import Pushes
from engine.models.loaded import LoadedModel

TOKENS = 12
# Every fourth answer is checked against guesses, every fourth by its logits, every fourth read
# again. One of 50 texts stands for each.
_KINDS = 4
# Reading every layer takes twenty times as long; seven shares no factor with the kinds or forms.
_FULL_EVERY = 7
_PUSHED = 3
_PASS_TEXT = (
    "Ships are told by their lights: red on the left side, green on the right one, and white at "
    "the stern. Who sees both colours at once looks at a ship that is coming towards him."
)
_NO_FORWARD = "On this machine every pass of this model goes through mlx."

Progress = tuple[int, int]


@dataclass
class InstrumentChecks:
    """The checks of one model.

    Attributes:
        loaded: The model; nothing else may change it meanwhile.
        probe: Its instruments.
        text_of: A token's text.
        prompts: How many are answered with and without instruments.
        tokens: How long each answer is.
        faults: What is put in on purpose.
    """

    loaded: LoadedModel
    probe: NetworkProbe
    text_of: Callable[[int], str]
    prompts: int = 200
    tokens: int = TOKENS
    faults: Faults = field(default_factory=Faults)
    _errors: Errors = field(default_factory=Errors)
    _found: Differences = field(default_factory=Differences)
    _pushed: list[float] = field(default_factory=list)
    _dtype: str = ""

    def steps(self) -> Iterator[Progress | InstrumentReport | None]:
        """All checks, in short steps.

        Yields:
            Prompts done and their number whenever one more is done; the report at the end; None
            in between.
        """
        self._dtype = str(self.loaded.network(mx.array([[0]])).dtype).rpartition(".")[2]
        yield 0, self.prompts
        ids = self._ids(_PASS_TEXT)
        yield from compare_passes(self.loaded, self.probe, ids, self.faults, self._errors)
        yield from self._push()
        for number, prompt in enumerate(check_prompts(self.prompts)):
            yield from self._answer(number, prompt)
            yield number + 1, self.prompts
        yield self.report()

    def report(self) -> InstrumentReport:
        """What was found."""
        limits = limits_of(self._dtype)
        return InstrumentReport(
            model_id=self.loaded.info.id,
            architecture=self.loaded.info.architecture,
            prompts=self.prompts,
            checks=(
                *self._identical(),
                *self._lens(limits),
                *self._attention(limits),
                *self._records(limits),
                self._shares(limits),
                self._native(limits),
                self._push_caught(),
            ),
        )

    # -- measuring --------------------------------------------------------------------------------

    def _answer(self, number: int, prompt: CheckPrompt) -> Iterator[None]:
        """One prompt is answered without instruments, then with them."""
        kind = number % _KINDS
        form = forms_for(number, self._errors.forms)
        asked = Asked(
            ids=self._ids(prompt.text),
            settings=prompt.settings,
            seed=prompt.seed,
            form=form,
            # A rolling cache cannot be cut back, so nobody guesses there.
            is_guessed=kind == 1 and form.rolling_tokens is None and self._can_guess(),
            are_logits_kept=kind == 2,
            profile=Profile.FULL if number % _FULL_EVERY == 0 else Profile.LIVE,
        )
        plain = yield from draw(self.loaded, asked, self.tokens)
        watched, records = yield from draw_watched(
            self.loaded, self.probe, self.text_of, asked, self.tokens
        )
        self._found.add_pair(plain, watched)
        self._found.add_records(watched.tokens, records)
        # Held at 8 bits or rolling, the model is not the one that a plain pass is of.
        if kind == 0 and form == PLAIN:
            read = yield from read_again(self.loaded, asked, watched.tokens)
            found, by = self._found, self.faults.records_by
            found.read_again += len(read)
            found.records_nats.append(apart_nats(records, read))
            found.shifted_nats.append(apart_nats(records, read, by))

    def _push(self) -> Iterator[None]:
        """Some answers are drawn while an instrument pushes the network."""
        if not self.probe.layers:
            return
        for prompt in check_prompts(_PUSHED):
            asked = Asked(
                ids=self._ids(prompt.text),
                settings=GenerationSettings(temperature=0.0),
                seed=prompt.seed,
                are_logits_kept=True,
            )
            plain = yield from draw(self.loaded, asked, self.tokens)
            pushes = yield from self._push_at(asked.ids)
            watched, _ = yield from draw_watched(
                self.loaded, self.probe, self.text_of, asked, self.tokens, pushes
            )
            self._pushed.append(most_apart(plain.logits, watched.logits))

    def _push_at(self, ids: Sequence[int]) -> Generator[None, None, Pushes]:
        """A push in the middle of the network, as long as the faults say."""
        middle = self.probe.layers // 2
        with self.probe.watching({}, frozenset(), True) as seen:
            self.loaded.network(mx.array([ids[:1]]))
            states = np.array(seen.taken().states[middle].astype(mx.float32))[-1]
        yield
        direction = np.random.default_rng(0).standard_normal(states.shape).astype(np.float32)
        length = self.faults.push_ratio * float(np.linalg.norm(states))
        return {middle: direction * np.float32(length / np.linalg.norm(direction))}

    def _ids(self, text: str) -> tuple[int, ...]:
        return tuple(self.loaded.tokenizer.encode_chat([("user", text)]))

    def _can_guess(self) -> bool:
        from engine.models.prompt_cache import is_trimmable, make_layers

        return is_trimmable(make_layers(self.loaded.network, PLAIN))

    # -- verdicts ---------------------------------------------------------------------------------

    def _identical(self) -> Iterator[InstrumentCheck]:
        found = self._found
        detail = f"{found.answers} answers, {found.tokens} tokens; caches: {self._forms()}"
        yield judged("identical_tokens", float(found.differing), 0.0, detail)
        detail = f"{len(found.logits)} answers; the largest difference of two logits"
        yield judged("identical_logits", _most(found.logits), 0.0, detail)

    def _lens(self, limits: Limits) -> Iterator[InstrumentCheck]:
        errors, why = self._errors, self._why(View.DEPTH)
        detail = f"relative error, {len(errors.lens)} passes; caches: {self._forms()}"
        yield judged("lens_is_output", _most(errors.lens), limits.lens, why or detail)
        if not why and not errors.other_layer:
            why = "There is only one layer."
        detail = "smallest relative error that another layer's states gave"
        yield judged("other_layer", _least(errors.other_layer), limits.lens, why or detail)

    def _attention(self, limits: Limits) -> Iterator[InstrumentCheck]:
        errors, why = self._errors, self._why(View.ATTENTION)
        blocks = self.probe.attention_blocks
        of = f"{len(blocks)} of {self.probe.layers} layers"
        detail = (
            f"relative error, {of}; {len(errors.attention)} through mlx, "
            f"{len(errors.native_attention)} natively; caches: {self._forms()}"
        )
        value = _most([*errors.attention, *errors.native_attention])
        check = judged("attention_is_real", value, limits.attention, why or detail)
        if errors.unread_blocks:
            unread = ", ".join(str(block + 1) for block in sorted(errors.unread_blocks))
            check = replace(check, is_passed=False, detail=f"Nothing was captured at {unread}.")
        yield check
        detail = "largest relative error of a pass, the smallest of all passes"
        for name, found in (("heads_rolled", errors.heads), ("keys_shifted", errors.keys)):
            yield judged(name, _least(found), limits.attention, why or detail)

    def _records(self, limits: Limits) -> Iterator[InstrumentCheck]:
        found, limit = self._found, limits.record_nats
        detail = (
            f"nats, {found.read_again} tokens read again; of {found.tokens} tokens "
            f"{found.misnamed} have a record of another token"
        )
        check = judged("record_is_token", _most(found.records_nats), limit, detail)
        yield replace(check, is_passed=check.is_passed and not found.misnamed)
        detail = "nats, what the same comparison finds with shifted records"
        yield judged("records_shifted", _most(found.shifted_nats), limit, detail)

    def _shares(self, limits: Limits) -> InstrumentCheck:
        answers, passes = self._found.shares, self._errors.shares
        why = self._why(View.ATTENTION)
        detail = (
            f"largest difference from 1 in {len(answers)} answers, and from sums taken token by "
            f"token in {len(passes)} passes"
        )
        value = _most([*answers, *passes])
        return judged("shares_sum_to_one", value, limits.shares, why or detail)

    def _native(self, limits: Limits) -> InstrumentCheck:
        states = self._errors.states
        detail = f"relative error, {len(states)} layers and logits" if states else _NO_FORWARD
        return judged("native_is_mlx", _most(states), limits.states, detail)

    def _push_caught(self) -> InstrumentCheck:
        ratio = self.faults.push_ratio
        detail = f"a push of {ratio:g} lengths of the state; smallest difference of logits"
        why = self._why(View.STEERING)
        return judged("push", _least(self._pushed), 0.0, why or detail)

    def _forms(self) -> str:
        errors = self._errors
        told = ", ".join(errors.forms) or "plain"
        left_out = ", ".join(errors.left_out)
        return f"{told} (this model has no {left_out} ones)" if left_out else told

    def _why(self, view: View) -> str:
        """Why the model does not offer this; empty if it does."""
        return next((one.reason for one in self.probe.unavailable if one.view is view), "")


def _most(values: Sequence[float]) -> float | None:
    return max(values) if values else None


def _least(values: Sequence[float]) -> float | None:
    return min(values) if values else None
