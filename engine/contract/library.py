"""What the user keeps for use in many conversations: folders, presets and prompts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingOverrides:
    """Sampling that differs from the settings; None leaves what the settings say."""

    temperature: float | None = None
    top_p: float | None = None
    min_p: float | None = None
    repetition_penalty: float | None = None
    max_tokens: int | None = None
    seed: int | None = None


NO_OVERRIDES = SamplingOverrides()


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A folder of the sidebar."""

    id: str
    name: str
    created_at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A persona: how the model is told to be, and how its answers are drawn.

    Attributes:
        name: What the window shows.
        system_prompt: None leaves that of the settings.
        model_id: Asked for when a conversation with this preset begins; empty keeps any.
    """

    id: str
    name: str
    created_at_s: float
    system_prompt: str | None = None
    sampling: SamplingOverrides = NO_OVERRIDES
    model_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptTemplate:
    """A prompt of the library.

    Attributes:
        name: Typed after "/" in the composer; letters, digits and hyphens.
        text: `{{name}}` stands for a variable that is asked for, `{{clipboard}}`, `{{date}}` and
            `{{selection}}` are filled in by the window.
    """

    id: str
    name: str
    title: str
    text: str
    created_at_s: float
