"""Faithfulness: does the prediction follow the bases that an attribution names? Deletion curves against random order.

A deleted base gets the letter that stands at its place in a dinucleotide shuffle of the sequence, and the predictions
of a few shuffles are averaged: that works with every model, and what the model reads still looks like a sequence, as it
does not with N or with columns of zeros. Orders of deletion:

- Where an attribution has negative scores: the bases that raise the prediction first, and the bases that lower it
  first. The first must fall below the random orders, the second must rise above them (perturbation curves, Samek et al.
  2017, doi:10.1109/TNNLS.2016.2599820); the area is the mean of both. It is better than the order of |attribution|,
  where bases that raise and bases that lower cancel.
- Where it has none (a method that gives sizes only): the largest first, and the smallest first, judged by the absolute
  change of the prediction. The smallest first must leave it alone longest, and says more: with the largest first
  (Petsiuk et al. 2018, arXiv:1806.07421), bases that raise and bases that lower cancel, so that even the sizes of
  mutagenesis hardly beat random orders.

The area is divided by the largest change of all curves: 1 is never exceeded, 0 is what random orders reach, and
negative is worse than chance.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from lib.attribution.base import Attribution, Predict, predict_letters
from lib.attribution.profile_heads import COUNTS, select_head
from lib.core.alphabet import codes
from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.core.shuffle import dinucleotide_shuffle
from lib.models.base import Fitted

SHARES = (0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 1.0)
ORDERS = 10
SHUFFLES = 4


@dataclass(frozen=True)
class Deletion:
    """What the prediction does while bases are replaced.

    Parameters
    ----------
    shares
        (P,) share of the bases that are replaced, from 0 to 1.
    signed
        Whether the curves are changes of the prediction (else: sizes of changes).
    curves
        (P,) each, by what is replaced first: "raising bases first" and "lowering bases first", or "smallest first" and
        "largest first"; the first should lie below random orders, the second above.
    random
        (R, P) the same for R random orders.
    area
        Area between the curves and the random order, from -1 to 1.
    limit
        Area that 95% of random orders stay below; NaN with fewer than two of them.
    """

    shares: FloatArray
    signed: bool
    curves: dict[str, FloatArray]
    random: FloatArray
    area: float
    limit: float

    @property
    def beats_chance(self) -> bool:
        """Say whether the order of the attribution is better than 95% of random orders."""
        return bool(self.area > self.limit)

    def interval(self) -> tuple[FloatArray, FloatArray]:
        """Give where 95% of random orders lie, (P,) each: by Student's t, as a random order yet to be drawn."""
        middle, half = self.random.mean(axis=0), _measure_reach(self.random)
        return middle - half, middle + half


def measure_deletion(attribution: Attribution, fitted: Fitted, *, target: int = 0, head: str = COUNTS) -> Deletion:
    """Compute the deletion curve of an attribution by the model, and the head of it, that it explains."""
    model = select_head(fitted, head, attribution.sequence)
    return compute_deletion_curve(
        lambda texts: model.predict(texts)[:, target], attribution.sequence, attribution.scores
    )


def compute_deletion_curve(
    predict: Predict,
    sequence: str,
    scores: FloatArray,
    *,
    orders: int = ORDERS,
    shuffles: int = SHUFFLES,
    seed: int = 0,
) -> Deletion:
    """Replace the bases of a sequence in the order of its attribution, and in random orders.

    Parameters
    ----------
    predict
        Gives the prediction of N sequences, (N,).
    sequence
        Stored DNA of L letters.
    scores
        (L,) one signed number per nucleotide.
    orders, shuffles
        How many random orders (2 or more), and how many shuffles are averaged.

    Raises
    ------
    UserError
        If the sequence is empty.
    ValueError
        If there is not one score for each letter.
    """
    if not sequence:
        raise UserError("The sequence is empty; a deletion curve needs at least one nucleotide.")
    if len(scores) != len(sequence):
        raise ValueError(f"there are {len(scores)} scores for {len(sequence)} letters")
    rng = np.random.default_rng(seed)
    scores = np.asarray(scores, dtype=np.float64)
    signed = bool((scores < 0).any())
    names = ("raising bases first", "lowering bases first") if signed else ("smallest first", "largest first")
    keys = (-scores, scores) if signed else (np.abs(scores), -np.abs(scores))
    wanted = [np.lexsort((rng.random(len(scores)), key)) for key in keys]  # ties in random order
    wanted += [rng.permutation(len(scores)) for _ in range(orders)]
    letters = codes(sequence)
    shuffled = np.stack([dinucleotide_shuffle(letters, rng) for _ in range(shuffles)])  # D, L
    counts = np.unique(np.round(np.array(SHARES) * len(scores)).astype(int))
    found = _compute_changes(predict, letters, shuffled, np.stack(wanted), counts)  # O, P, D
    curves = (found if signed else np.abs(found)).mean(axis=2)  # O, P
    ordered, random = curves[:2], curves[2:]
    shares = counts / len(scores)
    area, limit = _measure_areas(shares, ordered, random)
    return Deletion(shares, signed, dict(zip(names, ordered, strict=True)), random, area, limit)


def _compute_changes(
    predict: Predict,
    letters: NDArray[np.uint8],
    shuffled: NDArray[np.uint8],
    orders: NDArray[np.intp],
    counts: NDArray[np.intp],
) -> FloatArray:
    """Give the changes of the prediction (O, P, D): for O orders, P counts of replaced bases, D shuffles."""
    ranks = np.argsort(orders, axis=1)  # O, L
    before = predict_letters(predict, letters[None])[0]
    found = np.zeros((len(orders), len(counts), len(shuffled)))
    found[:, -1] = predict_letters(predict, shuffled) - before  # all replaced: the order means nothing
    replaced = ranks[:, None] < counts[1:-1, None]  # O, P - 2, L
    texts = np.where(replaced[:, :, None], shuffled, letters)  # O, P - 2, D, L
    found[:, 1:-1] = predict_letters(predict, texts.reshape(-1, len(letters))).reshape(texts.shape[:3]) - before
    return found


def _measure_areas(shares: FloatArray, ordered: FloatArray, random: FloatArray) -> tuple[float, float]:
    """Give the area between the two ordered curves (2, P), and what 95% of random orders stay below."""
    scale = max(float(np.abs(ordered).max()), float(np.abs(random).max()))
    if scale == 0:
        return 0.0, 0.0
    single = np.asarray(np.trapezoid(random, shares, axis=1)) / scale  # R
    low, high = np.asarray(np.trapezoid(ordered, shares, axis=1)) / scale
    # The random orders between them cancel; a random pair varies as half the difference of two of them.
    return float((high - low) / 2), float(_measure_reach(single[:, None], one_sided=True)[0] / np.sqrt(2))


def _measure_reach(rows: FloatArray, *, one_sided: bool = False) -> FloatArray:
    """Give how far from the mean of R rows (R, P) another row lies in 95% of the cases, (P,)."""
    count = len(rows)
    if count < 2:
        return np.full(rows.shape[1], np.nan)
    quantile = stats.t.ppf(0.95 if one_sided else 0.975, count - 1)
    reach: FloatArray = quantile * rows.std(axis=0, ddof=1) * np.sqrt(1 + 1 / count)
    return reach
