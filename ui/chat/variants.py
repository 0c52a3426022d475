"""Other ways to draw the same answer: the settings that a preset or a choice stands for."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from engine.contract.library import Preset, SamplingOverrides
from engine.contract.settings import GenerationSettings
from ui import text_message as words
from ui.chat.conversation_entry import ConversationEntry


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to draw an answer.

    Attributes:
        name: What the window calls it.
        generation: None takes what holds for the conversation.
        model_id: Empty takes the loaded one.
    """

    name: str
    generation: GenerationSettings | None = None
    model_id: str = ""


def overridden(settings: GenerationSettings, by: SamplingOverrides) -> GenerationSettings:
    """The settings, where the overrides say nothing else."""
    named = {field.name: getattr(by, field.name) for field in fields(by)}
    return replace(settings, **{name: value for name, value in named.items() if value is not None})


def holding(
    settings: GenerationSettings, entry: ConversationEntry | None, presets: tuple[Preset, ...]
) -> GenerationSettings:
    """What holds in a conversation: its own before its preset's before the settings."""
    if entry is None:
        return settings
    preset = next((one for one in presets if one.id == entry.preset_id), None)
    if preset is not None:
        settings = of_preset(settings, preset)
    if entry.system_prompt is not None:
        settings = replace(settings, system_prompt=entry.system_prompt)
    return overridden(settings, entry.sampling)


def of_preset(settings: GenerationSettings, preset: Preset) -> GenerationSettings:
    """The settings that the preset asks for."""
    if preset.system_prompt is not None:
        settings = replace(settings, system_prompt=preset.system_prompt)
    return overridden(settings, preset.sampling)


def variants(settings: GenerationSettings, presets: tuple[Preset, ...]) -> tuple[Variant, ...]:
    """As it is set, exact, freer, and each preset."""
    return (
        Variant(words.AS_SET),
        Variant(words.AGAIN_EXACT, replace(settings, temperature=0.0)),
        Variant(words.AGAIN_FREE, replace(settings, temperature=1.0)),
        *(Variant(preset.name, of_preset(settings, preset), preset.model_id) for preset in presets),
    )
