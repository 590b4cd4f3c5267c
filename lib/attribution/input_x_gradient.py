"""Input times gradient (Shrikumar et al. 2016, arXiv:1605.01713): the gradient at the sequence, where the sequence is.

The score of a nucleotide is the gradient with respect to the base that stands there, 0 where the letter is unknown;
that of a token is the sum over its embedding of embedding times gradient: Captum's ``InputXGradient``, summed over the
channels or the embedding. There is no reference, and nothing adds up. Hypothetical contributions are the gradients with
respect to each base, for which the gradients themselves are asked for.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from lib.attribution.base import METHODS
from lib.attribution.gradient_method import GradientMethod, Multipliers
from lib.core.registry import setting

if TYPE_CHECKING:
    from lib.attribution.inputs import Batch
    from lib.attribution.network import Network


@dataclass(frozen=True)
class AtSequence:
    """Whether the gradients at the sequences are corrected."""

    correct: bool = setting(
        default=True,
        label="Correct gradients",
        advanced=True,
        help="For models that read nucleotides: take off the mean over the four bases, which networks do not learn.",
    )

    def multipliers(self, network: "Network", batch: "Batch", seed: int) -> Multipliers:
        """Give the gradients at the sequences, from which no reference takes anything."""
        import torch

        gradient = torch.empty_like(batch.x)
        for part in network.passes(batch.x, batch.ids, len(batch.x)):
            gradient[part] = network.gradients(batch.x[part], None if batch.ids is None else batch.ids[part])
        if self.correct and batch.ids is None:
            gradient -= gradient.mean(dim=1, keepdim=True)
        return Multipliers(gradient, torch.zeros_like(gradient))


@METHODS.add
@dataclass(frozen=True)
class InputXGradient(AtSequence, GradientMethod):
    """Attribute by the gradient at the base that stands there."""

    name: ClassVar[str] = "input-x-gradient"
    label: ClassVar[str] = "Input × gradient"
    summary: ClassVar[str] = "The gradient at the sequence itself; the quickest method, without a reference, and noisy."
    rule: ClassVar[str] = "sum over the four channels, or over the embedding, of the sequence times the gradient at it"
    adds_up: ClassVar[bool] = False
