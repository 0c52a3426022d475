"""Writes FEATURES.md: what a user gets, and the test that proves it.

`python -m tests.features` collects every test that carries `@pytest.mark.feature("area.name")`;
with `--check` nothing is written and the exit code says whether the file is up to date.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "FEATURES.md"
_HEAD = """# Features

What Shvayambhu does, one row a feature, each with the test that proves it.
Written by `make features` from the tests themselves; a change here is overwritten.
"""


@dataclass
class Feature:
    """One capability a user can name.

    Attributes:
        name: Area, a dot, and a word for it.
        sentence: What the user gets.
        proofs: Tests, as file::name.
    """

    name: str
    sentence: str = ""
    proofs: list[str] = field(default_factory=list)


class Collector:
    """A pytest plugin that reads the feature marks and runs nothing."""

    def __init__(self) -> None:
        self.features: dict[str, Feature] = {}
        self.faults: list[str] = []

    # First, so that tests left out by a marker are still seen.
    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            for mark in item.iter_markers("feature"):
                self._take(item, mark)

    def _take(self, item: pytest.Item, mark: pytest.Mark) -> None:
        proof = item.nodeid.partition("[")[0]
        name = mark.args[0]
        feature = self.features.setdefault(name, Feature(name))
        if proof not in feature.proofs:
            feature.proofs.append(proof)
        docstring = (getattr(item, "obj", None).__doc__ or "").strip()
        sentence = mark.args[1] if len(mark.args) > 1 else docstring.partition("\n")[0]
        feature.sentence = feature.sentence or sentence
        if not name.partition(".")[2] or name != name.lower() or " " in name:
            self.faults.append(f"{proof}: the feature {name!r} is not an area, a dot and a word")

    def check(self) -> list[str]:
        """What is wrong with the marks; empty if nothing is."""
        silent = [
            f"{feature.proofs[0]}: the feature {feature.name!r} has no sentence"
            for feature in self.features.values()
            if not feature.sentence
        ]
        return self.faults + silent


def collect() -> Collector:
    """Read the marks of all tests.

    Raises:
        SystemExit: A test file cannot be imported; pytest's words are on stderr.
    """
    collector = Collector()
    words = io.StringIO()
    with contextlib.redirect_stdout(words):
        options = ["--collect-only", "-q", "--no-header", "-p", "no:cacheprovider", "tests"]
        status = pytest.main(options, plugins=[collector])
    if status != pytest.ExitCode.OK:
        sys.stderr.write(words.getvalue())
        raise SystemExit(2)
    return collector


def render(features: list[Feature]) -> str:
    """The whole file: one table per area, areas and features in alphabetical order."""
    lines = [_HEAD]
    area = ""
    for feature in sorted(features, key=lambda feature: feature.name):
        first, _, _ = feature.name.partition(".")
        if first != area:
            area = first
            lines += ["", f"## {area}", "", "| feature | what you get | proof |", "|---|---|---|"]
        proofs = "<br>".join(f"`{proof}`" for proof in sorted(feature.proofs))
        sentence = feature.sentence.replace("|", "\\|")
        lines.append(f"| `{feature.name}` | {sentence} | {proofs} |")
    return "\n".join(lines).replace("\n\n\n", "\n\n") + "\n"


def main(arguments: list[str]) -> int:
    """Write FEATURES.md, or with `--check` say whether it is up to date.

    Returns:
        0 if it is (now), 1 if it is not or a mark is wrong.
    """
    os.chdir(ROOT)
    collector = collect()
    faults = collector.check()
    if faults:
        sys.stderr.write("\n".join(faults) + "\n")
        return 1
    text = render(list(collector.features.values()))
    if "--check" not in arguments:
        TARGET.write_text(text, encoding="utf-8")
        sys.stderr.write(f"{len(collector.features)} features written to {TARGET.name}\n")
        return 0
    is_current = TARGET.exists() and TARGET.read_text(encoding="utf-8") == text
    if not is_current:
        sys.stderr.write("FEATURES.md is out of date; run make features.\n")
    return 0 if is_current else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
