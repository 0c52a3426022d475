from __future__ import annotations

import pytest

from engine.contract.errors import ModelDamagedError, UnsupportedModelError
from engine.models.chat_template import ChatTemplate

CHATML = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
# In the manner of Gemma 2 and the first Mistral: no system role, strict turns.
STRICT = (
    "{{ bos_token }}{% for m in messages %}"
    "{% if m.role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    "{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Roles must alternate') }}{% endif %}"
    "[{{ m.role }}]{{ m.content | trim }}{% endfor %}"
)


def render(source, turns, **more):
    return ChatTemplate(source, {"bos_token": "<s>"}).render(
        turns, **{"add_generation_prompt": False, **more}
    )


def test_turns_are_written_as_the_template_says():
    turns = [("system", "Be brief."), ("user", "Hi"), ("assistant", "Hello"), ("user", "Bye")]

    assert render(CHATML, turns, add_generation_prompt=True) == (
        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"
        "<|im_start|>assistant\nHello<|im_end|>\n<|im_start|>user\nBye<|im_end|>\n"
        "<|im_start|>assistant\n"
    )


def test_a_refused_system_message_goes_in_front_of_the_first_question():
    assert render(STRICT, [("system", "Be brief."), ("user", "Hi")]) == "<s>[user]Be brief.\n\nHi"


def test_a_system_message_left_out_in_silence_is_put_in_too():
    silent = (
        "{% for m in messages if m.role != 'system' %}[{{ m.role }}]{{ m.content }}{% endfor %}"
    )

    assert render(silent, [("system", "Be brief."), ("user", "Hi")]) == "[user]Be brief.\n\nHi"


def test_two_questions_in_a_row_become_one_where_turns_must_alternate():
    turns = [("user", "One"), ("user", "Two"), ("assistant", "Three"), ("user", "Four")]

    assert render(STRICT, turns) == "<s>[user]One\n\nTwo[assistant]Three[user]Four"


def test_a_history_that_was_cut_may_begin_with_an_answer():
    turns = [("system", "S"), ("assistant", "A"), ("user", "U")]

    assert render(STRICT, turns) == "<s>[user]S[assistant]A[user]U"


def test_a_history_that_begins_with_an_answer_needs_no_system_message():
    turns = [("assistant", "A"), ("user", "U")]

    assert render(STRICT, turns) == "<s>[user][assistant]A[user]U"


def test_a_template_that_refuses_everything_is_unsupported():
    with pytest.raises(UnsupportedModelError):
        render("{{ raise_exception('no') }}", [("user", "Hi")])


def test_what_published_templates_use_is_there():
    source = (
        "{% generation %}{{ messages[0].content }}{% endgeneration %}"
        "{% for n in [1, 2, 3] %}{% if n == 2 %}{% break %}{% endif %}{{ n }}{% endfor %}"
        "{{ {'a': 'é<'} | tojson }}{{ strftime_now('%Y') | length }}"
        "{% if tools is none %}no tools{% endif %}{{ enable_thinking }}"
    )

    assert render(source, [("user", "Hi")], enable_thinking=False) == (
        'Hi1{"a": "é<"}4no toolsFalse'
    )


def test_blocks_leave_no_blank_lines():
    source = "{% for m in messages %}\n    {{ m.content }}\n    {% endfor %}\nend"

    assert render(source, [("user", "Hi")]) == "    Hi\nend"


@pytest.mark.parametrize(
    "attack",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ messages.append(1) }}",
        "{{ strftime_now.__globals__['os'] }}",
        "{% for i in range(10**9) %}x{% endfor %}",
    ],
)
def test_a_hostile_template_reaches_nothing(attack):
    with pytest.raises(UnsupportedModelError):
        render(attack, [("user", "Hi")])


def test_a_broken_template_is_damage():
    with pytest.raises(ModelDamagedError):
        ChatTemplate("{% if %}", {})


def test_a_model_without_a_template_gets_a_plain_dialogue():
    turns = [("system", "Be brief."), ("user", "Hi")]

    assert render(None, turns, add_generation_prompt=True) == (
        "<s>Be brief.\n\nUser: Hi\n\nAssistant:"
    )
