"""How the next prompt would fill the context.

Runs on: io; counts on compute.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.chat.answer import Publish
from engine.chat.answering import count_ahead, limit_tokens_of, said_before
from engine.chat.conversations import end_of, spoken
from engine.chat.effective import generation_of
from engine.chat.file_costs import draft_tokens, said_tokens
from engine.chat.history import Budget
from engine.chat.turn import Chat
from engine.contract.commands import MeasureContext
from engine.contract.events import ContextMeasured
from engine.contract.messages import Message
from engine.contract.settings import GenerationSettings
from engine.models.loaded import LoadedModel
from engine.runtime.compute import Priority


async def measure(chat: Chat, command: MeasureContext, publish: Publish) -> None:
    """How the next prompt would fill the context is known."""
    conversation = chat.conversations.get(command.conversation_id)
    settings = await generation_of(chat, conversation)
    messages = await said_before(chat, conversation, end_of(conversation))
    async with chat.models.using() as loaded:
        await count_ahead(chat, loaded, messages)
        said = await said_tokens(chat, loaded, spoken(conversation, end_of(conversation)))
        drafted = await draft_tokens(chat, loaded, command.attachment_ids, publish)
        measured = await chat.compute.call(
            lambda: _measure(
                chat, conversation.id, messages, loaded, settings, command.draft, (said, drafted)
            ),
            priority=Priority.INTERACTIVE,
        )
    publish(measured)


def _measure(
    chat: Chat,
    conversation_id: str,
    messages: Sequence[Message],
    loaded: LoadedModel,
    settings: GenerationSettings,
    draft: str,
    files: tuple[int, int],
) -> ContextMeasured:
    """Counts, on compute. What the template adds round a message is counted with the message."""
    head, exchange = chat.history.frame(loaded.key, loaded.tokenizer, settings.system_prompt)
    sizes = [chat.history.count(loaded.key, loaded.tokenizer, m) for m in messages]
    total = sum(sizes)
    said, drafted = files
    history = total - said + exchange * ((len(messages) + 1) // 2)
    draft_tokens = len(loaded.tokenizer.encode(draft, with_special=False)) if draft else 0
    limit = limit_tokens_of(loaded, chat.settings.models)
    budget = Budget.of(limit, settings.max_tokens)
    room = budget.prompt_tokens - head - draft_tokens - drafted
    cut = 0
    while cut < len(messages) and total + exchange * ((len(messages) - cut) // 2) > room:
        total -= sizes[cut]
        cut += 1
    return ContextMeasured(
        conversation_id=conversation_id,
        system_tokens=head,
        history_tokens=history,
        draft_tokens=draft_tokens,
        document_tokens=said + drafted,
        answer_tokens=budget.answer_tokens,
        limit_tokens=limit,
        cut_messages=cut,
    )
