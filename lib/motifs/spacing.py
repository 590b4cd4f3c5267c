"""Order and spacing of motif instances: which patterns share sequences, in which order, and how far apart.

Three questions, each with a null that keeps what is known and permutes the rest:

- *Together*: do two patterns occur in the same sequences? Which sequences have the second one is permuted among
  sequences of about the same length (tenths of the lengths); how many have each stays. That permutation has a known
  distribution, a sum of hypergeometric ones, so none is drawn; p is two-sided, with half of the chance of what was seen
  (mid-p, Lancaster 1961, doi:10.1080/01621459.1961.10482105).
- *Order* and *spacing*: among the sequences that have both, the places of the second pattern are exchanged between
  sequences. Every sequence keeps its length and its number of instances of both, the second pattern keeps its places
  along the sequences, relative to their length, and no two instances ever overlap. A preference for one end, such as
  that of a site near the poly(A) signal, is therefore no finding; a distance that goes with the partner's place is.

Exchanges that would make two instances overlap are rejected, so that permutations are drawn by a Markov chain. It
begins at the data, runs backward to one state, and from there once for each sample: the p values hold whether it has
mixed or not (Besag & Clifford 1989, doi:10.1093/biomet/76.4.633). Sampling stops as soon as 20 samples are as extreme
as the data (Besag & Clifford 1991, doi:10.1093/biomet/78.2.301); of equal ones each counts by a coin, or p values of
whole numbers would be too large. q values are those of Benjamini & Hochberg over the pairs of each question.

Distances lie between the starts of two instances, in nt: positive where the second pattern comes after the first.
The strand of an instance plays no part.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.core.progress import Progress, Report, Silent
from lib.motifs.placement import Ints, Placed, count_distances, permute, sample_distances

FEWEST_SEQUENCES = 20
"""Sequences without which nothing is tested; so many must have both patterns of a pair for its order and spacing."""
HALF = 2
"""Distances are counted in windows of ``2 * HALF + 1`` nt."""
SWEEPS = 10
"""Exchanges proposed to every sequence between two samples."""
PILOT = 400
"""Samples that say how many pairs are expected at each distance; others are compared with the data."""
EXTREME = 20
"""Samples as extreme as the data after which a pair is known not to stand out."""
_BATCH = 200


class Histogram(NamedTuple):
    """Pairs at each distance (D,) in nt: observed, expected, and what holds 95% of the permutations."""

    distance: Ints
    observed: Ints
    expected: FloatArray
    low: FloatArray
    high: FloatArray


@dataclass(frozen=True)
class Spacing:
    """What is known of the pairs of patterns.

    Parameters
    ----------
    table
        One row per pair, ``first`` and ``second``; a pattern makes a pair with itself too. Of ``sequences`` in all,
        ``n_first`` and ``n_second`` have the first and the second, ``n`` both (or two of the same), ``expected`` by
        chance; ``p_together`` and ``q_together``. ``pairs`` of instances, ``before`` of them with the first pattern
        first, ``expected_before``; ``p_order`` and ``q_order``. ``distance`` (nt) that stands out most, with
        ``observed`` and ``expected_at`` pairs within 2 nt of it; ``p_spacing`` and ``q_spacing``. NaN where a question
        is not asked: in too few sequences, or of a pattern and itself.
    histograms
        Those of the pairs whose order and spacing were tested, by their names.
    """

    table: pd.DataFrame
    histograms: Mapping[tuple[str, str], Histogram]


def analyse_spacing(
    instances: pd.DataFrame, lengths: Ints, names: Sequence[str], *, seed: int = 0, progress: Progress | None = None
) -> Spacing:
    """Test every pair of patterns.

    Parameters
    ----------
    instances
        ``row`` of the sequence, ``start``, ``end`` (0-based, half-open) and ``pattern``; none overlap in a sequence.
    lengths
        (N,) nt of all sequences that were looked at, with and without instances.
    names
        The patterns, in the order of the pairs.
    seed
        Seeds the permutations.

    Raises
    ------
    UserError
        If there are fewer than 20 sequences.
    Cancelled
        If the listener asked for it.
    """
    if len(lengths) < FEWEST_SEQUENCES:
        raise UserError(
            f"There are {len(lengths)} sequences; order and spacing need at least {FEWEST_SEQUENCES}. Take more."
        )
    listener = progress or Silent()
    pairs = [(a, b) for place, a in enumerate(names) for b in names[place:]]
    samples = int(np.clip(40 * len(pairs), 2000, 20_000))  # one pair alone can reach q = 0.025
    own = {str(name): group for name, group in instances.groupby("pattern", sort=False)}
    none = instances.iloc[:0]
    rows, histograms = [], {}
    for number, (a, b) in enumerate(pairs):
        first, second = own.get(a, none), own.get(b, none)
        row = {"first": a, "second": b, "sequences": len(lengths), **_test_both(first, second, lengths, same=a == b)}
        placed = Placed.of(first, second, lengths, same=a == b)
        if len(placed.lengths) >= FEWEST_SEQUENCES:
            told, histograms[a, b] = _test_places(placed, samples, np.random.default_rng([seed, number]))
            row |= told
        rows.append(row)
        listener.report(Report(number + 1, len(pairs), "Order and spacing (pairs)"))
    table = pd.DataFrame(rows, columns=list(_COLUMNS))
    for question in ("together", "order", "spacing"):
        table[f"q_{question}"] = _q_values(table[f"p_{question}"].to_numpy(dtype=np.float64))
    return Spacing(table, histograms)


_COLUMNS = (
    "first",
    "second",
    "sequences",
    "n_first",
    "n_second",
    "n",
    "expected",
    "p_together",
    "q_together",
    "pairs",
    "before",
    "expected_before",
    "p_order",
    "q_order",
    "distance",
    "observed",
    "expected_at",
    "p_spacing",
    "q_spacing",
)


def _q_values(p: FloatArray) -> FloatArray:
    q, known = np.full(len(p), np.nan), ~np.isnan(p)
    if known.any():
        q[known] = stats.false_discovery_control(p[known])
    return q


def _test_both(first: pd.DataFrame, second: pd.DataFrame, lengths: Ints, *, same: bool) -> dict[str, Any]:
    """Count the sequences with both patterns, and test that against which of similar length have the second."""
    one, other = (np.bincount(table["row"], minlength=len(lengths)) for table in (first, second))
    counted: dict[str, Any] = {"n_first": int((one > 0).sum()), "n_second": int((other > 0).sum())}
    if same:
        return {**counted, "n": int((one > 1).sum())}
    both = int(((one > 0) & (other > 0)).sum())
    chance = np.ones(1)
    for stratum in _stratify(lengths):
        a, b = int((one[stratum] > 0).sum()), int((other[stratum] > 0).sum())
        chance = np.convolve(chance, stats.hypergeom(len(stratum), a, b).pmf(np.arange(min(a, b) + 1)))
    fewer, more = chance[:both].sum() + chance[both] / 2, chance[both + 1 :].sum() + chance[both] / 2
    p = min(1.0, 2 * float(min(fewer, more))) if counted["n_first"] and counted["n_second"] else np.nan
    return {**counted, "n": both, "expected": float(np.arange(len(chance)) @ chance), "p_together": p}


def _stratify(lengths: Ints) -> Iterator[Ints]:
    """Give the rows of sequences of about the same length: tenths, those of one length never apart."""
    edges = np.unique(np.quantile(lengths, np.linspace(0, 1, 11)[1:-1]))
    stratum = np.searchsorted(edges, lengths)
    for number in np.unique(stratum):
        yield np.flatnonzero(stratum == number)


def _test_places(placed: Placed, samples: int, rng: np.random.Generator) -> tuple[dict[str, Any], Histogram]:
    """Test order and spacing of one pair."""
    same, reach = not len(placed.fixed), int(placed.lengths.max())
    seen = slice(reach + 1, None) if same else slice(None)  # the distance of a pattern and itself has no sign
    hub = placed.moved.copy()
    permute(placed, hub, rng, SWEEPS)
    drawn = sample_distances(placed, hub, reach, rng, PILOT, SWEEPS)[:, seen]
    mean = drawn.mean(axis=0)
    expected = _sum_windows(mean[None])[0]

    def standing_out(counts: NDArray[Any]) -> FloatArray:
        return np.asarray((_sum_windows(counts) - expected) / np.sqrt(expected + 1))

    counts = count_distances(placed, placed.moved, reach)
    here, after = counts[seen], int(counts[reach:].sum())
    most = standing_out(here[None])[0]
    questions = [_Sequential(float(most.max()), rng)]
    if not same:
        questions += [_Sequential(float(after), rng), _Sequential(-float(after), rng)]
    for _ in range(0, samples, _BATCH):
        batch = sample_distances(placed, hub, reach, rng, _BATCH, SWEEPS)
        order = batch[:, reach:].sum(axis=1).astype(np.float64)
        for question, values in zip(questions, (standing_out(batch[:, seen]).max(axis=1), order, -order), strict=False):
            question.add(values)
        if all(question.over for question in questions):
            break
    distance = np.arange(-reach, reach + 1)[seen]
    peak = int(np.argmax(most))
    near = np.arange(max(0, peak - HALF), min(len(here), peak + HALF + 1))
    peak = int(near[np.argmax(here[near] - mean[near])])
    told: dict[str, Any] = {
        "pairs": int(here.sum()),
        "distance": int(distance[peak]),
        "observed": int(_sum_windows(here[None])[0, peak]),
        "expected_at": float(expected[peak]),
        "p_spacing": questions[0].p,
    }
    if not same:
        p = min(1.0, 2 * min(question.p for question in questions[1:]))
        told |= {"before": after, "expected_before": float(drawn[:, reach:].sum(axis=1).mean()), "p_order": p}
    low, high = np.quantile(drawn, (0.025, 0.975), axis=0)
    any_there = np.flatnonzero(here + mean)
    cut = slice(int(any_there.min(initial=0)), int(any_there.max(initial=0)) + 1)
    return told, Histogram(distance[cut], here[cut], mean[cut], low[cut], high[cut])


def _sum_windows(counts: NDArray[Any]) -> FloatArray:
    """Add up counts (S, D) within 2 nt of each distance."""
    padded = np.pad(counts.astype(np.float64), ((0, 0), (HALF, HALF)))
    return np.asarray(sum(padded[:, k : k + counts.shape[1]] for k in range(2 * HALF + 1)))


class _Sequential:
    """Counts samples as large as the data until there are 20; of equal ones each counts by a coin of its own."""

    def __init__(self, observed: float, rng: np.random.Generator) -> None:
        self._observed, self._coin, self._rng = observed, rng.random(), rng
        self._samples = self._large = 0
        self._p: float | None = None

    @property
    def over(self) -> bool:
        return self._p is not None

    @property
    def p(self) -> float:
        return (self._large + 1) / (self._samples + 1) if self._p is None else self._p

    def add(self, values: FloatArray) -> None:
        if self.over:
            return
        equal = np.isclose(values, self._observed, rtol=0, atol=1e-9)
        large = ((values > self._observed) & ~equal) | (equal & (self._rng.random(len(values)) >= self._coin))
        total = self._large + np.cumsum(large)
        if total[-1] >= EXTREME:
            self._p = EXTREME / (self._samples + int(np.argmax(total >= EXTREME)) + 1)
        self._samples, self._large = self._samples + len(values), int(total[-1])
