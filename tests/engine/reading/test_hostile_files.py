"""A file that cannot be read ends in one plain sentence, and nothing else happens."""

from __future__ import annotations

import asyncio
import io
import os
import struct
import time
import zipfile
import zlib

import psutil
import pytest

from engine.contract.errors import UnreadableFileError
from engine.reading.archive import Archive, xml_events
from engine.reading.files import MOST_BYTES, read_bytes
from engine.reading.parts import Fault, UnreadableError
from engine.reading.reader import Limits, read_file
from tests.helpers import sample_files as samples

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
FILM = b"\x00\x00\x00\x18ftypmp42" + bytes(100)
WORD = (
    '<w:document xmlns:w="urn:w"><w:body><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:body></w:document>'
)


def refusal(content, name="file", **more):
    with pytest.raises(UnreadableFileError) as caught:
        asyncio.run(read_file(content, name, **more))
    assert caught.value.message.endswith(".")
    return caught.value.message


@pytest.mark.feature("reading.refusals")
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b" \n\x00\n ", "empty"),
        (bytes(range(256)) * 64, "without text"),
        (b"\x7fELF" + bytes(100), "without text"),
        (OLE, "old Office"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "password"),
        (b"\x1f\x8b\x08" + bytes(60), "archive"),
        (b"Rar!\x1a\x07\x00" + bytes(60), "archive"),
        (FILM, "Sound and film"),
        (b"%PDF-1.7\nnothing more", "damaged"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "damaged"),
        (b"PK\x03\x04" + bytes(80), "damaged"),
        (samples.a_zip({"notes.txt": "hello"}), "archive"),
        (samples.a_docx()[:4000], "damaged"),
        (samples.a_zip({"word/document.xml": WORD.format("cut")[:60]}), "damaged"),
        (samples.a_zip({"word/document.xml": WORD.format(" ")}), "No text"),
        (b"<html><script>alert(1)</script></html>", "No text"),
    ],
)
def test_a_file_without_text_is_refused_in_one_sentence(content, words):
    """A file that cannot be read is refused in one plain sentence; nothing is lost by it."""
    assert words in refusal(content)


def test_the_name_does_not_decide_what_a_file_is():
    found = asyncio.run(read_file(samples.a_docx(), "holiday.png"))
    assert found.media_type.endswith("wordprocessingml.document")
    assert "without text" in refusal(bytes(range(256)) * 10, "letter.txt")


def test_a_zip_bomb_is_not_unfolded():
    bomb = samples.a_zip({"word/document.xml": b" " * 450_000_000})
    assert len(bomb) < 600_000
    assert "unfold" in refusal(bomb)


def test_a_size_that_a_zip_claims_is_not_believed():
    content = samples.a_zip({"word/document.xml": b"x" * 200_000})
    archive = Archive(content.replace(struct.pack("<I", 200_000), struct.pack("<I", 10)))
    with pytest.raises(UnreadableError):
        archive.bytes_of("word/document.xml")


def test_entities_are_refused_before_they_unfold():
    laughs = '<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'
    assert "unfold" in refusal(samples.a_zip({"word/document.xml": laughs}))
    with pytest.raises(UnreadableError) as caught:
        list(
            xml_events(iter([b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>']))
        )
    assert caught.value.fault is Fault.BOMB


def test_elements_nested_without_end_are_refused():
    assert "damaged" in refusal(samples.a_zip({"word/document.xml": "<a>" * 200_000}))


def test_a_picture_with_too_many_points_is_refused():
    # A PNG header that claims 60,000 by 60,000 points.
    body = b"IHDR" + struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))
    chunk += struct.pack(">I", 4) + b"IDAT"
    assert "too many points" in refusal(b"\x89PNG\r\n\x1a\n" + chunk + bytes(20))


def test_a_protected_book_is_refused():
    entries = {
        "META-INF/container.xml": "<container/>",
        "META-INF/encryption.xml": '<e><EncryptionMethod Algorithm="urn:drm"/></e>',
    }
    assert "password" in refusal(samples.a_zip(entries))


@pytest.mark.usefixtures("qapp")
def test_a_pdf_with_a_password_is_refused():
    # The password handler that is named here does not open without one.
    content = samples.a_pdf(["secret"])
    locked = content.replace(
        b"trailer\n<<",
        b"trailer\n<<\n/ID [(a)(a)]\n/Encrypt << /Filter /Standard /V 1 /R 2 /P -4"
        b" /O (01234567890123456789012345678901) /U (01234567890123456789012345678901) >>",
        1,
    )
    assert locked != content
    assert "password" in refusal(locked)


@pytest.mark.usefixtures("qapp")
def test_a_reader_that_takes_too_long_is_ended():
    content = samples.a_pdf(["A page."] * 3)
    begun_s = time.monotonic()
    assert "too long" in refusal(content, limits=Limits(time_s=0.0))
    assert time.monotonic() - begun_s < 10


def test_a_reader_that_falls_silent_is_ended():
    assert "too long" in refusal(b"words " * 3_000_000, limits=Limits(silence_s=0.0))


def test_a_reader_that_swells_is_ended():
    assert "memory" in refusal(b"words " * 3_000_000, limits=Limits(memory_bytes=1))


def test_stopping_ends_the_reader_at_once():
    async def stop_it():
        task = asyncio.create_task(read_file(b"a,b\n" * 5_000_000, "a.csv"))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(stop_it())
    assert not psutil.Process().children()


def test_what_is_no_file_is_never_opened(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path, words in (
        (tmp_path, "folder"),
        (pipe, "pipe"),
        ("/dev/zero", "device"),
        (tmp_path / "gone", "not there"),
        ("bad\x00name", "no name"),
    ):
        with pytest.raises(UnreadableFileError, match=words):
            read_bytes(str(path))


def test_a_file_beyond_the_limit_is_refused_without_reading_it(tmp_path):
    large = tmp_path / "large.txt"
    with large.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    with pytest.raises(UnreadableFileError, match="100 MB"):
        read_bytes(str(large))


def test_a_text_in_any_writing_is_read():
    for content, text in (
        ("Käse\r\nTee".encode(), "Käse\nTee"),
        ("Käse".encode("utf-16"), "Käse"),
        ("Käse und Tee".encode("utf-16-le"), "Käse und Tee"),
        ("Käse".encode("cp1252"), "Käse"),
        ("\ufeffKäse".encode(), "Käse"),
    ):
        assert asyncio.run(read_file(content, "a.txt")).text == text


def test_a_very_long_text_is_cut_and_says_so():
    found = asyncio.run(read_file(b"All work. " * 500_000, "a.txt"))
    assert len(found.text) == 4_000_000
    assert "first 4,000,000 letters" in found.notice


def test_an_encrypted_entry_is_refused():
    content = bytearray(samples.a_docx())
    for entry in zipfile.ZipFile(io.BytesIO(bytes(content))).infolist():
        content[entry.header_offset + 6] |= 1
    start = content.find(b"PK\x01\x02")
    while start >= 0:
        content[start + 8] |= 1
        start = content.find(b"PK\x01\x02", start + 4)
    assert "password" in refusal(bytes(content))
