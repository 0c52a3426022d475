"""The prompt of an answer, made once more, token by token the same.

Runs on: io; rendering runs on compute.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.chat.continuing import begun_with
from engine.chat.history import prompt_of
from engine.chat.recipes import begun
from engine.contract.errors import BadRequestError
from engine.contract.messages import Conversation, Message
from engine.contract.signals import Trace
from engine.runtime.compute import Priority

if TYPE_CHECKING:
    from engine.chat.turn import Chat
    from engine.models.loaded import LoadedModel


async def prompt_again(
    chat: Chat,
    loaded: LoadedModel,
    trace: Trace,
    message: Message,
    conversation: Conversation,
    messages: Sequence[Message],
) -> tuple[int, ...]:
    """The prompt's tokens, without those of the answer itself that were measured.

    Args:
        chat: Where recipes are.
        loaded: Whose tokens they are.
        trace: What was measured of the answer; its tokens may begin with an answer's beginning.
        message: The answer.
        conversation: Where it is.
        messages: What was said before it, as the model is given it.

    Raises:
        BadRequestError: Something it was made from was forgotten or has changed.
    """
    recipe = await chat.keeping.recipe(message.id)
    if recipe is None:
        raise BadRequestError("How this answer was asked for was not kept.")
    kept = messages[-recipe.messages :] if recipe.messages else ()
    continued = begun_with(conversation, recipe.continued_id)
    base, _ = await chat.compute.call(
        lambda: prompt_of(loaded.tokenizer, recipe.system_prompt, kept, continued),
        priority=Priority.INTERACTIVE,
    )
    if begun(recipe, base, [token.token_id for token in trace.tokens]):
        return tuple(base)
    raise BadRequestError(
        "Something this answer was made from was forgotten or has changed, so its prompt cannot "
        "be made again."
    )
