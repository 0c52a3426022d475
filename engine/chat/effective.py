"""Which settings hold in a conversation: its own, else its preset's, else those of the settings.

Runs on: io; the preset is read on the store's threads.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from engine.contract.library import Preset, SamplingOverrides
from engine.contract.messages import Conversation
from engine.contract.settings import GenerationSettings
from engine.storage.library import load_preset

if TYPE_CHECKING:
    from engine.chat.turn import Chat


async def generation_of(
    chat: Chat, conversation: Conversation, given: GenerationSettings | None = None
) -> GenerationSettings:
    """How the next answer is drawn, and the system prompt that goes before it.

    Args:
        chat: Where the settings and the presets are.
        conversation: Whose answer it is.
        given: Sampling for this one answer, which nothing overrides.

    Raises:
        BadRequestError: An override cannot be used.
        StorageError: The preset cannot be read.
    """
    preset = await preset_of(chat, conversation.preset_id)
    settings = chat.settings.generation if given is None else given
    if given is None and preset is not None:
        settings = overridden(settings, preset.sampling)
    if given is None:
        settings = overridden(settings, conversation.sampling)
    prompts = (conversation.system_prompt, preset.system_prompt if preset else None)
    own = next((prompt for prompt in prompts if prompt is not None), settings.system_prompt)
    return replace(settings, system_prompt=own.strip())


def overridden(settings: GenerationSettings, overrides: SamplingOverrides) -> GenerationSettings:
    """The settings with what differs.

    Raises:
        BadRequestError: A value is out of its range.
    """
    differing = {name: value for name, value in asdict(overrides).items() if value is not None}
    return replace(settings, **differing) if differing else settings


async def preset_of(chat: Chat, preset_id: str) -> Preset | None:
    """The preset; None for none, or one that was removed."""
    if not preset_id:
        return None
    codec = chat.vault.codec
    return await chat.vault.store.read(lambda reader: load_preset(reader, codec, preset_id))
