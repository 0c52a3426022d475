from __future__ import annotations

import io
import json
import struct
import time

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from engine.contract.errors import VaultDamagedError, VaultFullError
from engine.storage.backup_archive import ArchiveReader, ArchiveWriter, Manifest
from engine.storage.backup_copy import unpack
from engine.storage.long_work import LongWork
from engine.storage.sealed_stream import SealedReader, SealedWriter

KEY = bytes(range(32))
MANIFEST = Manifest(database_key="ab" * 32, schema=1, made_at_s=5.0, sealed_files=1)
FILE = "sealed/file_0123456789"


def sealed(plain: bytes) -> io.BytesIO:
    out = io.BytesIO()
    writer = SealedWriter(out, KEY)
    writer.write(plain)
    writer.finish()
    out.seek(0)
    return out


def opened(plain: bytes) -> dict[str, bytes]:
    stream = SealedReader(sealed(plain))
    stream.unlock(KEY)
    reader = ArchiveReader(stream)
    return {entry.name: b"".join(entry.pieces) for entry in reader.entries()}


def entry(name: bytes, content: bytes, size: int | None = None) -> bytes:
    length = len(content) if size is None else size
    return struct.pack(">H", len(name)) + name + struct.pack(">Q", length) + content


def manifest(**changes: object) -> bytes:
    said = {"database_key": "ab" * 32, "schema": 1, "made_at_s": 5.0, "sealed_files": 1, **changes}
    return entry(b"manifest", json.dumps(said).encode())


END = b"\0\0"
WHOLE = manifest() + entry(b"database", b"pages") + entry(FILE.encode(), b"file") + END


def test_entries_come_back_in_order():
    out = io.BytesIO()
    stream = SealedWriter(out, KEY)
    writer = ArchiveWriter(stream, MANIFEST)
    writer.add("database", 5, [b"pa", b"ges"])
    writer.add(FILE, 4, [b"file"])
    writer.finish()
    reading = SealedReader(io.BytesIO(out.getvalue()))
    reading.unlock(KEY)
    reader = ArchiveReader(reading)
    assert reader.manifest == MANIFEST
    assert [(e.name, b"".join(e.pieces)) for e in reader.entries()] == [
        ("database", b"pages"),
        (FILE, b"file"),
    ]
    assert opened(WHOLE) == {"database": b"pages", FILE: b"file"}


def test_a_file_that_grew_meanwhile_is_noticed():
    writer = ArchiveWriter(SealedWriter(io.BytesIO(), KEY), MANIFEST)
    with pytest.raises(VaultDamagedError):
        writer.add("database", 3, [b"pages"])


@pytest.mark.parametrize(
    "plain",
    [
        b"",
        END,
        manifest(),
        manifest() + END,
        WHOLE + b"x",
        WHOLE[:-2],
        manifest() + entry(FILE.encode(), b"file") + entry(b"database", b"p") + END,
        manifest() + entry(b"database", b"p") + entry(b"database", b"p") + END,
        manifest() + entry(b"database", b"p") + entry(b"sealed/../../x", b"p") + END,
        manifest() + entry(b"database", b"p") + entry(b"/etc/passwd", b"p") + END,
        manifest(sealed_files=2) + entry(b"database", b"p") + entry(FILE.encode(), b"") + END,
        manifest(sealed_files=-1) + entry(b"database", b"p") + END,
        manifest(database_key="xyz") + entry(b"database", b"p") + END,
        manifest(database_key=5) + END,
        manifest(made_at_s="never") + END,
        entry(b"manifest", b"[" * 60_000) + END,
        entry(b"manifest", b"", 1 << 40),
        entry(b"manifest", b"{}") + END,
    ],
)
def test_what_is_not_an_archive_of_ours_is_called_damaged(plain):
    with pytest.raises(VaultDamagedError):
        opened(plain)


def test_a_length_that_lies_does_not_fill_the_disk(tmp_path):
    plain = manifest() + entry(b"database", b"pages", 1 << 60)
    with pytest.raises(VaultFullError):
        unpack(sealed(plain), KEY, tmp_path / "out", LongWork())
    assert not list((tmp_path / "out").glob("vault.db"))


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.one_of(
        st.binary(max_size=300),
        st.tuples(st.integers(0, len(WHOLE)), st.binary(max_size=12)).map(
            lambda at: WHOLE[: at[0]] + at[1] + WHOLE[at[0] + len(at[1]) :]
        ),
        st.lists(
            st.tuples(st.sampled_from([b"database", FILE.encode(), b"x", b""]), st.binary()),
            max_size=4,
        ).map(lambda es: manifest() + b"".join(entry(n, c) for n, c in es) + END),
    )
)
@example(WHOLE)
def test_no_content_makes_the_reader_fail_in_another_way(plain):
    """Whoever can seal a file can put anything into it; the answer stays a plain error."""
    begun = time.perf_counter()
    try:
        found = opened(plain)
    except VaultDamagedError:
        return
    finally:
        assert time.perf_counter() - begun < 5
    assert "database" in found
