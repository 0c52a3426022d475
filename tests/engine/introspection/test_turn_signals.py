from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.contract.signals import TokenSignals
from engine.introspection.turn_signals import mean_shares, sentences_of, turn_signals


def token(index, text=" a", **named):
    return TokenSignals(
        **{
            "index": index,
            "token_id": 1,
            "text": text,
            "surprisal_nats": 1.0,
            "entropy_nats": 1.0,
            "varentropy_nats2": 0.0,
            "rank": 1,
            "margin_nats": 1.0,
            "alternatives": (),
            **named,
        }
    )


def cut(*texts):
    return ["".join(texts[start:end]) for start, end in sentences_of(texts)]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (
            ["The", " sky", " is", " blue", ".", " It", " has", " no", " end", "."],
            ["The sky is blue.", " It has no end."],
        ),
        (
            ["He", " said", ' "', "No", '."', " Then", " he", " went"],
            ['He said "No."', " Then he went"],
        ),
        (["It", " is", " 3", ".", "14", " or", " so"], ["It is 3.14 or so"]),
        (
            ["1", ".", " One", " thing", "\n", "2", ".", " Two", " more"],
            ["1. One thing", "\n2. Two more"],
        ),
        (["def", " f", "(x)", ":", "\n", "return", " x"], ["def f(x):", "\nreturn x"]),
        (["No", ".", " I", " do", " not"], ["No. I do not"]),
        (
            ["天", "空", "是", "蓝", "的", "。", "它", "没", "有", "边", "。"],
            ["天空是蓝的。", "它没有边。"],
        ),
        (
            ["彼", "は", "「", "は", "い", "。", "」", "と", "言", "う"],
            ["彼は「はい。」", "と言う"],
        ),
        (["आ", "काश", " नीला", " है", "।", " यह", " बड़ा", " है"], ["आकाश नीला है।", " यह बड़ा है"]),
        (["ما", " هذا", " ال", "؟", " هو", " كتاب", "."], ["ما هذا ال؟", " هو كتاب."]),
        (["Wait", "...", " what", "?!", " Yes", " it", " is"], ["Wait... what?!", " Yes it is"]),
        ([], []),
    ],
)
def test_sentences_are_found(texts, expected):
    assert cut(*texts) == expected


@given(st.lists(st.text(alphabet='ab .\n。!"', max_size=4), max_size=40))
def test_sentences_together_are_the_whole_answer(texts):
    assert "".join(cut(*texts)) == "".join(texts)
    assert all(end > start for start, end in sentences_of(texts))


def test_the_answer_as_a_whole():
    tokens = [
        token(0, entropy_nats=0.5, is_fork=True, commit_layer=2, cost_us=1e6, shares=(1.0, 0.0)),
        token(
            1, entropy_nats=2.5, is_boundary=True, commit_layer=7, cost_us=5e5, shares=(0.0, 1.0)
        ),
        token(2, entropy_nats=0.0, is_repetition=True),
    ]
    said = turn_signals(tokens, layers=8, user_surprise_nats=3.0, user_tokens=4, elapsed_s=9.0)
    assert (said.tokens, said.forks, said.boundaries, said.repetitions) == (3, 1, 1, 1)
    assert (said.entropy_mean_nats, said.entropy_most_nats) == (pytest.approx(1.0), 2.5)
    assert (said.settled_early, said.late_revisions, said.lens_tokens) == (1, 1, 2)
    assert (said.measured_s, said.elapsed_s) == (pytest.approx(1.5), 9.0)
    assert said.sentences[0].shares == pytest.approx((0.5, 0.5))


def test_of_no_token_nothing_is_said():
    said = turn_signals([], layers=0, user_surprise_nats=None, user_tokens=0, elapsed_s=0.0)
    assert (said.entropy_mean_nats, said.entropy_most_nats, said.sentences) == (None, None, ())
    assert mean_shares([token(0)]) == ()
