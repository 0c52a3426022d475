from __future__ import annotations

import pytest

from engine.contract.vault import TrashKind
from engine.storage import documents, memories, trash
from engine.storage.codec import Codec
from engine.storage.database import Writer, connect_in_memory
from engine.storage.documents import Document, TextUnit
from engine.storage.erasure import forget_items
from engine.storage.memories import Memory
from engine.storage.migrations.upgrade import upgrade
from engine.storage.past import past_of

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
