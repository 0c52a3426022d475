"""Texts in the manner of what people write, made up from a seed; no two runs differ."""

from __future__ import annotations

import random

from engine.storage.dictionaries import Sample

_WHO = ("my sister", "the landlord", "our doctor", "the new neighbour", "the plumber")
_WHAT = (
    "called about the appointment",
    "wants to move the meeting",
    "asked for the invoice again",
    "sent the photographs from the holiday",
    "needs an answer before the weekend",
    "explained how the heating works",
)
_THEN = (
    "Could you write a short and friendly reply",
    "Please remind me what I promised",
    "What would be a good way to say no",
    "How long does something like that usually take",
)


def a_message(chance: random.Random) -> str:
    """Three or four sentences with a name and a number that stand nowhere else."""
    name = "".join(chance.choices("bdfgklmnprst", k=5)).title() + "a"
    return (
        f"Yesterday {chance.choice(_WHO)} {chance.choice(_WHAT)}, and {chance.choice(_WHO)} "
        f"{chance.choice(_WHAT)}. I told {name} {chance.randrange(10_000, 99_999)} times. "
        f"{chance.choice(_THEN)}?"
    )


def messages(count: int, *, seed: int = 0) -> list[str]:
    """`count` of them."""
    chance = random.Random(seed)
    return [a_message(chance) for _ in range(count)]


def samples(count: int, *, seed: int = 0) -> list[Sample]:
    """Ten messages in each conversation."""
    return [
        Sample(owner=f"conversation {number // 10}", text=text)
        for number, text in enumerate(messages(count, seed=seed))
    ]
