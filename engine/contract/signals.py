"""What was measured while a model worked, as plain values.

Every number is read from the running model. What could not be read is None or missing, never zero.
Formulas and sources stand in GLOSSARY.md, under the names that these attributes have.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Profile(Enum):
    """How much is measured while an answer is written."""

    OFF = "off"
    """Nothing; it costs nothing."""
    LIVE = "live"
    """What costs little; the lens of most tokens is read after the answer, and says so."""
    FULL = "full"
    """Everything, at every token, whatever it costs."""


class SegmentKind(Enum):
    """Whose words a part of the context is."""

    SYSTEM = "system"
    MEMORY = "memory"
    DOCUMENT = "document"
    HISTORY = "history"
    QUESTION = "question"
    FRAME = "frame"
    """What the chat template puts round the messages."""
    OWN = "own"
    """The answer so far."""


class View(Enum):
    """What can be looked at; a model may lack what one of them needs."""

    STREAM = "stream"
    DEPTH = "depth"
    ATTENTION = "attention"
    STATE = "state"
    CONFIDENCE = "confidence"
    STEERING = "steering"


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A part of the context that attention is summed over.

    Attributes:
        label: What a person calls it, such as a file's name; empty where the kind says it all.
        source_id: The message, file or memory it came from; empty for none.
        start: First token of the prompt that belongs to it.
        end: One beyond the last; the answer's own segment has none.
    """

    kind: SegmentKind
    start: int
    end: int | None = None
    label: str = ""
    source_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unavailable:
    """What cannot be measured on this model, and why, in one plain sentence."""

    view: View
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """A token that could have come.

    Attributes:
        text: As it would be written; may be part of a character.
        probability: Before temperature and other sampling settings, from 0 to 1.
    """

    token_id: int
    text: str
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerReading:
    """The logit lens at one layer: what the model would say if it stopped there.

    Attributes:
        layer: Blocks that have been applied, from 1; the last one is the model's own answer.
        top: The likeliest tokens, likeliest first.
        entropy_nats: Spread of the distribution read there.
        kl_nats: KL(final distribution || distribution read there).
    """

    layer: int
    top: tuple[Alternative, ...]
    entropy_nats: float
    kl_nats: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSignals:
    """What was measured when one token of an answer was chosen.

    Probabilities are the model's own, before temperature, top-p, min-p and penalties.

    Attributes:
        index: Its place in the answer, from 0.
        text: What it adds; may be part of a character.
        surprisal_nats: Minus log-probability of the token.
        entropy_nats: Spread of the distribution it was drawn from.
        varentropy_nats2: Variance of the surprisal under that distribution.
        rank: Its place by probability; 1 is the likeliest.
        margin_nats: Log-probability of the likeliest minus that of the second.
        alternatives: The ten likeliest, likeliest first.
        lens: Readings at the chosen layers; empty until they have been made.
        commit_layer: The first layer read from which on the final likeliest token stays the
            likeliest; None without a lens.
        state_norm: Length of the hidden state after the last block.
        drift_ratio: 1 minus the cosine between this token's last hidden state and the one before.
        shares: Mean attention on each segment over heads and chosen layers, the sink left out;
            sums to 1. Empty where attention cannot be read.
        sink_share: Attention on the first four tokens, which is where models put what they do not
            need (arXiv:2309.17453).
        lookback_ratio: Attention on the prompt over attention on prompt and own words
            (arXiv:2407.07071); without the sink.
        projections: Hidden state on each direction that is watched, in standard deviations of it.
        is_fork: The model hesitated between ways to go on.
        is_boundary: Much more surprising than the tokens before it (arXiv:2407.09450).
        is_repetition: It goes on with a loop.
        cost_us: Microseconds that measuring it took.
    """

    index: int
    token_id: int
    text: str
    surprisal_nats: float
    entropy_nats: float
    varentropy_nats2: float
    rank: int
    margin_nats: float
    alternatives: tuple[Alternative, ...]
    lens: tuple[LayerReading, ...] = ()
    commit_layer: int | None = None
    state_norm: float | None = None
    drift_ratio: float | None = None
    shares: tuple[float, ...] = ()
    sink_share: float | None = None
    lookback_ratio: float | None = None
    projections: tuple[float, ...] = ()
    is_fork: bool = False
    is_boundary: bool = False
    is_repetition: bool = False
    cost_us: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceSources:
    """Which sources one sentence of the answer drew on.

    Attributes:
        start: Its first token, by index in the answer.
        end: One beyond its last.
        shares: Mean of its tokens' attention on each segment.
        drops_nats: For each segment, by how much the sentence's log-probability falls when that
            segment is left out of the prompt; None where that was not tried.
    """

    start: int
    end: int
    shares: tuple[float, ...] = ()
    drops_nats: tuple[float | None, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfidencePart:
    """What a confidence is made of.

    Attributes:
        value: As measured.
        weight: Its share in the log-odds, positive for "right".
    """

    name: str
    value: float
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Confidence:
    """How likely the answer is right, by answers of this model that were checked.

    Attributes:
        value: Calibrated probability.
        low: Of the 95 % interval, by bootstrap over the checked answers.
        high: Of the same.
        parts: What it is made of, largest weight first.
        answers: How many checked answers it rests on.
        measured_at_s: When they were checked, seconds since the Unix epoch.
    """

    value: float
    low: float
    high: float
    parts: tuple[ConfidencePart, ...]
    answers: int
    measured_at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MeaningCluster:
    """Sampled answers that say the same."""

    text: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SemanticEntropy:
    """How far sampled answers differ in meaning (doi:10.1038/s41586-024-07421-0, discrete form).

    Attributes:
        entropy_nats: Over the clusters' counts.
        samples: Answers drawn.
        clusters: Largest first.
        method: How it was decided that two answers say the same.
    """

    entropy_nats: float
    samples: int
    clusters: tuple[MeaningCluster, ...]
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnSignals:
    """What was measured over one question and its answer.

    Attributes:
        tokens: How many tokens of the answer were measured.
        user_surprise_nats: Mean surprisal of the user's words to the model, a token; None if they
            were not read this time (an answer written again).
        user_tokens: How many tokens that mean is over.
        entropy_mean_nats: Over the answer.
        entropy_most_nats: Its highest.
        forks: Tokens where the model hesitated.
        boundaries: Tokens where something new began.
        repetitions: Tokens inside a loop.
        settled_early: Tokens settled in the first half of the layers.
        late_revisions: Tokens whose likeliest changed in the last quarter of the layers.
        lens_tokens: Tokens that the two numbers before rest on.
        sentences: The answer by sentences.
        measured_s: Time that measuring took, within the answer.
        elapsed_s: Time from the first token to the last, measuring included.
        confidence: None means unmeasured.
        confidence_reason: Why it is unmeasured; empty if it is measured.
        semantic_entropy: None until it was asked for.
    """

    tokens: int
    user_surprise_nats: float | None = None
    user_tokens: int = 0
    entropy_mean_nats: float | None = None
    entropy_most_nats: float | None = None
    forks: int = 0
    boundaries: int = 0
    repetitions: int = 0
    settled_early: int = 0
    late_revisions: int = 0
    lens_tokens: int = 0
    sentences: tuple[SentenceSources, ...] = ()
    measured_s: float = 0.0
    elapsed_s: float = 0.0
    confidence: Confidence | None = None
    confidence_reason: str = ""
    semantic_entropy: SemanticEntropy | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What is measured in one answer.

    Attributes:
        model_id: Whose answer it is.
        layers: Blocks of the model.
        lens_layers: Where the lens reads, ascending, counted as in LayerReading.
        attention_layers: Whose attention is read, counted from 1.
        segments: The prompt's parts in order, the answer's own last.
        directions: Names of the directions that are watched.
        steering: What the model is pushed by, in words; empty if it is left alone.
        unavailable: What this model does not let be measured.
    """

    model_id: str
    layers: int
    profile: Profile
    lens_layers: tuple[int, ...] = ()
    attention_layers: tuple[int, ...] = ()
    segments: tuple[Segment, ...] = ()
    directions: tuple[str, ...] = ()
    steering: tuple[str, ...] = ()
    unavailable: tuple[Unavailable, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """All that is kept of one answer's measurements."""

    message_id: str
    opening: Opening
    tokens: tuple[TokenSignals, ...]
    turn: TurnSignals | None = None
