"""Gradients at the sequence itself; there is no reference, and nothing adds up.

- Input times gradient (Shrikumar et al. 2016, arXiv:1605.01713): the score of a nucleotide is the gradient with respect
  to the base that stands there, 0 where the letter is unknown; that of a token is the sum over its embedding of
  embedding times gradient: Captum's ``InputXGradient``, summed over the channels or the embedding. Hypothetical
  contributions are the gradients with respect to each base, for which the gradients themselves are asked for.
- Saliency (Simonyan et al. 2014, arXiv:1312.6034): the sum over the channels or the embedding of the absolute gradient,
  Captum's ``Saliency``, summed. It is never negative: it says where the prediction can be changed, not in which
  direction the letter that stands there moves it; no base has a contribution of its own.

The gradient correction (Majdandzic et al. 2023, doi:10.1186/s13059-023-02956-3) takes the mean over the four channels
off the gradient of nucleotides first: sequences have exactly one base at a position, so networks never learn what
happens along the direction of all four, and the gradient there is chance. It is no part of the definitions, and off
unless it is asked for.
"""

from abc import ABC
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from lib.attribution.base import METHODS
from lib.attribution.gradient_method import GradientMethod
from lib.attribution.noise import Contributions
from lib.core.registry import setting

if TYPE_CHECKING:
    from lib.attribution._inputs import Batch
    from lib.attribution._network import Network


@dataclass(frozen=True)
class GradientAtSequence(GradientMethod, ABC):
    """A method that takes the gradients at the sequences, from which no reference takes anything."""

    renamed: ClassVar[Mapping[str, str]] = {"correct": "gradient_correction"}

    gradient_correction: bool = setting(
        default=False,
        label="Gradient correction",
        advanced=True,
        help="For models that read nucleotides: subtract the mean gradient over the four bases at each position, which "
        "one-hot sequences leave undetermined (Majdandzic et al. 2023).",
    )

    @property
    def correction(self) -> str:
        """Say that gradients were corrected; nothing where they were not."""
        return "; gradients of nucleotides less their mean over the four bases" if self.gradient_correction else ""

    def contributions(self, network: "Network", batch: "Batch") -> Contributions:
        """Give the sequences times the gradients at them."""
        import torch

        gradient = torch.empty_like(batch.x)
        for part in network.passes(batch.x, batch.ids, len(batch.x)):
            gradient[part] = network.gradients(batch.x[part], None if batch.ids is None else batch.ids[part])
        if self.gradient_correction and batch.ids is None:
            gradient -= gradient.mean(dim=1, keepdim=True)
        return Contributions(batch.x * gradient, gradient, torch.zeros_like(gradient))


@METHODS.add
@dataclass(frozen=True)
class InputXGradient(GradientAtSequence):
    """Attribute by the gradient at the base that stands there."""

    name: ClassVar[str] = "input-x-gradient"
    label: ClassVar[str] = "Input × gradient"
    summary: ClassVar[str] = "The gradient at the sequence itself; the quickest method, without a reference, and noisy."
    rule: ClassVar[str] = "sum over the four channels, or over the embedding, of the sequence times the gradient at it"


@METHODS.add
@dataclass(frozen=True)
class Saliency(GradientAtSequence):
    """Attribute by the size of the gradient."""

    name: ClassVar[str] = "saliency"
    label: ClassVar[str] = "Saliency"
    summary: ClassVar[str] = "How strongly the prediction reacts to small changes at each place, without a sign."
    rule: ClassVar[str] = "sum over the four channels, or over the embedding, of the absolute gradient (no sign)"
    has_hypothetical: ClassVar[bool] = False

    def contributions(self, network: "Network", batch: "Batch") -> Contributions:
        """Give the size of the gradients."""
        found = super().contributions(network, batch)
        return found._replace(numbers=found.multipliers.abs())
