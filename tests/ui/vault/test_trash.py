from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine.contract.errors import ErrorReport
from engine.contract.vault import TrashKind
from engine.contract.vault_commands import ForgetItems, ListTrash, RestoreFromTrash
from tests.helpers.fake_vault import trash_item
from ui import text_vault
from ui.vault.forget_sheet import ForgetSheet

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def trash(window, qtbot):
    window.actions_by_key["trash"].trigger()
    shown = window.window_named("trash")
    qtbot.waitUntil(lambda: shown._is_known)
    return shown


def titles(trash):
    return [trash.model.index(row, 0).data() for row in range(trash.model.rowCount())]


def choose(trash, *rows):
    trash.list.clearSelection()
    for row in rows:
        trash.list.selectionModel().select(
            trash.model.index(row, 0), trash.list.selectionModel().SelectionFlag.Select
        )


@pytest.mark.feature("trash.list")
def test_what_was_deleted_is_listed_with_the_day_it_goes(trash):
    """The trash lists what you deleted, when, and when it goes for good."""
    assert titles(trash) == ["Letter to the landlord", "Tax question"]
    spoken = trash.model.index(1, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "deleted 4 days ago" in spoken
    assert "goes for good in 26 days" in spoken


@pytest.mark.feature("trash.restore")
def test_something_deleted_is_put_back(trash, engine, qtbot):
    """You put back what you deleted, with a button or with Return."""
    assert not trash.put_back.isEnabled()
    choose(trash, 0)
    QTest.keyClick(trash.list, Qt.Key.Key_Return)

    qtbot.waitUntil(lambda: titles(trash) == ["Tax question"])
    assert engine.sent(RestoreFromTrash)[0].item_ids == ("gone_0",)
    qtbot.waitUntil(lambda: trash.toast.words() == "Put back.")


def test_several_things_are_put_back_at_once(trash, engine, qtbot):
    choose(trash, 0, 1)
    trash.put_back.click()

    qtbot.waitUntil(lambda: trash.said() == text_vault.TRASH_EMPTY)
    assert engine.sent(RestoreFromTrash)[0].item_ids == ("gone_0", "gone_4")


@pytest.mark.feature("trash.forget")
def test_something_is_forgotten_for_good_only_after_a_question(trash, engine, qtbot):
    """You forget something for good only after a question, which Return alone does not answer."""
    choose(trash, 0)
    QTest.keyClick(trash.list, Qt.Key.Key_Delete)
    (sheet,) = trash.findChildren(ForgetSheet)
    assert "Letter to the landlord" in sheet.heading.text()
    QTest.keyClick(sheet, Qt.Key.Key_Return)
    assert not engine.sent(ForgetItems)

    choose(trash, 0)
    trash.forget.click()
    sheet = next(s for s in trash.findChildren(ForgetSheet) if s.isVisible())
    sheet.action.click()
    qtbot.waitUntil(lambda: titles(trash) == ["Tax question"])
    assert engine.sent(ForgetItems)[0].item_ids == ("gone_0",)
    qtbot.waitUntil(lambda: trash.toast.words() == "Forgotten.")


@pytest.mark.feature("trash.filter")
def test_the_trash_is_filtered_by_words_and_by_kind(trash, engine, qtbot):
    """You find things in the trash by words and by kind."""
    engine.vault.trash.append(trash_item(9, "Likes tax forms", TrashKind.MEMORY))
    trash._listing.run(ListTrash())
    qtbot.waitUntil(lambda: trash.model.total == 3)
    trash.filter.setText("TAX")
    assert titles(trash) == ["Tax question", "Likes tax forms"]
    assert trash._count.text() == "2 of 3 things"
    trash.kinds.setCurrentIndex(trash.kinds.findData(TrashKind.MEMORY))
    assert titles(trash) == ["Likes tax forms"]

    trash.filter.setText("zebra")
    assert trash.said() == text_vault.TRASH_NOT_FOUND
    QTest.keyClick(trash, Qt.Key.Key_Escape)
    assert trash.filter.text() == ""
    QTest.keyClick(trash, Qt.Key.Key_Escape)
    assert not trash.isVisible()


@pytest.mark.feature("trash.empty")
def test_an_empty_trash_says_so(window, engine, qtbot):
    """An empty trash says what it is for."""
    engine.vault.trash = []
    window.actions_by_key["trash"].trigger()
    trash = window.window_named("trash")

    qtbot.waitUntil(lambda: trash.said() == text_vault.TRASH_EMPTY)
    assert not trash.put_back.isVisible()


def test_a_trash_that_cannot_be_read_offers_another_try(window, engine, qtbot):
    engine.vault.fail_next = ErrorReport(kind="storage", message="Not now.")
    window.actions_by_key["trash"].trigger()
    trash = window.window_named("trash")
    qtbot.waitUntil(lambda: trash._banner.message() == "Not now.")
    trash._banner.action.click()

    qtbot.waitUntil(lambda: trash.model.total == 2)


def test_a_hundred_thousand_things_are_listed_in_a_blink(trash):
    import time

    many = tuple(trash_item(number % 29, f"Thing {number}") for number in range(100_000))
    begun = time.perf_counter()
    trash.model.show(many)
    trash.list.scrollToBottom()
    trash.grab()

    assert time.perf_counter() - begun < 3  # 0.2 s alone; the machine may be busy
