from __future__ import annotations

import datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from engine.contract import commands
from ui import screen_content as content
from ui import text
from ui.chat.conversation_list_model import ConversationRole, day_name


@pytest.fixture
def sidebar(window, engine, qtbot):
    for conversation in (
        content.conversation("c1", "Boats", content.user("u1", "name my dinghy")),
        content.conversation("c2", "Bread", content.user("u2", "sourdough"), days_ago=3),
    ):
        engine.conversations[conversation.id] = conversation
    window.session.jobs.submit(commands.ListConversations())
    qtbot.waitUntil(lambda: window.sidebar.model.found == 2)
    return window.sidebar


def shown(sidebar):
    return [sidebar.model.index(row, 0).data() for row in range(sidebar.model.rowCount())]


@pytest.mark.parametrize(
    ("days", "name"),
    [(0, "Today"), (1, "Yesterday"), (2, "Last week"), (7, "Last week"), (8, "Earlier")],
)
def test_days_have_names(days, name):
    today = datetime.date(2026, 11, 23)

    assert day_name(today - datetime.timedelta(days=days), today) == name


@pytest.mark.feature("window.sidebar")
def test_conversations_stand_by_day_latest_first(sidebar):
    """The sidebar lists your conversations by day, the latest first."""
    assert shown(sidebar) == ["Today", "Boats", "Last week", "Bread"]


@pytest.mark.feature("window.search")
@pytest.mark.parametrize(("query", "found"), [("bREAd", "Bread"), ("dinghy", "Boats")])
def test_search_finds_titles_and_words(sidebar, qtbot, query, found):
    """Search finds conversations by title and by any word in them."""
    sidebar.search.setText(query)

    qtbot.waitUntil(lambda: sidebar.model.found == 1)
    assert shown(sidebar)[1] == found


def test_a_search_that_finds_nothing_says_so(sidebar, qtbot):
    sidebar.search.setText("zebra")

    qtbot.waitUntil(sidebar.nothing.isVisible)
    assert sidebar.nothing.text() == text.NOTHING_FOUND
    QTest.keyClick(sidebar.search, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: sidebar.model.found == 2)


def test_from_the_search_field_return_opens_what_was_found(sidebar, window, qtbot):
    sidebar.search.setText("bread")
    QTest.keyClick(sidebar.search, Qt.Key.Key_Return)

    qtbot.waitUntil(lambda: window.session.desk.current_id == "c2")


@pytest.mark.feature("chat.rename")
def test_a_conversation_is_renamed_in_its_place(sidebar, engine, qtbot):
    """A conversation can be renamed in the sidebar with F2."""
    index = sidebar.model.index_of("c1")
    sidebar.list.setFocus()
    sidebar.list.setCurrentIndex(index)
    sidebar.list.rename_current()
    field = sidebar.list.findChild(QLineEdit)
    field.setText("Ships")
    QTest.keyClick(field, Qt.Key.Key_Return)

    qtbot.waitUntil(lambda: "Ships" in shown(sidebar))
    assert engine.conversations["c1"].title == "Ships"


@pytest.mark.feature("chat.delete")
def test_a_deleted_conversation_can_be_brought_back(sidebar, window, qtbot):
    """A deleted conversation can be brought back with Undo."""
    window.session.desk.show("c1")
    sidebar.list.setFocus()
    sidebar.list.setCurrentIndex(sidebar.model.index_of("c1"))
    QTest.keyClick(sidebar.list, Qt.Key.Key_Delete)

    qtbot.waitUntil(lambda: sidebar.model.found == 1)
    assert window.session.desk.current_id is None
    assert window.page.toast.words() == text.DELETED
    window.page.toast.action.click()
    qtbot.waitUntil(lambda: sidebar.model.found == 2)
    assert shown(sidebar) == ["Today", "Boats", "Last week", "Bread"]


def test_the_menu_of_a_conversation_says_what_can_be_done(sidebar):
    menu = sidebar.list.menu(sidebar.model.index_of("c1"))

    assert [action.text() for action in menu.actions()] == [text.RENAME, text.DELETE]


def test_a_days_name_can_be_neither_chosen_nor_renamed(sidebar):
    index = sidebar.model.index(0, 0)

    assert index.flags() == Qt.ItemFlag.NoItemFlags
    assert index.data(ConversationRole.ID) == ""
