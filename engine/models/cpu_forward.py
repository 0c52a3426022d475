"""Few tokens through a whole llama-like network in one native call, for the CPU on Linux.

mlx hands out some eighty small kernels a layer for each token, which takes longer than reading
the weights (12 of 19 ms a token; measured 2026-11-23). runtime/native/forward.c computes the
same from the same float32 arrays. It steps aside, and mlx computes, as soon as anything in the
network is not what it was: a layer wrapped by a hook, an adapter, new weights.

Runs on: compute.
"""

from __future__ import annotations

import ctypes
import operator
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from numpy.typing import NDArray

from engine.models.cpu_linear import JoinedLinear
from engine.models.cpu_rope import TabledRope
from engine.runtime import blas

# Their blocks are: norm, attention, sum, norm, gated feed-forward, sum.
_KNOWN = ("mlx_lm.models.llama", "mlx_lm.models.qwen2", "mlx_lm.models.qwen3")
# A row of a matrix is taken apart in pieces of 64 numbers, a head in pieces of 16.
_PIECE, _HEAD_PIECE = 64, 16


class _Layer(ctypes.Structure):
    """layer_t of forward.c."""

    _fields_ = [
        (name, ctypes.c_void_p)
        for name in (
            *("input_norm", "query_norm", "key_norm", "middle_norm"),
            *("joined", "joined_bias", "out", "out_bias"),
            *("gate_up", "gate_up_bias", "down", "down_bias"),
        )
    ]


class _Network(ctypes.Structure):
    """network_t of forward.c."""

    _fields_ = [
        *(
            (name, ctypes.c_int)
            for name in (
                *("layers", "width", "heads", "kv_heads", "head_dim", "inner", "vocabulary"),
                "turns_neighbours",
            )
        ),
        *((name, ctypes.c_float) for name in ("eps", "head_eps", "scale")),
        *((name, ctypes.c_void_p) for name in ("embedding", "final_norm", "head")),
        ("layer", ctypes.POINTER(_Layer)),
    ]


class _OtherFormError(Exception):
    """The network is not of a form that forward.c knows."""


class CpuForward:
    """What forward.c must know of one network.

    Attributes:
        kv_shape: Key and value heads, and their width.
    """

    def __init__(self, network: Any) -> None:
        """Describe `network`, which table_ropes and join_projections have been over.

        Raises:
            _OtherFormError: It is of another kind.
        """
        if type(network).__module__ not in _KNOWN or not blas.can_pack():
            raise _OtherFormError
        body, first = network.model, network.model.layers[0].self_attn
        ropes = {id(layer.self_attn.rope) for layer in body.layers}
        if len(ropes) != 1 or not isinstance(first.rope, TabledRope):
            raise _OtherFormError
        self._network = network
        self._rope = first.rope
        self._turns = first.rope.turns(1)
        head = body.embed_tokens if network.args.tie_word_embeddings else network.lm_head
        heads, kv_heads = first.n_heads, first.n_kv_heads
        self._layers = (_Layer * len(body.layers))(*map(_layer, body.layers))
        self._shape = _Network(
            layers=len(body.layers),
            width=head.weight.shape[1],
            heads=heads,
            kv_heads=kv_heads,
            head_dim=2 * self._turns.shape[1],
            inner=body.layers[0].mlp.down_proj.weight.shape[1],
            vocabulary=head.weight.shape[0],
            turns_neighbours=first.rope.is_traditional,
            eps=body.norm.eps,
            head_eps=first.q_norm.eps if "q_norm" in first else 0,
            scale=first.scale,
            embedding=_address(body.embed_tokens.weight),
            final_norm=_address(body.norm.weight),
            head=_address(head.weight),
            layer=self._layers,
        )
        self._check_sizes()
        self.kv_shape = (kv_heads, self._shape.head_dim)
        self._watch()

    def _check_sizes(self) -> None:
        shape = self._shape
        if shape.head_dim % _HEAD_PIECE or shape.heads % shape.kv_heads:
            raise _OtherFormError
        if any(n % _PIECE for n in (shape.width, shape.inner, shape.heads * shape.head_dim)):
            raise _OtherFormError

    def _watch(self) -> None:
        """Remember every part of the network, and so keep alive what was described."""
        modules = [module for _, module in self._network.named_modules()]
        found = [
            (module, name, part)
            for module in modules
            for name, part in module.items()
            if isinstance(part, (mx.array, nn.Module))
        ]
        self._owners, self._names, self._parts = (
            list(column) for column in zip(*found, strict=True)
        )
        self._blocks = list(self._network.model.layers)
        self._calls = {type(module): type(module).__call__ for module in modules}

    def stands(self) -> bool:
        """Whether the network is still the one that was described."""
        if not self._parts:
            return False
        # Asked before every token, so the loops are left to C.
        parts_now = map(dict.get, self._owners, self._names)
        blocks_now = self._network.model.get("layers", [])
        return (
            len(blocks_now) == len(self._blocks)
            and all(map(operator.is_, blocks_now, self._blocks))
            and all(map(operator.is_, parts_now, self._parts))
            and all(kind.__call__ is call for kind, call in self._calls.items())
        )

    def release(self) -> None:
        """Nothing of the network is held, and it is not read any more."""
        self._owners, self._names, self._parts, self._blocks = [], [], [], []
        self._network = None

    def logits(self, ids: list[int], place: blas.Place) -> NDArray[np.float32]:
        """The logits after each of `ids`, shape (L, V); the caches of `place` have read them."""
        end = place.position + len(ids)
        if end > len(self._turns):
            self._turns = self._rope.turns(end)
        if not 0 <= min(ids) <= max(ids) < self._shape.vocabulary:
            raise IndexError("a token id beyond the vocabulary")
        place.turns = self._turns.ctypes.data
        logits = np.empty((len(ids), self._shape.vocabulary), np.float32)
        blas.forward(self._shape, ids, place, logits)
        return logits

    @property
    def width(self) -> int:
        """Numbers in a hidden state."""
        return int(self._shape.width)

    @property
    def heads(self) -> int:
        """Attention heads of a layer."""
        return int(self._shape.heads)

    @property
    def layers(self) -> int:
        """Blocks of the network."""
        return int(self._shape.layers)

    def lens(self, states: NDArray[np.float32]) -> NDArray[np.float32]:
        """The logits, shape (L, V), of a network that stopped at `states`, shape (L, D)."""
        logits = np.empty((len(states), self._shape.vocabulary), np.float32)
        blas.lens(self._shape, np.ascontiguousarray(states), logits)
        return logits


def forward_of(network: nn.Module) -> CpuForward | None:
    """The native way through `network`, if there is one."""
    try:
        return CpuForward(network)
    except _OtherFormError:
        return None


def _layer(block: Any) -> _Layer:
    attention, mlp = block.self_attn, block.mlp
    return _Layer(
        input_norm=_address(block.input_layernorm.weight),
        middle_norm=_address(block.post_attention_layernorm.weight),
        query_norm=_address(attention.q_norm.weight) if "q_norm" in attention else None,
        key_norm=_address(attention.k_norm.weight) if "k_norm" in attention else None,
        **_joined("joined", attention.q_proj),
        **_linear("out", attention.o_proj),
        **_joined("gate_up", mlp.gate_proj),
        **_linear("down", mlp.down_proj),
    )


def _joined(name: str, linear: Any) -> dict[str, int | None]:
    if type(linear) is not JoinedLinear:
        raise _OtherFormError
    bias = linear.whole_bias
    return {
        name: _address(linear.whole),
        f"{name}_bias": None if bias is None else _address(bias),
    }


def _linear(name: str, linear: Any) -> dict[str, int | None]:
    if type(linear) is not nn.Linear:
        raise _OtherFormError
    return {
        name: _address(linear.weight),
        f"{name}_bias": _address(linear.bias) if "bias" in linear else None,
    }


def _address(array: mx.array) -> int:
    """Where the numbers of an evaluated float32 array lie."""
    if array.dtype != mx.float32:
        raise _OtherFormError
    numbers = np.asarray(array)
    if not numbers.flags.c_contiguous:
        raise _OtherFormError
    return numbers.ctypes.data
