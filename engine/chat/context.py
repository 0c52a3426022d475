"""How the next prompt would fill the context.

Runs on: io; counts on compute.
"""

from __future__ import annotations

from engine.chat.answer import Publish
from engine.chat.conversations import spoken
from engine.chat.history import Budget
from engine.chat.turn import Chat, limit_tokens_of, system_prompt_of
from engine.contract.commands import MeasureContext
from engine.contract.events import ContextMeasured
from engine.contract.messages import Conversation
from engine.models.loaded import LoadedModel
from engine.runtime.compute import Priority


async def measure(chat: Chat, command: MeasureContext, publish: Publish) -> None:
    """How the next prompt would fill the context is known."""
    conversation = chat.conversations.get(command.conversation_id)
    async with chat.models.using() as loaded:
        measured = await chat.compute.call(
            lambda: _measure(chat, conversation, loaded, command.draft),
            priority=Priority.INTERACTIVE,
        )
    publish(measured)


def _measure(
    chat: Chat, conversation: Conversation, loaded: LoadedModel, draft: str
) -> ContextMeasured:
    """Counts, on compute. What the template adds round a message is counted with the message."""
    system = system_prompt_of(conversation, chat.settings.generation)
    head, exchange = chat.history.frame(loaded.key, loaded.tokenizer, system)
    messages = spoken(conversation)
    sizes = [chat.history.count(loaded.key, loaded.tokenizer, m) for m in messages]
    history = sum(sizes) + exchange * ((len(messages) + 1) // 2)
    draft_tokens = len(loaded.tokenizer.encode(draft, with_special=False)) if draft else 0
    limit = limit_tokens_of(loaded, chat.settings.models)
    budget = Budget.of(limit, chat.settings.generation.max_tokens)
    room = budget.prompt_tokens - head - draft_tokens
    cut = 0
    while cut < len(messages) and sum(sizes[cut:]) + exchange * ((len(messages) - cut) // 2) > room:
        cut += 1
    return ContextMeasured(
        conversation_id=conversation.id,
        system_tokens=head,
        history_tokens=history,
        draft_tokens=draft_tokens,
        answer_tokens=budget.answer_tokens,
        limit_tokens=limit,
        cut_messages=cut,
    )
