"""The weighted mean of several networks, as one network that gradients can go through."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from lib.core.arrays import FloatArray


class MeanNetwork(nn.Module):
    """Predict the weighted mean of what M networks predict for the same input.

    Parameters
    ----------
    networks
        M of them, in eval mode; each turns one-hot (N, 4, L) into (N, T) in the units of the targets.
    weights
        (M,) what each counts.
    added
        (T,) or (1,), added to their sum.
    """

    weights: Tensor
    added: Tensor

    def __init__(self, networks: Sequence[nn.Module], weights: FloatArray | Tensor, added: FloatArray | Tensor) -> None:
        super().__init__()
        self.networks = nn.ModuleList(networks)
        self.register_buffer("weights", torch.as_tensor(weights, dtype=torch.float64))
        self.register_buffer("added", torch.as_tensor(added, dtype=torch.float64))
        self.eval()

    def forward(self, sequences: Tensor) -> Tensor:
        """Turn (N, 4, L) into (N, T)."""
        each = torch.stack([network(sequences) for network in self.networks])  # M, N, T
        return torch.einsum("m,mnt->nt", self.weights.to(each.dtype), each) + self.added.to(each.dtype)
