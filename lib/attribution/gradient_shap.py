"""GradientShap, also called expected gradients (Erion et al. 2021, doi:10.1038/s42256-021-00343-w).

The multipliers are the gradients at random points on the lines from the references to the sequence, one point for each
draw, each reference in turn; scores, hypothetical contributions and the convergence delta are said in
``lib.attribution.gradient_method``. The scores add up only on average over the draws, which the convergence delta
shows: more points make it smaller. Integrated gradients compute the same mean without chance on the lines.

Captum's ``GradientShap`` draws points from numpy's global generator, which all users of a server share: the same seed
would not give the same scores, and a sequence others in company than alone. So points are drawn here, by the sequence
and the seed alone, and Captum gives the gradients at them; with the same draws the numbers are those of
``GradientShap`` (the tests hold that).

Points that share a reference are not independent, so the standard errors are those of the means of each reference;
where there is one reference, which is not random, those of the means of groups of points.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lib.attribution.base import METHODS
from lib.attribution.gradient_method import ComparedMethod, Pairs
from lib.attribution.noise import Contributions
from lib.attribution.references import SHUFFLES, make_generator
from lib.core.registry import setting

if TYPE_CHECKING:
    from torch import Tensor

    from lib.attribution._inputs import Batch
    from lib.attribution._network import Network

_GROUPS = 32


@METHODS.add
@dataclass(frozen=True)
class GradientShap(ComparedMethod):
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
    def is_random(self) -> bool:
        """Tell that the points are, whatever the reference."""
        return True

    @property
    def copies(self) -> int:
        """Count the numbers that are held for each one of a sequence: those of groups of points."""
        return max(super().copies, self._groups)

    @property
    def _groups(self) -> int:
        return min(self.points, self.shuffles if self.reference == SHUFFLES else _GROUPS)

    def contributions(self, network: "Network", batch: "Batch") -> Contributions:
        """Give what the mean gradients at random points come to."""
        import torch

        drawn = np.stack([make_generator(sequence, batch.seed).random(self.points) for sequence in batch.sequences])
        fractions = torch.from_numpy(drawn).to(batch.x)  # N, points

        def multipliers(pairs: Pairs) -> "Tensor":
            fraction = fractions[pairs.rows, pairs.draws].reshape(-1, *[1] * (pairs.x.dim() - 1))
            return network.gradients(pairs.references + (pairs.x - pairs.references) * fraction, pairs.ids)

        return self.average_pairs(network, batch, multipliers, draws=self.points, groups=self._groups)
