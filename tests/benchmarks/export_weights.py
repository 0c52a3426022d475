"""Writes the model as a folder that mlx-lm's own loader reads: the same weights for the peer.

On a CPU they are float32; on Metal they stay as the file has them.
"""

from __future__ import annotations

import json
from pathlib import Path

from engine.runtime import blas

blas.preload()

import mlx.core as mx  # noqa: E402
import mlx.nn as nn  # noqa: E402

from engine.models import device  # noqa: E402
from engine.models.gguf.architecture import describe  # noqa: E402
from engine.models.gguf.network import build_network  # noqa: E402
from engine.models.gguf.quantised import GROUP_SIZE  # noqa: E402
from engine.models.gguf.reader import GgufFile  # noqa: E402
from engine.models.loader import is_on_gpu  # noqa: E402
from engine.models.parameters import named_parameters  # noqa: E402
from tests.benchmarks.child_side import Request, Result, serve  # noqa: E402


def _read_bytes(network: nn.Module) -> int:
    """Bytes of weights that our decoder reads for one token; `network` is changed by this."""
    total = sum(value.nbytes for _, value in named_parameters(network))
    packed = device.speed_up(network)
    try:
        # What it holds beside the small forms are the float32 matrices they stand for.
        replaced = sum(weights.nbytes for weights, *_ in packed._held)
        return total - replaced + packed.packed_bytes
    finally:
        packed.release()


def measure(request: Request) -> Result:
    """config.json and model.safetensors are in the folder."""
    folder = Path(request["folder"])
    folder.mkdir(parents=True, exist_ok=True)
    with GgufFile(Path(request["model_path"])) as file:
        architecture = describe(file)
        network, _ = build_network(
            file, architecture, is_on_gpu=is_on_gpu(), on_progress=lambda _: None
        )
    weights = dict(named_parameters(network))
    config = dict(architecture.config)
    if any(name.endswith(".scales") for name in weights):
        # mlx-lm reads each layer's own bits off the shapes; this switches that on.
        config["quantization"] = {"group_size": GROUP_SIZE, "bits": 4}
    mx.save_safetensors(str(folder / "model.safetensors"), weights, {"format": "mlx"})
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return {"arrays": len(weights), "our_read_bytes": _read_bytes(network)}


if __name__ == "__main__":
    serve(measure)
