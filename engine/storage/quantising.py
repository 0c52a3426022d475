"""Embeddings in a quarter of their bytes, and in a sixteenth for what is seldom asked for.

int8 keeps 4 to 1 at a recall@10 of 0.99 and better. Product quantisation keeps 16 to 1 and finds
candidates only: their int8 numbers, which stay in the vault, then put them in order.
Checked by: tests/engine/storage/test_quantising.py
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from engine.contract.errors import BadRequestError
from engine.storage.damage import damaged

Floats = npt.NDArray[np.float32]

_STEPS = 127
# Embeddings of length 1 need no scale beside their numbers: the length is known.
_UNIT_TOLERANCE = 1e-3
_SCALE_BYTES = 4


class Form(StrEnum):
    """How the numbers of an embedding are written; embeddings.py has a number for each."""

    FLOAT32 = "float32"
    # Length 1 once unpacked; one byte a number.
    UNIT_INT8 = "unit-int8"
    # A float32 scale, then one byte a number.
    INT8 = "int8"


def quantise(vectors: Floats) -> tuple[Form, list[bytes]]:
    """Each row in int8, the largest number of a row at 127.

    Args:
        vectors: Shape (N, D), finite. If all rows have length 1, the scale is left out.

    Raises:
        BadRequestError: A number is not finite.
    """
    if not np.isfinite(vectors).all():
        raise BadRequestError("An embedding is not made of numbers. It was not kept.")
    largest = np.abs(vectors).max(axis=1, initial=0.0).astype(np.float32)
    scales = np.where(largest > 0, largest / np.float32(_STEPS), np.float32(1.0))
    steps = np.rint(vectors / scales[:, None]).astype(np.int8)
    lengths = np.linalg.norm(vectors, axis=1)
    if len(vectors) and np.abs(lengths - 1.0).max() <= _UNIT_TOLERANCE:
        return Form.UNIT_INT8, [row.tobytes() for row in steps]
    heads = scales.astype("<f4")
    return Form.INT8, [
        head.tobytes() + row.tobytes() for head, row in zip(heads, steps, strict=True)
    ]


def as_floats(form: str, packed: Sequence[bytes], dims: int) -> Floats:
    """The vectors again, shape (N, D), as near as the form keeps them.

    Raises:
        VaultDamagedError: One has not the length its form asks for, or the form is unknown.
    """
    bytes_of = {
        Form.FLOAT32: 4 * dims,
        Form.UNIT_INT8: dims,
        Form.INT8: dims + _SCALE_BYTES,
    }
    size = bytes_of.get(form)  # type: ignore[call-overload]
    if size is None or any(len(one) != size for one in packed):
        raise damaged()
    together = np.frombuffer(b"".join(packed), np.uint8).reshape(len(packed), size)
    if form == Form.FLOAT32:
        return together.view("<f4").astype(np.float32)
    if form == Form.INT8:
        scales = together[:, :_SCALE_BYTES].copy().view("<f4")
        scaled: Floats = together[:, _SCALE_BYTES:].view(np.int8).astype(np.float32) * scales
        return scaled
    vectors: Floats = together.view(np.int8).astype(np.float32)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors /= np.where(lengths > 0, lengths, 1.0)
    return vectors


def rescore(query: Floats, candidates: Floats, k: int) -> list[tuple[int, float]]:
    """The best `k` of a shortlist in exact order, as place in it and inner product.

    Args:
        query: Shape (D,).
        candidates: Shape (N, D): the shortlist's int8 numbers as floats, or floats if kept.
    """
    scores = candidates @ query
    best = np.argsort(-scores, kind="stable")[:k]
    return [(int(place), float(scores[place])) for place in best]


class ProductQuantiser:
    """Cuts a vector into parts and keeps for each the number of the nearest of 256 examples.

    Source: Jégou, Douze, Schmid 2011, "Product Quantization for Nearest Neighbor Search".

    Attributes:
        centres: Shape (parts, 256, D / parts).
    """

    CENTRES = 256

    def __init__(self, centres: Floats) -> None:
        self.centres = centres
        self.parts = centres.shape[0]
        self.dims = centres.shape[0] * centres.shape[2]

    @classmethod
    def train(
        cls, vectors: Floats, *, parts: int, rounds: int = 10, seed: int = 0
    ) -> ProductQuantiser:
        """Examples found by k-means on at most 16,384 of the vectors.

        Args:
            vectors: Shape (N, D), N at least 256, D a multiple of `parts`.
            parts: Bytes that a vector will take.
            rounds: Of k-means; ten leave little to gain.
            seed: The same seed on the same vectors gives the same examples.

        Raises:
            BadRequestError: Too few vectors, or they cannot be cut into so many parts.
        """
        if len(vectors) < cls.CENTRES or vectors.shape[1] % parts:
            raise BadRequestError("These embeddings cannot be product-quantised.")
        chance = np.random.default_rng(seed)
        if len(vectors) > _MOST_TRAINING:
            vectors = vectors[chance.choice(len(vectors), _MOST_TRAINING, replace=False)]
        centres = np.stack(
            [_centres(part, chance, rounds) for part in np.split(vectors, parts, axis=1)]
        )
        return cls(centres)

    def encode(self, vectors: Floats) -> npt.NDArray[np.uint8]:
        """Shape (N, D) to (N, parts)."""
        parts = np.split(vectors, self.parts, axis=1)
        codes = [_nearest(part, centres) for part, centres in zip(parts, self.centres, strict=True)]
        return np.stack(codes, axis=1).astype(np.uint8)

    def shortlist(self, query: Floats, codes: npt.NDArray[np.uint8], k: int) -> list[int]:
        """Places in `codes` whose inner product with the query is about the largest, best first.

        Args:
            query: Shape (D,).
            codes: Shape (N, parts).
            k: Ten times what is wanted after `rescore` is enough for a recall@10 of 0.99.
        """
        cut = query.reshape(self.parts, -1)
        table = np.einsum("pcd,pd->pc", self.centres, cut)
        scores = np.zeros(len(codes), np.float32)
        for part in range(self.parts):
            scores += table[part][codes[:, part]]
        k = min(k, len(scores))
        if k == 0:
            return []
        best = np.argpartition(-scores, k - 1)[:k]
        return [int(place) for place in best[np.argsort(-scores[best], kind="stable")]]

    def to_bytes(self) -> bytes:
        """What `from_bytes` reads; about 400 kB for 384 dimensions."""
        shape = np.array(self.centres.shape, "<u4")
        return shape.tobytes() + self.centres.astype("<f4").tobytes()

    @classmethod
    def from_bytes(cls, written: bytes) -> ProductQuantiser:
        """The same quantiser.

        Raises:
            VaultDamagedError: These are not its bytes.
        """
        if len(written) < _SHAPE_BYTES:
            raise damaged()
        parts, centres, width = (int(n) for n in np.frombuffer(written[:_SHAPE_BYTES], "<u4"))
        if centres != cls.CENTRES or len(written) != _SHAPE_BYTES + 4 * parts * centres * width:
            raise damaged()
        numbers = np.frombuffer(written[_SHAPE_BYTES:], "<f4")
        return cls(numbers.reshape(parts, centres, width).astype(np.float32))


_SHAPE_BYTES = 12
# 64 examples for each centre are known to be enough.
_MOST_TRAINING = 64 * ProductQuantiser.CENTRES
# Distances to all centres of so many vectors are in memory together: 16 MB.
_TOGETHER = 16_384


def _nearest(part: Floats, centres: Floats) -> npt.NDArray[np.intp]:
    """For each row of (N, d) the nearest of (256, d)."""
    halves = 0.5 * np.einsum("cd,cd->c", centres, centres)
    found = [
        np.argmax(part[begin : begin + _TOGETHER] @ centres.T - halves, axis=1)
        for begin in range(0, len(part), _TOGETHER)
    ]
    return np.concatenate(found) if found else np.zeros(0, np.intp)


def _centres(part: Floats, chance: np.random.Generator, rounds: int) -> Floats:
    count = ProductQuantiser.CENTRES
    centres = part[chance.choice(len(part), count, replace=False)].astype(np.float32)
    for _ in range(rounds):
        nearest = _nearest(part, centres)
        sizes = np.bincount(nearest, minlength=count)
        sums = np.stack(
            [np.bincount(nearest, weights=column, minlength=count) for column in part.T], axis=1
        )
        used = sizes > 0
        centres[used] = (sums[used] / sizes[used, None]).astype(np.float32)
        # A centre that nothing is near to starts again where something is.
        empty = int((~used).sum())
        centres[~used] = part[chance.choice(len(part), empty, replace=False)]
    return centres
