"""The running mean of the weights of a network (Polyak & Juditsky 1992, doi:10.1137/0330046)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from transformers import TrainerCallback

from lib.training.checkpoint import load_trainable, trainable_state


class AveragedWeights(TrainerCallback):
    """Keeps the exponential moving average of what is learned, statistics of batch norms too.

    Parameters
    ----------
    network
        Whose weights are averaged.
    share
        Of the mean that stays at each step; less in the first steps, t of (1 + t) / (10 + t), so that random weights
        leave it soon. 0 for no mean.
    """

    def __init__(self, network: nn.Module, share: float) -> None:
        self.network, self.share = network, share
        self.weights: dict[str, Tensor] = {}

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Move the mean towards the weights of this step."""
        if not self.share:
            return
        now = trainable_state(self.network)
        if not self.weights:
            self.weights = {name: tensor.detach().clone() for name, tensor in now.items()}
            return
        share = min(self.share, (1 + state.global_step) / (10 + state.global_step))
        with torch.no_grad():
            for name, mean in self.weights.items():
                if mean.is_floating_point():
                    mean.lerp_(now[name].to(mean.dtype), 1 - share)
                else:
                    mean.copy_(now[name])

    def restore(self, weights: Mapping[str, Tensor]) -> None:
        """Take up the mean of a checkpoint."""
        where = {name: tensor.device for name, tensor in trainable_state(self.network).items()}
        self.weights = {name: tensor.to(where[name]) for name, tensor in weights.items()}

    def take(self) -> None:
        """Take up what the network has while it has the mean, whose statistics all processes have agreed on."""
        if self.weights:
            self.weights = {name: tensor.detach().clone() for name, tensor in trainable_state(self.network).items()}

    @contextmanager
    def replacing(self) -> Iterator[None]:
        """Let the network have the mean for a while."""
        if not self.weights:
            yield
            return
        own = {name: tensor.detach().clone() for name, tensor in trainable_state(self.network).items()}
        load_trainable(self.network, self.weights)
        try:
            yield
        finally:
            load_trainable(self.network, own)
