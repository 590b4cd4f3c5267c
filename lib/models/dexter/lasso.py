"""The last step of DExTER: a LASSO on how often each k-mer occurs in its region, and what came out of it."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lib.core.arrays import FloatArray
from lib.models.dexter.bins import Bins, Cell
from lib.models.dexter.counts import Letters
from lib.models.dexter.words import Words

_BLOCK = 2000  # sequences counted at a time
_PENALTIES, _MOST_STEPS = 100, 10_000
_VARIES = 1e-12


@dataclass(frozen=True)
class Variable:
    """A k-mer in a region, and its part in the prediction.

    Parameters
    ----------
    kmer, cell
        Its letters, and the run of bins in which it has to start.
    coefficient
        How much a prediction rises with one standard deviation of its frequency, in the unit of the target; 0 where
        the LASSO left it out.
    mean, deviation
        Of its frequency (occurrences for each nt of the region) in the train part.
    correlation
        Spearman's with the target in the train part.
    """

    kmer: str
    cell: Cell
    coefficient: float
    mean: float
    deviation: float
    correlation: float


@dataclass(frozen=True)
class Linear:
    """A linear model of variables: what it predicts where each has its mean, and the penalty that was chosen."""

    variables: tuple[Variable, ...]
    intercept: float
    penalty: float


def frequencies(sequences: Sequence[str], bins: Bins, pairs: Sequence[tuple[str, Cell]]) -> FloatArray:
    """Give how often each k-mer starts in its region, for each nt of the region, (N, V)."""
    kmers = list(dict.fromkeys(kmer for kmer, _ in pairs))
    number = {kmer: place for place, kmer in enumerate(kmers)}
    words = Words.of(kmers)
    found = np.empty((len(sequences), len(pairs)))
    for start in range(0, len(sequences), _BLOCK):
        counts = words.counts(Letters.of(sequences[start : start + _BLOCK], bins))
        for place, (kmer, (first, stop)) in enumerate(pairs):
            low, high = bins.region((first, stop))
            within = counts[:, number[kmer], first:stop].sum(axis=1)
            found[start : start + len(counts), place] = within / (high - low)
    return found


def select(
    features: FloatArray,
    target: FloatArray,
    pairs: Sequence[tuple[str, Cell]],
    correlations: Sequence[float],
    *,
    folds: int,
    seed: int,
) -> Linear:
    """Fit a LASSO on standardised features (N, V), its penalty chosen by cross-validation within these rows.

    Parameters
    ----------
    target, pairs, correlations
        (N,), and (V,) each: what goes into ``Variable``.
    folds, seed
        In how many parts the rows are cut for cross-validation, and what shuffles them.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LassoCV
    from sklearn.model_selection import KFold

    means, deviations = features.mean(axis=0), features.std(axis=0)
    varies = deviations > _VARIES
    coefficients, penalty = np.zeros(len(pairs)), 0.0
    if varies.any() and np.ptp(target) > 0:
        standard = np.asfortranarray((features[:, varies] - means[varies]) / deviations[varies])
        cut = KFold(min(folds, len(target)), shuffle=True, random_state=seed)
        lasso = LassoCV(alphas=_PENALTIES, cv=cut, max_iter=_MOST_STEPS)
        with warnings.catch_warnings():
            # Weak penalties of the path may stop short of full convergence; they are not the ones that are chosen.
            warnings.simplefilter("ignore", ConvergenceWarning)
            lasso.fit(standard, target)
        coefficients[varies], penalty = lasso.coef_, float(lasso.alpha_)
    variables = tuple(
        Variable(kmer, cell, *(float(value) for value in row))
        for (kmer, cell), row in zip(
            pairs, np.stack([coefficients, means, deviations, np.asarray(correlations)], axis=1), strict=True
        )
    )
    return Linear(variables, float(target.mean()), penalty)
