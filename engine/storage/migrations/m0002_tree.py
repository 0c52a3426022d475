"""Conversations become trees with a place in the sidebar; messages carry files.

`leaf_id` is the end of the path that is shown. `deleted_with` names the message whose deletion
took this one along, so that both come back or go for good together. `sampling` and `attachments`
are packed JSON.
"""

from __future__ import annotations

VERSION = 2

STATEMENTS = (
    "ALTER TABLE conversations ADD COLUMN leaf_id TEXT",
    "ALTER TABLE conversations ADD COLUMN folder_id TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE conversations ADD COLUMN is_pinned INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE conversations ADD COLUMN is_archived INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE conversations ADD COLUMN title_source TEXT NOT NULL DEFAULT 'first_words'",
    "ALTER TABLE conversations ADD COLUMN preset_id TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE conversations ADD COLUMN sampling BLOB",
    "ALTER TABLE messages ADD COLUMN attachments BLOB",
    "ALTER TABLE messages ADD COLUMN deleted_with TEXT",
    "CREATE INDEX messages_gone ON messages(deleted_with) WHERE deleted_with IS NOT NULL",
    # Search leaves out what is in the trash and filters without opening 100,000 wide rows.
    "CREATE INDEX messages_in_trash ON messages(deleted_at_s) WHERE deleted_at_s IS NOT NULL",
    "CREATE INDEX messages_with_files ON messages(conversation) WHERE attachments IS NOT NULL",
    "DROP INDEX messages_of",
    "CREATE INDEX messages_of ON messages(conversation, role, created_at_s, deleted_at_s)",
    # Which of the old titles the user gave by hand is not known, so none is replaced by a model's.
    "UPDATE conversations SET title_source = 'user'",
)
