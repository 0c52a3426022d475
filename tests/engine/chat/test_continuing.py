"""Where an answer goes on: the prompt is what the model had read and written by then."""

from __future__ import annotations

import pytest
import tokenizers

from engine.chat.continuing import opening_of
from engine.chat.history import Budget, History, prompt_of
from engine.contract.errors import PromptTooLongError
from engine.contract.messages import Message, Role
from engine.models.tokenizer import SpecialTokens, Tokenizer
from tests.engine.models.tiny_models import TEMPLATE, tiny_backend

END = 263
OPENS_THINKING = TEMPLATE.replace("assistant\n{% endif %}", "assistant\n<think>\n{% endif %}")
SPACED = (
    "{% for m in messages %}{% if m['role'] == 'user' %}[{{ m['content'] }}]"
    "{% else %} {{ m['content'] }};{% endif %}{% endfor %}"
)


def tokenizer_with(template=TEMPLATE, *, thinks=False):
    backend = tiny_backend()
    if thinks:
        backend.add_tokens(
            [tokenizers.AddedToken(text, special=False) for text in ("<think>", "</think>")]
        )
    special = SpecialTokens(eos=frozenset({END}), names={"eos_token": "<|im_end|>"})
    return Tokenizer(backend, special=special, template=template)


def answer(text, reasoning=""):
    return Message(id="m1", role=Role.ASSISTANT, text=text, created_at_s=2.0, reasoning=reasoning)


QUESTION = Message(id="m0", role=Role.USER, text="Why?", created_at_s=1.0)


def prompt(tokenizer, continued):
    ids, is_reasoning = prompt_of(tokenizer, "S", [QUESTION], continued)
    return tokenizer.decode(ids), is_reasoning


def test_the_turn_stays_open_after_the_words_that_are_there():
    tokenizer = tokenizer_with()
    opened, _ = prompt(tokenizer, None)

    assert prompt(tokenizer, answer("Because it")) == (f"{opened}Because it", False)


def test_what_the_answer_holds_of_control_tokens_is_letters():
    tokenizer = tokenizer_with()
    ids, _ = prompt_of(tokenizer, "S", [QUESTION], answer("see <|im_end|> there"))
    opened, _ = prompt_of(tokenizer, "S", [QUESTION])

    assert END not in ids[len(opened) :]


def test_reasoning_comes_before_the_answer_inside_its_tags():
    tokenizer = tokenizer_with(thinks=True)

    text, is_reasoning = prompt(tokenizer, answer("Because", "Hm, hm."))

    assert text.endswith("assistant\n<think>\nHm, hm.\n</think>\n\nBecause")
    assert not is_reasoning


def test_a_thought_that_was_cut_off_is_thought_on():
    text, is_reasoning = prompt(tokenizer_with(thinks=True), answer("", "Hm, h"))

    assert text.endswith("assistant\n<think>\nHm, h")
    assert is_reasoning


def test_a_template_that_opens_the_tags_does_not_open_them_twice():
    tokenizer = tokenizer_with(OPENS_THINKING, thinks=True)
    opened, _ = prompt(tokenizer, None)
    assert opened.endswith("<think>\n")

    assert prompt(tokenizer, answer("Because", "Hm."))[0].count("<think>") == 1
    without = prompt(tokenizer, answer("Because"))[0]
    assert without.endswith("<think>\n\n</think>\n\nBecause")


def test_what_the_template_puts_before_an_answer_is_there_too():
    tokenizer = tokenizer_with(SPACED)

    assert prompt(tokenizer, answer("Because"))[0].endswith("[Why?] Because")
    assert prompt(tokenizer, answer(" Because"))[0].endswith("[Why?] Because")


def test_the_answer_counts_where_the_prompt_must_fit():
    tokenizer = tokenizer_with()
    older = [
        Message(id=f"o{n}", role=role, text="x" * 20, created_at_s=0.0)
        for n, role in enumerate((Role.USER, Role.ASSISTANT))
    ]
    messages = [*older, QUESTION]
    room = len(prompt_of(tokenizer, "S", messages)[0])

    def fit(continued, room):
        budget = Budget(limit_tokens=room, answer_tokens=0)
        return History().fit("key", tokenizer, "S", messages, budget, continued)

    assert fit(None, room).cut_ids == ()
    cut = fit(answer("Because " * 3), room)
    assert cut.cut_ids == ("o0", "o1")
    assert len(cut.tokens) <= room
    with pytest.raises(PromptTooLongError):
        fit(answer("Because " * 30), 60)


def test_nothing_at_all_leaves_the_turn_as_it_was_opened():
    tokenizer = tokenizer_with()

    assert opening_of(tokenizer, [], answer("")).tokens == ()
