from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from tests.helpers import accessible
from tests.helpers import instrument_window as measured
from ui import screen_instrument_content as invented
from ui.introspection.block import Block
from ui.introspection.tabs import TABS
from ui.introspection.what_is_this import EXPLANATIONS, explain

ROOT = Path(__file__).resolve().parents[3]


def glossary():
    """Term to its meaning and source, as the table has them."""
    lines = (ROOT / "GLOSSARY.md").read_text(encoding="utf-8").splitlines()
    rows = [line.strip("|").split("|") for line in lines if line.startswith("| ")]
    return {row[0].strip(): (row[1].strip(), row[2].strip()) for row in rows if len(row) == 3}


@pytest.mark.parametrize("term", EXPLANATIONS)
def test_every_explanation_has_its_row_in_the_glossary(term):
    rows, one = glossary(), EXPLANATIONS[term]

    assert term in rows
    meaning, source = rows[term]
    assert one.formula in meaning
    assert source == one.source


def test_formulas_are_plain_text_with_their_signs_spelt_out():
    for one in EXPLANATIONS.values():
        assert one.formula.isascii(), one.term
        assert "!" not in one.meaning + one.symbols
        if "sum" in one.formula or "ln p" in one.formula:
            assert one.symbols, one.term


@pytest.fixture
def window(open_fake_window, qtbot):
    port = measured.measured_port(reports=(invented.report(),), directions=invented.directions())
    opened, _ = measured.open_measured(open_fake_window, qtbot, port, "confidence")
    return opened


@pytest.mark.feature("introspection.what-is-this")
def test_every_figure_of_every_view_can_be_asked_what_it_is(window, qtbot):
    """Every figure is one click away from its meaning, its formula and its source."""
    tools = window.panel_tools
    for kind in TABS:
        window.introspection.panel.show_tab(kind.view.value)
        view = window.introspection.panel.view()
        measured.draw(qtbot, view)
        blocks = [block for block in view.findChildren(Block) if block.term]
        assert blocks
        for block in blocks:
            assert explain(block.term) is not None, block.term
            block.what.click()
            assert tools.explainer.card.explanation.term == block.term
            tools.explainer.popover.close()


def test_the_card_is_read_out_and_goes_by_esc(window, qtbot):
    view = window.introspection.panel.view()
    window.panel_tools.explainer.show("ECE", view)
    popover = window.panel_tools.explainer.popover
    assert popover.isVisible()
    card = window.panel_tools.explainer.card
    assert "null by doi:10.1175" in card.accessibleDescription()
    qtbot.keyClick(popover, Qt.Key.Key_Escape)

    assert not popover.isVisible()


def test_a_word_that_no_figure_has_opens_nothing(window):
    window.panel_tools.explainer.show("phlogiston", window)

    assert window.panel_tools.explainer.popover is None


def test_everything_in_the_views_is_named_and_reached_by_keys(window, qtbot):
    for kind in TABS:
        window.introspection.panel.show_tab(kind.view.value)
        measured.draw(qtbot, window.introspection.panel.view())
        QApplication.processEvents()
        panel = window.introspection.panel
        assert accessible.nameless(panel) == []
        assert accessible.roleless(panel) == []
        assert accessible.garbled(panel) == []
        assert accessible.unreachable(panel.window()) == []
