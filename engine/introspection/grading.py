"""Whether a short answer is right, by rules alone.

No model judges another here: a judge's own mistakes would go into every figure.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

_ARTICLES = frozenset(("a", "an", "the"))
_NUMBER = re.compile(r"\d")
# From here on two answers overlap more than they differ.
_LEAST_F1 = 0.6
# In a longer answer the right words may stand by chance.
_MOST_WORDS_AROUND = 10


def normalised(text: str) -> str:
    """The text in lower case, without punctuation and articles, single spaces between its words.

    Source: the evaluation script of SQuAD 1.1, Rajpurkar et al. 2016, arXiv:1606.05250.
    Deviation: punctuation and symbols of all of Unicode go, and not those of ASCII alone.
    """
    letters = (sign for sign in text.casefold() if unicodedata.category(sign)[0] not in "PS")
    return " ".join(word for word in "".join(letters).split() if word not in _ARTICLES)


def f1(answer: str, gold: str) -> float:
    """How far two answers share their words, as often as each has them; 1 is all of them.

    Source: the same script.
    """
    one, other = normalised(answer).split(), normalised(gold).split()
    if not one or not other:
        return float(one == other)
    shared = sum((Counter(one) & Counter(other)).values())
    return 2 * shared / (len(one) + len(other))


def is_right(answer: str, golds: Iterable[str]) -> bool:
    """Whether the answer says what one of the right answers says.

    It does if both are the same once normalised; if they share most of their words (F1 of 0.6 or
    more) and the answer has every number of the right one; or if the right one stands in the
    answer, as whole words, with at most ten words round it.

    Source: exact match and F1 of SQuAD. That an answer may be a short sentence round the right
        words is ours: chat models write one, and exact match calls it wrong.
    """
    return any(_is_right(answer, gold) for gold in golds)


def _is_right(answer: str, gold: str) -> bool:
    said, wanted = normalised(answer).split(), normalised(gold).split()
    if not wanted:
        return False
    if said == wanted:
        return True
    if len(said) <= len(wanted) + _MOST_WORDS_AROUND and _contains(said, wanted):
        return True
    has_numbers = all(word in said for word in wanted if _NUMBER.search(word))
    return has_numbers and f1(answer, gold) >= _LEAST_F1


def _contains(words: Sequence[str], part: Sequence[str]) -> bool:
    places = range(len(words) - len(part) + 1)
    return any(words[at : at + len(part)] == part for at in places)
