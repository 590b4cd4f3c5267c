"""Integrated gradients (Sundararajan et al. 2017, arXiv:1703.01365), with as many points as each sequence needs.

The multipliers are the mean gradient on the straight line from a reference to the sequence; what scores, hypothetical
contributions and the convergence delta are is said in ``lib.attribution.gradient_method``. Captum's
``IntegratedGradients`` gives the same numbers (the tests hold that), one sequence after the other, with as many points
for each. Here sequences, references and points pass through the network together, in passes of bounded memory, and:

- The gradient is taken at the ends and at equal distances between them (trapezoid rule), first with few points. Where
  the sum of the contributions is farther from f(x) - mean f(r) than the tolerance, relative to how far the prediction
  goes up and down on the way, the intervals are halved, up to the most points that are allowed; nothing is computed
  twice. That way is never shorter than the difference of the predictions, so a difference near zero, where rise and
  fall cancel, asks for no endless precision.
- The sum over a whole sequence is known exactly, f(x) - mean f(r), and so is a control variate for each number: the
  weights of all points are shifted in proportion to how their own sums differ from the mean, just so that the sum is
  met (a regression estimator, Deville & Saerndal 1992, doi:10.1080/01621459.1992.10475217). It makes the
  scores add up, but no more exact: how far they are from those with far more points is told by
  ``tests.bench.bench_attribution``. It is done only where the sum was within a tenth of that way already; a larger
  delta stays. What the delta was before is kept (``Attribution.integration_error``), and is what an attribution is
  judged by.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from lib.attribution.base import METHODS
from lib.attribution.gradient_method import Compared, GradientMethod, Multipliers
from lib.core.registry import setting

if TYPE_CHECKING:
    from lib.attribution.inner.network import Network
    from lib.attribution.inner.path import Path
    from lib.attribution.inner.readers import Batch

RULE = (
    "sum over the four channels, or over the embedding, of (sequence - reference) times the mean gradient between them"
)
_FEWEST, _ALONE = 4, 16
"""Intervals that are begun with; more where there are few references, whose errors hardly cancel."""


@METHODS.add
@dataclass(frozen=True)
class IntegratedGradients(Compared, GradientMethod):
    """Attribute by the gradients on the straight line from reference sequences to the sequence."""

    name: ClassVar[str] = "integrated-gradients"
    label: ClassVar[str] = "Integrated gradients"
    summary: ClassVar[str] = (
        "Gradients of the prediction, summed on the way from a reference sequence. "
        "The scores add up to the difference of the two predictions."
    )
    rule: ClassVar[str] = RULE

    steps: int = setting(
        256,
        label="Most steps",
        low=4,
        high=1024,
        help="Steps on the way from reference to sequence, at most; a sequence takes as many as it needs.",
        advanced=True,
    )
    tolerance: float = setting(
        0.02,
        label="Tolerance",
        low=0.0001,
        high=1.0,
        help="Steps are added while the sum of the attributions is farther than this from what it should be, relative "
        "to how far the prediction goes up and down on the way.",
        advanced=True,
    )

    def multipliers(self, network: "Network", batch: "Batch", alive: Callable[[], None], seed: int) -> Multipliers:
        """Give the mean gradients between references and sequences."""
        from lib.attribution.inner.path import Path

        path = Path(network, batch, alive)
        for _ in _refined(path, self.steps, self.tolerance):
            pass
        return Multipliers(*path.balanced(), path.error, path.draws if path.copies > 1 else None)


def _refined(path: "Path", most: int, tolerance: float) -> Iterator[int]:
    """Halve the intervals of the sequences that need it, and give how many they are each time."""
    intervals = min(most, _FEWEST if path.copies > _FEWEST else _ALONE)
    path.begin(intervals)
    while 2 * intervals <= most:
        rows = path.unsettled(tolerance)
        if not len(rows):
            return
        yield len(rows)
        path.halve(rows, intervals)
        intervals *= 2
