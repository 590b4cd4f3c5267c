"""What the profile of one sequence is explained by: a number for each track that gradients can go through."""

from torch import Tensor, nn


class ProfileScalars(nn.Module):
    """The logits of each track, less their mean, summed with constant weights.

    The weights are the probabilities of the positions in the sequence that is explained, as in BPNet (Avsec et al.
    2021, doi:10.1038/s41588-021-00782-6), where no gradient goes through them: the positions that the model holds for
    likely count. Without their mean the logits say as much as the probabilities, and adding the same to all of them,
    which changes no prediction, changes nothing here.

    Parameters
    ----------
    logits
        Turns what the network reads into logits (N, T, L).
    weights
        (T, L).
    """

    def __init__(self, logits: nn.Module, weights: Tensor) -> None:
        super().__init__()
        self.logits = logits
        self.register_buffer("weights", weights)
        self.eval()

    def forward(self, *given: Tensor) -> Tensor:
        """Turn what the network reads of N sequences into (N, T)."""
        logits = self.logits(*given)  # N, T, L
        centred = logits - logits.mean(dim=2, keepdim=True)
        return (centred * self.weights).sum(dim=2)
