from __future__ import annotations

import contextlib
import random
import struct
import tracemalloc

import numpy as np
import pytest
from gguf import GGUFReader, GGUFWriter

from engine.contract.errors import ModelDamagedError, ModelError, UnsupportedModelError
from engine.models.gguf.reader import GgufFile

ALIGNMENT = 32


@pytest.fixture
def small_file(tmp_path):
    """Every kind of value, and three tensors."""
    writer = GGUFWriter(str(tmp_path / "small.gguf"), "llama")
    writer.add_string("a.text", "naïve ☃")
    writer.add_bool("a.truth", True)
    writer.add_int8("a.int8", -5)
    writer.add_uint16("a.uint16", 65000)
    writer.add_int64("a.int64", -(2**60))
    writer.add_float32("a.float", 0.5)
    writer.add_float64("a.double", 1e300)
    writer.add_array("a.texts", ["one", "", "drei"])
    writer.add_array("a.numbers", [1, 2, 3])
    writer.add_tensor("first", np.arange(12, dtype=np.float32).reshape(3, 4))
    writer.add_tensor("second", np.ones((2, 32), np.float16))
    writer.add_tensor("third", np.zeros(5, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return tmp_path / "small.gguf"


def text(value):
    return struct.pack("<Q", len(value)) + value


def header(*, tensors=0, entries=0, version=3):
    return b"GGUF" + struct.pack("<IQQ", version, tensors, entries)


def tensor(name, *, shape=(32,), kind=0, offset=0):
    sizes = struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
    return text(name) + sizes + struct.pack("<IQ", kind, offset)


def padded(content, data=b""):
    return content + b"\0" * (-len(content) % ALIGNMENT) + data


def open_bytes(tmp_path, content):
    path = tmp_path / "crafted.gguf"
    path.write_bytes(content)
    return GgufFile(path)


def test_values_and_weights_are_what_was_written(small_file):
    with GgufFile(small_file) as file:
        assert file.metadata["a.text"] == "naïve ☃"
        assert file.metadata["a.truth"] is True
        assert file.metadata["a.int8"] == -5
        assert file.metadata["a.uint16"] == 65000
        assert file.metadata["a.int64"] == -(2**60)
        assert file.metadata["a.float"] == 0.5
        assert file.metadata["a.double"] == 1e300
        assert file.metadata["a.texts"] == ["one", "", "drei"]
        assert file.metadata["a.numbers"].tolist() == [1, 2, 3]
        first = file.tensors["first"]
        assert first.shape == (3, 4)
        assert first.blocks.view("<f4").tolist() == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
        assert file.tensors["second"].block_type.name == "F16"
        assert file.tensors["third"].size == 5


def test_the_starter_model_reads_as_the_reference_reader_reads_it(starter_model_path):
    reference = GGUFReader(str(starter_model_path))
    with GgufFile(starter_model_path) as file:
        assert [t.name for t in reference.tensors] == list(file.tensors)
        for expected in reference.tensors:
            ours = file.tensors[expected.name]
            assert ours.shape == tuple(int(size) for size in reversed(expected.shape))
            assert ours.block_type.name == expected.tensor_type.name
            raw = np.ascontiguousarray(expected.data).view(np.uint8)
            assert np.array_equal(ours.blocks.reshape(-1), raw.reshape(-1))
        for key, field in reference.fields.items():
            # Lists are long, and the reference takes seconds for them; their ends are compared.
            if key.startswith("GGUF."):
                continue
            if len(field.data) > 100:
                assert file.metadata[key][-1] == field.contents(-1)
                assert len(file.metadata[key]) == len(field.data)
            else:
                assert file.metadata[key] == field.contents()


@pytest.mark.feature("models.damage")
def test_a_file_cut_anywhere_is_called_damaged(small_file, tmp_path):
    """A model file that is cut short or damaged is refused in plain words, never a crash."""
    # The last 20 bytes of weights are padded to 32; without the padding nothing is missing.
    whole = small_file.read_bytes()[:-12]
    GgufFile(small_file).close()
    for length in range(len(whole)):
        with pytest.raises(ModelDamagedError):
            open_bytes(tmp_path, whole[:length])


def test_a_file_with_any_byte_changed_never_raises_anything_else(small_file, tmp_path):
    chance = random.Random(11)
    whole = small_file.read_bytes()
    for _ in range(500):
        changed = bytearray(whole)
        for _ in range(chance.randint(1, 3)):
            changed[chance.randrange(len(whole))] = chance.randrange(256)
        with contextlib.suppress(ModelError):
            open_bytes(tmp_path, bytes(changed)).close()


@pytest.mark.parametrize(
    "content",
    [
        header(tensors=2**63, entries=1),
        header(entries=2**63),
        header(entries=1) + text(b"k") + struct.pack("<IIQ", 9, 8, 2**40),
        header(entries=1) + text(b"k") + struct.pack("<IIQ", 9, 6, 2**61),
        header(entries=1) + text(b"k") + struct.pack("<IIQ", 9, 9, 1),
        header(entries=1) + text(b"k") + struct.pack("<IQ", 8, 2**62),
        header(entries=1) + struct.pack("<Q", 2**50),
        header(entries=1) + text(b"k") + struct.pack("<I", 99),
        header(tensors=1) + tensor(b"w", shape=(2**40, 2**40)),
        header(tensors=1) + tensor(b"w", shape=(2**63,)),
        header(tensors=1) + tensor(b"w", shape=(0, 32)),
        header(tensors=1) + tensor(b"w", shape=(1, 1, 1, 1, 1)),
        header(tensors=1) + tensor(b"w", shape=(33,), kind=2),
        header(tensors=1) + tensor(b"w", offset=2**62),
        header(tensors=1) + tensor(b"w", offset=8),
    ],
    ids=range(15),
)
def test_impossible_numbers_are_refused_without_taking_memory(tmp_path, content):
    tracemalloc.start()
    try:
        with pytest.raises(ModelDamagedError):
            open_bytes(tmp_path, padded(content, b"\0" * 4096))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 1_000_000


def test_weights_that_overlap_are_refused(tmp_path):
    """Thousands of names for the same bytes would grow a small file into all memory."""
    content = header(tensors=2) + tensor(b"a") + tensor(b"b")

    with pytest.raises(ModelDamagedError, match="lie where others are"):
        open_bytes(tmp_path, padded(content, b"\0" * 512))


def test_two_weights_of_one_name_are_refused(tmp_path):
    content = header(tensors=2) + tensor(b"a") + tensor(b"a", offset=128)

    with pytest.raises(ModelDamagedError, match="same name"):
        open_bytes(tmp_path, padded(content, b"\0" * 512))


def test_unknown_formats_are_refused_with_a_way_out(tmp_path):
    with pytest.raises(UnsupportedModelError) as caught:
        open_bytes(tmp_path, padded(header(tensors=1) + tensor(b"w", kind=39), b"\0" * 512))
    assert caught.value.action

    with pytest.raises(UnsupportedModelError, match="version"):
        open_bytes(tmp_path, header(version=1))
    with pytest.raises(UnsupportedModelError, match="big-endian"):
        open_bytes(tmp_path, b"GGUF" + struct.pack(">IQQ", 3, 0, 0))


def test_anything_else_is_not_a_model(tmp_path):
    with pytest.raises(ModelDamagedError, match="not a GGUF"):
        open_bytes(tmp_path, b"PK\x03\x04 and so on, long enough for a header")
    with pytest.raises(ModelDamagedError, match="empty"):
        open_bytes(tmp_path, b"")
