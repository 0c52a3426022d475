"""The first schema.

Texts are blobs from `engine/storage/codec.py`. Every table of things has `id`, `updated_at_s` and
`deleted_at_s`, which is what trash, merge and retention work with. Kinds whose shape belongs to a
later step (graph, facts, feeds, crawl state, traces, adapters, self-model, evaluation reports)
are `records` until that step gives them columns of their own by a migration.
"""

from __future__ import annotations

VERSION = 1

# What may have vectors. `embeddings.owner` is its row times their number plus its place here.
OWNERS = ("text_units", "memories", "messages")
# 'secure-delete' erases words at once instead of noting that they are void. 'pgsz' makes a part of
# the index fill one page: SQLCipher leaves 4,016 bytes of 4,096, which FTS5's own size overflows.
INDEX_SETTINGS = (("secure-delete", 1), ("pgsz", 3960))

# One statement each. Full-text indexes are contentless, for the text lies compressed elsewhere.
STATEMENTS = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID",
    """CREATE TABLE dictionaries (
        id INTEGER PRIMARY KEY, kind TEXT NOT NULL, bytes BLOB NOT NULL,
        made_at_s REAL NOT NULL, samples INTEGER NOT NULL)""",
    """CREATE TABLE archives (
        row INTEGER PRIMARY KEY, kind TEXT NOT NULL, bytes BLOB NOT NULL,
        items INTEGER NOT NULL, raw_bytes INTEGER NOT NULL, made_at_s REAL NOT NULL)""",
    """CREATE TABLE conversations (
        row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, title BLOB NOT NULL,
        system_prompt BLOB, created_at_s REAL NOT NULL, updated_at_s REAL NOT NULL,
        deleted_at_s REAL)""",
    """CREATE TABLE messages (
        row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
        conversation INTEGER NOT NULL REFERENCES conversations(row) ON DELETE CASCADE,
        parent_id TEXT, role TEXT NOT NULL, text BLOB, reasoning BLOB, stats BLOB,
        finish_reason TEXT, created_at_s REAL NOT NULL, updated_at_s REAL NOT NULL,
        deleted_at_s REAL, raw_bytes INTEGER NOT NULL,
        archive INTEGER REFERENCES archives(row), archive_place INTEGER)""",
    "CREATE INDEX messages_of ON messages(conversation, row)",
    "CREATE INDEX messages_in ON messages(archive) WHERE archive IS NOT NULL",
    """CREATE TABLE past (
        row INTEGER PRIMARY KEY, kind TEXT NOT NULL, item_id TEXT NOT NULL,
        changed_at_s REAL NOT NULL, body BLOB NOT NULL)""",
    "CREATE INDEX past_of ON past(item_id, changed_at_s)",
    """CREATE TABLE drafts (
        conversation_id TEXT PRIMARY KEY, text BLOB NOT NULL,
        updated_at_s REAL NOT NULL) WITHOUT ROWID""",
    """CREATE TABLE settings (
        name TEXT PRIMARY KEY, value BLOB NOT NULL, updated_at_s REAL NOT NULL) WITHOUT ROWID""",
    """CREATE TABLE memories (
        row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, text BLOB NOT NULL, body BLOB NOT NULL,
        source_id TEXT, created_at_s REAL NOT NULL, updated_at_s REAL NOT NULL,
        deleted_at_s REAL, raw_bytes INTEGER NOT NULL)""",
    """CREATE TABLE documents (
        row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, title BLOB NOT NULL,
        source BLOB NOT NULL, body BLOB NOT NULL, content_hash BLOB NOT NULL,
        created_at_s REAL NOT NULL, updated_at_s REAL NOT NULL, deleted_at_s REAL,
        raw_bytes INTEGER NOT NULL)""",
    """CREATE TABLE text_units (
        row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
        document INTEGER NOT NULL REFERENCES documents(row) ON DELETE CASCADE,
        place INTEGER NOT NULL, text BLOB, content_hash BLOB NOT NULL,
        same_as INTEGER REFERENCES text_units(row), raw_bytes INTEGER NOT NULL,
        archive INTEGER REFERENCES archives(row), archive_place INTEGER)""",
    "CREATE INDEX text_units_of ON text_units(document, place)",
    "CREATE INDEX text_units_like ON text_units(content_hash)",
    "CREATE INDEX text_units_same ON text_units(same_as) WHERE same_as IS NOT NULL",
    "CREATE INDEX text_units_in ON text_units(archive) WHERE archive IS NOT NULL",
    """CREATE TABLE embedding_models (
        row INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, dims INTEGER NOT NULL)""",
    # Numbers for keys: a vector takes 384 bytes, and a text key with its index took 153 more.
    """CREATE TABLE embeddings (
        model INTEGER NOT NULL REFERENCES embedding_models(row), owner INTEGER NOT NULL,
        form INTEGER NOT NULL, numbers BLOB NOT NULL, PRIMARY KEY (model, owner)) WITHOUT ROWID""",
    """CREATE TABLE records (
        row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, parent_id TEXT,
        body BLOB NOT NULL, created_at_s REAL NOT NULL, updated_at_s REAL NOT NULL,
        deleted_at_s REAL, raw_bytes INTEGER NOT NULL)""",
    "CREATE INDEX records_of ON records(kind, parent_id)",
    """CREATE TABLE sealed_files (
        id TEXT PRIMARY KEY, kind TEXT NOT NULL, owner_id TEXT NOT NULL, key BLOB NOT NULL,
        raw_bytes INTEGER NOT NULL, stored_bytes INTEGER NOT NULL, digest BLOB NOT NULL,
        created_at_s REAL NOT NULL) WITHOUT ROWID""",
    *(
        f"CREATE VIRTUAL TABLE {name} USING fts5(text, content='', contentless_delete=1, "
        "tokenize='unicode61 remove_diacritics 2')"
        for name in ("messages_index", "memories_index", "text_units_index")
    ),
    *(
        f"INSERT INTO {name}({name}, rank) VALUES ('{setting}', {value})"
        for name in ("messages_index", "memories_index", "text_units_index")
        for setting, value in INDEX_SETTINGS
    ),
)
