"""DeepLIFT with the rescale rule (Shrikumar et al. 2017, arXiv:1704.02685), averaged over references (DeepSHAP).

The multipliers hand the difference between sequence and reference on from layer to layer, see
``lib.attribution.inner.rescale``; scores, hypothetical contributions and the convergence delta are said in
``lib.attribution.gradient_method``. For networks of convolutions, ReLU and the like the numbers are those of Captum's
``DeepLiftShap``. Networks with attention add up too, for products have a rule of their own here. A network with a
function that has no rule is refused.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from lib.attribution.base import METHODS
from lib.attribution.gradient_method import Compared, GradientMethod, Multipliers

if TYPE_CHECKING:
    from lib.attribution.inner.network import Network
    from lib.attribution.inner.readers import Batch

_MEMORY = 3.0  # of a pair of sequence and reference, in units of one pass with gradients


@METHODS.add
@dataclass(frozen=True)
class DeepLift(Compared, GradientMethod):
    """Attribute by handing differences from a reference on through the network."""

    name: ClassVar[str] = "deep-lift"
    label: ClassVar[str] = "DeepLIFT"
    summary: ClassVar[str] = (
        "Hands the difference from a reference sequence on from layer to layer, in one pass for each reference. "
        "The scores add up to the difference of the two predictions."
    )
    rule: ClassVar[str] = (
        "sum over the four channels, or over the embedding, of (sequence - reference) times the DeepLIFT multiplier "
        "(rescale rule)"
    )

    def multipliers(self, network: "Network", batch: "Batch", alive: Callable[[], None], seed: int) -> Multipliers:
        """Give the mean multipliers between references and sequences."""
        import torch

        from lib.attribution.inner.rescale import Rescale

        count, copies = batch.references.shape[:2]
        gradient, taken = torch.zeros_like(batch.x), torch.zeros_like(batch.x)
        draws = []
        for part in network.passes(batch.x, batch.ids, count * copies, each=_MEMORY):
            alive()
            number = torch.arange(part.start, part.stop, device=batch.x.device)
            row = number // copies
            begin = batch.references[row, number % copies]
            ids = batch.ids_of(torch.cat([row, row]))
            with torch.enable_grad():
                both = torch.cat([batch.x[row], begin]).requires_grad_()
                with Rescale():
                    values = network(both, ids)[: len(row)]
                (found,) = torch.autograd.grad(values.sum(), both)
            found = found[: len(row)]
            draws.append(((batch.x[row] - begin) * found).sum(dim=network.over))
            found = found / copies
            gradient.index_add_(0, row, found)
            taken.index_add_(0, row, begin * found)
        by_reference = torch.cat(draws).unflatten(0, (count, copies)) if copies > 1 else None
        return Multipliers(gradient, taken, draws=by_reference)
