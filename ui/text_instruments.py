"""Every word of depth, attention, confidence, steering, replay and export."""

from __future__ import annotations

from engine.contract.signals import LayerReading, Segment, SegmentKind

MINUS = "\N{MINUS SIGN}"

# depth
LENS_TITLE, LENS_UNIT = "What each layer would say", "probability"
LENS_GRID = "Layers by tokens"
APPROXIMATE = (
    "An approximate decode: the lens reads a layer with the model's last step, which does not fit "
    "early layers well."
)
NOT_READ_YET = "Hatched tokens are checked after writing."
ZOOM_IN, ZOOM_OUT = "Wider columns", "Narrower columns"
TO_END = "Follow the end"
NO_TOKENS = "Nothing has been written yet."
NO_LENS = "The lens was not read in this answer."
CELL_HINT = "Choose a cell to see what that layer would say."
COMMIT_LINE = "settled above this line"
LATE = "settled late"
CELL_TITLE = "At this layer"
NOT_READ_HERE = "The lens was not read here."
COMMIT_TITLE = "Where it settled"
ENTROPY, KL = "Entropy", "KL"

# attention
SOURCES_TITLE, SOURCES_UNIT = "Where it looked", "share of attention"
LOOKED_NOT_USED = (
    "Attention says where the model looked, not what it used. Leaving a source out says what it "
    "used."
)
SINK = "Left out as sink, the first four tokens:"
LOOKBACK = "Lookback ratio"
LEAVE_OUT = "Leave each source out"
LEAVING_OUT = "Leaving each source out"
CONFIRMED, NOT_CONFIRMED, NOT_TRIED = (
    "confirmed by leaving it out",
    "not confirmed",
    "not tried",
)
NO_SENTENCE = "Nothing has been written yet."
NO_SHARES = "Attention was not read in this answer."
PREVIOUS_SENTENCE, NEXT_SENTENCE = "Previous sentence", "Next sentence"
LAST_SENTENCE = "Follow the end"
BEING_WRITTEN = "being written"

# replay and export
REPLAY, REPLAY_PLACE = "Replay", "Tokens shown"
PLAY, PAUSE = "Play how it grew", "Pause"
STEP_BACK, STEP_ON = "One token back", "One token on"
EXPORT = "Save what is measured"
AS_PNG, AS_SVG, AS_CSV = "Picture of this view (PNG)...", "Drawing (SVG)...", "Table (CSV)..."
FILE_NAME = "measured"
EXPORTED = "Saved."

SEGMENTS = {
    SegmentKind.SYSTEM: "System prompt",
    SegmentKind.MEMORY: "Memory",
    SegmentKind.DOCUMENT: "A file",
    SegmentKind.HISTORY: "Earlier messages",
    SegmentKind.QUESTION: "Your question",
    SegmentKind.FRAME: "Marks between messages",
    SegmentKind.OWN: "Its own words",
}


def visible(token: str) -> str:
    """A token as it can be seen: what would be blank is shown by a sign."""
    shown = token.replace("\n", "⏎").replace("\t", "⇥").replace("\ufffd", "·").strip(" ")
    return shown or "␣"


def layer(number: int, of: int) -> str:
    """Names a layer."""
    return f"layer {number} of {of}"


def ratio(value: float) -> str:
    """A probability as it is written beside a bar."""
    return f"{value:.2f}" if value >= 0.005 or value == 0 else "< 0.01"


def nats(value: float) -> str:
    """An amount of surprise or spread."""
    return f"{value:.2f} nats"


def share(value: float) -> str:
    """A share in whole percent."""
    return "< 1 %" if 0 < value < 0.005 else f"{value * 100:.0f} %"


def cell(token: str, reading: LayerReading, layers: int) -> str:
    """A cell of the grid as one sentence."""
    top = reading.top[0] if reading.top else None
    said = f"“{visible(top.text)}”, {ratio(top.probability)}" if top else "nothing"
    return f"“{visible(token)}” at {layer(reading.layer, layers)}: {said}"


def not_read(token: str, number: int, layers: int) -> str:
    """A cell of the grid that has not been read."""
    return f"“{visible(token)}” at {layer(number, layers)}: not read"


def segment(part: Segment) -> str:
    """What a person calls a part of the context."""
    return part.label or SEGMENTS[part.kind]


def two_places(value: float) -> str:
    """A ratio as it is written."""
    return f"{value:.2f}"


def confirmed(sources: int, of: int) -> str:
    """What leaving each source out said of the sentence."""
    if of == 1:
        did = "changed" if sources else "did not change"
        said = f"One source was left out: it {did} how likely this sentence was."
    else:
        said = (
            f"Each of {of} sources was left out once: {sources} changed how likely this sentence "
            "was."
        )
    return f"{said} The figure is what that did to its log-probability, in nats."


def sentence(number: int, of: int, *, is_open: bool) -> str:
    """Which sentence is looked at."""
    said = f"Sentence {number} of {of}"
    return f"{said}, {BEING_WRITTEN}" if is_open else said


def drop(value: float) -> str:
    """What leaving a source out does."""
    return f"{MINUS if value > 0 else '+'}{abs(value):.2f} nats without it"


def layers_read(read: int, of: int, *, has_unread: bool) -> str:
    """At how many layers the lens reads, and that some of it comes later."""
    said = f"{read} of {of} layers read."
    return f"{said} {NOT_READ_YET}" if has_unread else said


def commits(early: int, late: int, read: int) -> str:
    """How many tokens settled early and late."""
    return (
        f"Of {read} tokens read, {early} settled in the first half of the layers; {late} changed "
        "in the last quarter."
    )


def drop_short(value: float) -> str:
    """What leaving a source out does, beside its verdict."""
    return f"{MINUS if value > 0 else '+'}{abs(value):.2f}"


def open_source(name: str) -> str:
    """What a click on a source does."""
    return f"Show {name}"


def capital(term: str) -> str:
    """A term as a heading."""
    return term[:1].upper() + term[1:]


def source_of(source: str) -> str:
    """Where an explanation is from."""
    return f"Source: {source}" if source else ""


def replay_place(shown: int, of: int) -> str:
    """How many tokens are shown."""
    return f"{shown:,} of {of:,}"


def speed(value: float) -> str:
    """How fast it plays, short."""
    return f"{value:g}\N{MULTIPLICATION SIGN}"


def spoken_speed(value: float) -> str:
    """The same for a screen reader."""
    return f"Speed {value:g}, press for the next"


def not_written(reason: str) -> str:
    """Said when a file could not be written; never with its path."""
    return f"It could not be saved: {reason}." if reason else "It could not be saved."
