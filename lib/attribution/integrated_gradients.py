"""Integrated gradients (Sundararajan et al. 2017, arXiv:1703.01365), with as many points as each sequence needs.

The multipliers are the mean gradient on the straight line from a reference to the sequence, by Captum's
``IntegratedGradients`` at Gauss-Legendre points; what scores, hypothetical contributions and the convergence delta are
is said in ``lib.attribution.gradient_method``.

All sequences begin with few points. Where the sum of the scores is farther from f(x) - mean f(r) than the tolerance
times that difference, the points are doubled, for these sequences alone, until it is met or the most points are taken:
the way is halved again and again and Captum is asked for each part, as a Gauss-Legendre rule of thousands of points
costs more than all gradients at them (Captum solves an eigenvalue problem of that size at every call). Nothing is
rescaled to make the sum look met: the convergence delta says how exact the integral is. Where f(x) hardly differs from
f(r), because what raises and what lowers the prediction cancel, a share of their difference would ask for endless
precision of scores that are exact already; there the tolerance is taken of a thousandth of the sum of the absolute
scores instead, where that is larger.

Networks of ReLU have gradients that jump on the way, so their error falls only as fast as the points rise, and some
sequences need thousands where most need fifty; smooth networks, such as encoders, seldom need more than the first.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from lib.attribution.base import METHODS
from lib.attribution.gradient_method import ComparedMethod, Pairs
from lib.attribution.noise import Contributions
from lib.core.registry import setting

if TYPE_CHECKING:
    from torch import Tensor

    from lib.attribution._inputs import Batch
    from lib.attribution._network import Network

_FEWEST, _ALONE = 4, 16
"""Points that are begun with; more where there are few references, whose errors hardly cancel."""
_CANCELLED = 0.001
"""Share of the sum of absolute scores that counts as a difference between the predictions at least."""


@METHODS.add
@dataclass(frozen=True)
class IntegratedGradients(ComparedMethod):
    """Attribute by the gradients on the straight line from reference sequences to the sequence."""

    name: ClassVar[str] = "integrated-gradients"
    label: ClassVar[str] = "Integrated gradients"
    summary: ClassVar[str] = (
        "Gradients of the prediction, summed on the way from a reference sequence. "
        "The scores add up to the difference of the two predictions."
    )
    rule: ClassVar[str] = (
        "sum over the four channels, or over the embedding, of (sequence - reference) times the mean gradient between "
        "them"
    )

    steps: int = setting(
        16384,
        label="Most steps",
        low=4,
        high=65536,
        help="Steps on the way from reference to sequence, at most; a sequence takes as many as it needs.",
        advanced=True,
    )
    tolerance: float = setting(
        0.01,
        label="Tolerance",
        low=0.0001,
        high=1.0,
        help="Steps are doubled while the sum of the attributions is farther than this from the difference between the "
        "predictions of sequence and reference, relative to that difference.",
        advanced=True,
    )

    def contributions(self, network: "Network", batch: "Batch") -> Contributions:
        """Give what the mean gradients between references and sequences come to."""
        points = min(self.steps, _FEWEST if batch.references.shape[1] > _FEWEST else _ALONE)
        parts = 1
        found = self._integrate(network, batch, points, parts)
        while 2 * parts * points <= self.steps and len(rows := self._find_unsettled(network, batch, found)):
            parts *= 2
            again = self._integrate(network, batch.select(rows), points, parts)
            for whole, part in zip((*found[:3], *found.sources), (*again[:3], *again.sources), strict=True):
                whole[rows] = part
        return found

    def _find_unsettled(self, network: "Network", batch: "Batch", found: Contributions) -> "Tensor":
        """Give the sequences whose scores do not add up yet."""
        import torch

        scores = found.numbers.double().sum(dim=network.over)  # N, P
        difference = batch.f_x.double() - batch.f_references.double().mean(dim=1)
        scale = torch.maximum(difference.abs(), _CANCELLED * scores.abs().sum(dim=1))
        return torch.nonzero((scores.sum(dim=1) - difference).abs() > self.tolerance * scale)[:, 0]

    def _integrate(self, network: "Network", batch: "Batch", points: int, parts: int) -> Contributions:
        """Give the same by gradients at so many points on each of the equal parts of the way."""
        from captum import attr

        captum = attr.IntegratedGradients(network, multiply_by_inputs=False)
        copies, capacity = batch.references.shape[1], network.capacity(batch.x, batch.ids)

        def multipliers(pairs: Pairs) -> "Tensor":
            part = (pairs.draws // copies).to(pairs.x).reshape(-1, *[1] * (pairs.x.dim() - 1))
            step = (pairs.x - pairs.references) / parts
            gradients: Tensor = captum.attribute(
                pairs.references + (part + 1) * step,
                pairs.references + part * step,
                additional_forward_args=pairs.ids,
                n_steps=points,
                method="gausslegendre",
                internal_batch_size=capacity if capacity < points else None,
            )
            return gradients

        options = {"draws": copies * parts, "groups": copies}
        return self.average_pairs(network, batch, multipliers, each=min(points, capacity), **options)
