"""Prompts of known length: passages of SQuAD where they lie beside the clone, else our own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from tests.benchmarks.machine import ROOT

_SQUAD = ROOT.parent / "shared" / "data" / "squad" / "passages.jsonl"

_OWN = """\
The lighthouse on Karrow Point was finished in the autumn of 1871, after nine years of work by \
forty masons. Its tower is 38 metres high and stands on a shelf of granite that the spring tides \
cover twice a day. Stone was brought by barge from the quarry at Venn, and a barge was lost in \
each of the first three winters.

The first keeper, Oda Melling, kept a log that runs to 214 volumes. She wrote down the wind, the \
height of the water and every ship she saw, and on quiet days she drew the birds that rested on \
the railing. Her drawings of terns were printed in Lower Harbour in 1889 and sold for two shillings.

The lamp burned rape oil until 1884, then paraffin, and was made electric in 1926 by a cable that \
crosses the bay on eleven wooden pylons. Fishermen complained that the new light was too white and \
that it drove the herring away; the catch of that year was the largest on record.

In the great storm of January 1953 the sea broke the lower door and filled the store room to the \
fourth step. The keeper and his two sons carried the mercury bath up the stairs by hand, so that \
the lens could still turn, and the light was not dark for more than six minutes.

Since 1988 the tower has been without a keeper. A clock that counts the days of the year switches \
the lamp on and off, and a woman from the village climbs the 167 steps on the first Monday of each \
month to clean the glass. Visitors may go with her if they bring their own cloth.
"""


def passages() -> list[tuple[str, str]]:
    """Where each comes from and the passage; always the same in the same place."""
    if not _SQUAD.is_file():
        return [("own text", part) for part in _OWN.strip().split("\n\n")]
    lines = _SQUAD.read_text(encoding="utf-8").splitlines()
    return [("SQuAD", json.loads(line)["text"]) for line in lines]


def source() -> str:
    """What the passages are, for the note under a table."""
    return "passages of SQuAD 1.1 (dev)" if _SQUAD.is_file() else "a text of our own"


def filled(task: str, length: Callable[[str], int], tokens: int) -> str:
    """`task` followed by as many words of the passages as make a prompt of at most `tokens`.

    Args:
        length: Tokens of the whole prompt that a message makes.
    """
    words = list(_words(tokens))
    low, high = 0, len(words)
    while low < high:
        middle = (low + high + 1) // 2
        if length(_joined(task, words[:middle])) <= tokens:
            low = middle
        else:
            high = middle - 1
    return _joined(task, words[:low])


def _words(at_least: int) -> Iterator[str]:
    """A word is a token or more, so this many are enough; the text begins anew if it must."""
    count = 0
    while count < at_least:
        for _, passage in passages():
            for word in passage.split():
                yield word
                count += 1
                if count >= at_least:
                    return


def _joined(task: str, words: list[str]) -> str:
    return f"{task}\n\n{' '.join(words)}"


def quotable(length: Callable[[str], int], *, count: int, tokens: tuple[int, int]) -> list[str]:
    """The first `count` passages of a length between the two, one a source page at most."""
    shortest, longest = tokens
    found: list[str] = []
    for _, passage in passages():
        is_new = not found or passage[:20] != found[-1][:20]
        if is_new and shortest <= length(passage) <= longest and passage.isascii():
            found.append(passage)
        if len(found) == count:
            break
    return found
