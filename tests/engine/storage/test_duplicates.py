from __future__ import annotations

import numpy as np
import pytest

from engine.storage.duplicates import Duplicates
from engine.storage.text_facts import facts_of

TEXT = (
    "On Tuesday the council of Harrow voted to build a new library beside the old market hall. "
    "The building will have 3 floors, cost 4.2 million euros and open in spring 2027. Councillor "
    "Ada Brandt said that the reading room is meant for everybody, and that the roof carries "
    "solar panels which give most of the power that the lamps need."
)
OTHER = "The recipe asks for two onions, a spoon of oil and a pinch of salt."


def unit_vector(near: float = 1.0, seed: int = 0) -> np.ndarray:
    """A vector whose cosine with (1, 0, 0 ...) is `near`."""
    rest = np.random.default_rng(seed).normal(size=31)
    rest *= np.sqrt(1 - near**2) / np.linalg.norm(rest)
    return np.concatenate([[near], rest]).astype(np.float32)


def known(vector: np.ndarray | None = None) -> Duplicates:
    duplicates = Duplicates()
    duplicates.add("first", TEXT, vector)
    duplicates.add("other", OTHER, unit_vector(0.1) if vector is not None else None)
    return duplicates


def test_the_same_text_is_an_exact_twin():
    twin = known().find(TEXT)

    assert twin is not None
    assert (twin.unit_id, twin.is_exact) == ("first", True)


@pytest.mark.parametrize(
    "text",
    [TEXT.lower(), TEXT.upper(), TEXT.replace(" ", "\n  "), f"  {TEXT} "],
    ids=["small", "capital", "white space", "margin"],
)
def test_other_capitals_or_spaces_are_a_twin_that_keeps_its_own_text(text):
    twin = known().find(text)

    assert twin is not None
    assert (twin.unit_id, twin.is_exact) == ("first", False)


def test_a_few_other_words_are_a_twin():
    text = TEXT.replace("said that", "told us that").replace("give most", "deliver most")

    twin = known(unit_vector()).find(text, unit_vector(0.98))

    assert twin is not None
    assert not twin.is_exact
    assert 0.6 < twin.shared_ratio < 1


@pytest.mark.feature("vault.duplicates")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("3 floors", "4 floors"),
        ("4.2 million", "4.3 million"),
        ("million", "billion"),
        ("2027", "2028"),
        ("Tuesday", "Thursday"),
        ("spring", "autumn"),
        ("euros", "dollars"),
        ("Harrow", "Marrow"),
        ("Ada Brandt", "Ida Brandt"),
        ("Councillor Ada Brandt", "Ada Councillor Brandt"),
        ("voted to", "voted not to"),
        ("the lamps need", "the lamps don't need"),
        ("voted to build", "never voted to build"),
        ("everybody", "nobody"),
        ("and open", "and close"),
        ("give most", "give less"),
        ("cost 4.2", "cost 2.4"),
        ("3 floors, cost 4.2 million", "4.2 floors, cost 3 million"),
        ("will have", "will not have"),
        ("solar panels which", "solar panels without which"),
    ],
)
def test_what_says_something_else_is_never_taken_for_the_same(old, new):
    """Texts that differ in a number, a date, a name or a "not" are all kept, and all found."""
    changed = TEXT.replace(old, new)
    assert changed != TEXT

    # Vectors of such texts are nearer to each other than those of true copies.
    assert known(unit_vector()).find(changed, unit_vector(0.999)) is None
    assert known().find(changed) is None


def test_words_alone_do_not_make_a_twin_where_meaning_is_known_to_differ():
    text = TEXT.replace("said that", "told us that")

    assert known(unit_vector()).find(text, unit_vector(0.8)) is None


def test_without_vectors_more_words_have_to_be_the_same():
    text = (
        "On Tuesday the council of Harrow voted to build a new library beside the old market "
        "hall. The building will have 3 floors, cost 4.2 million euros and open in spring 2027. "
        "Councillor Ada Brandt has told a journalist about rooms where anybody is welcome, "
        "having tiles that make much of the current which is needed there."
    )

    assert known().find(text) is None


def test_a_text_cut_short_is_not_the_same():
    assert known(unit_vector()).find(TEXT[: len(TEXT) // 2], unit_vector(0.96)) is None


def test_scripts_without_capitals_are_merged_only_letter_for_letter():
    text = "市议会周二投票决定在旧市场旁边修建一座新图书馆,阅览室向所有人开放。"
    duplicates = Duplicates()
    duplicates.add("first", text, unit_vector())

    assert duplicates.find(text) is not None
    assert duplicates.find(text.replace("旁边", "后面"), unit_vector(0.999)) is None


def test_what_was_removed_is_no_twin_any_more():
    duplicates = known()
    duplicates.add("second", TEXT)

    duplicates.remove("first")
    assert duplicates.find(TEXT).unit_id == "second"
    duplicates.remove("second")
    duplicates.remove("never there")
    assert duplicates.find(TEXT) is None
    assert len(duplicates) == 1


def test_a_unit_that_is_added_again_is_known_by_its_new_text_alone():
    duplicates = known()
    duplicates.add("first", "Something else altogether.")

    assert duplicates.find(TEXT) is None
    assert duplicates.find("Something else altogether.") is not None


def test_a_locked_vault_knows_no_texts():
    duplicates = known()
    duplicates.clear()

    assert duplicates.find(TEXT) is None
    assert len(duplicates) == 0


@pytest.mark.parametrize("text", ["", " ", "a", "\ud800", "ünïcode"])
def test_short_and_odd_texts_are_no_trouble(text):
    duplicates = Duplicates()
    assert duplicates.find(text) is None
    duplicates.add("it", text)
    assert duplicates.find(text).is_exact


def test_facts_are_numbers_dates_units_names_and_negations_in_their_order():
    text = "Mr Weber won't pay 1,250.50 kg by 3/4/2026; it rose 5 % on Monday, two days ago."

    assert facts_of(text) == [
        "mr", "weber", "not", "1,250.50", "kg", "3/4/2026", "rose", "5", "%", "on", "monday",
        "two", "days", "ago",
    ]  # fmt: skip
