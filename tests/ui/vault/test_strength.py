from __future__ import annotations

import pytest

from ui.vault.strength import Strength, strength


@pytest.mark.parametrize(
    ("passphrase", "judged"),
    [
        ("", Strength.SHORT),
        ("aB3$xY9", Strength.SHORT),
        ("password", Strength.WEAK),
        ("password1234", Strength.WEAK),
        ("aaaaaaaaaaaaaaaaaaaaaaaa", Strength.WEAK),
        ("abcdefghijklmnop", Strength.WEAK),
        ("qwertyuiop12345", Strength.WEAK),
        ("shvayambhu", Strength.WEAK),
        ("blue house", Strength.WEAK),
        ("the the the the the the the", Strength.WEAK),
        ("lantern orbit maple thunder", Strength.FAIR),
        ("kX7#vQ2mPz", Strength.FAIR),
        ("lantern orbit maple thunder grain velvet", Strength.STRONG),
        ("kX7#vQ2mPz!rT5wB", Strength.STRONG),
        ("चार बड़े हाथी नदी में", Strength.STRONG),
    ],
)
def test_a_passphrase_is_judged_on_the_weak_side(passphrase, judged):
    assert strength(passphrase) is judged
