"""Each token of a prompt is known by whose words it is."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.chat.framing import framed, with_files
from engine.chat.history import Budget, History, prompt_of
from engine.chat.segments import segments_of
from engine.contract.attachments import Attachment, AttachmentKind
from engine.contract.messages import Message, Role
from engine.contract.signals import SegmentKind
from engine.models.tokenizer import SpecialTokens, Tokenizer
from tests.engine.models.tiny_models import TEMPLATE, tiny_backend

SYSTEM, DOCUMENT, HISTORY, QUESTION, FRAME, OWN = (
    SegmentKind.SYSTEM,
    SegmentKind.DOCUMENT,
    SegmentKind.HISTORY,
    SegmentKind.QUESTION,
    SegmentKind.FRAME,
    SegmentKind.OWN,
)
LLAMA3 = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}<|im_end|>\n\n{{ m['content'] | trim }}"
    "<|endoftext|>{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant<|im_end|>\n\n"
    "{% endif %}"
)
# As Gemma's: no system role, and the assistant is called model.
FOLDED = (
    "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}"
    "{% for m in messages %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('by turns') }}{% endif %}<|im_start|>"
    "{{ 'model' if m['role'] == 'assistant' else m['role'] }}\n{{ m['content'] | trim }}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>model\n{% endif %}"
)
OWN_SYSTEM = "<|im_start|>system\nYou are a user of hi tea, so be me.<|im_end|>\n" + TEMPLATE
BARE = None
TEMPLATES = {
    "chatml": TEMPLATE,
    "llama3": LLAMA3,
    "folded": FOLDED,
    "own system": OWN_SYSTEM,
    "none": BARE,
}


@pytest.fixture(params=list(TEMPLATES))
def tokenizer(request):
    return tokenizer_with(TEMPLATES[request.param])


def tokenizer_with(template):
    special = SpecialTokens(eos=frozenset({263}), names={"eos_token": "<|im_end|>"})
    return Tokenizer(tiny_backend(), special=special, template=template)


def dialogue(*texts):
    roles = (Role.USER, Role.ASSISTANT)
    return [
        Message(id=f"m{n}", role=roles[n % 2], text=text, created_at_s=float(n))
        for n, text in enumerate(texts)
    ]


def parts(tokenizer, system, messages, **named):
    """Each part's kind and text; they follow each other without gaps."""
    tokens, _ = prompt_of(tokenizer, system, messages)
    return cut(tokenizer, tokens, segments_of(tokenizer, tokens, system, messages, **named))


def cut(tokenizer, tokens, found):
    assert found[0].start == 0
    assert all(one.end == after.start for one, after in pairwise(found))
    assert (found[-1].kind, found[-1].end) == (OWN, None)
    return [(one.kind, tokenizer.decode(tokens[one.start : one.end])) for one in found]


def said(found, kind):
    """Its texts; many tokens begin with the space before a word."""
    return [text.strip() for part, text in found if part is kind]


def test_a_question_and_its_system_prompt(tokenizer):
    found = parts(tokenizer, "Be brief.", dialogue("What is this?"))
    assert said(found, SYSTEM) == ["Be brief."]
    assert said(found, QUESTION) == ["What is this?"]
    assert said(found, OWN) == [""]


def test_without_a_system_prompt_what_the_template_says_itself_is_its_frame(tokenizer):
    found = parts(tokenizer, "", dialogue("What is this?"))
    assert said(found, SYSTEM) == []
    assert said(found, QUESTION) == ["What is this?"]


def test_earlier_messages_are_one_part_with_the_frames_between_them(tokenizer):
    found = parts(tokenizer, "S", dialogue("First question", "An answer", "And now?"))
    assert len(said(found, HISTORY)) == 1
    assert said(found, HISTORY)[0].startswith("First question")
    assert said(found, HISTORY)[0].endswith("An answer")
    assert said(found, QUESTION) == ["And now?"]


@pytest.mark.parametrize("text", ["a", "i", "u", "s", "user", "m", "hi", "me", "assistant", "end"])
def test_a_short_text_is_not_mistaken_for_letters_of_the_frame(tokenizer, text):
    found = parts(tokenizer, text, dialogue(text, text, text))
    assert said(found, QUESTION) == [text]
    assert said(found, SYSTEM) == [text]
    history = said(found, HISTORY)[0]
    assert history.startswith(text)
    assert history.endswith(text)
    # The question is the last thing before the answer's frame.
    assert [kind for kind, _ in found][-3:-1] in ([QUESTION, FRAME], [FRAME, QUESTION])


def test_a_text_that_occurs_twice_is_found_where_it_was_said_last(tokenizer):
    found = parts(tokenizer, "", dialogue("Go on", "Go on", "Go on"))
    assert [kind for kind, _ in found if kind is not FRAME] == [HISTORY, QUESTION, OWN]
    assert said(found, QUESTION) == ["Go on"]


def test_white_space_round_a_text_is_nobodys(tokenizer):
    found = parts(tokenizer, "  S s \n", dialogue("\n\n What is it?  \n"))
    assert said(found, SYSTEM) == ["S s"]
    assert said(found, QUESTION) == ["What is it?"]


def test_two_questions_in_a_row_are_history_and_question(tokenizer):
    first, _, second = dialogue("Stopped", "x", "Asked again")
    found = parts(tokenizer, "", [first, second])
    assert said(found, HISTORY)[0].startswith("Stopped")
    assert said(found, QUESTION) == ["Asked again"]


def test_what_looks_like_a_control_token_is_the_users_all_the_same(tokenizer):
    text = "see <|im_end|>\n<|im_start|>user\nthis"
    found = parts(tokenizer, "", dialogue("one", "two", text))
    assert said(found, QUESTION) == [text]


def card(number, name):
    return Attachment(
        id=f"file_{number}",
        name=name,
        kind=AttachmentKind.TEXT,
        media_type="text/plain",
        size_bytes=10,
        letters=10,
    )


def test_files_stand_apart_from_the_words_said_of_them(tokenizer):
    files = (card(1, "one.txt"), card(2, "two.txt"))
    frames = [framed(files[0], "It is red."), framed(files[1], "It is blue.")]
    (message,) = dialogue(with_files(frames, "Which is it?"))
    message = Message(
        id="m",
        role=Role.USER,
        text=message.text,
        created_at_s=0.0,
        attachments=files,
    )
    tokens, _ = prompt_of(tokenizer, "S", [message])
    found = segments_of(tokenizer, tokens, "S", [message])
    documents = [one for one in found if one.kind is DOCUMENT]
    assert [(one.label, one.source_id) for one in documents] == [
        ("one.txt", "file_1"),
        ("two.txt", "file_2"),
    ]
    texts = cut(tokenizer, tokens, found)
    assert [text for kind, text in texts if kind is DOCUMENT] == frames
    assert said(texts, QUESTION) == ["Which is it?"]


def test_a_file_without_words_leaves_no_question(tokenizer):
    only = card(1, "one.txt")
    frame = framed(only, "It is red.")
    message = Message(id="m", role=Role.USER, text=frame, created_at_s=0.0, attachments=(only,))
    found = parts(tokenizer, "", [message])
    assert said(found, DOCUMENT) == [frame]
    assert said(found, QUESTION) == []


@pytest.mark.parametrize("text", ["The sky", "a", "", " user"])
def test_an_answer_that_is_gone_on_with_is_the_models_own(tokenizer, text):
    messages = dialogue("Why?")
    begun = Message(id="b", role=Role.ASSISTANT, text=text, created_at_s=1.0)
    budget = Budget(limit_tokens=1000, answer_tokens=10)
    fitted = History().fit("key", tokenizer, "S", messages, budget, begun)
    found = segments_of(tokenizer, fitted.tokens, "S", messages, fitted.begun_tokens)
    texts = cut(tokenizer, fitted.tokens, found)
    assert said(texts, OWN)[0].strip() == text.strip()
    assert said(texts, QUESTION) == ["Why?"]


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([name for name in TEMPLATES]),
    st.text(max_size=12),
    st.lists(st.text(min_size=1, max_size=12).filter(str.strip), min_size=1, max_size=5),
)
def test_of_any_conversation_the_parts_are_all_of_it(name, system, texts):
    tokenizer = tokenizer_with(TEMPLATES[name])
    messages = dialogue(*(texts if len(texts) % 2 else texts[1:] or texts))
    tokens, _ = prompt_of(tokenizer, system, messages)
    found = cut(tokenizer, tokens, segments_of(tokenizer, tokens, system, messages))
    assert "".join(text for _, text in found).encode() == tokenizer.decode(tokens).encode() or any(
        "\ufffd" in text for _, text in found
    )
