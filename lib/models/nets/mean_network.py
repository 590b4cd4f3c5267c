"""The mean of several networks, as one network that gradients can go through."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class MeanNetwork(nn.Module):
    """Predict the mean of what M networks predict for the same input.

    Parameters
    ----------
    networks
        M of them, in eval mode; each turns one-hot (N, 4, L) into (N, T) in the units of the targets.
    """

    def __init__(self, networks: Sequence[nn.Module]) -> None:
        super().__init__()
        self.networks = nn.ModuleList(networks)
        self.eval()

    def forward(self, sequences: Tensor) -> Tensor:
        """Turn (N, 4, L) into (N, T)."""
        return torch.stack([network(sequences) for network in self.networks]).mean(dim=0)  # M, N, T -> N, T
