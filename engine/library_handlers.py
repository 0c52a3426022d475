"""Commands to folders, presets and prompts, and search.

Runs on: io; the disk is the store's business, on threads of its own.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from engine.chat.answer import Publish
from engine.chat.searching import search
from engine.chat.starters import starters
from engine.contract import library_commands as commands
from engine.contract.errors import BadRequestError
from engine.contract.library import Preset, PromptTemplate
from engine.contract.library_events import LibraryListed
from engine.contract.settings import GenerationSettings
from engine.storage import library
from engine.storage.database import Writer

if TYPE_CHECKING:
    from engine.chat.turn import Chat

_NAME_LETTERS = 100
_TEXT_LETTERS = 100_000
# What "/" in the composer can complete without asking where the name ends.
_PROMPT_NAME = re.compile(r"[^\W_]+(?:-[^\W_]+)*")


async def list_library(
    chat: Chat,
    command: commands.ListLibrary,  # noqa: ARG001 - every handler has the same shape
    publish: Publish,
) -> None:
    """All folders, presets and prompts were told; a new vault has a few to begin with."""
    if not await chat.vault.store.read(library.is_offered):
        codec, items = chat.vault.codec, starters(time.time())
        await chat.vault.store.write(lambda writer: library.offer(writer, codec, items))
    await _tell(chat, publish)


async def save_folder(chat: Chat, command: commands.SaveFolder, publish: Publish) -> None:
    """The folder is there under its name.

    Raises:
        BadRequestError: It has no name, or too long a one.
    """
    await _save(chat, replace(command.folder, name=_named(command.folder.name)), publish)


async def save_preset(chat: Chat, command: commands.SavePreset, publish: Publish) -> None:
    """The preset is as told.

    Raises:
        BadRequestError: A name is missing, or a number is out of its range.
    """
    preset = replace(command.preset, name=_named(command.preset.name))
    _check_preset(preset)
    await _save(chat, preset, publish)


async def save_prompt(chat: Chat, command: commands.SavePrompt, publish: Publish) -> None:
    """The prompt is in the library.

    Raises:
        BadRequestError: Its name cannot be typed after "/", or is taken; or it has no text.
    """
    prompt = replace(command.prompt, name=_named(command.prompt.name).lstrip("/"))
    _check_prompt(prompt)
    await _save(chat, replace(prompt, title=prompt.title.strip() or prompt.name), publish)


async def delete(chat: Chat, command: commands.DeleteFromLibrary, publish: Publish) -> None:
    """The thing is out of its list; conversations that were in a folder stay."""
    await _change(chat, publish, lambda w: library.remove_item(w, command.item_id, time.time()))


async def restore(chat: Chat, command: commands.RestoreToLibrary, publish: Publish) -> None:
    """The thing is back, and a folder has its conversations again."""
    await _change(chat, publish, lambda w: library.restore_item(w, command.item_id, time.time()))


async def search_messages(chat: Chat, command: commands.SearchMessages, publish: Publish) -> None:
    """What holds the words was told."""
    publish(await search(chat, command))


async def _save(chat: Chat, item: library.Item, publish: Publish) -> None:
    codec, now_s = chat.vault.codec, time.time()
    await _change(chat, publish, lambda writer: library.save_item(writer, codec, item, now_s))


async def _change(chat: Chat, publish: Publish, change: Callable[[Writer], None]) -> None:
    await chat.vault.store.write(change)
    await _tell(chat, publish)


async def _tell(chat: Chat, publish: Publish) -> None:
    codec = chat.vault.codec
    folders, presets, prompts = await chat.vault.store.read(
        lambda reader: library.load_library(reader, codec)
    )
    publish(LibraryListed(folders=folders, presets=presets, prompts=prompts))


def _named(name: str) -> str:
    line = " ".join(name.split())
    if not line:
        raise BadRequestError("It needs a name. Nothing was changed.")
    if len(line) > _NAME_LETTERS:
        raise BadRequestError(f"A name has at most {_NAME_LETTERS} letters. Nothing was changed.")
    return line


def _check_preset(preset: Preset) -> None:
    given = {name: value for name, value in asdict(preset.sampling).items() if value is not None}
    # Checks each number by the setting it stands in for.
    replace(GenerationSettings(), **given)
    _check_length(preset.system_prompt or "")


def _check_prompt(prompt: PromptTemplate) -> None:
    if not _PROMPT_NAME.fullmatch(prompt.name):
        raise BadRequestError(
            "The name of a prompt has letters, digits and hyphens only.",
            action="It is what is typed after / in the composer.",
        )
    if not prompt.text.strip():
        raise BadRequestError("A prompt needs a text. Nothing was changed.")
    _check_length(prompt.text)


def _check_length(text: str) -> None:
    if len(text) > _TEXT_LETTERS:
        raise BadRequestError(
            f"This text has more than {_TEXT_LETTERS:,} letters. Nothing was changed."
        )
