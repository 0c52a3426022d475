from __future__ import annotations

import asyncio
import types

import pytest

from engine.chat.conversations import Conversations
from engine.chat.titles import Titles, clean_title, first_exchange
from engine.contract.commands import RenameConversation
from engine.contract.errors import ModelNotLoadedError
from engine.contract.events import ConversationChanged, TurnFinished
from engine.contract.messages import FinishReason, Role, TitleSource
from tests.helpers.engine_reader import EngineReader

EXCHANGE = ("Why do herons stand on one leg?", "It keeps them warm: one leg loses less heat.")


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Herons on one leg", "Herons on one leg"),
        ('Title: "Standing herons."', "Standing herons"),
        ("**Herons and heat**\nThey stand", "Herons and heat"),
        ("\n\n  Heron legs  ", "Heron legs"),
        ("", ""),
        ("!", ""),
        ("I am sorry, I cannot name herons", ""),
        ("Here is a title: herons", ""),
        ("Astronomy of distant galaxies", ""),
        ("leg leg leg leg", ""),
        ("Herons", ""),
        ("<b>herons</b>", ""),
        ("Herons stand on one leg because it keeps them warm in the cold water of the lake", ""),
    ],
)
def test_a_title_is_tidied_or_thrown_away(written, title):
    assert clean_title(written, EXCHANGE) == title


def test_a_title_in_a_script_without_spaces_is_judged_by_its_letters():
    assert clean_title("東京の天気", ("東京の天気はどう?", "晴れです。")) == "東京の天気"
    assert clean_title("猫", ("東京の天気はどう?", "晴れです。")) == ""


class Desk:
    """A chat with one answered question, and a writer of titles that says what it is told."""

    def __init__(self, written="Heron legs", **fields):
        self.conversations = Conversations()
        self.conversations.create("c", **fields)
        question = self.conversations.add_message("c", Role.USER, EXCHANGE[0])
        self.answer = self.conversations.add_message(
            "c", Role.ASSISTANT, EXCHANGE[1], finish_reason=FinishReason.STOP
        )
        self.question = question
        self.kept, self.events, self.asked = [], [], []
        self.chat = types.SimpleNamespace(
            conversations=self.conversations,
            writing={},
            vault=types.SimpleNamespace(is_closed=False),
            models=types.SimpleNamespace(loaded=True),
            keeping=types.SimpleNamespace(conversation=self.keep),
        )
        self.written = written
        self.titles = Titles(self.chat, self.events.append, write=self.write, quiet_s=0.0)

    async def keep(self, conversation_id):
        self.kept.append(conversation_id)

    async def write(self, _chat, exchange):
        self.asked.append(exchange)
        if isinstance(self.written, Exception):
            raise self.written
        return self.written

    def title(self):
        return self.conversations.get("c").title

    def run(self, *, during=None, turns=1):
        """Turns of the conversation end, and what waits is done."""

        async def conduct():
            for _ in range(turns):
                self.titles.listen(TurnFinished(conversation_id="c", message=self.answer))
                if during:
                    during()
                await self.titles._task

        asyncio.run(conduct())


def test_an_answered_conversation_gets_a_title_and_everybody_knows():
    desk = Desk()
    desk.run()

    assert desk.title() == "Heron legs"
    assert desk.conversations.get("c").title_source is TitleSource.MODEL
    assert desk.kept == ["c"]
    assert isinstance(desk.events[0], ConversationChanged)
    assert desk.asked == [EXCHANGE]


def test_it_is_tried_once():
    desk = Desk(written="Nothing of the kind")
    desk.run(turns=2)

    assert desk.title() == EXCHANGE[0]
    assert len(desk.asked) == 1


@pytest.mark.parametrize(
    "fields", [{"title": "Mine"}, {"is_temporary": True}], ids=["named by hand", "temporary"]
)
def test_some_conversations_are_left_alone(fields):
    desk = Desk(**fields)
    desk.run()

    assert desk.asked == []


def test_a_name_the_user_gives_meanwhile_stays():
    desk = Desk()

    async def slow(_chat, _exchange):
        desk.conversations.rename("c", "My herons")
        return "Heron legs"

    desk.titles = Titles(desk.chat, desk.events.append, write=slow, quiet_s=0.0)
    desk.run()

    assert desk.title() == "My herons"


def test_a_question_goes_before_a_title():
    desk = Desk()
    desk.chat.writing["other"] = None
    looked = []

    async def patient():
        desk.titles.listen(TurnFinished(conversation_id="c", message=desk.answer))
        for _ in range(20):
            await asyncio.sleep(0)
        looked.append(list(desk.asked))
        desk.chat.writing.clear()
        await desk.titles._task

    asyncio.run(patient())

    assert looked == [[]]
    assert desk.title() == "Heron legs"


def test_an_error_leaves_the_first_words():
    desk = Desk(written=ModelNotLoadedError("No model is loaded."))
    desk.run()

    assert desk.title() == EXCHANGE[0]


def test_nothing_is_named_in_a_locked_vault():
    desk = Desk()
    desk.run(during=lambda: setattr(desk.chat.vault, "is_closed", True))

    assert desk.asked == []


def test_a_conversation_without_an_answer_has_no_exchange():
    desk = Desk()
    assert first_exchange(desk.conversations.get("c")) == EXCHANGE
    desk.conversations.create("d")
    assert first_exchange(desk.conversations.get("d")) is None


@pytest.mark.feature("chats.automatic_titles")
def test_the_real_model_names_a_conversation(starter_model_path, tmp_path, resources):
    """A conversation gets a short title by the model after its first answer, when it is idle."""
    from tests.helpers.launches import Launches

    launches = Launches(tmp_path, resources, starter_model_path)
    try:
        engine: EngineReader = launches()
        conversation = engine.converse()
        engine.ask(conversation, "What is the capital of France?", max_tokens=60)

        named = engine.until(
            lambda event: (
                isinstance(event, ConversationChanged)
                and event.conversation.title_source is TitleSource.MODEL
            )
        ).conversation

        assert named.id == conversation
        assert "France" in named.title
        engine.do(RenameConversation(conversation_id=conversation, title="Mine"))
    finally:
        launches.end()
