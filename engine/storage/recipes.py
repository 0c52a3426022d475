"""Save and load what an answer's prompt was made of; a recipe is forgotten with its message."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from engine.storage.codec import Codec
from engine.storage.database import Reader, Writer

KIND = "prompt_recipe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What a prompt was made of, enough to make it again and to tell whether it is the same.

    The messages are not listed: they are the path to the question, from `first_id` on.

    Attributes:
        message_id: The answer.
        first_id: The oldest message that was in it; empty if none was.
        question_id: The last one; empty if none was.
        messages: How many were in it.
        left_out: How many did not fit.
        continued_id: The answer it ended in the middle of; empty for none.
        model_key: The model whose tokens are meant; see LoadedModel.
        digest: SHA-256 of the token ids, each in four bytes, little end first.
    """

    message_id: str
    system_prompt: str
    first_id: str
    question_id: str
    messages: int
    left_out: int
    continued_id: str
    model_key: str
    prompt_tokens: int
    digest: str


def save_recipe(writer: Writer, codec: Codec, recipe: Recipe, now_s: float) -> None:
    """The recipe is kept, in place of an earlier one of the same answer."""
    body = json.dumps(asdict(recipe))
    writer.execute(
        """INSERT INTO records (id, kind, parent_id, body, created_at_s, updated_at_s, raw_bytes)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET body = excluded.body, updated_at_s = excluded.updated_at_s,
            raw_bytes = excluded.raw_bytes""",
        (
            f"recipe_{recipe.message_id}",
            KIND,
            recipe.message_id,
            codec.pack("record", body),
            now_s,
            now_s,
            len(body),
        ),
    )


def load_recipe(reader: Reader, codec: Codec, message_id: str) -> Recipe | None:
    """The recipe of the answer; None if none was kept, or a later version keeps others."""
    found = reader.execute(
        "SELECT body FROM records WHERE kind = ? AND parent_id = ?", (KIND, message_id)
    ).fetchone()
    if found is None:
        return None
    facts = json.loads(codec.unpack(found[0]))
    known = Recipe.__dataclass_fields__
    try:
        return Recipe(**{name: value for name, value in facts.items() if name in known})
    except TypeError:
        return None
