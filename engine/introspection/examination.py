"""Has a model answer questions with known answers, and measures each answer.

Runs on: compute.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from engine.contract.settings import GenerationSettings, IntrospectionSettings
from engine.contract.signals import Opening, Profile, Segment, SegmentKind, TokenSignals
from engine.introspection.opening import opening_of
from engine.introspection.probe import NetworkProbe
from engine.introspection.questions import Question
from engine.introspection.recorder import Recorder
from engine.introspection.state_depth import state_of
from engine.models.generator import EndStep, Request, generate
from engine.models.loaded import LoadedModel
from engine.models.prompt_cache import PromptCache

# What is asked for is a name, a number or a few words.
_MOST_TOKENS = 24
# A user who asks meanwhile waits for one step at most: 0.15 s on two cores with the starter model.
_TOKENS_AT_ONCE = 32
# One passage stays read while its questions are asked.
_CACHE_BYTES = 64_000_000
_CLOSED = "{question}\nAnswer with a few words only."
_OPEN = "{passage}\n\nAnswer from this text, with a few words only.\n{question}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """One answer and what was measured of it.

    Attributes:
        tokens: Empty if the model ended at once.
        state: Hidden state at its end, at the depth of the probe; empty where none can be read.
    """

    text: str
    tokens: tuple[TokenSignals, ...]
    state: tuple[float, ...]
    opening: Opening


@dataclass(kw_only=True)
class Examination:
    """One sitting; its cache remembers the passage that was read last.

    Attributes:
        settings: Which layers are read.
        generation: How answers are drawn.
    """

    settings: IntrospectionSettings
    generation: GenerationSettings
    _cache: PromptCache = field(default_factory=lambda: PromptCache(_CACHE_BYTES))

    def answer(
        self,
        loaded: LoadedModel,
        probe: NetworkProbe,
        text_of: Callable[[int], str],
        question: Question,
        *,
        is_open: bool,
        seed: int,
    ) -> Iterator[Examined | None]:
        """The answer comes last, after None for each step before it; nothing if it does not fit.

        Args:
            loaded: Who answers.
            probe: Its instruments.
            text_of: A token's text.
            question: What is asked.
            is_open: Whether its passage is in the context.
            seed: Of what is drawn.
        """
        form = _OPEN if is_open else _CLOSED
        asked = form.format(passage=question.passage, question=question.text)
        prompt = tuple(loaded.tokenizer.encode_chat([("user", asked)]))
        limit = loaded.info.context_tokens
        if len(prompt) + _MOST_TOKENS > limit:
            return
        request = Request(
            prompt=prompt,
            settings=_brief(self.generation),
            seed=seed,
            limit_tokens=limit,
            most_at_once=_TOKENS_AT_ONCE,
        )
        recorder = Recorder(probe, self._opening(loaded, probe, len(prompt)), text_of)
        yield from self._measured(loaded, request, recorder)

    def close(self) -> None:
        """Nothing that was read is held any more."""
        self._cache = PromptCache(0)

    def _measured(
        self, loaded: LoadedModel, request: Request, recorder: Recorder
    ) -> Iterator[Examined | None]:
        text = ""
        for step in generate(loaded, request, self._cache, observer=recorder):
            pieces = getattr(step, "pieces", ()) or ()
            text += "".join(piece.text for piece in pieces if not piece.is_reasoning)
            if isinstance(step, EndStep):
                recorder.end_at(step.completion_tokens)
            yield None
        for _ in recorder.read_lens():
            yield None
        states = recorder.answer_states()
        state = () if states is None else tuple(map(float, state_of(states)))
        yield Examined(
            text=text.strip(), tokens=recorder.tokens(), state=state, opening=recorder.opening
        )

    def _opening(self, loaded: LoadedModel, probe: NetworkProbe, prompt_tokens: int) -> Opening:
        # The prompt is one part here: only how far the answer looks back at it is of interest.
        segments = (
            Segment(kind=SegmentKind.HISTORY, start=0, end=prompt_tokens),
            Segment(kind=SegmentKind.OWN, start=prompt_tokens),
        )
        return opening_of(probe, loaded.info.id, Profile.LIVE, self.settings, segments)


def _brief(generation: GenerationSettings) -> GenerationSettings:
    """Drawn as the user has it, in few tokens; the user's own system prompt stays out."""
    return replace(
        generation,
        system_prompt="",
        max_tokens=_MOST_TOKENS,
        repetition_penalty=1.0,
        stop=(),
    )
