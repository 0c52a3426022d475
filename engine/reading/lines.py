"""Words found at places of a picture, to lines in reading order."""

from __future__ import annotations


def lines_of(found: list[tuple[tuple[float, float, float, float], str]]) -> list[str]:
    """Words found at places (left, top, right, bottom), as lines from top to bottom."""
    lines: list[list[tuple[tuple[float, float, float, float], str]]] = []
    for place, words in sorted(found, key=lambda item: (item[0][1], item[0][0])):
        middle = (place[1] + place[3]) / 2
        for line in reversed(lines):
            _, top, _, bottom = line[0][0]
            if top <= middle <= bottom:
                line.append((place, words))
                break
        else:
            lines.append([(place, words)])
    return ["  ".join(words for _, words in sorted(line)) for line in lines]
