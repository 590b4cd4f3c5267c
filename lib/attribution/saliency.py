"""Saliency (Simonyan et al. 2014, arXiv:1312.6034): how sensitive the prediction is to what is read at each place.

The score of a nucleotide is the sum over the four channels of the absolute gradient at the sequence, that of a token
the same over its embedding. It is never negative: it says where the prediction can be changed, not in which direction
the letter that stands there moves it. There is no reference, nothing adds up, and no base has a contribution of its
own. As Captum's ``Saliency`` summed over the channels, but that for nucleotides the mean of the gradient over the
channels is taken off first, see ``lib.attribution.input_x_gradient``; without the correction the numbers are Captum's.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from lib.attribution.base import METHODS
from lib.attribution.gradient_method import GradientMethod, Multipliers
from lib.attribution.input_x_gradient import Corrected

if TYPE_CHECKING:
    from torch import Tensor

    from lib.attribution.inner.network import Network
    from lib.attribution.inner.readers import Batch


@METHODS.add
@dataclass(frozen=True)
class Saliency(Corrected, GradientMethod):
    """Attribute by the size of the gradient."""

    name: ClassVar[str] = "saliency"
    label: ClassVar[str] = "Saliency"
    summary: ClassVar[str] = "How strongly the prediction reacts to small changes at each place, without a sign."
    rule: ClassVar[str] = "sum over the four channels, or over the embedding, of the absolute gradient (no sign)"
    adds_up: ClassVar[bool] = False
    has_hypothetical: ClassVar[bool] = False

    def multipliers(self, network: "Network", batch: "Batch", alive: Callable[[], None], seed: int) -> Multipliers:
        """Give the gradients at the sequences."""
        return self.at_sequence(network, batch, alive)

    def contributions(self, x: "Tensor", found: Multipliers) -> "Tensor":
        """Give the size of the gradients."""
        return found.gradient.abs()
