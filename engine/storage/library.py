"""Save and load folders, presets and prompts; what was removed can come back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

from engine.contract.errors import BadRequestError, NotFoundError, VaultDamagedError
from engine.contract.library import Folder, Preset, PromptTemplate, SamplingOverrides
from engine.storage.codec import Codec
from engine.storage.database import Reader, Writer

Item = Folder | Preset | PromptTemplate

_KINDS: dict[type[Item], str] = {Folder: "folder", Preset: "preset", PromptTemplate: "prompt"}
_OFFERED = "library_offered"


def save_item(writer: Writer, codec: Codec, item: Item, now_s: float) -> None:
    """The item is kept, in place of one with its identifier.

    Raises:
        BadRequestError: The identifier names something else, or a prompt has another's name.
    """
    kind = _KINDS[type(item)]
    found = writer.execute("SELECT kind FROM records WHERE id = ?", (item.id,)).fetchone()
    if found is not None and found[0] != kind:
        raise BadRequestError("This identifier is taken. Nothing was changed.")
    if isinstance(item, PromptTemplate):
        _check_name(writer, codec, item)
    _put(writer, codec, item, now_s)


def _check_name(writer: Writer, codec: Codec, prompt: PromptTemplate) -> None:
    for other in load_library(writer, codec)[2]:
        if other.id != prompt.id and other.name.casefold() == prompt.name.casefold():
            raise BadRequestError(
                f"There is a prompt named /{prompt.name} already.", action="Choose another name."
            )


def _put(writer: Writer, codec: Codec, item: Item, updated_at_s: float) -> None:
    body = json.dumps(asdict(item))
    writer.execute(
        """INSERT INTO records (id, kind, body, created_at_s, updated_at_s, raw_bytes)
        VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET body = excluded.body, updated_at_s = excluded.updated_at_s,
            deleted_at_s = NULL, raw_bytes = excluded.raw_bytes""",
        (
            item.id,
            _KINDS[type(item)],
            codec.pack("record", body),
            item.created_at_s,
            updated_at_s,
            len(body),
        ),
    )


def load_library(
    reader: Reader, codec: Codec
) -> tuple[tuple[Folder, ...], tuple[Preset, ...], tuple[PromptTemplate, ...]]:
    """All folders, presets and prompts that were not removed, each by name."""
    items = list(_items(reader, codec, "deleted_at_s IS NULL", ()))
    items.sort(key=lambda item: (item.name.casefold(), item.id))
    return (
        tuple(item for item in items if isinstance(item, Folder)),
        tuple(item for item in items if isinstance(item, Preset)),
        tuple(item for item in items if isinstance(item, PromptTemplate)),
    )


def load_preset(reader: Reader, codec: Codec, preset_id: str) -> Preset | None:
    """The preset; None if there is none of that identifier (any more)."""
    for item in _items(reader, codec, "id = ? AND deleted_at_s IS NULL", (preset_id,)):
        return item if isinstance(item, Preset) else None
    return None


def remove_item(writer: Writer, item_id: str, now_s: float) -> None:
    """The item is out of its list; `restore_item` brings it back.

    Raises:
        NotFoundError: It is not there.
    """
    _mark(writer, item_id, now_s, now_s, "deleted_at_s IS NULL")


def restore_item(writer: Writer, item_id: str, now_s: float) -> None:
    """The item is in its list again.

    Raises:
        NotFoundError: It was not removed, or its time is over.
    """
    _mark(writer, item_id, None, now_s, "deleted_at_s IS NOT NULL")


def _mark(
    writer: Writer, item_id: str, deleted_at_s: float | None, now_s: float, where: str
) -> None:
    changed = writer.execute(
        f"UPDATE records SET deleted_at_s = ?, updated_at_s = ? WHERE id = ? AND {where}"
        f" AND kind IN ({', '.join('?' * len(_KINDS))})",
        (deleted_at_s, now_s, item_id, *_KINDS.values()),
    )
    if not changed.rowcount:
        raise NotFoundError("This is not in the library any more.")


def purge_removed(writer: Writer, before_s: float) -> int:
    """What was removed before that time is gone for good; how many things that were."""
    return writer.execute(
        f"DELETE FROM records WHERE deleted_at_s < ? AND kind IN ({', '.join('?' * len(_KINDS))})",
        (before_s, *_KINDS.values()),
    ).rowcount


def offer(writer: Writer, codec: Codec, items: tuple[Item, ...]) -> bool:
    """A new vault has these; once, so that what the user removes stays away. Whether it was due.

    They count as changed long ago, so that in a merge whatever the user made of them wins.
    """
    if writer.execute("SELECT 1 FROM meta WHERE name = ?", (_OFFERED,)).fetchone():
        return False
    writer.execute("INSERT INTO meta (name, value) VALUES (?, ?)", (_OFFERED, b"1"))
    for item in items:
        if not writer.execute("SELECT 1 FROM records WHERE id = ?", (item.id,)).fetchone():
            _put(writer, codec, item, 0.0)
    return True


def is_offered(reader: Reader) -> bool:
    """Whether `offer` was done in this vault."""
    found = reader.execute("SELECT 1 FROM meta WHERE name = ?", (_OFFERED,)).fetchone()
    return found is not None


def _items(reader: Reader, codec: Codec, where: str, values: tuple[Any, ...]) -> Iterator[Item]:
    kinds = {kind: type_ for type_, kind in _KINDS.items()}
    rows = reader.execute(
        f"SELECT id, kind, body, created_at_s FROM records WHERE {where}"
        f" AND kind IN ({', '.join('?' * len(kinds))})",
        (*values, *kinds),
    ).fetchall()
    for id_, kind, body, created_at_s in rows:
        item = _read(kinds[kind], codec.unpack(body), id_, created_at_s)
        if item is not None:
            yield item


def _read(kind: type[Item], body: str, id_: str, created_at_s: float) -> Item | None:
    """The item of a row; None if a later version, or a foreign backup, made another thing of it."""
    try:
        facts = json.loads(body)
        known = {name: facts[name] for name in kind.__dataclass_fields__ if name in facts}
        known |= {"id": id_, "created_at_s": created_at_s}
        if kind is Preset:
            known["sampling"] = sampling_from(known.get("sampling"))
        item = kind(**known)
    except (ValueError, TypeError, KeyError, VaultDamagedError):
        return None
    return item if all(isinstance(text, str) for text in _texts(item)) else None


def _texts(item: Item) -> tuple[object, ...]:
    match item:
        case Preset():
            return item.name, item.model_id, item.system_prompt or ""
        case PromptTemplate():
            return item.name, item.title, item.text
        case Folder():
            return (item.name,)


def sampling_from(facts: object) -> SamplingOverrides:
    """The overrides as JSON gave them; a field that is no number of its kind is left out."""
    overrides = SamplingOverrides()
    for name, value in facts.items() if isinstance(facts, dict) else ():
        whole = name in ("max_tokens", "seed")
        is_number = isinstance(value, int if whole else (int, float))
        if name in SamplingOverrides.__dataclass_fields__ and is_number and value is not True:
            overrides = replace(overrides, **{name: value})
    return overrides
