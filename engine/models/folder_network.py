"""Builds a network out of a Hugging Face style folder, with mlx-lm's own loader.

Runs on: compute.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
from mlx.utils import tree_unflatten

from engine.contract.errors import ModelDamagedError, UnsupportedModelError
from engine.models.parameters import named_parameters

Progress = Callable[[float], None]


def _load_lazily(folder: Path) -> nn.Module:
    # mlx-lm imports the Hub's client; the folder is local, so nothing may be asked of the network.
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    from mlx_lm import utils as mlx_lm_utils

    refused = UnsupportedModelError(
        "The engine cannot run this kind of model.",
        action="Choose a model of another architecture, or one converted for mlx-lm.",
    )

    def classes_of(config: dict[str, Any]) -> tuple[type[nn.Module], type]:
        try:
            found: tuple[type[nn.Module], type] = mlx_lm_utils._get_classes(config)
        except (ValueError, AttributeError, ImportError) as error:
            kind = str(config.get("model_type"))
            raise UnsupportedModelError(
                f"The engine cannot run {kind!r} models.", action=refused.action
            ) from error
        return found

    try:
        network, config = mlx_lm_utils.load_model(folder, lazy=True, get_model_classes=classes_of)
    except ValueError as error:
        if "model_file" in str(error) or "custom module" in str(error):
            raise UnsupportedModelError(
                "The model wants to run code of its own, which is never done."
            ) from error
        raise ModelDamagedError("The model's weights do not fit its configuration.") from error
    except (TypeError, KeyError, AttributeError, AssertionError) as error:
        raise refused from error
    except RuntimeError as error:
        raise ModelDamagedError("The model's weights cannot be read.") from error
    del config
    built: nn.Module = network
    return built


def _plain_twins() -> dict[type[nn.Module], Callable[..., nn.Module]]:
    """Quantised layer classes and what takes their place on the CPU."""
    from mlx_lm.models.mla import MultiLinear, QuantizedMultiLinear
    from mlx_lm.models.switch_layers import QuantizedSwitchLinear, SwitchLinear

    # Each plain class is made with the smallest sizes; its arrays are replaced at once.
    return {
        nn.QuantizedLinear: lambda has_bias: nn.Linear(1, 1, bias=has_bias),
        nn.QuantizedEmbedding: lambda _: nn.Embedding(1, 1),
        QuantizedSwitchLinear: lambda has_bias: SwitchLinear(1, 1, 1, bias=has_bias),
        QuantizedMultiLinear: lambda _: MultiLinear(1, 1, 1),
    }


def _dequantised(module: nn.Module, twin: nn.Module) -> nn.Module:
    twin.weight = mx.dequantize(
        module.weight,
        module.scales,
        module.get("biases"),
        group_size=module.group_size,
        bits=module.bits,
        mode=module.mode,
        global_scale=module.get("global_scale"),
    ).astype(mx.float32)
    if "bias" in module:
        twin.bias = module.bias.astype(mx.float32)
    mx.eval(twin.parameters())
    return twin


def _widen_packed(network: nn.Module, report: Callable[[], None]) -> None:
    """Replace each quantised layer by a float32 one, one at a time, so the peak stays low."""
    twins = _plain_twins()
    packed = [(n, m) for n, m in network.named_modules() if type(m) in twins]
    while packed:
        name, module = packed.pop()
        twin = _dequantised(module, twins[type(module)]("bias" in module))
        network.update_modules(tree_unflatten([(name, twin)]))
        module.clear()
        report()


def _read_rest(network: nn.Module, report: Callable[[], None], *, is_widened: bool) -> None:
    """Bring every weight into memory, one by one; on the CPU as float32."""
    # Names first, values one by one: a list of values would keep every narrow copy alive.
    for name in [name for name, _ in named_parameters(network)]:
        value = _value_at(network, name)
        if is_widened and mx.issubdtype(value.dtype, mx.floating):
            value = value.astype(mx.float32)
            network.update(tree_unflatten([(name, value)]))
        mx.eval(value)
        report()


def _value_at(network: nn.Module, name: str) -> mx.array:
    place: Any = network
    for part in name.split("."):
        place = place[int(part)] if isinstance(place, (list, tuple)) else place[part]
    found: mx.array = place
    return found


def build_network(folder: Path, *, is_on_gpu: bool, on_progress: Progress) -> nn.Module:
    """The network with all its weights in memory.

    On the GPU it is as the folder has it; on the CPU every weight becomes float32.

    Raises:
        UnsupportedModelError: mlx-lm has no such architecture, or it would run foreign code.
        ModelDamagedError: Weights are missing or do not fit.
    """
    network = _load_lazily(folder)
    parts = max(len(named_parameters(network)), 1)
    done = 0

    def report() -> None:
        nonlocal done
        done += 1
        on_progress(min(done / parts, 1.0))

    try:
        if not is_on_gpu:
            _widen_packed(network, report)
        _read_rest(network, report, is_widened=not is_on_gpu)
    except RuntimeError as error:
        raise ModelDamagedError("The model's weights cannot be read.") from error
    network.eval()
    return network
