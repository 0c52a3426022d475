"""What lies on disk is noise, and everything that would fail open is refused."""

from __future__ import annotations

import sqlite3

import pytest

from engine.contract.errors import StorageError, VaultDamagedError, VaultReadOnlyError
from engine.storage.database import (
    PLAIN_MAGIC,
    Reader,
    Writer,
    connect,
    connect_in_memory,
    key_literal,
    open_keyed,
)
from engine.storage.keys import Secret

MARK = "marker-7f3a-quicksilver"


@pytest.fixture
def key():
    return Secret.random()


@pytest.fixture
def path(tmp_path, key):
    """A database with a marker in every corner: a table, an index, full text, the log."""
    path = tmp_path / "a vault?#%41.db"
    connection = connect(path, key, may_create=True)
    connection.execute("CREATE TABLE words (id INTEGER PRIMARY KEY, word TEXT)")
    connection.execute("CREATE INDEX by_word ON words(word)")
    connection.execute("CREATE VIRTUAL TABLE search USING fts5(word)")
    for number in range(50):
        connection.execute("INSERT INTO words (word) VALUES (?)", (f"{MARK} {number}",))
        connection.execute("INSERT INTO search VALUES (?)", (f"{MARK} {number}",))
    yield path
    connection.close()


def test_the_file_does_not_even_say_that_it_is_a_database(path):
    content = path.read_bytes()
    assert content
    assert not content.startswith(PLAIN_MAGIC)
    assert b"SQLite" not in content


def test_plain_sqlite_cannot_read_it(path):
    plain = sqlite3.connect(path)
    with pytest.raises(sqlite3.DatabaseError):
        plain.execute("SELECT * FROM sqlite_master").fetchall()
    plain.close()


@pytest.mark.feature("vault.encrypted")
def test_no_written_word_is_in_any_file(path, key):
    """What you write lies encrypted on disk, the write-ahead log included."""
    log = path.with_name(path.name + "-wal")
    assert log.stat().st_size > 0
    connection = connect(path, key)
    # A sort that is large enough to spill must spill into memory.
    connection.execute("SELECT a.word FROM words a, words b, words c ORDER BY 1 DESC").fetchmany(1)
    for file in path.parent.iterdir():
        content = file.read_bytes()
        for form in (MARK.encode(), MARK.encode("utf-16-le"), MARK.upper().encode()):
            assert form not in content, file.name
    connection.close()


def test_a_wrong_key_and_no_database_at_all_are_refused(path, tmp_path, key):
    with pytest.raises(VaultDamagedError):
        connect(path, Secret.random())
    with pytest.raises(StorageError):
        connect(tmp_path / "absent.db", key)
    assert not (tmp_path / "absent.db").exists()


@pytest.mark.parametrize("length", [0, 16, 31, 33, 64])
def test_a_key_of_another_length_is_never_taken_for_a_passphrase(tmp_path, length):
    with pytest.raises(ValueError, match="32 bytes"):
        connect(tmp_path / "new.db", Secret(bytes(length)), may_create=True)


def test_a_plain_database_is_not_opened(tmp_path, key):
    path = tmp_path / "plain.db"
    with sqlite3.connect(path) as plain:
        plain.execute("CREATE TABLE words (word)")
    plain.close()
    with pytest.raises(VaultDamagedError):
        connect(path, key)


def test_every_setting_holds(path, key):
    connection = connect(path, key)
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,
        "secure_delete": 1,
        "temp_store": 2,
        "foreign_keys": 1,
        "fullfsync": 1,
        "checkpoint_fullfsync": 1,
    }
    found = {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in wanted}
    assert found == wanted
    assert connection.execute("PRAGMA mmap_size").fetchall() in ([], [(0,)])
    connection.close()


def test_a_reader_cannot_write_whatever_it_says(path, key):
    reader = connect(path, key, is_read_only=True)
    reader.execute("PRAGMA query_only = OFF")
    for statement in ("DELETE FROM words", "CREATE TABLE more (x)", "PRAGMA user_version = 9"):
        with pytest.raises(Exception, match="readonly"):
            reader.execute(statement)
    reader.close()
    assert not hasattr(Reader, "executemany")
    assert issubclass(Writer, Reader)


def test_sqlite_utils_sees_sqlciphers_errors():
    """`alter=True` works by catching the error for a missing column."""
    writer = Writer(connect_in_memory())
    writer.tables["things"].insert({"a": 1})
    writer.tables["things"].insert({"a": 2, "b": "new"}, alter=True)
    assert writer.execute("SELECT b FROM things").fetchall() == [(None,), ("new",)]


def test_a_key_is_spelled_as_sqlcipher_wants_it():
    assert key_literal(Secret(bytes(range(32)))) == f"x'{bytes(range(32)).hex()}'".encode()


def test_a_folder_that_is_not_there_is_named_as_such(tmp_path, key):
    with pytest.raises(VaultReadOnlyError):
        open_keyed(tmp_path / "no" / "vault.db", key, may_create=True)
