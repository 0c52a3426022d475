"""Workbooks: each sheet as rows of tab-separated values, dates written as dates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from engine.reading.archive import Archive, Event
from engine.reading.parts import Fault, Part, Parts, UnreadableError

_MAIN = "xl/workbook.xml"
_MOST_COLUMNS = 1000
_ROWS_A_PART = 2000
# Formats that need no declaration and are dates or times (ECMA-376, 18.8.30).
_DATE_FORMATS = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
_DAY_LETTERS = re.compile(r"[ymdhs]", re.I)
_NOT_LETTERS = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.')


def read_sheet(content: bytes) -> Parts:
    """All sheets of a workbook.

    Raises:
        UnreadableError: It is damaged or empty.
    """
    archive = Archive(content)
    sheets, epoch = _sheets(archive)
    rows = _Rows(_shared(archive), _date_styles(archive), epoch)
    found = False
    for number, (name, target) in enumerate(sheets, start=1):
        title = f"Sheet {number}: {name}"
        for lines in _portions(rows.of(archive.xml(target))):
            found = found or bool(lines)
            yield Part(title=title, text="\n".join(lines), done_ratio=number / len(sheets))
            title = ""
    if not found:
        raise UnreadableError(Fault.NO_TEXT)


def _sheets(archive: Archive) -> tuple[list[tuple[str, str]], datetime]:
    """Names and entries of the sheets that are there, and the day that counts as zero."""
    links = archive.links(_MAIN)
    sheets: list[tuple[str, str]] = []
    epoch = datetime(1899, 12, 30)
    for event in archive.xml(_MAIN):
        if event.what == "end":
            continue
        if event.name == "workbookPr" and event.facts.get("date1904") in ("1", "true"):
            epoch = datetime(1904, 1, 1)
        if event.name == "sheet" and archive.has(links.get(event.facts.get("id", ""), "")):
            sheets.append((event.facts.get("name", ""), links[event.facts["id"]]))
    return sheets, epoch


def _portions(lines: Iterator[str]) -> Iterator[list[str]]:
    """The lines in lists; one list at least."""
    first = list(islice(lines, _ROWS_A_PART))
    yield first
    while more := list(islice(lines, _ROWS_A_PART)):
        yield more


def _shared(archive: Archive) -> list[str]:
    """Texts that cells refer to by number; their phonetic readings left out."""
    name, texts = "xl/sharedStrings.xml", list[str]()
    if not archive.has(name):
        return texts
    words: list[str] = []
    is_text, phonetic = False, 0
    for event in archive.xml(name):
        if event.name == "rPh":
            phonetic += 1 if event.what == "start" else -1
        elif event.name == "t":
            is_text = event.what == "start"
        elif event.what == "text" and is_text and not phonetic:
            words.append(event.text)
        elif event.name == "si" and event.what == "end":
            texts.append("".join(words))
            words = []
    return texts


def _date_styles(archive: Archive) -> frozenset[int]:
    """Cell styles whose numbers are days since the epoch."""
    name = "xl/styles.xml"
    own: set[int] = set()
    forms: list[int] = []
    is_inside = False
    for event in archive.xml(name) if archive.has(name) else ():
        if event.name == "cellXfs":
            is_inside = event.what == "start"
        elif event.what == "start" and event.name == "numFmt":
            if _is_date(event.facts.get("formatCode", "")):
                own.add(_number(event.facts.get("numFmtId", "")))
        elif event.what == "start" and event.name == "xf" and is_inside:
            forms.append(_number(event.facts.get("numFmtId", "")))
    dates = _DATE_FORMATS | own
    return frozenset(place for place, form in enumerate(forms) if form in dates)


def _is_date(code: str) -> bool:
    letters = _NOT_LETTERS.sub("", code)
    return bool(_DAY_LETTERS.search(letters)) and "general" not in letters.lower()


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


class _Rows:
    """Cells to values."""

    def __init__(self, shared: list[str], dates: frozenset[int], epoch: datetime) -> None:
        self._shared = shared
        self._dates = dates
        self._epoch = epoch
        self._facts: dict[str, str] = {}
        self._words: list[str] = []
        self._place = 0
        self._is_value = False
        self._phonetic = 0

    def of(self, events: Iterator[Event]) -> Iterator[str]:
        """One line for each row that holds something."""
        cells: dict[int, str] = {}
        for event in events:
            if event.name == "row" and event.what == "end":
                if any(cells.values()):
                    yield "\t".join(cells.get(at, "") for at in range(1, max(cells) + 1))
                cells = {}
            else:
                self._take(event, cells)

    def _take(self, event: Event, cells: dict[int, str]) -> None:
        if event.name == "c" and event.what == "start":
            self._facts, self._words = event.facts, []
            self._place = _column(event.facts.get("r", "")) or max(cells, default=0) + 1
        elif event.name == "c":
            if self._words and self._place <= _MOST_COLUMNS:
                cells[self._place] = self._value("".join(self._words), self._facts)
        elif event.name == "rPh":
            self._phonetic += 1 if event.what == "start" else -1
        elif event.name in ("v", "t"):
            self._is_value = event.what == "start"
        elif event.what == "text" and self._is_value and not self._phonetic:
            self._words.append(event.text)

    def _value(self, text: str, facts: dict[str, str]) -> str:
        match facts.get("t", "n"):
            case "s":
                place = _number(text)
                found = self._shared[place] if 0 <= place < len(self._shared) else ""
                return " ".join(found.split())
            case "b":
                return "TRUE" if text == "1" else "FALSE"
            case "n":
                return self._figure(text, _number(facts.get("s", "0")))
            case _:
                return " ".join(text.split())

    def _figure(self, text: str, style: int) -> str:
        try:
            value = float(text)
        except ValueError:
            return text
        if style in self._dates and 0 <= value < 2_958_466:
            return self._moment(value)
        # 15 digits are what a sheet shows; more are the noise of binary fractions.
        return f"{value:.15g}"

    def _moment(self, days: float) -> str:
        moment = self._epoch + timedelta(seconds=round(days * 86_400))
        if days < 1:
            return moment.strftime("%H:%M:%S")
        is_day = not (moment.hour or moment.minute or moment.second)
        return moment.strftime("%Y-%m-%d" if is_day else "%Y-%m-%d %H:%M:%S")


def _column(reference: str) -> int:
    """1 for A, 27 for AA; 0 if the cell does not say."""
    letters = reference.rstrip("0123456789$").upper()
    place = 0
    for letter in letters[:4]:
        if not "A" <= letter <= "Z":
            return 0
        place = place * 26 + ord(letter) - 64
    return place
