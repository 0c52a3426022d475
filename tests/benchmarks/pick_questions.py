"""Picks the questions that come with the app: `python -m tests.benchmarks.pick_questions`.

They are a part of SQuAD 1.1's development set, which lies beside the clone; picked by a fixed seed,
so that anybody gets the same file.
"""

from __future__ import annotations

import json
import random
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from tests.benchmarks.machine import ROOT

SOURCE = ROOT.parent / "shared" / "data" / "squad"
TARGET = ROOT / "resources" / "evaluation" / "questions.jsonl"
_SEED = 20_261_201
_TITLE_PASSAGES = 16
_PASSAGE_QUESTIONS = 4
# What a small model reads in a second or two, and what can be graded without a judge.
_LONGEST_PASSAGE = 1_000
_LONGEST_ANSWER_WORDS = 4
_FEWEST_QUESTIONS = 2


def picked() -> list[dict[str, Any]]:
    """One line for each passage, with its questions."""
    passages = {line["id"]: line for line in _lines("passages.jsonl")}
    asked: defaultdict[int, list[dict[str, str]]] = defaultdict(list)
    for line in _lines("questions.jsonl"):
        if len(line["answer"].split()) <= _LONGEST_ANSWER_WORDS and line["question"].strip():
            asked[line["passage"]].append(
                {"question": line["question"].strip(), "answer": line["answer"]}
            )
    titles: defaultdict[str, list[int]] = defaultdict(list)
    for passage, questions in asked.items():
        is_short = len(passages[passage]["text"]) <= _LONGEST_PASSAGE
        if is_short and len(questions) >= _FEWEST_QUESTIONS:
            titles[passages[passage]["title"]].append(passage)
    chosen = random.Random(_SEED)
    found = []
    for title in sorted(titles):
        for passage in chosen.sample(titles[title], min(_TITLE_PASSAGES, len(titles[title]))):
            questions = asked[passage]
            few = chosen.sample(questions, min(_PASSAGE_QUESTIONS, len(questions)))
            text = passages[passage]["text"]
            found.append({"title": title, "passage": text, "questions": few})
    return found


def _lines(name: str) -> list[dict[str, Any]]:
    text = (SOURCE / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def as_text(lines: list[dict[str, Any]]) -> str:
    """The file's content."""
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def main() -> int:
    """The file is written."""
    lines = picked()
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    Path(TARGET).write_text(as_text(lines), encoding="utf-8")
    count = sum(len(line["questions"]) for line in lines)
    sys.stderr.write(f"{count} questions over {len(lines)} passages\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
