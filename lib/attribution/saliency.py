"""Saliency (Simonyan et al. 2014, arXiv:1312.6034): how sensitive the prediction is to what is read at each place.

The score of a nucleotide is the sum over the four channels of the absolute gradient at the sequence, that of a token
the same over its embedding: Captum's ``Saliency``, summed. It is never negative: it says where the prediction can be
changed, not in which direction the letter that stands there moves it. There is no reference, nothing adds up, and no
base has a contribution of its own.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from lib.attribution.base import METHODS
from lib.attribution.gradient_method import GradientMethod, Multipliers
from lib.attribution.input_x_gradient import AtSequence

if TYPE_CHECKING:
    from torch import Tensor


@METHODS.add
@dataclass(frozen=True)
class Saliency(AtSequence, GradientMethod):
    """Attribute by the size of the gradient."""

    name: ClassVar[str] = "saliency"
    label: ClassVar[str] = "Saliency"
    summary: ClassVar[str] = "How strongly the prediction reacts to small changes at each place, without a sign."
    rule: ClassVar[str] = "sum over the four channels, or over the embedding, of the absolute gradient (no sign)"
    adds_up: ClassVar[bool] = False
    has_hypothetical: ClassVar[bool] = False

    def contributions(self, x: "Tensor", multipliers: Multipliers) -> "Tensor":
        """Give the size of the gradients."""
        return multipliers.gradient.abs()
