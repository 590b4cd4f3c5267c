"""How well attributions of a sequence agree: rank correlation of position scores, overlap of the top positions.

Repetitions are attributions by each member of an ensemble, or with other seeds where a method draws at random.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from lib.attribution.base import Attribution, Method, explain_refusal
from lib.attribution.noise import NONE
from lib.attribution.profile_heads import COUNTS, attribute
from lib.attribution.references import SHUFFLES
from lib.core.arrays import FloatArray
from lib.models.base import Composed, Fitted

TOP = 0.1
SEEDS, MOST_MEMBERS = 3, 5
"""Seeds that are compared, and members of an ensemble at most."""


@dataclass(frozen=True)
class Agreement:
    """How well M attributions of one sequence agree, every two of them.

    Parameters
    ----------
    spearman
        (M, M) rank correlations of the position scores; NaN where one of the two is the same everywhere.
    overlap
        (M, M) shares from 0 to 1 of the top positions that both name; NaN where one of the two is zero everywhere.
    chance
        Overlap that two random orders have on average.
    """

    spearman: FloatArray
    overlap: FloatArray
    chance: float


@dataclass(frozen=True)
class Repetition:
    """How well repetitions of an attribution agree.

    Parameters
    ----------
    agreement
        Of every two of them.
    of
        What was repeated: ``seeds`` or ``members``.
    """

    agreement: Agreement
    of: str

    @property
    def count(self) -> int:
        """Count the repetitions."""
        return len(self.agreement.spearman)

    @property
    def correlation(self) -> float:
        """Give the mean Spearman correlation of all pairs; NaN where one of them is constant."""
        return float(np.mean(self.agreement.spearman[np.triu_indices(self.count, 1)]))

    @property
    def overlap(self) -> float:
        """Give the mean overlap of the top positions of all pairs."""
        return float(np.mean(self.agreement.overlap[np.triu_indices(self.count, 1)]))


def is_repeatable(attribution: Attribution, method: Method, fitted: Fitted) -> bool:
    """Say whether there is something to repeat: members that can be compared, or draws without standard errors."""
    if len(_members(method, fitted)) > 1:
        return True
    drawn = getattr(method, "reference", "") == SHUFFLES or getattr(method, "noise", NONE) != NONE
    return drawn and attribution.standard_errors is None


def repeat(
    attribution: Attribution, method: Method, fitted: Fitted, *, target: int = 0, head: str = COUNTS
) -> Repetition | None:
    """Attribute the same sequence by each member of an ensemble, else with other seeds; None where nothing differs."""
    if not is_repeatable(attribution, method, fitted):
        return None
    members, sequences = _members(method, fitted), [attribution.sequence]
    if len(members) > 1:
        found = [attribute(method, one, sequences, head=head, target=target)[0].scores for one in members]
        return Repetition(compare(found), "members")
    found = [
        attribute(method, fitted, sequences, head=head, target=target, seed=seed)[0].scores for seed in range(SEEDS)
    ]
    return Repetition(compare(found), "seeds")


def _members(method: Method, fitted: Fitted) -> list[Fitted]:
    every = fitted.members.values() if isinstance(fitted, Composed) else ()
    return [one for one in every if not explain_refusal(method, one)][:MOST_MEMBERS]


def compare(scores: Sequence[FloatArray], *, share: float = TOP) -> Agreement:
    """Compare every two of M score vectors (L,) of one sequence.

    Where one has negative scores and the other has none (a method that gives sizes only), the sizes are compared.

    Raises
    ------
    ValueError
        If the vectors do not have one length.
    """
    rows = [np.asarray(row, dtype=np.float64) for row in scores]
    if len({len(row) for row in rows}) != 1:
        raise ValueError(f"the attributions have the lengths {sorted({len(row) for row in rows})}; one is needed")
    correlation, overlap = np.full((2, len(rows), len(rows)), np.nan)
    for first, one in enumerate(rows):
        for second in range(first, len(rows)):
            correlation[first, second] = correlation[second, first] = spearman(one, rows[second])
            overlap[first, second] = overlap[second, first] = top_overlap(one, rows[second], share=share)
    return Agreement(correlation, overlap, chance(len(rows[0]), share=share))


def spearman(one: FloatArray, other: FloatArray) -> float:
    """Give the rank correlation of two score vectors (L,), ties at their mean rank; NaN where one is constant.

    >>> spearman(np.array([1.0, 2.0, 3.0]), np.array([0.1, 0.2, 9.0]))
    1.0
    """
    if (one < 0).any() != (other < 0).any():
        one, other = np.abs(one), np.abs(other)
    if len(one) < 2 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return float("nan")
    first, second = (stats.rankdata(row) - (len(row) + 1) / 2 for row in (one, other))
    return float(np.clip(first @ second / np.sqrt((first @ first) * (second @ second)), -1, 1))


def top_overlap(one: FloatArray, other: FloatArray, *, share: float = TOP) -> float:
    """Give which share of the top positions by size two score vectors (L,) have in common.

    Positions that tie for the last places share them, so that no order of the letters decides.

    >>> top_overlap(np.array([9.0, -8.0, 0.0, 1.0]), np.array([5.0, 1.0, 0.0, 4.0]), share=0.5)
    0.5
    """
    if not one.any() or not other.any():
        return float("nan")
    count = _count_top(len(one), share)
    return float(np.minimum(_share_membership(one, count), _share_membership(other, count)).sum() / count)


def chance(length: int, *, share: float = TOP) -> float:
    """Give the overlap that two random orders of L positions have on average.

    >>> chance(110)
    0.1
    """
    return _count_top(length, share) / length


def _count_top(length: int, share: float) -> int:
    return max(1, round(share * length))


def _share_membership(scores: FloatArray, count: int) -> FloatArray:
    """Give how far each position belongs to the top (L,): 1, 0, or a share where positions tie for the last places."""
    sizes = np.abs(scores)
    last = np.sort(sizes)[-count]
    above, tied = sizes > last, sizes == last
    member: FloatArray = above + tied * ((count - above.sum()) / tied.sum())
    return member
