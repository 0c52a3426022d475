import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.introspection.semantic_entropy import clusters_of, say_the_same, semantic_entropy


def test_one_meaning_has_no_entropy():
    found = semantic_entropy(["Paris.", "paris", "The Paris"])
    assert found.entropy_nats == 0.0
    assert [(one.text, one.count) for one in found.clusters] == [("Paris.", 3)]
    assert found.samples == 3


def test_as_many_meanings_as_answers_have_the_most():
    found = semantic_entropy(["Paris", "Rome", "Oslo", "Bern"])
    assert found.entropy_nats == pytest.approx(math.log(4))


def test_the_entropy_is_that_of_the_shares():
    found = semantic_entropy(["Paris", "Rome", "Paris", "paris!"])
    assert found.entropy_nats == pytest.approx(0.75 * math.log(4 / 3) + 0.25 * math.log(4))
    assert [one.count for one in found.clusters] == [3, 1]
    assert "4 answers at temperature 1" in found.method
    assert "negations" in found.method


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The capital of France is Paris.", "Paris is the capital of France"),
        ("It is Paris", "It's Paris."),
        ("He was born in 1745 in Warsaw", "in Warsaw, he was born in 1745"),
    ],
)
def test_other_words_for_the_same(one, other):
    assert say_the_same(one, other)
    assert say_the_same(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("He was born in Warsaw in 1745", "He was born in Warsaw in 1746"),
        ("The bridge was opened in May", "The bridge was not opened in May"),
        ("The capital of France is Paris", "The capital of France is Lyon"),
        ("It isn't legal there", "It is legal there"),
        ("Three men sailed the old boat home", "Four men sailed the old boat home"),
        ("Paris", ""),
    ],
)
def test_nearly_the_same_words_for_something_else(one, other):
    assert not say_the_same(one, other)
    assert not say_the_same(other, one)


@given(st.lists(st.text(max_size=20), min_size=1, max_size=12))
def test_every_answer_is_in_one_cluster_and_the_entropy_in_its_bounds(answers):
    found = semantic_entropy(answers)
    assert sum(one.count for one in found.clusters) == len(answers)
    assert -1e-12 <= found.entropy_nats <= math.log(len(answers)) + 1e-12
    assert clusters_of([answers[0]] * 3)[0].count == 3
