import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.introspection.grading import f1, is_right, normalised


def test_texts_are_normalised_as_squad_does():
    assert normalised("The  Denver Broncos!") == "denver broncos"
    assert normalised("An apple, a day") == "apple day"
    assert normalised("24\u201310") == "2410"
    assert normalised("$5") == "5"


@pytest.mark.parametrize(
    ("answer", "gold", "share"),
    [
        ("Denver Broncos", "the Denver Broncos", 1.0),
        ("Broncos", "Denver Broncos", 2 / 3),
        ("New York", "London", 0.0),
        ("", "London", 0.0),
        ("very very good", "very good", 4 / 5),
    ],
)
def test_f1_is_the_share_of_words(answer, gold, share):
    assert f1(answer, gold) == pytest.approx(share)


@pytest.mark.parametrize(
    ("answer", "gold"),
    [
        ("1745", "1745"),
        ("Casimir Pulaski was born in Warsaw in 1745.", "1745"),
        ("The Denver Broncos.", "Denver Broncos"),
        ("seven months", "seven months old"),
        ("It was the Nobel Prize", "Nobel Prize"),
    ],
)
def test_right_answers(answer, gold):
    assert is_right(answer, [gold])


@pytest.mark.parametrize(
    ("answer", "gold"),
    [
        ("1746", "1745"),
        ("17451", "1745"),
        # Two words of three are the same, and the year is not.
        ("10 November 1484", "10 November 1483"),
        ("no", "Norway"),
        ("", "Warsaw"),
        ("the", "a"),
        # The right word among many others is no answer.
        ("Oxygen and nitrogen and carbon and iron and gold and lead and tin and zinc", "lead"),
    ],
)
def test_wrong_answers(answer, gold):
    assert not is_right(answer, [gold])


def test_any_of_several_right_answers_will_do():
    assert is_right("seven months", ["7 months", "seven months old"])
    assert not is_right("seven months", [])


@given(st.text(min_size=1))
def test_every_answer_with_words_is_its_own_right_answer(text):
    assert is_right(text, [text]) == bool(normalised(text))
    assert normalised(normalised(text)) == normalised(text)
    assert f1(text, text) == 1.0
