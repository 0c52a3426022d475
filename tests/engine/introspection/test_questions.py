import json
from itertools import pairwise

import pytest

from engine.contract.errors import UnreadableFileError
from engine.introspection.questions import read_questions, some_of, topics_for_training
from tests.benchmarks import pick_questions


@pytest.fixture
def written(tmp_path):
    def write(*lines):
        path = tmp_path / "questions.jsonl"
        texts = (line if isinstance(line, str) else json.dumps(line) for line in lines)
        path.write_text("\n".join(texts), encoding="utf-8")
        return path

    return write


def test_both_forms_of_line_are_read(written):
    found = read_questions(
        written(
            {"question": "How high?", "answer": "8 m"},
            "",
            {
                "title": "Rhine",
                "passage": "The Rhine is long.",
                "questions": [
                    {"question": "What is long?", "answer": ["The Rhine", "Rhine"]},
                    {"question": "How is it?", "answer": "long"},
                ],
            },
            {"question": "And?", "answer": "long", "passage": "The Rhine is long."},
        )
    )
    assert [one.text for one in found] == ["How high?", "What is long?", "How is it?", "And?"]
    assert found[1].golds == ("The Rhine", "Rhine")
    assert found[0].passage == ""
    assert found[1].group == found[2].group == found[3].group != found[0].group
    assert found[1].topic == "Rhine"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "Line 2 of the questions is not JSON"),
        ("[1]", "Line 2 of the questions is not a JSON object"),
        ({"answer": "x"}, 'Line 2 of the questions has no "question"'),
        ({"question": "x"}, 'Line 2 of the questions has no "answer"'),
        ({"question": "x", "answer": ""}, 'has no "answer"'),
        ({"question": "x", "answer": 7}, 'has no "answer"'),
        ({"question": "x", "answer": "y", "passage": 7}, 'has no "passage"'),
        ({"questions": 7}, '"questions" that are not a list'),
    ],
)
def test_a_bad_line_is_named(written, line, words):
    with pytest.raises(UnreadableFileError) as fault:
        read_questions(written({"question": "x", "answer": "y"}, line))
    assert words in fault.value.message


def test_a_file_that_cannot_be_used_is_said(tmp_path):
    with pytest.raises(UnreadableFileError, match="cannot be opened"):
        read_questions(tmp_path / "none.jsonl")
    (tmp_path / "empty.jsonl").write_text("\n\n")
    with pytest.raises(UnreadableFileError, match="no question"):
        read_questions(tmp_path / "empty.jsonl")
    (tmp_path / "latin.jsonl").write_bytes(b'{"question": "\xe9"}')
    with pytest.raises(UnreadableFileError, match="Line 1 of the questions is not UTF-8"):
        read_questions(tmp_path / "latin.jsonl")


@pytest.mark.feature("introspection.own_questions")
def test_the_questions_that_come_with_the_app_are_many_and_short(resources):
    """Questions with known answers come with the app, to check a model's confidence by."""
    path = resources / "evaluation" / "questions.jsonl"
    found = read_questions(path)
    assert path.stat().st_size <= 600_000
    assert len(found) >= 1300
    assert len({one.group for one in found}) >= 300
    assert all(one.passage for one in found)
    assert max(len(gold.split()) for one in found for gold in one.golds) <= 4
    readme = (path.parent / "README.md").read_text()
    assert "CC BY-SA 4.0" in readme
    assert "1606.05250" in readme


@pytest.mark.skipif(not pick_questions.SOURCE.is_dir(), reason="the data set is not beside us")
def test_they_are_what_the_script_picks(resources):
    text = (resources / "evaluation" / "questions.jsonl").read_text(encoding="utf-8")
    assert text == pick_questions.as_text(pick_questions.picked())


def test_training_and_test_share_no_topic_and_are_halves(resources):
    found = read_questions(resources / "evaluation" / "questions.jsonl")
    for limit in (0, 60, 400):
        some = some_of(found, limit)
        assert len(some) == (limit or len(found))
        topics = topics_for_training(some)
        train = [one for one in some if one.topic in topics]
        test = [one for one in some if one.topic not in topics]
        assert not {one.group for one in train} & {one.group for one in test}
        assert abs(len(train) - len(test)) <= 0.15 * len(some)


def test_questions_about_one_passage_stay_together(resources):
    some = some_of(read_questions(resources / "evaluation" / "questions.jsonl"), 200)
    groups = [one.group for one in some]
    changes = sum(one != other for one, other in pairwise(groups))
    assert changes == len(set(groups)) - 1
