"""Puts a fast BLAS in front of the reference one that mlx's Linux wheel links.

mlx's Linux wheel comes with the reference BLAS, 25 to 50 times slower than OpenBLAS (measured
2026-11). The dynamic linker takes a symbol from the library that was loaded first, so whatever
is loaded globally before mlx answers its calls. macOS has Accelerate and Metal and needs none.

Runs on: any thread, before the first `import mlx` of the process.
"""

from __future__ import annotations

import ctypes
import importlib.util
import logging
import os
import platform
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_log = logging.getLogger(__name__)
_FORTRAN = b"libgfortran.so.5\0"
_loaded: dict[str, str] = {}
_native: dict[str, ctypes.CDLL] = {}


def preload() -> str:
    """OpenBLAS answers mlx's matrix products from now on, where mlx would be slow without.

    Returns:
        What is in use: "Accelerate"; on Linux "OpenBLAS + row product" or "OpenBLAS", and
        "reference" if OpenBLAS cannot be had or mlx was imported too early.
    """
    if "blas" not in _loaded:
        _loaded["blas"] = "Accelerate" if sys.platform == "darwin" else _preload_openblas()
    return _loaded["blas"]


def _preload_openblas() -> str:
    path = _site_packages_of("cmeel") / "cmeel.prefix" / "lib" / "libopenblas.so"
    if not path.exists() or "mlx.core" in sys.modules:
        _log.warning("mlx runs on its reference BLAS, 25 to 50 times slower than OpenBLAS")
        return "reference"
    # OpenBLAS would also count hyper-threads, and its threads spin while they wait.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", str(os.cpu_count() or 1))
    try:
        _load_fortran_runtime()
        openblas = ctypes.CDLL(str(path))
    except OSError as error:
        _log.warning("OpenBLAS cannot be loaded: %s", error)
        return "reference"
    name = "OpenBLAS + row product" if _load_row_product(openblas) else "OpenBLAS"
    # Made global only now, so that the row product stands before it in the order of look-up.
    ctypes.CDLL(str(path), mode=ctypes.RTLD_GLOBAL)
    return name


def _load_row_product(openblas: ctypes.CDLL) -> bool:
    """Whether native/row_product.c answers first, in its build for this processor."""
    path = Path(__file__).parent / "native" / f"row_product.{platform.machine()}.so"
    try:
        library = ctypes.CDLL(str(path), mode=ctypes.RTLD_GLOBAL)
    except OSError:  # no build for this processor, or a C library older than glibc 2.34
        return False
    library.row_product_start(
        os.cpu_count() or 1,
        ctypes.cast(openblas.cblas_sgemm, ctypes.c_void_p),
        ctypes.cast(openblas.cblas_sgemv, ctypes.c_void_p),
    )
    _native["row_product"] = library
    return True


def can_pack() -> bool:
    """Whether `register_packed` can do anything here."""
    return "row_product" in _native


def register_packed(matrix: NDArray[np.float32], form: int, parts: tuple[np.ndarray, ...]) -> bool:
    """Products with `matrix` read its small form from now on; the caller keeps all alive.

    Args:
        matrix: Float32, shape (D_out, D_in), whose memory mlx multiplies with.
        form: 1 for 8-bit numbers, 2 for bfloat16, 3 for 4-bit; see native/kernels.h.
        parts: The numbers in its order, a scale and a bias for every 32.
    """
    pointers = (part.ctypes.data_as(ctypes.c_void_p) for part in parts)
    rows, columns = matrix.shape
    register = _native["row_product"].row_product_register
    return bool(register(matrix.ctypes.data_as(ctypes.c_void_p), rows, columns, form, *pointers))


def forget_packed(matrix: NDArray[np.float32]) -> None:
    """Products with `matrix` read the matrix itself again."""
    _native["row_product"].row_product_forget(matrix.ctypes.data_as(ctypes.c_void_p))


class Place(ctypes.Structure):
    """place_t of native/forward.c: where the tokens of one call stand.

    Args:
        caches: Addresses of the keys and values of each layer, shape (H, capacity, D).
        capacity: Positions that there is room for.
    """

    _fields_: ClassVar = [
        *((name, ctypes.c_int) for name in ("rows", "position", "capacity")),
        ("turns", ctypes.c_void_p),
        ("caches", ctypes.POINTER(ctypes.c_void_p)),
        ("states", ctypes.c_void_p),
        ("patterns", ctypes.POINTER(ctypes.c_void_p)),
        ("pushes", ctypes.POINTER(ctypes.c_void_p)),
        ("pattern_room", ctypes.c_int),
    ]

    def __init__(self, caches: list[int], capacity: int) -> None:
        super().__init__(capacity=capacity, caches=(ctypes.c_void_p * len(caches))(*caches))

    def show(
        self, states: NDArray[np.float32] | None, patterns: list[NDArray[np.float32] | None]
    ) -> None:
        """What the next calls write there, which the caller keeps alive.

        Args:
            states: Shape (layers, rows, D); None for nothing.
            patterns: For each layer (rows, H, room), or None; empty for nothing.
        """
        self.states = None if states is None else states.ctypes.data
        rooms = [pattern.shape[2] for pattern in patterns if pattern is not None]
        self.pattern_room = rooms[0] if rooms else 0
        self.patterns = _addresses(patterns)

    def push(self, pushes: list[NDArray[np.float32] | None]) -> None:
        """The next calls add to the states of each layer what stands there, shape (D,)."""
        self.pushes = _addresses(pushes)


def _addresses(arrays: list[NDArray[np.float32] | None]) -> ctypes.Array[ctypes.c_void_p] | None:
    """Where they lie, null for none; None if there is no array at all."""
    if all(array is None for array in arrays):
        return None
    found = [None if array is None else array.ctypes.data for array in arrays]
    return (ctypes.c_void_p * len(found))(*found)


def forward(
    network: ctypes.Structure, ids: list[int], place: Place, logits: NDArray[np.float32]
) -> None:
    """`logits`, shape (L, V), are those of the tokens `ids`; see native/forward.c.

    Raises:
        MemoryError: There was no room for what lies between the layers.
    """
    is_done = _native["row_product"].row_product_forward(
        ctypes.byref(network),
        (ctypes.c_int * len(ids))(*ids),
        ctypes.byref(place),
        logits.ctypes.data_as(ctypes.c_void_p),
    )
    if not is_done:
        raise MemoryError("no memory for a forward pass")


def lens(
    network: ctypes.Structure, states: NDArray[np.float32], logits: NDArray[np.float32]
) -> None:
    """`logits`, shape (L, V), are those of a network that stopped at `states`, shape (L, D).

    Raises:
        MemoryError: There was no room for them.
    """
    is_done = _native["row_product"].row_product_lens(
        ctypes.byref(network),
        states.ctypes.data_as(ctypes.c_void_p),
        len(states),
        logits.ctypes.data_as(ctypes.c_void_p),
    )
    if not is_done:
        raise MemoryError("no memory for a forward pass")


class Summary(ctypes.Structure):
    """summary_t of native/kernels.h: what rows of logits are asked for, and where it is put."""

    _fields_: ClassVar = [
        *(
            (name, ctypes.c_void_p)
            for name in ("logits", "finals", "ends", "chosen", "numbers", "values", "ids", "ranks")
        ),
        *((name, ctypes.c_int) for name in ("vocabulary", "count")),
    ]


def summarise(summary: Summary, rows: int) -> None:
    """The arrays that `summary` names hold what its rows of logits say."""
    _native["row_product"].row_product_summarise(ctypes.byref(summary), rows)


def part_sums(
    rows: NDArray[np.float32], edges: NDArray[np.int32], sums: NDArray[np.float64]
) -> None:
    """`sums`, shape (rows, parts), are those of each row's numbers from one edge to the next.

    Args:
        rows: Float32, shape (rows, N), each row's numbers side by side.
        edges: Int32, shape (parts + 1,), ascending, at most N.
        sums: Float64, written to.
    """
    _native["row_product"].row_product_part_sums(
        ctypes.c_void_p(rows.ctypes.data),
        len(rows),
        rows.strides[0] // rows.itemsize,
        ctypes.c_void_p(edges.ctypes.data),
        len(edges) - 1,
        ctypes.c_void_p(sums.ctypes.data),
    )


def _load_fortran_runtime() -> None:
    """libgfortran, which OpenBLAS needs, is loaded; a bare Debian does not have it.

    mlx's wheel brings one under a name of its own (libgfortran-<hash>.so.5). The linker asks a
    loaded library for its SONAME, so a copy in memory with the plain SONAME answers for it.
    """
    try:
        ctypes.CDLL("libgfortran.so.5")
        return
    except OSError:
        folder = _site_packages_of("cmeel") / "mlx_cpu.libs"
    for quadmath in folder.glob("libquadmath-*"):
        ctypes.CDLL(str(quadmath))
    for fortran in folder.glob("libgfortran-*"):
        image = re.sub(
            rb"libgfortran-[0-9a-f]+\.so[.0-9]*\0",
            lambda match: _FORTRAN.ljust(len(match.group()), b"\0"),
            fortran.read_bytes(),
        )
        memory = os.memfd_create("libgfortran.so.5")
        os.write(memory, image)
        # The descriptor stays open: closing it would not unload the library, only hide its name.
        ctypes.CDLL(f"/proc/self/fd/{memory}")


def _site_packages_of(package: str) -> Path:
    """The folder that `package`, which is not a namespace, is installed in."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        return Path("/nonexistent")
    return Path(spec.origin).parent.parent
