"""Every setting, described once: type, default, unit, range and help.

The settings form, the file on disk, the command line and the checks all read these descriptions.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from engine.contract.errors import BadRequestError


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingDescription:
    """How one setting is shown and checked.

    Attributes:
        title: Label in the form.
        help: One sentence under the label.
        unit: Shown after the number; empty if it has none.
        minimum: Smallest allowed number; None for texts and choices.
        maximum: Largest allowed number.
        choices: Allowed values with their words; empty if free.
        is_long_text: Whether the field is edited in several lines.
        is_private: Whether it could tell something about the user; such a setting is kept in the
            vault and never in the settings file.
    """

    title: str
    help: str
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[tuple[str, str], ...] = ()
    is_long_text: bool = False
    is_private: bool = False


def setting(default: Any, *, title: str, help: str, **more: Any) -> Any:
    """A dataclass field that carries its own description; see SettingDescription for `more`."""
    description = SettingDescription(title=title, help=help, **more)
    return field(default=default, metadata={"description": description})


def describe(section: type[Any] | object) -> tuple[tuple[str, SettingDescription], ...]:
    """Name and description of each setting of a section, in the order they are shown."""
    return tuple((f.name, f.metadata["description"]) for f in fields(section))  # type: ignore[arg-type]


def _check(section: object) -> None:
    for name, description in describe(section):
        value = getattr(section, name)
        if value is None or isinstance(value, (bool, tuple)):
            continue
        if description.choices and value not in {choice for choice, _ in description.choices}:
            words = ", ".join(choice for choice, _ in description.choices)
            raise BadRequestError(f"{name} is {value!r}; it can be one of: {words}.")
        if description.minimum is not None and description.maximum is not None:
            low, high = description.minimum, description.maximum
            if not isinstance(value, (int, float)) or not low <= value <= high:
                raise BadRequestError(f"{name} is {value!r}; it must be from {low:g} to {high:g}.")


_DEFAULT_SYSTEM_PROMPT = "You are a helpful assistant. Answer clearly and briefly."


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationSettings:
    """How an answer is drawn from the model's probabilities."""

    system_prompt: str = setting(
        _DEFAULT_SYSTEM_PROMPT,
        title="System prompt",
        help="What the model is told before every conversation.",
        is_long_text=True,
        is_private=True,
    )
    max_tokens: int = setting(
        1024,
        title="Longest answer",
        help="An answer stops here at the latest; you can always ask it to go on.",
        unit="tokens",
        minimum=1,
        maximum=131072,
    )
    temperature: float = setting(
        0.3,
        title="Temperature",
        help="0 repeats the same answer exactly; higher values vary more.",
        minimum=0.0,
        maximum=2.0,
    )
    top_p: float = setting(
        0.95,
        title="Top p",
        help="Draw only from the most likely tokens that together reach this share; 1 is off.",
        minimum=0.01,
        maximum=1.0,
    )
    min_p: float = setting(
        0.0,
        title="Min p",
        help="Leave out tokens less likely than this share of the likeliest; 0 is off.",
        minimum=0.0,
        maximum=1.0,
    )
    repetition_penalty: float = setting(
        1.0,
        title="Repetition penalty",
        help="Above 1, tokens seen lately become less likely; 1 is off.",
        minimum=1.0,
        maximum=2.0,
    )
    seed: int | None = setting(
        None,
        title="Seed",
        help="The same seed, prompt and settings give the same answer; empty draws a new one.",
        minimum=0,
        maximum=2**32 - 1,
    )
    is_titled: bool = setting(
        True,
        title="Titles by the model",
        help="After its first answer a conversation gets a short title, written when idle.",
    )
    stop: tuple[str, ...] = setting(
        (),
        title="Stop texts",
        help="An answer ends before the first of these texts.",
        is_private=True,
    )

    def __post_init__(self) -> None:
        _check(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSettings:
    """Which model answers and how much memory it may use."""

    model: str = setting(
        "smollm2-135m",
        title="Model",
        help="The model loaded at start: its name in the catalogue, or the path of a local one.",
    )
    memory_share: float = setting(
        0.7,
        title="Memory share",
        help="The part of this machine's memory that model, context and caches may use together.",
        minimum=0.1,
        maximum=0.95,
    )
    kv_bits: str = setting(
        "off",
        title="Context precision",
        help="Fewer bits hold longer conversations in the same memory, a little less exactly.",
        choices=(("off", "Full"), ("8", "8 bits"), ("4", "4 bits")),
    )
    max_context_tokens: int = setting(
        0,
        title="Context limit",
        help="Conversations are fitted into this many tokens; 0 takes all the model can.",
        unit="tokens",
        minimum=0,
        maximum=1048576,
    )
    is_context_rolling: bool = setting(
        False,
        title="Rolling context",
        help="While one answer is written past the limit, forget its oldest tokens and say so.",
    )
    prompt_cache_mb: int = setting(
        1024,
        title="Prompt cache",
        help="Memory for conversations already read, so that the next turn starts at once.",
        unit="MB",
        minimum=0,
        maximum=65536,
    )
    speculation: str = setting(
        "lookup",
        title="Speculation",
        help="Guess several tokens at once and keep those the model agrees with.",
        choices=(
            ("off", "Off"),
            ("lookup", "Copy from the prompt"),
            ("draft", "Small draft model"),
        ),
    )
    draft_model: str = setting(
        "",
        title="Draft model",
        help="A small model with the same tokenizer, used when speculation is set to it.",
    )

    def __post_init__(self) -> None:
        _check(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class InterfaceSettings:
    """How the window looks."""

    theme: str = setting(
        "system",
        title="Appearance",
        help="Light, dark, or whatever the system uses.",
        choices=(("system", "Follow the system"), ("light", "Light"), ("dark", "Dark")),
    )
    reading_size_px: int = setting(
        15,
        title="Reading size",
        help="Size of the conversation's text.",
        unit="px",
        minimum=11,
        maximum=32,
    )
    text_percent: int = setting(
        100,
        title="Text size",
        help="Size of every word and sign in the app.",
        unit="%",
        minimum=80,
        maximum=200,
    )
    density: str = setting(
        "usual",
        title="Density",
        help="How much air lists and messages have.",
        choices=(("compact", "Compact"), ("usual", "Usual"), ("roomy", "Roomy")),
    )
    reading_font: str = setting(
        "system",
        title="Reading font",
        help="The typeface of the conversation's text.",
        choices=(("system", "System"), ("serif", "Serif"), ("monospace", "Monospace")),
    )
    is_motion_reduced: bool = setting(
        False,
        title="Reduce motion",
        help="Panels appear at once instead of sliding.",
    )
    shortcuts: tuple[str, ...] = setting(
        (),
        title="Shortcuts",
        help="What keys do; those you changed are kept here.",
    )
    is_notified: bool = setting(
        True,
        title="Notifications",
        help="Tell when a long answer or job ends while the window is out of sight.",
    )
    is_welcomed: bool = setting(
        False,
        title="Skip the welcome",
        help="The three screens of the first start were seen; turn off to see them once more.",
    )

    def __post_init__(self) -> None:
        _check(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickSettings:
    """The small window for quick questions, and how the app starts."""

    is_tray_shown: bool = setting(
        True,
        title="Menu-bar icon",
        help="An icon from which the quick question is asked.",
    )
    hotkey: str = setting(
        "Ctrl+Alt+Space",
        title="Quick question",
        help="These keys open the quick question from any app; empty for none.",
    )
    is_started_at_login: bool = setting(
        False,
        title="Open at login",
        help="The app starts with your session.",
    )
    is_speech_on: bool = setting(
        False,
        title="Speech",
        help="Answers can be read aloud, by voices of this machine only.",
    )
    voice: str = setting(
        "",
        title="Voice",
        help="The voice that reads aloud; empty takes the system's.",
    )

    def __post_init__(self) -> None:
        _check(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSettings:
    """What may leave this machine."""

    is_offline: bool = setting(
        False,
        title="Offline",
        help="Nothing is fetched from the network, not even a model that you ask for.",
    )

    def __post_init__(self) -> None:
        _check(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageSettings:
    """When the vault locks and how long things are kept."""

    lock_after_min: int = setting(
        15,
        title="Lock when idle",
        help="Lock after this long without a key or a click; 0 never does.",
        unit="minutes",
        minimum=0,
        maximum=1440,
    )
    is_locked_on_sleep: bool = setting(
        True, title="Lock on sleep", help="Lock when this computer goes to sleep."
    )
    is_locked_with_screen: bool = setting(
        True, title="Lock with the screen", help="Lock when the screen is locked."
    )
    trash_days: int = setting(
        30,
        title="Trash",
        help="What was deleted can come back for this long.",
        unit="days",
        minimum=1,
        maximum=365,
    )
    backups_kept: int = setting(
        7,
        title="Backups kept",
        help="One is made every day and before each update; the oldest go first.",
        unit="backups",
        minimum=1,
        maximum=100,
    )
    conversation_days: int = setting(
        0,
        title="Keep conversations",
        help="Older ones go to the trash; 0 keeps them for ever.",
        unit="days",
        minimum=0,
        maximum=36500,
    )
    page_days: int = setting(
        0,
        title="Keep web pages",
        help="Older ones go to the trash; 0 keeps them for ever.",
        unit="days",
        minimum=0,
        maximum=36500,
    )

    def __post_init__(self) -> None:
        _check(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class IntrospectionSettings:
    """What is measured in the model while the introspection panel is open."""

    profile: str = setting(
        "live",
        title="Measure",
        help="Live costs at most a tenth of the speed; everything costs more.",
        choices=(("live", "Live"), ("full", "Everything, at every token")),
    )
    tint: str = setting(
        "entropy",
        title="Tint",
        help="What the ground under the words shows.",
        choices=(
            ("entropy", "Entropy"),
            ("surprisal", "Surprise"),
            ("margin", "Margin"),
            ("commit", "Depth"),
        ),
    )
    is_doubt_shown: bool = setting(
        False,
        title="Show doubt in the chat",
        help="Answers that were measured are tinted where the model was unsure.",
    )
    lens_layers: int = setting(
        8,
        title="Lens layers",
        help="At how many layers the logit lens reads.",
        unit="layers",
        minimum=1,
        maximum=64,
    )
    attention_layers: int = setting(
        4,
        title="Attention layers",
        help="Of how many layers the attention is read.",
        unit="layers",
        minimum=1,
        maximum=128,
    )
    is_trace_kept: bool = setting(
        True,
        title="Keep measurements",
        help="What was measured is kept in the vault with its answer, to be looked at later.",
    )

    def __post_init__(self) -> None:
        _check(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All sections. A room gets its own section at birth and knows no other."""

    generation: GenerationSettings = field(default_factory=GenerationSettings)
    models: ModelSettings = field(default_factory=ModelSettings)
    interface: InterfaceSettings = field(default_factory=InterfaceSettings)
    storage: StorageSettings = field(default_factory=StorageSettings)
    quick: QuickSettings = field(default_factory=QuickSettings)
    network: NetworkSettings = field(default_factory=NetworkSettings)
    introspection: IntrospectionSettings = field(default_factory=IntrospectionSettings)
