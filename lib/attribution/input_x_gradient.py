"""Input times gradient (Shrikumar et al. 2016, arXiv:1605.01713): the gradient at the sequence, where the sequence is.

The score of a nucleotide is the gradient with respect to the base that stands there, 0 where the letter is unknown;
that of a token is the sum over its embedding of embedding times gradient. There is no reference, and nothing adds up.
As Captum's ``InputXGradient``, but that for nucleotides the mean of the gradient over the four channels is taken off
first (Majdandzic et al. 2023, doi:10.1186/s13059-023-02956-3): sequences have exactly one base at a position, so
networks never learn what happens along the direction of all four, and the gradient there is chance. Without the
correction the numbers are Captum's. Hypothetical contributions are the gradients with respect to each base.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from lib.attribution.base import METHODS
from lib.attribution.gradient_method import GradientMethod, Multipliers
from lib.core.registry import setting

if TYPE_CHECKING:
    from lib.attribution.inner.network import Network
    from lib.attribution.inner.readers import Batch


@dataclass(frozen=True)
class Corrected:
    """What is taken off the gradients at the sequence."""

    correct: bool = setting(
        default=True,
        label="Correct gradients",
        advanced=True,
        help="For models that read nucleotides: take off the mean over the four bases, which networks do not learn.",
    )

    def at_sequence(self, network: "Network", batch: "Batch", alive: Callable[[], None]) -> Multipliers:
        """Give the gradients at the sequences, and nothing that a reference takes away."""
        import torch

        found = torch.empty_like(batch.x)
        for part in network.passes(batch.x, batch.ids, len(batch.x)):
            alive()
            found[part] = network.gradients(batch.x[part], None if batch.ids is None else batch.ids[part])[1]
        if self.correct and batch.ids is None:
            found -= found.mean(dim=1, keepdim=True)
        return Multipliers(found, torch.zeros_like(found))


@METHODS.add
@dataclass(frozen=True)
class InputXGradient(Corrected, GradientMethod):
    """Attribute by the gradient at the base that stands there."""

    name: ClassVar[str] = "input-x-gradient"
    label: ClassVar[str] = "Input × gradient"
    summary: ClassVar[str] = "The gradient at the sequence itself; the quickest method, without a reference, and noisy."
    rule: ClassVar[str] = "sum over the four channels, or over the embedding, of the sequence times the gradient at it"
    adds_up: ClassVar[bool] = False

    def multipliers(self, network: "Network", batch: "Batch", alive: Callable[[], None], seed: int) -> Multipliers:
        """Give the gradients at the sequences."""
        return self.at_sequence(network, batch, alive)
