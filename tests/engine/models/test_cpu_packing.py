"""Small forms must say the same as the float32 weights they stand for."""

from __future__ import annotations

import sys

import mlx.core as mx
import numpy as np
import pytest

from engine.models.cpu_packing import PackedWeights, as_bfloat16, as_whole_numbers
from engine.runtime import blas

pytestmark = pytest.mark.skipif(not blas.can_pack(), reason="no row product for this processor")
ROWS, COLUMNS = 1024, 576


def weights(kind):
    generator = np.random.default_rng(3)
    if kind == "bfloat16":
        numbers = generator.normal(size=(ROWS, COLUMNS)).astype(np.float32)
        return (numbers.view(np.uint32) & 0xFFFF0000).view(np.float32)
    levels, shift = {"Q4_1": (16, 0), "Q4_0": (16, 8), "Q8_0": (256, 128)}[kind]
    shape = (ROWS, COLUMNS // 32, 32)
    numbers = generator.integers(1, levels, shape).astype(np.float32) - shift
    # Quantisers put the extremes of a group on their first and last level.
    numbers[..., 0] = levels - 1 - shift
    numbers[..., 1] = 1 - shift if kind == "Q8_0" else -shift
    scale = generator.uniform(0.01, 0.02, (*shape[:2], 1)).astype(np.float16).astype(np.float32)
    bias = 0 if shift else generator.normal(size=(*shape[:2], 1)).astype(np.float16)
    return (numbers * scale + bias).astype(np.float32).reshape(ROWS, COLUMNS)


@pytest.fixture
def packed():
    holder = PackedWeights()
    yield holder
    holder.release()


@pytest.mark.parametrize("kind", ["Q4_0", "Q4_1", "Q8_0", "bfloat16"])
@pytest.mark.parametrize("rows", [1, 2, 3, 4, 5, 8, 9, 40])
def test_a_product_is_the_same_in_the_small_form(packed, kind, rows):
    matrix = mx.array(weights(kind))
    x = mx.random.normal((rows, COLUMNS), key=mx.random.key(rows))
    mx.eval(matrix, x)
    expected = np.array(x) @ np.array(matrix).T

    assert packed.add(matrix)

    found = np.array(x @ matrix.T)
    assert np.abs(found - expected).max() < 2e-6 * np.abs(expected).max()
    # 4-bit numbers take an eighth, 8-bit numbers a quarter, scales and biases a sixteenth.
    share = {"bfloat16": 0.51, "Q8_0": 0.32}.get(kind, 0.19)
    assert packed.packed_bytes < matrix.nbytes * share


def test_one_row_alone_and_among_others_is_the_same_to_the_bit(packed):
    """Speculation looks at several rows at once and must not change an answer."""
    matrix = mx.array(weights("Q4_1"))
    x = mx.random.normal((4, COLUMNS))
    mx.eval(matrix, x)
    assert packed.add(matrix)

    together = np.array(x @ matrix.T)

    for row in range(4):
        assert np.array_equal(np.array(x[row : row + 1] @ matrix.T)[0], together[row])


def test_numbers_without_a_small_form_are_left_alone(packed):
    matrix = mx.random.normal((ROWS, COLUMNS))

    assert as_bfloat16(np.asarray(matrix)) is None
    assert as_whole_numbers(np.asarray(matrix)) is None
    assert not packed.add(matrix)


def test_one_number_that_differs_refuses_the_matrix():
    matrix = weights("Q4_1").copy()
    matrix[700, 100] += 0.001

    assert as_whole_numbers(weights("Q4_1")) is not None
    assert as_whole_numbers(matrix) is None


def test_after_release_the_matrix_itself_is_read_again(packed, monkeypatch):
    matrix = mx.array(weights("Q4_1"))
    x = mx.random.normal((1, COLUMNS))
    mx.eval(matrix, x)
    expected = np.array(x @ matrix.T)
    # Packed as something else, so that it shows which of the two is read.
    monkeypatch.setattr("engine.models.cpu_packing.as_bfloat16", lambda m: as_whole_numbers(2 * m))
    packed.add(matrix)
    assert np.allclose(np.array(x @ matrix.T), 2 * expected, rtol=1e-3, atol=1e-3)

    packed.release()

    assert np.allclose(np.array(x @ matrix.T), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.skipif(sys.platform != "linux", reason="built on Linux")
def test_the_build_in_the_tree_is_the_one_of_its_source(tmp_path):
    """A binary that nobody can rebuild is a binary that nobody can read."""
    import ctypes
    import shutil
    import subprocess
    from pathlib import Path

    if shutil.which("gcc") is None:
        pytest.skip("needs a C compiler")
    script = Path(__file__).parents[1] / "runtime" / "build_native.sh"
    subprocess.run(["sh", str(script), str(tmp_path)], check=True)

    built = ctypes.CDLL(str(next(tmp_path.glob("*.so"))))
    own = ("start", "register", "forget", "forward", "lens", "summarise")
    for name in ("cblas_sgemm", *(f"row_product_{part}" for part in own)):
        assert hasattr(built, name)
        assert hasattr(blas._native["row_product"], name)
