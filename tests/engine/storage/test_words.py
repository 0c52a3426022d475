"""Our marks agree with what FTS5 finds."""

from __future__ import annotations

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlcipher3 import dbapi2 as sql

from engine.storage.words import Phrase, Query, fold, marks_in, words_of

# Everything that was assigned when FTS5's tables were made (Unicode 6.1), but for a Southeast
# Asian script's vowels and the two letters that later versions fold.
LETTERS = [
    chr(code)
    for code in (*range(0x20, 0x528), *range(0x1E00, 0x2000), *range(0x3040, 0x9FCD))
    if unicodedata.category(chr(code))[0] in "LN"
    and chr(code) != "\u037f"
    and unicodedata.category(chr(code)) != "Cn"
]


def test_every_letter_folds_as_in_the_index():
    connection = sql.connect(":memory:")
    connection.execute(
        "CREATE VIRTUAL TABLE t USING fts5(x, tokenize='unicode61 remove_diacritics 2')"
    )
    connection.execute("CREATE VIRTUAL TABLE v USING fts5vocab(t, 'instance')")
    connection.executemany("INSERT INTO t VALUES (?)", [(f"a{sign}b",) for sign in LETTERS])
    terms = {doc: term for term, doc in connection.execute("SELECT term, doc FROM v ORDER BY doc")}
    connection.close()

    odd = [
        (sign, terms[row]) for row, sign in enumerate(LETTERS, 1) if terms[row] != f"a{fold(sign)}b"
    ]

    assert not odd


def test_words_begin_and_end_where_the_index_says():
    assert words_of("Café-Straße foo_bar x2 naïve") == [
        "cafe",
        "straße",
        "foo",
        "bar",
        "x2",
        "naive",
    ]
    assert words_of("Cafe\u0301s ÉCOLE İstanbul") == ["cafes", "ecole", "istanbul"]
    assert words_of("東京 tower") == ["東京", "tower"]


def test_a_query_has_words_phrases_and_an_open_end():
    query = Query.of('heron "on one leg" ta')

    assert query.phrases == (
        Phrase(words=("heron",)),
        Phrase(words=("on", "one", "leg")),
        Phrase(words=("ta",), is_open=True),
    )
    assert query.match() == '"heron" AND "on one leg" AND "ta" *'


def test_a_word_with_a_hyphen_is_two_words_side_by_side():
    assert Query.of("well-known fact").match() == '"well known" AND "fact" *'


def test_a_quote_that_is_not_closed_yet_is_still_being_typed():
    assert Query.of('"on one l').match() == '"on one l"'
    assert Query.of('"on one le').match() == '"on one le" *'


def test_one_latin_letter_is_a_word_and_not_a_beginning():
    assert Query.of("a").match() == '"a"'
    assert Query.of("東").match() == '"東" *'


@settings(max_examples=300, deadline=None)
@given(text=st.text(max_size=60))
def test_no_query_is_a_mistake(text):
    """FTS5 has a language of its own; whatever is typed must only be words to it."""
    query = Query.of(text)
    connection = sql.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE t USING fts5(x, tokenize='unicode61')")
    if query.match():
        connection.execute("SELECT rowid FROM t WHERE t MATCH ?", (query.match(),)).fetchall()
    connection.close()
    pattern = query.pattern()
    if pattern:
        marks_in(pattern, text)


def test_marks_stand_where_the_words_do():
    pattern = Query.of('"one leg" her').pattern()
    text = "On ONE\n leg the héron and its herons"

    assert [text[a:b] for a, b in marks_in(pattern, text)] == ["ONE\n leg", "héron", "herons"]


def test_marks_count_letters_with_their_accents_written_apart():
    pattern = Query.of("cafe tab").pattern()
    text = "A Cafe\u0301, one tabe\u0301 table"

    assert [text[a:b] for a, b in marks_in(pattern, text)] == ["Cafe\u0301", "tabe\u0301", "table"]
