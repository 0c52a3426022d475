from __future__ import annotations

import datetime
import time
from dataclasses import replace

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from engine.contract import commands
from engine.contract.library import Folder
from ui import screen_content as content
from ui import text
from ui import text_sidebar as words
from ui.chat.conversation_list_model import ConversationRole, Place, RowKind, day_name

WORK = Folder(id="folder_work", name="Work", created_at_s=1.0)


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


def choose(sidebar, *ids):
    sidebar.list.setFocus()
    sidebar.list.setCurrentIndex(sidebar.model.index_of(ids[0]))
    selection = sidebar.list.selectionModel()
    for id_ in ids:
        selection.select(sidebar.model.index_of(id_), selection.SelectionFlag.Select)


def menu_words(menu):
    return [action.text() for action in menu.actions() if not action.isSeparator()]


def pick(menu, *path):
    for words_ in path:
        action = next(a for a in menu.actions() if a.text() == words_)
        menu = action.menu() or menu
    action.trigger()


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
    assert window.page.toast.words() == words.deleted(1)
    window.page.toast.action.click()
    qtbot.waitUntil(lambda: sidebar.model.found == 2)
    assert shown(sidebar) == ["Today", "Boats", "Last week", "Bread"]


@pytest.mark.feature("chat.backspace")
def test_backspace_deletes_nothing(sidebar, engine):
    """Backspace never deletes a conversation."""
    choose(sidebar, "c1")
    QTest.keyClick(sidebar.list, Qt.Key.Key_Backspace)

    assert not engine.sent(commands.DeleteConversation)


def test_a_heading_can_be_neither_chosen_nor_renamed(sidebar):
    index = sidebar.model.index(0, 0)

    assert index.flags() == Qt.ItemFlag.NoItemFlags
    assert index.data(ConversationRole.ID) == ""


def test_the_menu_of_a_conversation_says_what_can_be_done(sidebar, window):
    menu = window.listing.menu(sidebar.model.index_of("c1"))

    assert menu_words(menu) == [
        words.RENAME,
        words.PIN,
        words.MOVE_TO,
        words.ARCHIVE,
        words.EXPORT,
        words.DELETE,
    ]


@pytest.mark.feature("chat.pin")
def test_a_pinned_conversation_stands_above_all_others(sidebar, window, qtbot):
    """A pinned conversation stays at the top of the sidebar."""
    pick(window.listing.menu(sidebar.model.index_of("c2")), words.PIN)

    qtbot.waitUntil(lambda: shown(sidebar) == [words.PINNED, "Bread", "Today", "Boats"])
    window.page.toast.action.click()
    qtbot.waitUntil(lambda: words.PINNED not in shown(sidebar))


@pytest.mark.feature("chat.archive")
def test_an_archived_conversation_is_out_of_the_way_and_comes_back(sidebar, window, qtbot):
    """Conversations can be archived: out of the list, still found, and brought back."""
    pick(window.listing.menu(sidebar.model.index_of("c2")), words.ARCHIVE)
    qtbot.waitUntil(lambda: shown(sidebar) == ["Today", "Boats", words.archived_row(1)])

    archive = sidebar.model.index(2, 0)
    sidebar.list.setCurrentIndex(archive)
    QTest.keyClick(sidebar.list, Qt.Key.Key_Return)
    assert shown(sidebar) == ["Last week", "Bread"]
    assert sidebar.back.isVisible()

    pick(window.listing.menu(sidebar.model.index_of("c2")), words.UNARCHIVE)
    qtbot.waitUntil(lambda: sidebar.nothing.isVisible())
    assert sidebar.nothing.text() == words.NOTHING_ARCHIVED
    sidebar.back.click()
    assert shown(sidebar) == ["Today", "Boats", "Last week", "Bread"]


@pytest.mark.feature("chat.folders")
def test_a_folder_is_made_named_filled_and_deleted_with_undo(sidebar, window, engine, qtbot):
    """Folders keep conversations together; deleting one keeps its conversations, and Undo works."""
    pick(window.listing.menu(sidebar.model.index_of("c1")), words.MOVE_TO, f"{words.NEW_FOLDER}...")
    qtbot.waitUntil(lambda: sidebar.list.findChild(QLineEdit) is not None)
    field = sidebar.list.findChild(QLineEdit)
    field.setText("Boats and such")
    QTest.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "Boats and such" in shown(sidebar))
    qtbot.waitUntil(lambda: engine.conversations["c1"].folder_id != "")
    qtbot.waitUntil(lambda: "Boats" not in shown(sidebar))

    folder_id = engine.conversations["c1"].folder_id
    sidebar.list.setCurrentIndex(sidebar.model.index_of_folder(folder_id))
    QTest.keyClick(sidebar.list, Qt.Key.Key_Right)
    assert "Boats" in shown(sidebar)
    QTest.keyClick(sidebar.list, Qt.Key.Key_Left)
    assert "Boats" not in shown(sidebar)

    QTest.keyClick(sidebar.list, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: "Boats" in shown(sidebar))
    assert words.FOLDERS not in shown(sidebar)
    window.page.toast.action.click()
    qtbot.waitUntil(lambda: "Boats and such" in shown(sidebar))


@pytest.mark.feature("chat.drag")
def test_a_conversation_dropped_on_a_folder_goes_into_it_and_out_again(
    sidebar, window, engine, qtbot
):
    """Drag conversations into folders, out of them, or onto the pinned ones."""
    engine.library.add(WORK)
    qtbot.waitUntil(lambda: sidebar.model.index_of_folder("folder_work").isValid())
    folder = sidebar.model.index_of_folder("folder_work")
    carried = sidebar.model.mimeData([sidebar.model.index_of("c1")])
    drop(sidebar, carried, folder)
    qtbot.waitUntil(lambda: window.session.book.entries["c1"].folder_id == "folder_work")

    day = next(
        sidebar.model.index(row, 0)
        for row in range(sidebar.model.rowCount())
        if sidebar.model.index(row, 0).data() == "Last week"
    )
    drop(sidebar, carried, day)
    qtbot.waitUntil(lambda: window.session.book.entries["c1"].folder_id == "")
    window.page.toast.action.click()
    qtbot.waitUntil(lambda: engine.conversations["c1"].folder_id == "folder_work")


def drop(sidebar, carried, index):
    point = sidebar.list.visualRect(index).center()
    left, move = Qt.MouseButton.LeftButton, Qt.DropAction.MoveAction
    none = Qt.KeyboardModifier.NoModifier
    sidebar.list.dragEnterEvent(QDragEnterEvent(point, move, carried, left, none))
    over = QDragMoveEvent(point, move, carried, left, none)
    sidebar.list.dragMoveEvent(over)
    assert over.isAccepted()
    event = QDropEvent(point.toPointF(), move, carried, left, none)
    sidebar.list.dropEvent(event)
    # Had it stayed a move, Qt would remove the dragged rows from the model.
    assert event.dropAction() == Qt.DropAction.IgnoreAction


def test_a_file_cannot_be_dropped_on_the_list(sidebar):
    carried = QMimeData()
    carried.setUrls([QUrl.fromLocalFile("/tmp/notes.txt")])
    event = QDragEnterEvent(
        QPoint(20, 20),
        Qt.DropAction.CopyAction,
        carried,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    sidebar.list.dragEnterEvent(event)

    assert not event.isAccepted()


@pytest.mark.feature("chat.many")
def test_several_conversations_are_moved_archived_and_deleted_at_once(
    sidebar, window, engine, qtbot
):
    """Several conversations can be selected and moved, archived, exported or deleted together."""
    engine.library.add(WORK)
    qtbot.waitUntil(lambda: sidebar.model.index_of_folder("folder_work").isValid())
    choose(sidebar, "c1", "c2")
    menu = window.listing.menu(sidebar.model.index_of("c2"))
    assert words.RENAME not in menu_words(menu)
    pick(menu, words.MOVE_TO, "Work")
    qtbot.waitUntil(lambda: {c.folder_id for c in engine.conversations.values()} == {WORK.id})

    sidebar.model.set_folder_open(WORK.id, True)
    choose(sidebar, "c1", "c2")
    assert window.actions_by_key["archive"].isEnabled()
    window.actions_by_key["archive"].trigger()
    qtbot.waitUntil(lambda: all(c.is_archived for c in engine.conversations.values()))
    assert window.page.toast.words() == words.archived(2, is_archived=True)
    window.page.toast.action.click()
    qtbot.waitUntil(lambda: not any(c.is_archived for c in engine.conversations.values()))

    qtbot.waitUntil(lambda: sidebar.model.index_of("c2").isValid())
    choose(sidebar, "c1", "c2")
    QTest.keyClick(sidebar.list, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: not engine.conversations)
    window.page.toast.action.click()
    qtbot.waitUntil(lambda: len(engine.conversations) == 2)


def test_a_selection_outlives_a_change_of_the_list(sidebar, engine, qtbot):
    choose(sidebar, "c1", "c2")
    engine.library.add(WORK)
    qtbot.waitUntil(lambda: sidebar.model.index_of_folder("folder_work").isValid())

    assert set(sidebar.list.chosen_ids()) == {"c1", "c2"}


def test_a_conversation_opened_from_elsewhere_has_its_folder_opened(sidebar, window, engine, qtbot):
    engine.library.add(WORK)
    window.listing.acts_on.move(("c1",), WORK.id)
    qtbot.waitUntil(lambda: "Boats" not in shown(sidebar))
    sidebar.model.reveal("c1")

    assert sidebar.model.index_of("c1").isValid()


def test_screen_readers_are_told_of_folders_and_pins(sidebar, window, engine, qtbot):
    engine.library.add(WORK)
    window.listing.acts_on.pin(("c1",), is_pinned=True)
    qtbot.waitUntil(lambda: shown(sidebar)[0] == words.PINNED)
    role = Qt.ItemDataRole.AccessibleTextRole

    assert sidebar.model.index_of("c1").data(role) == "Boats, pinned"
    folder = sidebar.model.index_of_folder(WORK.id)
    assert folder.data(role) == "Folder Work, 0 conversations, closed"


def test_five_thousand_conversations_are_listed_in_a_quarter_of_a_second(window):
    made = content.conversation("x", "Title", content.user("u", "hello"))
    book = window.session.book
    for number in range(5000):
        book._keep(
            replace(made, id=f"many_{number}", title=f"Title {number}", is_pinned=number % 90 == 0)
        )
    begun = time.perf_counter()
    window.sidebar.model.rebuild()
    window.sidebar.list.mark("many_17")
    window.sidebar.list.grab()

    assert window.sidebar.model.found == 5000
    assert time.perf_counter() - begun < 0.25


def test_where_a_drop_goes_depends_on_the_row(sidebar, window, engine, qtbot):
    engine.library.add(WORK)
    qtbot.waitUntil(lambda: sidebar.model.index_of_folder(WORK.id).isValid())
    window.listing.acts_on.pin(("c1",), is_pinned=True)
    qtbot.waitUntil(lambda: shown(sidebar)[0] == words.PINNED)
    model = sidebar.model
    places = {
        model.index(row, 0).data(): model.place_at(model.index(row, 0))
        for row in range(model.rowCount())
    }

    assert places == {
        words.PINNED: Place(None, is_pinned=True),
        "Boats": Place(None, is_pinned=True),
        words.FOLDERS: None,
        "Work": Place(WORK.id, is_pinned=False),
        "Last week": Place("", is_pinned=False),
        "Bread": Place("", is_pinned=False),
    }
    kinds = [model.index(row, 0).data(ConversationRole.KIND) for row in range(model.rowCount())]
    assert kinds.count(RowKind.HEADING) == 3
    assert text.TODAY not in places
