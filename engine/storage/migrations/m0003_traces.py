"""Answers' measurements and steering directions get tables of their own.

A trace goes with its message, whoever erases that: the database itself sees to it. The body comes
last, for it fills pages of its own and the rest is read without them.
"""

from __future__ import annotations

VERSION = 3

STATEMENTS = (
    """CREATE TABLE traces (
        row INTEGER PRIMARY KEY,
        message_id TEXT NOT NULL UNIQUE REFERENCES messages(id) ON DELETE CASCADE,
        tokens INTEGER NOT NULL, raw_bytes INTEGER NOT NULL, created_at_s REAL NOT NULL,
        updated_at_s REAL NOT NULL, body BLOB NOT NULL)""",
    """CREATE TABLE directions (
        row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, model_key TEXT NOT NULL,
        created_at_s REAL NOT NULL, updated_at_s REAL NOT NULL, deleted_at_s REAL,
        raw_bytes INTEGER NOT NULL, body BLOB NOT NULL, vector BLOB NOT NULL)""",
)
