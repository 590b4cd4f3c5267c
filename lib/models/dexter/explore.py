"""The search of DExTER: k-mers grow letter by letter as long as some region makes them clearly better than their parts.

Menichelli et al. 2021, doi:10.1371/journal.pcbi.1008909.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np

from lib.core.alphabet import BASES
from lib.core.arrays import FloatArray
from lib.models.dexter.bins import Bins, Cell
from lib.models.dexter.counts import Letters, Places, centre_ranks, correlations

MOST = 2000
"""Variables after which a search goes no further; so many come of margins that keep whatever noise brings."""
ROOT, PARENT, PART, CHANCE = "root", "parent", "part", "chance"
"""What a k-mer is measured against: nothing, the variable it was grown from, its own parts, chance."""


@dataclass(frozen=True)
class Rules:
    """When a k-mer in a region is accepted.

    Parameters
    ----------
    gain, share
        It must beat its parent and its parts by so much |Spearman's correlation|, and by this share of theirs.
    chance
        How often a k-mer of its length may be accepted by chance, over all tried with all regions (Bonferroni); 1 and
        more leaves this test out.
    longest
        Letters of the longest k-mer.
    """

    gain: float = 0.01
    share: float = 0.1
    chance: float = 0.05
    longest: int = 10

    def over(self, score: FloatArray | float) -> FloatArray:
        """Give the |correlation| that clearly beats another."""
        return np.maximum(np.asarray(score) + self.gain, np.asarray(score) * (1 + self.share))

    def beyond_chance(self, *, tried: int, rows: int) -> float:
        """Give the |correlation| in ``rows`` sequences that chance reaches in too few of ``tried`` trials."""
        from scipy.stats import norm

        if self.chance >= 1 or rows < 3:
            return 0.0
        return float(norm.isf(self.chance / (2 * max(1, tried))) / np.sqrt(rows - 1))


@dataclass(frozen=True)
class Step:
    """One k-mer that was tried, a node of the exploration tree.

    Parameters
    ----------
    kmer
        Its letters.
    parent, grown_from
        Number of the step, and which of its segments, that it was grown from by a letter; -1 and all bins for a root.
    cell
        The region in which it was judged: its best among those that pass, else its best.
    correlation
        Spearman's there.
    needed
        The |correlation| that it had to reach there.
    against
        Whose mark that was: ``root``, ``parent``, ``part``, ``chance``.
    segments
        The regions that became variables, the best first; none where the k-mer was refused.
    """

    kmer: str
    parent: int
    grown_from: Cell
    cell: Cell
    correlation: float
    needed: float
    against: str
    segments: tuple[Cell, ...]

    @property
    def accepted(self) -> bool:
        """Whether it became one variable or more."""
        return bool(self.segments)


@dataclass(frozen=True)
class Explored:
    """What a search saw: its steps, parents first, and the lattice (C,) of every k-mer that it looked at."""

    steps: tuple[Step, ...]
    lattices: dict[str, FloatArray]

    @property
    def pairs(self) -> list[tuple[str, Cell]]:
        """The variables: k-mers with their regions, each once, in the order in which they were found."""
        return list(dict.fromkeys((step.kmer, cell) for step in self.steps for cell in step.segments))


class Search:
    """Explores k-mers and regions of N sequences for one target.

    Parameters
    ----------
    letters, bins
        The train part, and its bins.
    target
        (N,).
    rules
        When a k-mer is accepted.
    """

    def __init__(self, letters: Letters, bins: Bins, target: FloatArray, rules: Rules) -> None:
        self.letters, self.bins, self.rules = letters, bins, rules
        self._ranks = centre_ranks(target)
        self._cells = bins.cells
        self._number = {cell: number for number, cell in enumerate(self._cells)}
        self._places: dict[str, Places] = {}
        self._lattices: dict[str, FloatArray] = {}
        self.full = False
        """Whether the search ended because it had found ``MOST`` variables."""

    def run(self, told: Callable[[int, float], None]) -> Explored:
        """Explore; ``told`` hears the length of the k-mers that are tried and how far through them the search is."""
        self._places[""] = self.letters.everywhere()
        steps = [self._root("".join(pair)) for pair in product(BASES, repeat=2)]
        self._places = {kmer: places for kmer, places in self._places.items() if len(kmer) == 2}
        grown = list(range(len(steps)))
        found = sum(len(step.segments) for step in steps)
        for size in range(3, self.rules.longest + 1):
            wanted = self._children(steps, grown)
            if not wanted:
                break
            chance = self.rules.beyond_chance(tried=len(wanted) * len(self._cells), rows=len(self.letters))
            grown = []
            for number, (kmer, (parent, cell)) in enumerate(wanted.items()):
                self.full = found >= MOST
                if self.full:
                    break
                told(size, number / len(wanted))
                step = self._judged(kmer, steps[parent], parent, cell, chance)
                if step.accepted:
                    grown.append(len(steps))
                steps.append(step)
                found += len(step.segments)
            if self.full:
                break
            # Places of shorter k-mers are found again from the dinucleotides where they are still needed.
            self._places = {kmer: places for kmer, places in self._places.items() if len(kmer) in (2, size)}
        return Explored(tuple(steps), self._lattices)

    def _children(self, steps: list[Step], grown: list[int]) -> dict[str, tuple[int, Cell]]:
        """Give the k-mers that are a letter longer, each with the weakest of the variables that it is grown from."""
        found: dict[str, tuple[float, int, Cell]] = {}
        for parent in grown:
            kmer = steps[parent].kmer
            for cell in steps[parent].segments:
                score = abs(self._lattice(kmer)[self._number[cell]])
                for child in [*(letter + kmer for letter in BASES), *(kmer + letter for letter in BASES)]:
                    if child not in found or score < found[child][0]:
                        found[child] = (score, parent, cell)
        return {kmer: (parent, cell) for kmer, (_, parent, cell) in found.items()}

    def _root(self, kmer: str) -> Step:
        """Keep a dinucleotide over all bins, and in the regions in which it is clearly better."""
        lattice, whole = self._lattice(kmer), self.bins.whole
        own = lattice[self._number[whole]]
        chance = self.rules.beyond_chance(tried=16 * len(self._cells), rows=len(self.letters))
        needed = max(float(self.rules.over(abs(own))), chance)
        return Step(kmer, -1, whole, whole, float(own), 0.0, ROOT, (whole, *self._segments(lattice, needed)))

    def _judged(self, kmer: str, parent: Step, number: int, grown_from: Cell, chance: float) -> Step:
        """Look for regions in which a k-mer clearly beats its parent there, and its parts in the same region."""
        lattice = self._lattice(kmer)
        scores = np.abs(lattice)
        parts = np.maximum(np.abs(self._lattice(kmer[1:])), np.abs(self._lattice(kmer[:-1])))
        own = float(abs(self._lattice(parent.kmer)[self._number[grown_from]]))
        marks = np.stack([np.full_like(scores, self.rules.over(own)), self.rules.over(parts), scores * 0 + chance])
        needed = marks.max(axis=0)
        passing = scores >= needed
        best = int(np.argmax(np.where(passing, scores, -1.0) if passing.any() else scores))
        segments = self._segments(lattice, scores[best]) if passing.any() else ()
        against = (PARENT, PART, CHANCE)[int(marks[:, best].argmax())]
        cell = self._cells[best]
        return Step(kmer, number, grown_from, cell, float(lattice[best]), float(needed[best]), against, segments)

    def _segments(self, lattice: FloatArray, least: float) -> tuple[Cell, ...]:
        """Take regions that score at least so much and do not overlap, the best first."""
        scores = np.abs(lattice)
        taken: list[Cell] = []
        for number in np.argsort(-scores, kind="stable"):
            if scores[number] < least:
                break
            first, stop = self._cells[number]
            if all(stop <= start or first >= end for start, end in taken):
                taken.append((first, stop))
        return tuple(taken)

    def _lattice(self, kmer: str) -> FloatArray:
        if kmer not in self._lattices:
            self._lattices[kmer] = correlations(self.letters.cumulative(self._found(kmer)), self._ranks)
        return self._lattices[kmer]

    def _found(self, kmer: str) -> Places:
        if kmer not in self._places:
            begin = kmer[:-1]
            four = self.letters.extend(self._found(begin), len(begin))
            self._places |= {begin + base: places for base, places in zip(BASES, four, strict=True)}
        return self._places[kmer]
