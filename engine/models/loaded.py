"""A model in memory, ready to run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.contract.model_cards import LoadedModelInfo
from engine.models.tokenizer import Tokenizer

if TYPE_CHECKING:
    import mlx.nn as nn


@dataclass
class LoadedModel:
    """What the generator needs to answer.

    Attributes:
        network: An mlx-lm model: `network(ids[None], cache=...)`, `network.layers`,
            `network.args`. Used on the compute thread only.
        key: Changes when the weights, their quantisation or an adapter change; caches of
            computed context are kept under it.
    """

    info: LoadedModelInfo
    network: nn.Module
    tokenizer: Tokenizer
    key: str
