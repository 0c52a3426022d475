from __future__ import annotations

import pytest

from ui.settings.licences import bundled_packages, licence_text


@pytest.mark.feature("about.licences")
def test_every_bundled_package_is_listed_with_its_licence(window, resources):
    """Every package the app is built from is listed, with the text of its licence."""
    window.preferences.open_licences()
    licences = window.window_named("licences")
    names = {package.name.casefold() for package in bundled_packages(resources)}

    assert {"mlx", "pyside6_essentials", "cryptography", "python", "sqlcipher3"} <= names
    licences.search.setText("cryptography")
    assert licences.list.count() == 1
    assert "Apache" in licences.page.toPlainText()
    assert licences.name.text().startswith("cryptography ")


def test_nothing_that_only_developers_need_is_listed(resources):
    names = {package.name.casefold() for package in bundled_packages(resources)}

    assert not names & {"pytest", "ruff", "mypy", "import-linter"}


def test_qt_comes_with_the_lesser_general_public_licence(resources):
    qt = next(p for p in bundled_packages(resources) if p.name.startswith("PySide6"))
    text = licence_text(qt, resources)

    assert "GNU LESSER GENERAL PUBLIC LICENSE" in text
    assert "TERMS AND CONDITIONS" in text


def test_our_fonts_come_with_theirs(resources):
    fonts = next(p for p in bundled_packages(resources) if p.name.startswith("Inter"))

    assert "SIL OPEN FONT LICENSE" in licence_text(fonts, resources)


def test_the_about_page_leads_there(window):
    window.preferences.open_settings("about")
    window.window_named("settings").forms["about"].licences.click()

    assert window.window_named("licences").isVisible()


def test_the_questions_come_with_theirs(resources):
    questions = next(p for p in bundled_packages(resources) if p.name.startswith("SQuAD"))

    assert "CC BY-SA 4.0" in licence_text(questions, resources)
