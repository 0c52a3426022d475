from __future__ import annotations

import csv
import io
from xml.etree import ElementTree

import pytest
from PySide6.QtGui import QImage

from tests.helpers import instrument_window as measured
from ui.introspection.signals_csv import harmless, to_csv
from ui.introspection.tabs import TABS


@pytest.fixture
def window(open_fake_window, qtbot):
    opened, _ = measured.open_measured(open_fake_window, qtbot, measured.measured_port(), "depth")
    return opened


def rows_of(opening, tokens):
    return list(csv.DictReader(io.StringIO(to_csv(opening, tokens))))


@pytest.mark.feature("introspection.export")
def test_a_view_is_saved_as_picture_drawing_and_table(window, qtbot, tmp_path):
    """Each view is saved as a picture, a drawing or a table, where you choose."""
    export, said = window.panel_tools.export, []
    export.told = said.append
    for kind in TABS:
        window.introspection.panel.show_tab(kind.view.value)
        view = window.introspection.panel.view()
        measured.draw(qtbot, view)
        picture, drawing, table = (
            tmp_path / f"{kind.title}.{end}" for end in ("png", "svg", "csv")
        )
        export.write("png", str(picture))
        export.write("svg", str(drawing))
        export.write("csv", str(table.with_suffix("")))

        image = QImage(str(picture))
        assert image.width() == 2 * view.area.widget().width()
        assert len({image.pixelColor(x, 60).name() for x in range(0, image.width(), 3)}) > 2
        root = ElementTree.parse(drawing).getroot()
        assert root.tag.endswith("svg")
        assert len(list(root.iter())) > 10
        assert len(table.read_text().splitlines()) == len(measured.WORDS) + 1
    assert set(said) == {"Saved."}


def test_the_table_has_a_row_a_token_with_all_that_was_measured():
    rows = rows_of(measured.opening(), measured.tokens())

    assert [row["token"] for row in rows] == list(measured.WORDS)
    first = rows[0]
    assert first["surprisal (nats)"] == "0.5"
    assert first["share 3 notes.md"] == "0.4"
    assert first["alternative 1 probability"] == "0.6"
    assert (first["layer 4 top"], first["layer 8 top"]) == (" no", "The")
    assert first["layer 12 KL (nats)"] == "0.75"
    assert first["fork"] == "0"


def test_what_was_not_measured_is_an_empty_cell_and_not_zero():
    bare = measured.token(0, "a", commit=None, shares=(), sink_share=None, lookback_ratio=None)
    (row,) = rows_of(measured.opening(), [bare])

    for name in ("state norm", "commit layer", "lookback ratio", "share 1 Marks between messages",
                 "layer 4 top", "layer 12 probability"):  # fmt: skip
        assert row[name] == "", name


@pytest.mark.parametrize(
    "sign", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", ' "=1', "\n=HYPERLINK()"]
)
def test_no_cell_runs_in_a_table_program(sign):
    assert harmless(sign) == f"'{sign}"
    (row,) = rows_of(
        measured.opening(directions=(sign,)), [measured.token(0, sign, projections=(-0.5,))]
    )
    assert row["token"] == f"'{sign}"
    # A number stays one.
    assert row[f"projection {sign} (standard deviations)"] == "-0.5"


@pytest.mark.parametrize("plain", [" the", "a=b", "3-4", ""])
def test_other_words_stay_as_they_are(plain):
    assert harmless(plain) == plain


def test_a_place_that_cannot_be_written_is_told_without_its_name(window, tmp_path):
    said = []
    window.panel_tools.export.told = said.append
    window.panel_tools.export.write("csv", str(tmp_path / "nowhere" / "file.csv"))

    assert said == ["It could not be saved: No such file or directory."]


def test_the_menu_offers_a_table_only_where_there_are_rows(open_fake_window, qtbot):
    window = open_fake_window(port=measured.measured_port())
    qtbot.waitUntil(lambda: window.session.models.loaded is not None)
    window.introspection.open()
    export = window.panel_tools.export
    export.click()

    offered = {action.data(): action.isEnabled() for action in export.menu.actions()}
    export.menu.close()
    assert offered == {"png": True, "svg": True, "csv": False}
