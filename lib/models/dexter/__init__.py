"""DExTER: long regulatory elements as pairs of a k-mer and the region of the sequence in which it counts.

Menichelli et al. 2021, doi:10.1371/journal.pcbi.1008909.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from lib.core.errors import UserError
from lib.core.progress import Progress, Report
from lib.core.registry import setting
from lib.models.base import MODELS, Fitted
from lib.models.checks import require_letters, require_rows
from lib.models.context import Context
from lib.models.dexter.bins import ANCHORS, Bins, make
from lib.tasks.data import TrainingData

EVEN, GROWING = "even", "growing from the anchor"
_NEEDED = 20
_TICKS = 100  # of progress for each length of k-mers


@MODELS.add
@dataclass(frozen=True)
class DexterModel:
    """Explores which k-mers go with the target in which regions, then predicts by a LASSO on them.

    As in the paper: |Spearman's correlation| on the train part in all runs of bins, dinucleotides as roots, a k-mer
    accepted where it beats its parent and both its (k-1)-mers by an absolute and a relative margin, segments that do
    not overlap, 10-fold cross-validation of the LASSO within the train part. Deviations:

    - A k-mer is judged in all regions, and accepted in the best of those in which it passes.
    - It must be beyond chance too, corrected for all k-mers of its length and all regions (setting ``chance``).
    - A k-mer that can be grown from several variables is compared with the weakest of them.
    - A segment of a dinucleotide has to beat the whole sequence by the margins.
    - A k-mer belongs to the bin in which it starts; the last one of a sequence counts, and N breaks it.

    The validation part is not used.
    """

    name: ClassVar[str] = "dexter"
    label: ClassVar[str] = "DExTER"
    summary: ClassVar[str] = (
        "Words and the regions in which they matter, for sequences aligned on an anchor such as the TSS; every "
        "variable can be read."
    )
    typical_time: ClassVar[str] = "seconds; minutes for long sequences"
    tasks: ClassVar[tuple[str, ...]] = ("regression", "multi_regression")
    baseline: ClassVar[bool] = False

    bins: int = setting(
        7,
        label="Bins",
        low=1,
        high=60,
        help="Regions are runs of neighbouring bins. 7 suits about 100 nt, 13 suits 4,000 nt around a TSS.",
    )
    widths: str = setting(
        EVEN,
        label="Widths of the bins",
        choices=(EVEN, GROWING),
        help="Bins that grow are narrow at the anchor and wide far from it (even in the square root of the distance).",
    )
    anchor: str = setting(
        "start",
        label="Anchor",
        choices=ANCHORS,
        help="The point at which the sequences are aligned: their start, centre or end, or a position between, such as "
        "the TSS. Regions are counted from there.",
    )
    before: int = setting(
        0,
        label="Bases before the anchor",
        unit="nt",
        low=0,
        help="How many bases of each sequence lie before the anchor, such as 2,000 upstream of the TSS.",
        when=("anchor", ("position",)),
    )
    unequal: bool = setting(
        default=False,
        label="Lengths may differ",
        help="Yes says that sequences of different lengths are aligned on the anchor, so that a region means the same "
        "in all; what a sequence lacks holds no words. No asks for one length.",
    )
    gain: float = setting(
        0.01,
        label="Least gain in correlation",
        low=0,
        high=1,
        help="By how much |Spearman's correlation| must rise for a longer word. Lower finds more and longer words.",
    )
    share: float = setting(
        0.1,
        label="Least gain, as a share",
        low=0,
        high=10,
        help="The same as a share of the correlation of the shorter word: 0.1 is 10%.",
    )
    longest: int = setting(10, label="Longest word", unit="nt", low=2, high=30, help="Words grow up to this length.")
    reach: int = setting(
        0,
        label="Reach",
        unit="nt",
        low=0,
        help="Bases farther than this from the anchor are left out; 0 leaves none out.",
        advanced=True,
    )
    chance: float = setting(
        0.05,
        label="Chance of a false word",
        low=1e-9,
        high=1,
        help="How often, if nothing mattered, any word of a length would be accepted in any region. 1 leaves the test "
        "out, as the published program does.",
        advanced=True,
    )
    folds: int = setting(
        10,
        label="Folds of the LASSO",
        low=2,
        high=20,
        help="The penalty is chosen by cross-validation within the train part.",
        advanced=True,
    )

    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "Published: 4,000 nt around the TSS": {
            "bins": 13,
            "widths": GROWING,
            "anchor": "centre",
            "gain": 0.01,
            "share": 0.1,
            "chance": 1.0,
        },
        "Finer: longer and more words": {"gain": 0.0, "share": 0.0},
    }

    def fit(self, data: TrainingData, context: Context) -> Fitted:
        """Explore and fit on the train part alone, one target after the other.

        Raises
        ------
        UserError
            If the train part has fewer than 20 sequences, one is empty, they are not aligned, or the bins do not fit.
        """
        from lib.models.dexter.counts import Letters
        from lib.models.dexter.explore import Rules, Search
        from lib.models.dexter.fitted import FittedDexter
        from lib.models.dexter.lasso import frequencies, select

        require_rows(data, train=_NEEDED, validation=0, label=self.label)
        require_letters(data, label=self.label)
        sequences, targets = data.train.sequences, data.train.targets
        bins = self._bins(sequences)
        ticker = _Ticker(context.progress, self.longest, targets.shape[1])
        ticker.tell(0, 2, 0.0)
        letters = Letters.of(sequences, bins)
        rules = Rules(self.gain, self.share, self.chance, self.longest)
        searches = []
        for number, target in enumerate(targets.T):
            told = lambda size, share, number=number: ticker.tell(number, size, share)  # noqa: E731
            search = Search(letters, bins, target, rules)
            searches.append(search.run(told))
            if search.full:
                ticker.full(number, len(searches[-1].pairs))
        cells = {cell: number for number, cell in enumerate(bins.cells)}
        linear = []
        for number, (found, target) in enumerate(zip(searches, targets.T, strict=True)):
            ticker.select(number)
            pairs = found.pairs
            features = frequencies(sequences, bins, pairs)
            known = [float(found.lattices[kmer][cells[cell]]) for kmer, cell in pairs]
            linear.append(select(features, target, pairs, known, folds=self.folds, seed=context.seed))
        ticker.done()
        return FittedDexter(self.name, bins, tuple(linear), tuple(searches))

    def _bins(self, sequences: Sequence[str]) -> Bins:
        lengths = np.array([len(sequence) for sequence in sequences], dtype=np.int64)
        if not self.unequal and lengths.min() != lengths.max():
            raise UserError(
                f"The sequences of the train part have {lengths.min():,} to {lengths.max():,} nt; {self.label} needs "
                "sequences of one length, or sequences aligned on the anchor. Cut them to one length; or, if they are "
                f"aligned at their {'anchor' if self.anchor == 'position' else self.anchor}, switch on Lengths may "
                "differ (unequal)."
            )
        return make(
            lengths,
            count=self.bins,
            growing=self.widths == GROWING,
            anchor=self.anchor,
            before=self.before,
            reach=self.reach,
        )

    @classmethod
    def load(cls, folder: Path) -> Fitted:
        """Read variables, trees and lattices back."""
        from lib.models.dexter.fitted import FittedDexter

        return FittedDexter.load(folder, cls.name)


@dataclass(frozen=True)
class _Ticker:
    """Says how far a fit is: so many ticks for each length of k-mers of each target, and one length for its LASSO."""

    progress: Progress
    longest: int
    targets: int

    def tell(self, target: int, size: int, share: float) -> None:
        step = int((target * (self.longest - 1) + size - 2 + share) * _TICKS)
        self._report(step, f"Exploring words of {size} nt{self._which(target)}")

    def full(self, target: int, found: int) -> None:
        note = f"The search ended after {found:,} words in regions; raise the least gain to find the telling ones."
        self._report((target + 1) * (self.longest - 1) * _TICKS, f"Exploring words{self._which(target)}", note)

    def select(self, target: int) -> None:
        step = (self.targets * (self.longest - 1) + target) * _TICKS
        self._report(step, f"Choosing variables by LASSO{self._which(target)}")

    def done(self) -> None:
        self._report(self.targets * self.longest * _TICKS, "Choosing variables by LASSO")

    def _which(self, target: int) -> str:
        return f", target {target + 1} of {self.targets}" if self.targets > 1 else ""

    def _report(self, step: int, stage: str, note: str = "") -> None:
        self.progress.report(Report(step, self.targets * self.longest * _TICKS, stage, note=note))
