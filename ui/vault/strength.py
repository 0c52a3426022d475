"""A guess at how hard a passphrase is to guess, in words only."""

from __future__ import annotations

import math
from enum import Enum

LEAST_CHARACTERS = 8

# A passphrase is stretched to about half a second a try. 45 bits are 500,000 years of such tries
# on one core and half a year on a million of them; 65 bits are out of reach.
_FAIR_BITS, _STRONG_BITS = 45.0, 65.0
# Diceware's list has 7,776 words; a word that people choose themselves is worth less.
_BITS_PER_WORD = 11.0
_KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "azertyuiop")
_CHOSEN_FIRST = (
    "password",
    "passphrase",
    "passwort",
    "secret",
    "letmein",
    "welcome",
    "iloveyou",
    "admin",
    "monkey",
    "dragon",
    "shvayambhu",
)


class Strength(Enum):
    """How hard a passphrase is to guess."""

    SHORT = "short"
    WEAK = "weak"
    FAIR = "fair"
    STRONG = "strong"


def strength(passphrase: str) -> Strength:
    """A rough judgement that errs on the side of weak; nothing is looked up or stored."""
    if len(passphrase) < LEAST_CHARACTERS:
        return Strength.SHORT
    bits = min(_bits_by_character(passphrase), _bits_by_word(passphrase))
    if bits >= _STRONG_BITS:
        return Strength.STRONG
    return Strength.FAIR if bits >= _FAIR_BITS else Strength.WEAK


def _bits_by_character(passphrase: str) -> float:
    """Characters that follow from the one before, or from a common word, count for nothing."""
    folded = passphrase.casefold()
    for word in _CHOSEN_FIRST:
        folded = folded.replace(word, word[0])
    free = [
        letter
        for place, letter in enumerate(folded)
        if place == 0 or not _follows(folded[place - 1], letter)
    ]
    # Few different characters, however often repeated, are few guesses.
    worth = min(len(free), 2 * len(set(free)))
    return worth * math.log2(_alphabet(passphrase))


def _bits_by_word(passphrase: str) -> float:
    """Words between blanks or hyphens; without at least two of them this sets no limit."""
    words = passphrase.replace("-", " ").replace("_", " ").casefold().split()
    if len(words) < 2 or not all(word.isalpha() for word in words):
        return math.inf
    return len(set(words)) * _BITS_PER_WORD + 4.0


def _follows(before: str, letter: str) -> bool:
    if abs(ord(letter) - ord(before)) <= 1:
        return True
    return any(before + letter in row or letter + before in row for row in _KEYBOARD)


def _alphabet(passphrase: str) -> int:
    kinds = (
        (str.islower, 26),
        (str.isupper, 26),
        (str.isdigit, 10),
        (lambda letter: not letter.isalnum(), 20),
        (lambda letter: ord(letter) > 127, 60),
    )
    return sum(worth for is_kind, worth in kinds if any(is_kind(letter) for letter in passphrase))
