from __future__ import annotations

import pytest

from engine.contract.errors import NotFoundError
from engine.storage import consolidation
from engine.storage.codec import Codec
from engine.storage.consolidation import Trial
from engine.storage.database import Writer, connect_in_memory
from engine.storage.erasure import forget_items
from engine.storage.memories import Memory, load_memories, save_memory
from engine.storage.migrations.upgrade import upgrade

SUMMARY = Memory(id="mem-s", text="Drinks tea, mostly green", created_at_s=5.0)


@pytest.fixture
def kept():
    """A vault in memory with two memories."""
    connection = connect_in_memory()
    writer, codec = Writer(connection), Codec()
    upgrade(writer)
    for number, text in enumerate(("Drinks tea", "Likes green tea")):
        save_memory(writer, codec, Memory(id=f"mem-{number}", text=text, created_at_s=1.0), 1.0)
    yield writer, codec
    connection.close()


def remembered(kept):
    return sorted(memory.id for memory in load_memories(*kept))


def propose(kept, *sources):
    return consolidation.propose(*kept, "con-1", SUMMARY, sources or ("mem-0", "mem-1"), 2.0)


def test_a_summary_on_trial_stands_beside_its_originals(kept):
    made = propose(kept)

    assert remembered(kept) == ["mem-0", "mem-1", "mem-s"]
    assert consolidation.consolidations(*kept) == (made,)


def test_an_accepted_summary_stands_for_its_originals_and_can_still_be_undone(kept):
    propose(kept)
    consolidation.accept(*kept, "con-1", 3.0)
    assert remembered(kept) == ["mem-s"]

    assert consolidation.undo(*kept, "con-1", 4.0) == ()

    assert remembered(kept) == ["mem-0", "mem-1"]
    assert consolidation.consolidations(*kept)[0].trial is Trial.UNDONE


def test_what_cannot_come_back_whole_keeps_its_summary(kept):
    propose(kept)
    consolidation.accept(*kept, "con-1", 3.0)
    forget_items(*kept, ["mem-1"])

    assert consolidation.undo(*kept, "con-1", 4.0) == ("mem-1",)

    assert remembered(kept) == ["mem-0", "mem-s"]


@pytest.mark.parametrize("sources", [("mem-0", "mem-9"), ()])
def test_originals_that_are_not_there_are_not_summed_up(kept, sources):
    with pytest.raises(NotFoundError):
        consolidation.propose(*kept, "con-1", SUMMARY, sources, 2.0)
    assert remembered(kept) == ["mem-0", "mem-1"]


def test_what_was_undone_is_not_accepted(kept):
    propose(kept)
    consolidation.undo(*kept, "con-1", 3.0)
    with pytest.raises(NotFoundError):
        consolidation.accept(*kept, "con-1", 4.0)
