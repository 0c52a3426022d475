"""Save and load what was measured in an answer; a trace is erased with its message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine.contract.signals import Trace
from engine.storage import trace_codec
from engine.storage.codec import Codec
from engine.storage.damage import damaged
from engine.storage.database import Reader, Writer
from engine.storage.trace_codec import Names, unnamed

KIND = "trace"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedTrace:
    """A trace as the vault holds it.

    Attributes:
        tokens: How many were measured.
        raw_bytes: Its size before it was compressed.
    """

    message_id: str
    body: bytes
    tokens: int
    raw_bytes: int


def pack_trace(codec: Codec, trace: Trace) -> PackedTrace:
    """The trace, ready to be kept; 10 ms for 300 tokens, so on a thread nobody waits for.

    Raises:
        BadRequestError: It is too large.
        ValueError: A number is none that could have been measured.
    """
    content = trace_codec.encode(trace)
    return PackedTrace(
        message_id=trace.message_id,
        body=codec.pack(KIND, content),
        tokens=len(trace.tokens),
        raw_bytes=len(content),
    )


def unpack_trace(codec: Codec, packed: PackedTrace, names: Names = unnamed) -> Trace:
    """The trace that was packed, which is that message's.

    Args:
        names: Gives the texts of any token; see `trace_codec.decode`.

    Raises:
        VaultDamagedError: It is not whole, or another's.
    """
    trace = trace_codec.decode(codec.unpack_bytes(packed.body), names)
    if trace.message_id != packed.message_id:
        raise damaged()
    return trace


def checked_trace(message_id: str, body: bytes) -> PackedTrace:
    """A trace that comes from elsewhere, such as a file; it is whole and that message's.

    Raises:
        VaultDamagedError: It is not.
    """
    content = Codec().unpack_bytes(body)
    trace = trace_codec.decode(content)
    if trace.message_id != message_id:
        raise damaged()
    return PackedTrace(
        message_id=message_id, body=body, tokens=len(trace.tokens), raw_bytes=len(content)
    )


def copied_trace(codec: Codec, packed: PackedTrace, ids: Mapping[str, str]) -> PackedTrace:
    """The trace of a copy of the answer; see `trace_codec.copied`.

    Raises:
        VaultDamagedError: It is not whole.
    """
    content = trace_codec.copied(codec.unpack_bytes(packed.body), ids)
    return replace(
        packed,
        message_id=ids[packed.message_id],
        body=codec.pack(KIND, content),
        raw_bytes=len(content),
    )


def save_trace(writer: Writer, packed: PackedTrace, now_s: float) -> bool:
    """The trace is kept, in place of an earlier one of its answer; False if that is not there."""
    done = writer.execute(
        """INSERT INTO traces (message_id, tokens, raw_bytes, created_at_s, updated_at_s, body)
        SELECT id, ?, ?, ?, ?, ? FROM messages WHERE id = ?
        ON CONFLICT (message_id) DO UPDATE SET tokens = excluded.tokens,
            raw_bytes = excluded.raw_bytes, updated_at_s = excluded.updated_at_s,
            body = excluded.body""",
        (packed.tokens, packed.raw_bytes, now_s, now_s, packed.body, packed.message_id),
    )
    return done.rowcount > 0


def find_trace(reader: Reader, message_id: str) -> PackedTrace | None:
    """The trace of the answer as it lies there; None if it was not measured, or none was kept."""
    found = reader.execute(
        "SELECT body, tokens, raw_bytes FROM traces WHERE message_id = ?", (message_id,)
    ).fetchone()
    if found is None:
        return None
    body, tokens, raw_bytes = found
    return PackedTrace(message_id=message_id, body=body, tokens=tokens, raw_bytes=raw_bytes)


def load_trace(
    reader: Reader, codec: Codec, message_id: str, names: Names = unnamed
) -> Trace | None:
    """The trace of the answer; None if it was not measured, or none was kept.

    Raises:
        VaultDamagedError: It is not whole.
    """
    packed = find_trace(reader, message_id)
    return None if packed is None else unpack_trace(codec, packed, names)


def delete_trace(writer: Writer, message_id: str) -> None:
    """Nothing that was measured in this answer is kept any more."""
    writer.execute("DELETE FROM traces WHERE message_id = ?", (message_id,))
