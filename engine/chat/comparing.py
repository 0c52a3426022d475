"""One question, several answers beside each other: by other models, or drawn in other ways.

Runs on: io; the answers are written on compute, one after the other.
"""

from __future__ import annotations

import asyncio
import logging

from engine.chat.answer import Publish
from engine.chat.answering import Ask, answer, load_for
from engine.chat.conversations import question_of
from engine.chat.turn import Chat, in_turn, say
from engine.contract.chat_commands import CompareAnswers, Contender
from engine.contract.chat_events import AnswersCompared
from engine.contract.commands import SendMessage
from engine.contract.errors import BadRequestError, EngineError
from engine.contract.events import MessageAdded, TurnFinished
from engine.contract.messages import FinishReason, Role

_FEWEST, _MOST = 2, 4

_log = logging.getLogger(__name__)


async def compare(chat: Chat, command: CompareAnswers, publish: Publish) -> None:
    """Every contender has answered or failed, and the model of before answers again.

    Raises:
        BadRequestError: There is no question, or not two to four contenders.
        EngineError: What the first one failed with, once all have had their turn.
    """
    if not _FEWEST <= len(command.contenders) <= _MOST:
        raise BadRequestError(f"Compare {_FEWEST} to {_MOST} answers.")
    if not command.message_id and not command.text.strip():
        raise BadRequestError("There is nothing to send yet.", action="Write something first.")
    async with in_turn(chat, command.conversation_id):
        question_id = await _question(chat, command, publish)
        loaded = chat.models.loaded
        before = loaded.info.id if loaded is not None else ""
        answers: list[str] = []
        errors: list[EngineError] = []
        try:
            for contender in command.contenders:
                try:
                    await _answer(chat, command.conversation_id, question_id, contender, publish)
                except EngineError as error:
                    errors.append(error)
                answers.append(chat.conversations.get(command.conversation_id).messages[-1].id)
            await load_for(chat, before, publish)
        except asyncio.CancelledError:
            # Who stops does not wait for a model.
            _load_beside(chat, before, publish)
            raise
        publish(
            AnswersCompared(
                conversation_id=command.conversation_id,
                question_id=question_id,
                message_ids=tuple(answers),
            )
        )
    if errors:
        raise errors[0]


async def _question(chat: Chat, command: CompareAnswers, publish: Publish) -> str:
    conversation = chat.conversations.get(command.conversation_id)
    if command.message_id:
        return question_of(conversation, command.message_id).id
    said = await say(chat, SendMessage(conversation_id=conversation.id, text=command.text), publish)
    return said.id


async def _answer(
    chat: Chat, conversation_id: str, question_id: str, contender: Contender, publish: Publish
) -> None:
    try:
        await load_for(chat, contender.model_id, publish)
    except EngineError:
        await _note_failure(chat, conversation_id, question_id, publish)
        raise
    ask = Ask(
        conversation_id=conversation_id, question_id=question_id, generation=contender.generation
    )
    await answer(chat, ask, publish)


async def _note_failure(
    chat: Chat, conversation_id: str, question_id: str, publish: Publish
) -> None:
    """There is an empty answer in the place of one that could not be begun."""
    failed = chat.conversations.add_message(
        conversation_id,
        Role.ASSISTANT,
        parent_id=question_id,
        finish_reason=FinishReason.FAILED,
    )
    publish(MessageAdded(conversation_id=conversation_id, message=failed))
    publish(TurnFinished(conversation_id=conversation_id, message=failed))
    await chat.keeping.message(conversation_id, failed)


def _load_beside(chat: Chat, model_id: str, publish: Publish) -> None:
    task = asyncio.get_running_loop().create_task(_load_quietly(chat, model_id, publish))
    chat.beside.add(task)
    task.add_done_callback(chat.beside.discard)


async def _load_quietly(chat: Chat, model_id: str, publish: Publish) -> None:
    try:
        await load_for(chat, model_id, publish)
    except EngineError as error:
        # Nobody waits for it any more; the window shows which model is loaded.
        _log.warning("the model of before the comparison was not loaded: %s", error.kind)
