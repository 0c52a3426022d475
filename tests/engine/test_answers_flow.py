"""Answers side by side, and the prompt that an answer was made from."""

from __future__ import annotations

import pytest

from engine.contract.chat_commands import (
    BranchConversation,
    CompareAnswers,
    Contender,
    ContinueAnswer,
    EditMessage,
    ExplainAnswer,
)
from engine.contract.chat_events import AnswerExplained, AnswersCompared
from engine.contract.commands import (
    StopGeneration,
)
from engine.contract.events import (
    MessageAdded,
    ModelLoaded,
    TextGenerated,
)
from engine.contract.message_tree import versions_of
from engine.contract.messages import FinishReason, Role
from engine.contract.settings import GenerationSettings
from engine.contract.vault_commands import ForgetItems
from tests.helpers.engine_reader import turn_of
from tests.helpers.exchanges import exchange, whole
from tests.helpers.launches import failure, only
from tests.helpers.tiny_model import write_tiny_model


@pytest.mark.feature("chat.compare", "One question is answered by several models side by side.")
def test_two_models_answer_one_question_and_the_first_is_loaded_again(brief, tiny_folder, tmp_path):
    engine = brief
    other = str(write_tiny_model(tmp_path / "other", seed=5))
    chat = engine.converse()

    events = engine.do(
        CompareAnswers(
            conversation_id=chat,
            text="Hello",
            contenders=(
                Contender(),
                Contender(model_id=other),
                Contender(model_id=other, generation=GenerationSettings(max_tokens=3)),
            ),
        )
    )

    told = only(events, AnswersCompared)
    tree = whole(engine, chat)
    answers = {m.id: m for m in tree.messages if m.role is Role.ASSISTANT}
    assert tuple(answers) == told.message_ids
    assert [m.stats.model for m in answers.values()] == [str(tiny_folder), other, other]
    assert answers[told.message_ids[2]].stats.completion_tokens == 3
    beside = versions_of(tree.messages, told.message_ids[0])
    assert tuple(m.id for m in beside) == told.message_ids
    loads = [e.model.id for e in events if isinstance(e, ModelLoaded)]
    assert loads == [other, str(tiny_folder)]


def test_a_side_that_fails_does_not_end_the_others(brief):
    engine = brief
    chat = engine.converse()
    question, first = exchange(engine, chat)

    events = engine.do(
        CompareAnswers(
            conversation_id=chat,
            message_id=question.id,
            contenders=(Contender(model_id="none"), Contender()),
        )
    )

    told = only(events, AnswersCompared)
    by_id = {m.id: m for m in whole(engine, chat).messages}
    failed, good = (by_id[id_] for id_ in told.message_ids)
    assert (failed.text, failed.finish_reason) == ("", FinishReason.FAILED)
    assert good.text == first.text
    assert failure(events).kind == "model_not_found"


def test_stopping_a_comparison_keeps_what_was_written_and_loads_the_first_again(
    brief, tiny_folder, tmp_path
):
    engine = brief
    other = str(write_tiny_model(tmp_path / "other", seed=5))
    chat = engine.converse()
    long = GenerationSettings(temperature=0.0, max_tokens=120)
    contenders = (Contender(model_id=other, generation=long), Contender(generation=long))
    job = engine.port.submit(
        CompareAnswers(conversation_id=chat, text="Hello", contenders=contenders)
    )
    engine.until(lambda e: isinstance(e, TextGenerated) and e.completion_tokens >= 3)

    engine.port.submit(StopGeneration(conversation_id=chat))

    assert engine.end_of(job).error.kind == "cancelled"
    engine.until(lambda e: isinstance(e, ModelLoaded) and e.model.id == str(tiny_folder))
    assert [m.finish_reason for m in whole(engine, chat).messages] == [None, FinishReason.STOPPED]


@pytest.mark.parametrize("contenders", [(), (Contender(),), (Contender(),) * 5])
def test_fewer_than_two_or_more_than_four_are_not_compared(brief, contenders):
    engine = brief
    chat = engine.converse()

    events = engine.do(CompareAnswers(conversation_id=chat, text="Hi", contenders=contenders))

    assert failure(events).kind == "bad_request"
    assert whole(engine, chat).messages == ()


@pytest.mark.feature("chat.explain", "The exact prompt an answer was made from can be read.")
def test_the_prompt_of_an_answer_is_told_to_the_letter_even_after_a_restart(kept, start):
    engine = kept
    chat = engine.converse()
    _, first = exchange(engine, chat)
    _, second = exchange(engine, chat, "And <|im_end|> then?")

    engine = start()
    told = only(
        engine.do(ExplainAnswer(conversation_id=chat, message_id=first.id)), AnswerExplained
    )

    assert told.prompt == (
        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHello<|im_end|>\n"
        "<|im_start|>assistant\n"
    )
    assert (told.is_exact, told.notice) == (True, "")
    assert told.prompt_tokens == first.stats.prompt_tokens
    later = only(
        engine.do(ExplainAnswer(conversation_id=chat, message_id=second.id)), AnswerExplained
    )
    assert later.is_exact
    assert later.prompt_tokens == second.stats.prompt_tokens


def test_a_continued_answer_is_explained_with_what_it_began_with(brief):
    engine = brief
    chat = engine.converse()
    _, first = exchange(engine, chat)
    longer = turn_of(engine.do(ContinueAnswer(conversation_id=chat, message_id=first.id))).message

    told = only(
        engine.do(ExplainAnswer(conversation_id=chat, message_id=longer.id)), AnswerExplained
    )

    assert told.is_exact
    assert told.prompt.endswith("<|im_start|>assistant\n" + first.text.rstrip("\ufffd"))


def test_a_prompt_that_had_to_be_cut_is_told_as_it_was_sent(brief):
    engine = brief
    chat = engine.converse()
    for number in range(5):
        _, last = exchange(engine, chat, f"{number} " + "word " * 8)

    told = only(engine.do(ExplainAnswer(conversation_id=chat, message_id=last.id)), AnswerExplained)

    assert told.is_exact
    assert told.left_out > 0
    assert "0 word" not in told.prompt


def test_an_answer_whose_question_was_forgotten_says_that_something_is_missing(brief):
    engine = brief
    chat = engine.converse()
    exchange(engine, chat)
    question, last = exchange(engine, chat, "And then?")
    engine.do(ForgetItems(item_ids=(question.id,)))

    told = only(engine.do(ExplainAnswer(conversation_id=chat, message_id=last.id)), AnswerExplained)

    assert not told.is_exact
    assert told.notice


def test_an_answer_by_hand_has_no_prompt_of_its_own(brief):
    engine = brief
    chat = engine.converse()
    question, first = exchange(engine, chat)
    edited = only(
        engine.do(EditMessage(conversation_id=chat, message_id=first.id, text="42")), MessageAdded
    ).message

    told = only(
        engine.do(ExplainAnswer(conversation_id=chat, message_id=edited.id)), AnswerExplained
    )

    assert not told.is_exact
    assert (
        failure(engine.do(ExplainAnswer(conversation_id=chat, message_id=question.id))).kind
        == "bad_request"
    )


def test_the_answers_of_a_branch_are_explained_too(brief):
    engine = brief
    chat = engine.converse()
    exchange(engine, chat)
    _, second = exchange(engine, chat, "And then?")
    engine.do(
        BranchConversation(
            conversation_id=chat, message_id=second.id, new_conversation_id="conv_branch"
        )
    )

    for message in whole(engine, "conv_branch").messages:
        if message.role is Role.ASSISTANT:
            ask = ExplainAnswer(conversation_id="conv_branch", message_id=message.id)
            assert only(engine.do(ask), AnswerExplained).is_exact
