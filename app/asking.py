"""Asks the person at the terminal: secrets without echo, and consent to what cannot be undone."""

from __future__ import annotations

import getpass
import sys

from app.console import Console
from app.errors import InputError, UsageError
from app.passphrase import first_line
from engine.contract.errors import Cancelled

_LEAST_LETTERS = 8


def is_person(console: Console) -> bool:
    """Whether there is somebody to ask."""
    stdin = sys.stdin
    return not console.is_json and stdin is not None and not stdin.closed and stdin.isatty()


def secret(console: Console, title: str, file: str | None, *, option: str) -> str:
    """What the file holds, or what was typed without being shown.

    Raises:
        UsageError: There is no file and nobody to ask.
        InputError: The file cannot be read.
    """
    if file is not None:
        return first_line(file)
    if not is_person(console):
        raise UsageError(f"{title} is needed.", action=f"Give it with {option} FILE.")
    return getpass.getpass(f"{title}: ")


def new_secret(console: Console, title: str, file: str | None, *, option: str) -> str:
    """A new passphrase; typed twice, unless it comes from a file.

    Raises:
        UsageError: There is no file and nobody to ask.
        InputError: It is too short, or the two differ.
    """
    chosen = secret(console, title, file, option=option)
    if len(chosen) < _LEAST_LETTERS:
        raise InputError(f"A passphrase has at least {_LEAST_LETTERS} characters.")
    if file is None and getpass.getpass("Once more: ") != chosen:
        raise InputError("The two differ. Nothing was changed.")
    return chosen


def consent(console: Console, words: str, question: str, *, is_sure: bool) -> None:
    """The person typed `words`, or said beforehand that they are sure.

    Raises:
        UsageError: There is nobody to ask.
        Cancelled: Something else was typed.
    """
    if is_sure:
        return
    if not is_person(console):
        raise UsageError("This cannot be undone.", action="Add --yes-i-am-sure.")
    console.notice(question)
    try:
        typed = input(f'Type "{words}" to go on: ')
    except EOFError:
        typed = ""
    if typed.strip().lower() != words:
        raise Cancelled("Nothing was changed.")
