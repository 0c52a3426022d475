from __future__ import annotations

import numpy as np
import pytest

from engine.contract.vault import TrashKind
from engine.storage import archives, documents, embeddings, memories, trash
from engine.storage.codec import Codec
from engine.storage.database import Writer, connect_in_memory
from engine.storage.documents import Document, TextUnit
from engine.storage.erasure import forget_items
from engine.storage.memories import Memory
from engine.storage.migrations.upgrade import upgrade
from engine.storage.past import past_of
from engine.storage.twins import twins_of

NOW_S = 1_795_000_000.0
NOTICE = "The heron stands on one leg. " * 20


@pytest.fixture
def kept():
    connection = connect_in_memory()
    writer = Writer(connection)
    upgrade(writer)
    yield writer, Codec()
    connection.close()


def document(name, *texts, kind=documents.FILE):
    return Document(
        id=f"doc-{name}",
        kind=kind,
        title=f"About {name}",
        source=f"/tmp/{name}.pdf",
        created_at_s=NOW_S,
        units=tuple(TextUnit(id=f"{name}-{n}", text=t) for n, t in enumerate(texts)),
        facts={"pages": 3},
    )


def test_a_document_comes_back_equal_with_its_units_in_order(kept):
    whole = document("birds", "First the heron.", "Then the täubchen 🕊.", "")

    documents.save_document(*kept, whole, NOW_S)

    assert documents.load_document(*kept, "doc-birds") == whole
    assert documents.units_by_id(*kept, ["birds-1", "none"]) == {"birds-1": whole.units[1]}


def test_the_same_text_twice_is_kept_once_and_found_in_both(kept):
    for name in ("one", "two"):
        documents.save_document(*kept, document(name, NOTICE), NOW_S)

    rows = kept[0].execute("SELECT count(text), count(same_as) FROM text_units").fetchone()
    assert rows == (1, 1)
    assert documents.load_document(*kept, "doc-two").units[0].text == NOTICE
    assert set(documents.search_units(kept[0], "heron leg")) == {"one-0", "two-0"}


@pytest.mark.parametrize("change", [("one", "two"), ("stands", "never stands"), ("heron", "Heron")])
def test_a_text_that_differs_in_a_word_is_kept_itself(kept, change):
    documents.save_document(*kept, document("one", NOTICE), NOW_S)
    documents.save_document(*kept, document("two", NOTICE.replace(*change)), NOW_S)

    assert kept[0].execute("SELECT count(text) FROM text_units").fetchone() == (2,)


def test_forgetting_the_document_that_held_the_words_leaves_them_to_the_other(kept):
    for name in ("one", "two"):
        documents.save_document(*kept, document(name, NOTICE), NOW_S)

    forget_items(*kept, ["doc-one"])

    assert documents.load_document(*kept, "doc-one") is None
    assert documents.load_document(*kept, "doc-two").units[0].text == NOTICE


def test_saving_a_document_again_adds_no_unit_twice(kept):
    for _ in range(2):
        documents.save_document(*kept, document("birds", "First", "Then"), NOW_S)

    assert [u.text for u in documents.load_document(*kept, "doc-birds").units] == ["First", "Then"]
    assert documents.search_units(kept[0], "First") == ("birds-0",)


def test_a_document_in_the_trash_is_not_found(kept):
    documents.save_document(*kept, document("birds", "First the heron."), NOW_S)
    trash.put_into_trash(kept[0], TrashKind.DOCUMENT, "doc-birds", NOW_S)

    assert documents.load_document(*kept, "doc-birds") is None
    assert documents.search_units(kept[0], "heron") == ()
    assert [item.title for item in trash.list_trash(*kept, trash_days=30)] == ["About birds"]


def test_an_edited_memory_keeps_what_it_said_before(kept):
    for text in ("Prefers tea", "Prefers coffee"):
        memories.save_memory(
            *kept, Memory(id="mem-1", text=text, created_at_s=NOW_S, facts={"sure": 0.5}), NOW_S
        )

    assert [m.text for m in memories.load_memories(*kept)] == ["Prefers coffee"]
    assert past_of(*kept, "mem-1") == ((NOW_S, "Prefers tea"),)


STORY = (
    "On Tuesday the council of Harrow voted to build a new library beside the old market hall. "
    "The building will have 3 floors, cost 4.2 million euros and open in spring 2027. Councillor "
    "Ada Brandt said that the reading room is meant for everybody, and that the roof carries "
    "solar panels which give most of the power that the lamps need."
)
RETOLD = STORY.replace("said that", "told us that")


def references(writer):
    """Each unit with the one it refers to, and whether it has words of its own."""
    return writer.execute(
        """SELECT u.id, o.id, u.text IS NOT NULL FROM text_units u
        LEFT JOIN text_units o ON o.row = u.same_as ORDER BY u.row"""
    ).fetchall()


@pytest.mark.feature("vault.copies")
def test_a_copy_in_slightly_other_words_refers_to_the_first_and_keeps_its_own_words(kept):
    """The same story on two pages is known to be one, and each page keeps its own wording."""
    documents.save_document(*kept, document("one", STORY, NOTICE), NOW_S)
    documents.save_document(*kept, document("two", RETOLD), NOW_S)

    assert references(kept[0]) == [
        ("one-0", None, 1), ("one-1", None, 1), ("two-0", "one-0", 1),
    ]  # fmt: skip
    assert documents.load_document(*kept, "doc-two").units[0].text == RETOLD
    assert documents.search_units(kept[0], "told us") == ("two-0",)
    assert twins_of(kept[0], ["one-0", "one-1"]) == {"one-0": ("two-0",)}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("3 floors", "4 floors"),
        ("2027", "2028"),
        ("Tuesday", "Thursday"),
        ("Ada Brandt", "Ida Brandt"),
        ("Harrow", "Marrow"),
        ("voted to", "voted not to"),
        ("everybody", "nobody"),
    ],
)
def test_a_story_that_says_something_else_in_one_word_refers_to_nothing(kept, old, new):
    documents.save_document(*kept, document("one", STORY), NOW_S)
    documents.save_document(*kept, document("two", STORY.replace(old, new)), NOW_S)

    assert [other for _, other, _ in references(kept[0])] == [None, None]


def test_forgetting_the_first_story_leaves_the_retold_one_its_words_alone(kept):
    documents.save_document(*kept, document("one", STORY), NOW_S)
    documents.save_document(*kept, document("two", RETOLD), NOW_S)
    embeddings.save(kept[0], "m", ["one-0"], np.ones((1, 4), np.float32))

    forget_items(*kept, ["doc-one"])

    assert references(kept[0]) == [("two-0", None, 1)]
    assert documents.load_document(*kept, "doc-two").units[0].text == RETOLD
    # The vector was of the text that is gone.
    assert embeddings.count(kept[0], "m") == 0
    assert [unit.id for unit in documents.units_to_embed(*kept, "m")] == ["two-0"]


def test_an_exact_copy_inherits_the_text_and_its_vector_and_the_others_follow(kept):
    for name, text in (("one", STORY), ("two", RETOLD), ("three", STORY), ("four", STORY)):
        documents.save_document(*kept, document(name, text), NOW_S)
    embeddings.save(kept[0], "m", ["one-0"], np.ones((1, 4), np.float32))
    assert documents.units_to_embed(*kept, "m") == ()

    forget_items(*kept, ["doc-one"])

    assert references(kept[0]) == [
        ("two-0", "three-0", 1), ("three-0", None, 1), ("four-0", "three-0", 0),
    ]  # fmt: skip
    assert [kept_.owner_id for kept_ in embeddings.every(kept[0])] == ["three-0"]
    for name, text in (("two", RETOLD), ("three", STORY), ("four", STORY)):
        assert documents.load_document(*kept, f"doc-{name}").units[0].text == text


def test_copies_forgotten_together_leave_nothing(kept):
    for name, text in (("one", STORY), ("two", RETOLD), ("three", STORY)):
        documents.save_document(*kept, document(name, text), NOW_S)

    forget_items(*kept, ["doc-three", "doc-one", "doc-two"])

    assert references(kept[0]) == []
    assert kept[0].execute("PRAGMA foreign_key_check").fetchall() == []


def test_an_archived_copy_is_read_from_its_own_archive(kept):
    """Its first has its words in a row still, which are not the copy's."""
    documents.save_document(*kept, document("one", STORY), NOW_S)
    documents.save_document(*kept, document("two", RETOLD), NOW_S)
    archive = archives.keep(kept[0], "text_unit", archives.build([RETOLD.encode()]), NOW_S)
    kept[0].execute(
        "UPDATE text_units SET text = NULL, archive = ?, archive_place = 0 WHERE id = 'two-0'",
        (archive,),
    )

    assert documents.load_document(*kept, "doc-two").units[0].text == RETOLD
    forget_items(*kept, ["doc-one"])
    assert documents.load_document(*kept, "doc-two").units[0].text == RETOLD


def test_a_story_in_the_trash_is_not_referred_to(kept):
    documents.save_document(*kept, document("one", STORY), NOW_S)
    trash.put_into_trash(kept[0], TrashKind.DOCUMENT, "doc-one", NOW_S)
    documents.save_document(*kept, document("two", RETOLD), NOW_S)

    assert references(kept[0])[1] == ("two-0", None, 1)
