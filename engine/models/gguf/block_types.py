"""How GGUF packs weights: each format's number, name, and size of one block."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BlockType:
    """One storage format of weights.

    Attributes:
        name: llama.cpp's name, such as "Q4_K".
        weights: Weights in one block; 1 for plain numbers.
        bytes: Bytes of one block.
    """

    name: str
    weights: int
    bytes: int

    @property
    def bits_per_weight(self) -> float:
        """Bits that one weight takes in the file, its share of the scales included."""
        return 8 * self.bytes / self.weights


# Numbers are those of ggml's type enumeration; a block's bytes are its scales plus its quants.
BLOCK_TYPES: dict[int, BlockType] = {
    0: BlockType("F32", 1, 4),
    1: BlockType("F16", 1, 2),
    2: BlockType("Q4_0", 32, 2 + 16),
    3: BlockType("Q4_1", 32, 4 + 16),
    6: BlockType("Q5_0", 32, 2 + 4 + 16),
    7: BlockType("Q5_1", 32, 4 + 4 + 16),
    8: BlockType("Q8_0", 32, 2 + 32),
    10: BlockType("Q2_K", 256, 16 + 64 + 4),
    11: BlockType("Q3_K", 256, 32 + 64 + 12 + 2),
    12: BlockType("Q4_K", 256, 4 + 12 + 128),
    13: BlockType("Q5_K", 256, 4 + 12 + 32 + 128),
    14: BlockType("Q6_K", 256, 128 + 64 + 16 + 2),
    20: BlockType("IQ4_NL", 32, 2 + 16),
    23: BlockType("IQ4_XS", 256, 2 + 2 + 4 + 128),
    30: BlockType("BF16", 1, 2),
}
