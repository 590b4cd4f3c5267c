"""GradientShap, also called expected gradients (Erion et al. 2021, doi:10.1038/s42256-021-00343-w).

The multipliers are the gradients at random points on the lines from the references to the sequence, one point for each
sample, each reference in turn; scores, hypothetical contributions and the convergence delta are said in
``lib.attribution.gradient_method``. As Captum's ``GradientShap``, but that which points are drawn depends on the
sequence and the seed alone. The scores add up only on average over the draws, which the convergence delta shows: more
samples make it smaller. Points that share a reference are not independent, so the standard errors are those of the
means of each reference; where there is one reference, which is not random, those of the means of groups of points.
Integrated gradients compute the same mean without chance on the lines.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lib.attribution.base import METHODS
from lib.attribution.gradient_method import Compared, GradientMethod, Multipliers
from lib.attribution.references import SHUFFLES, generator
from lib.core.registry import setting

if TYPE_CHECKING:
    from torch import Tensor

    from lib.attribution.inner.network import Network
    from lib.attribution.inner.readers import Batch


_GROUPS = 32


@METHODS.add
@dataclass(frozen=True)
class GradientShap(Compared, GradientMethod):
    """Attribute by gradients at random points between references and the sequence."""

    name: ClassVar[str] = "gradient-shap"
    label: ClassVar[str] = "GradientShap"
    summary: ClassVar[str] = (
        "Gradients at random points between reference sequences and the sequence; quick, and right on average."
    )
    rule: ClassVar[str] = (
        "sum over the four channels, or over the embedding, of (sequence - reference) times the gradient at a random "
        "point between them, averaged over the points"
    )

    points: int = setting(
        200,
        label="Points",
        low=1,
        high=10000,
        advanced=True,
        help="Random points; more of them make the delta smaller.",
    )

    @property
    def groups(self) -> int:
        """Count the groups of points whose means are independent of each other; 1 where chance cannot be told."""
        return min(self.points, self.shuffles if self.reference == SHUFFLES else _GROUPS)

    @property
    def copies(self) -> int:
        """Count the numbers that are held for each one of a sequence: references, or groups of points."""
        return max(super().copies, self.groups)

    def multipliers(self, network: "Network", batch: "Batch", alive: Callable[[], None], seed: int) -> Multipliers:
        """Give the mean gradients at random points."""
        import torch

        count, copies = batch.references.shape[:2]
        drawn = np.stack([generator(sequence, seed).random(self.points) for sequence in batch.sequences])
        fractions = torch.from_numpy(drawn).to(batch.x).flatten()  # N * points
        gradient, taken = torch.zeros_like(batch.x), torch.zeros_like(batch.x)
        places = batch.x.sum(dim=network.over).shape[1]
        sums = torch.zeros((count, self.groups, places), dtype=torch.float64, device=batch.x.device)
        for part in network.passes(batch.x, batch.ids, count * self.points):
            alive()
            number = torch.arange(part.start, part.stop, device=batch.x.device)
            row = number // self.points
            begin = batch.references[row, number % self.points % copies]
            group = number % self.points % self.groups
            place = fractions[number].reshape(-1, *[1] * (begin.dim() - 1))
            _, found = network.gradients(begin + (batch.x[row] - begin) * place, batch.ids_of(row))
            gradient.index_add_(0, row, found / self.points)
            taken.index_add_(0, row, begin * found / self.points)
            each = ((batch.x[row] - begin) * found).sum(dim=network.over).double()
            sums.index_put_((row, group), each, accumulate=True)
        return Multipliers(gradient, taken, draws=_scaled(sums, self.points) if self.groups > 1 else None)


def _scaled(sums: "Tensor", points: int) -> "Tensor":
    """Turn sums over the points of each group (N, K, P) into draws whose mean is that of all points.

    Groups may differ by one point; a draw is off the mean by what its group is, in proportion to its size.
    """
    import torch

    groups = sums.shape[1]
    sizes = torch.bincount(torch.arange(points, device=sums.device) % groups)[:, None]  # K, 1
    mean = sums.sum(dim=1, keepdim=True) / points
    return mean + (sums - sizes * mean) * groups / points
