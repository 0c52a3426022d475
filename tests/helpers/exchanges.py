"""Questions and answers through the real engine, and the tree that they make."""

from __future__ import annotations

from engine.contract.commands import ListConversations, SendMessage
from engine.contract.events import ConversationsListed, MessageAdded
from engine.contract.message_tree import shown_path
from engine.contract.messages import Conversation, Message
from engine.contract.settings import GenerationSettings, Settings
from tests.helpers.engine_reader import EngineReader, turn_of
from tests.helpers.launches import only

SHORT = Settings(
    generation=GenerationSettings(system_prompt="Be brief.", temperature=0.0, max_tokens=8)
)
# Too long to end while a test looks at the first tokens.
LONG = Settings(generation=GenerationSettings(temperature=0.0, max_tokens=150))
VARIED = GenerationSettings(temperature=1.0, max_tokens=8)


def whole(engine: EngineReader, conversation_id: str) -> Conversation:
    """The conversation as it stands, all versions included."""
    listed = only(engine.do(ListConversations()), ConversationsListed).conversations
    return next(each for each in listed if each.id == conversation_id)


def path(engine: EngineReader, conversation_id: str) -> list[str]:
    """The texts that are shown."""
    return [message.text for message in shown_path(whole(engine, conversation_id))]


def exchange(
    engine: EngineReader, conversation_id: str, text: str = "Hello"
) -> tuple[Message, Message]:
    """The question and its answer, said and written."""
    events = engine.do(SendMessage(conversation_id=conversation_id, text=text))
    return only(events, MessageAdded).message, turn_of(events).message
