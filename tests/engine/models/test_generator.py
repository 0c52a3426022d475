from __future__ import annotations

import mlx.core as mx
import pytest

from engine.contract.messages import FinishReason
from engine.contract.settings import GenerationSettings
from engine.models.generator import EndStep, PrefillStep, Request, TokenStep, generate
from engine.models.loader import load_model
from engine.models.prompt_cache import CacheForm, PromptCache
from engine.models.speculation import LookupDrafter, ModelDrafter
from tests.helpers.tiny_model import write_tiny_model

PROMPT = tuple(b % 200 for b in b"to be or not to be, to be or not")


def load(folder):
    return load_model(
        folder, model_id="t", name="t", licence="", limit_bytes=10**10, on_progress=lambda *_: None
    )


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    return load(write_tiny_model(tmp_path_factory.mktemp("tiny"), context_tokens=4096))


@pytest.fixture(scope="module")
def draft(tmp_path_factory):
    return load(write_tiny_model(tmp_path_factory.mktemp("draft"), context_tokens=4096))


def request(**changes):
    settings = {"temperature": 0.0, "max_tokens": 60}
    names = set(GenerationSettings.__slots__) - {"seed"}
    settings |= {name: changes.pop(name) for name in names & set(changes)}
    arguments = {"prompt": PROMPT, "seed": 1, "limit_tokens": 4096, **changes}
    return Request(settings=GenerationSettings(**settings), **arguments)


def write(loaded, asked, cache=None, drafter=None):
    steps = list(generate(loaded, asked, cache or PromptCache(10**9), drafter))
    text = "".join(
        piece.text for step in steps if not isinstance(step, PrefillStep) for piece in step.pieces
    )
    return text, steps[-1]


def test_steps_come_in_order_and_the_last_one_sums_up(loaded):
    steps = list(generate(loaded, request(max_tokens=5), PromptCache(10**9)))

    kinds = [type(step) for step in steps]
    assert kinds == sorted(kinds, key=[PrefillStep, TokenStep, EndStep].index)
    assert [s.completion_tokens for s in steps if isinstance(s, TokenStep)] == [1, 2, 3, 4, 5]
    end = steps[-1]
    assert (end.reason, end.prompt_tokens, end.completion_tokens) == (
        FinishReason.LENGTH,
        len(PROMPT),
        5,
    )


@pytest.mark.feature(
    "answers.repeatable", "Temperature 0, or the same seed, repeats an answer exactly."
)
@pytest.mark.parametrize("temperature", [0.0, 2.0])
def test_the_same_seed_gives_the_same_answer(loaded, temperature):
    first = write(loaded, request(temperature=temperature))
    again = write(loaded, request(temperature=temperature))
    other = write(loaded, request(temperature=temperature, seed=2))

    assert first[0] == again[0]
    assert (first[0] == other[0]) == (temperature == 0.0)


def test_the_answer_is_the_one_of_plain_greedy_decoding(loaded):
    """The reference is the whole prompt read anew for every token, without any cache."""
    tokens = list(PROMPT)
    for _ in range(20):
        logits = loaded.network(mx.array([tokens]))[0, -1]
        tokens.append(int(mx.argmax(logits).item()))
    expected = loaded.tokenizer.decode(tokens[len(PROMPT) :])

    assert write(loaded, request(max_tokens=20))[0] == expected


@pytest.mark.feature(
    "engine.speculation", "Guessing ahead makes answers faster and never different."
)
@pytest.mark.parametrize("temperature", [0.0, 1.5])
def test_speculation_by_lookup_changes_nothing(loaded, temperature):
    asked = request(temperature=temperature, max_tokens=150)
    plain, _ = write(loaded, asked)

    guessed, end = write(loaded, asked, drafter=LookupDrafter())

    assert guessed == plain
    if temperature == 0.0:
        assert end.accepted_tokens > 0, "nothing was guessed, so nothing was tested"


@pytest.mark.parametrize("temperature", [0.0, 1.5])
def test_speculation_with_a_draft_model_changes_nothing(loaded, draft, temperature):
    asked = request(temperature=temperature)
    plain, _ = write(loaded, asked)

    guessed, end = write(loaded, asked, drafter=ModelDrafter(draft.network))

    assert guessed == plain
    # The draft has the same weights here, so at temperature 0 every guess is right.
    if temperature == 0.0:
        assert end.accepted_tokens == end.drafted_tokens > 30


@pytest.mark.feature(
    "engine.prompt_cache", "The next turn of a conversation starts without reading it again."
)
def test_the_next_turn_reads_only_what_is_new(loaded):
    cache = PromptCache(10**9)
    _, first = write(loaded, request(max_tokens=10), cache)
    answer = tuple(cache._entries[0].tokens)
    follow_up = (*answer, 5, 6, 7)

    text, second = write(loaded, request(prompt=follow_up), cache)

    assert first.cached_tokens == 0
    assert second.cached_tokens == len(answer)
    assert text == write(loaded, request(prompt=follow_up))[0]


def test_an_answer_that_is_stopped_keeps_what_was_read(loaded):
    cache = PromptCache(10**9)
    steps = generate(loaded, request(), cache)
    while not isinstance(next(steps), TokenStep):
        pass
    steps.close()

    assert write(loaded, request(), cache)[1].cached_tokens == len(PROMPT) - 1


def test_a_prompt_that_is_read_in_several_steps_gives_the_same_answer(loaded, monkeypatch):
    expected = write(loaded, request())[0]
    monkeypatch.setattr("engine.models.decoding._PREFILL_TOKENS_CPU", 7)
    monkeypatch.setattr("engine.models.decoding._PREFILL_TOKENS_GPU", 7)

    steps = list(generate(loaded, request(), PromptCache(10**9)))

    done = [s.done_tokens for s in steps if isinstance(s, PrefillStep)]
    assert done == [0, 7, 14, 21, 28, len(PROMPT) - 1]
    assert "".join(p.text for s in steps if hasattr(s, "pieces") for p in s.pieces) == expected


@pytest.mark.feature(
    "engine.context_limit", "An answer that reaches the end of the context says so."
)
def test_an_answer_ends_at_the_context_limit(loaded):
    _, end = write(loaded, request(limit_tokens=len(PROMPT) + 6))

    assert (end.reason, end.completion_tokens) == (FinishReason.LENGTH, 6)


@pytest.mark.feature(
    "engine.rolling_context", "A rolling context goes on past the limit and says when it forgets."
)
def test_a_rolling_context_goes_on_and_says_when_it_forgets(loaded):
    limit = len(PROMPT) + 6
    asked = request(limit_tokens=limit, form=CacheForm(rolling_tokens=limit), max_tokens=40)

    steps = list(generate(loaded, asked, PromptCache(10**9)))

    rolled = [s.is_rolled for s in steps if isinstance(s, TokenStep)]
    assert rolled == [False] * 6 + [True] * (len(rolled) - 6)
    assert len(rolled) > 6


@pytest.mark.feature(
    "engine.kv_precision", "A long conversation can be held at 8 or 4 bits in less memory."
)
def test_a_quantised_context_takes_less_memory_and_stays_close(tmp_path):
    loaded = load(write_tiny_model(tmp_path / "wide", width=256, context_tokens=4096))
    sizes, texts = {}, {}
    for bits in (None, 8, 4):
        cache = PromptCache(10**9)
        texts[bits], _ = write(loaded, request(form=CacheForm(bits=bits), max_tokens=8), cache)
        sizes[bits] = cache.bytes

    # 8 bits with two 32-bit numbers for each group of 64 are 9 of 32 bits.
    assert sizes[8] / sizes[None] == pytest.approx(9 / 32, rel=0.05)
    assert sizes[4] / sizes[None] == pytest.approx(5 / 32, rel=0.05)
    assert texts[8][:4] == texts[None][:4]


def test_a_repetition_penalty_changes_a_repetitive_answer(loaded):
    plain, _ = write(loaded, request(max_tokens=100))
    penalised, end = write(
        loaded, request(max_tokens=100, repetition_penalty=1.8), drafter=LookupDrafter()
    )

    assert len(set(penalised)) > len(set(plain))
    assert end.drafted_tokens == 0


def test_the_end_token_ends_the_answer_and_is_not_counted(loaded, monkeypatch):
    asked, cache = request(max_tokens=30), PromptCache(10**9)
    plain, _ = write(loaded, asked, cache)
    tokens = cache._entries[0].tokens[len(PROMPT) :]
    monkeypatch.setattr(loaded.tokenizer, "eos_ids", frozenset({tokens[9]}))

    text, end = write(loaded, asked)

    first = tokens.index(tokens[9])
    assert (end.reason, end.completion_tokens) == (FinishReason.STOP, first)
    assert plain.startswith(text)
