"""Why an answer is as it is: the prompt it was made from, told exactly or with what differs.

Runs on: io; rendering runs on compute.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.chat.history import FittedPrompt, prompt_of
from engine.contract.chat_events import AnswerExplained
from engine.contract.messages import Message
from engine.contract.settings import GenerationSettings
from engine.models.chat_template import ChatTemplate
from engine.storage.recipes import Recipe

if TYPE_CHECKING:
    from engine.models.loaded import LoadedModel

_NO_MODEL = "No model is loaded, so the messages are shown without what its template puts round."
_OTHER_MODEL = "Another model is loaded, so this is written as that one would read it."
_NOT_KEPT = "How this answer was asked for was not kept; this is how it would be asked for now."
_DIFFERS = (
    "Something it was made from was forgotten or has changed, so this is not letter for letter."
)
_GONE = "The question it answers is not there any more."


def digest_of(tokens: Sequence[int]) -> str:
    """What tells one prompt from every other."""
    return hashlib.sha256(struct.pack(f"<{len(tokens)}I", *tokens)).hexdigest()


def recipe_of(
    message: Message,
    loaded: LoadedModel,
    settings: GenerationSettings,
    messages: Sequence[Message],
    fitted: FittedPrompt,
    continued: Message | None,
) -> Recipe:
    """What this answer's prompt is made of."""
    kept = messages[len(fitted.cut_ids) :]
    return Recipe(
        message_id=message.id,
        system_prompt=settings.system_prompt,
        first_id=kept[0].id if kept else "",
        question_id=kept[-1].id if kept else "",
        messages=len(kept),
        left_out=len(fitted.cut_ids),
        continued_id=continued.id if continued is not None else "",
        model_key=loaded.key,
        prompt_tokens=len(fitted.tokens),
        digest=digest_of(fitted.tokens),
    )


def copied(recipe: Recipe, ids: Mapping[str, str]) -> Recipe | None:
    """The recipe of a copy of the answer; None if something it needs was not copied."""
    named = (recipe.message_id, recipe.first_id, recipe.question_id)
    if recipe.continued_id or any(name and name not in ids for name in named):
        return None
    message_id, first_id, question_id = (ids.get(name, "") for name in named)
    return replace(recipe, message_id=message_id, first_id=first_id, question_id=question_id)


def explain(
    conversation_id: str,
    message: Message,
    recipe: Recipe | None,
    messages: Sequence[Message],
    *,
    settings: GenerationSettings,
    continued: Message | None,
    loaded: LoadedModel | None,
    own: Sequence[int] = (),
) -> AnswerExplained:
    """The prompt of an answer. Runs on: compute.

    Args:
        conversation_id: Where the answer is.
        message: The answer.
        recipe: None if none was kept.
        messages: All that was said before it, as the model was given it.
        settings: Those that hold now, for an answer without a recipe.
        continued: The answer it goes on with, if the recipe names one that is there.
        loaded: The model that would read it now, if there is one.
        own: The answer's tokens, if they are known: it may have been begun with the first of them.
    """
    system = settings.system_prompt if recipe is None else recipe.system_prompt
    kept = messages[-recipe.messages :] if recipe is not None and recipe.messages else messages
    if recipe is not None and not recipe.messages:
        kept = ()
    notice, tokens = "", 0
    if loaded is None:
        text, notice = _plain(system, kept), _NO_MODEL
    else:
        ids, _ = prompt_of(loaded.tokenizer, system, kept, continued)
        ids = begun(recipe, ids, own) or ids
        text, tokens = loaded.tokenizer.decode(ids), len(ids)
        notice = _difference(recipe, loaded, ids)
    if not messages and recipe is not None and recipe.messages:
        notice = _GONE
    return AnswerExplained(
        conversation_id=conversation_id,
        message_id=message.id,
        prompt=text,
        prompt_tokens=tokens if recipe is None else recipe.prompt_tokens,
        is_exact=not notice,
        notice=notice,
        left_out=0 if recipe is None else recipe.left_out,
    )


def begun(recipe: Recipe | None, prompt: Sequence[int], own: Sequence[int]) -> list[int]:
    """The prompt with as many of the answer's own tokens as it was begun with, if it was so."""
    more = recipe.prompt_tokens - len(prompt) if recipe is not None else 0
    whole = [*prompt, *own[: max(more, 0)]]
    return whole if recipe is not None and recipe.digest == digest_of(whole) else []


def _difference(recipe: Recipe | None, loaded: LoadedModel, ids: Sequence[int]) -> str:
    if recipe is None:
        return _NOT_KEPT
    if recipe.digest == digest_of(ids):
        return ""
    return _DIFFERS if recipe.model_key == loaded.key else _OTHER_MODEL


def _plain(system: str, messages: Sequence[Message]) -> str:
    turns = [("system", system)] if system else []
    turns += [(message.role.value, message.text) for message in messages]
    return ChatTemplate(None, {}).render(turns, add_generation_prompt=True)
