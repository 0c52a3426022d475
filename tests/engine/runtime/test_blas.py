from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from engine.runtime import blas

ROOT = Path(__file__).resolve().parents[3]
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="macOS needs no other BLAS")


@linux_only
def test_openblas_answers_for_mlx_on_linux():
    """A reference BLAS would make every answer 25 times slower."""
    assert blas.preload().startswith("OpenBLAS")


@linux_only
@pytest.mark.parametrize("rows", [1, 2, 7])
@pytest.mark.parametrize("is_transposed", [True, False])
def test_products_of_one_and_several_rows_are_right(rows, is_transposed):
    """One row goes to sgemv, the others to sgemm; both must give the product."""
    import mlx.core as mx
    import numpy as np

    generator = np.random.default_rng(rows)
    a = generator.normal(size=(rows, 65)).astype(np.float32)
    b = generator.normal(size=(31, 65) if is_transposed else (65, 31)).astype(np.float32)
    other = mx.array(b).T if is_transposed else mx.array(b)

    product = np.array(mx.array(a) @ other)

    assert np.allclose(product, a @ (b.T if is_transposed else b), atol=1e-4)


@linux_only
def test_openblas_loads_where_the_system_has_no_fortran_runtime():
    """A bare Debian has no libgfortran; the one inside mlx's wheel has to serve."""
    script = (
        "import ctypes\n"
        "real = ctypes.CDLL\n"
        "def without_fortran(name, *args, **kwargs):\n"
        "    if name == 'libgfortran.so.5':\n"
        "        raise OSError(name)\n"
        "    return real(name, *args, **kwargs)\n"
        "ctypes.CDLL = without_fortran\n"
        "from engine.runtime import blas\n"
        "assert blas.preload().startswith('OpenBLAS'), blas.preload()\n"
        "import mlx.core as mx\n"
        "assert mx.sum(mx.ones((4, 4)) @ mx.ones((4, 4))).item() == 64\n"
    )

    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
