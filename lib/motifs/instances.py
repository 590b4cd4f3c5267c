"""Motif instances: where a pattern stands in each sequence, called from contributions, with a false discovery rate.

A seqlet is what TF-MoDISco clustered; an instance is any place that looks like the pattern, whether or not it was in a
cluster, as tfmodisco's hit scoring and Fi-NeMo (github.com/austintwang/finemo_gpu) call them. The mean contributions of
a pattern (its CWM) are laid over the contributions of the bases that stand there, at every offset. Their projection on
the CWM says how much of the pattern stands there, in the unit of the target; their cosine says how alike the two are;
the score is the product of both. Where matches overlap the one with the highest score is taken, then the next that
overlaps none taken (matching pursuit, Mallat & Zhang 1993, doi:10.1109/78.258082), over all patterns.

The null: the positions of every sequence are permuted, each with the contribution of its base, ten times. That keeps
composition, length and the sizes of the contributions of a sequence, and destroys words. The same patterns are called
in the permuted sequences by the same steps. The q value of an instance is the least false discovery rate at which it is
called: calls with that score or more in permuted sequences, plus one, divided by the number of permutations, over those
in the data, for each pattern (target-decoy: Elias & Gygi 2007, doi:10.1038/nmeth1019; the one: He et al. 2015,
arXiv:1501.00537). Single strong bases stay in the null, so weak instances of short patterns do not pass.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.core.progress import Progress, Report, Silent
from lib.motifs.pattern import Pattern

FEWEST_SEQUENCES = 20
"""Sequences without which false calls cannot be told from true ones."""
FDR = 0.05
"""q value up to which an instance is shown and counted, unless another is chosen."""
WORST = 0.2
"""q value above which a match is not kept."""
SIMILARITY = 0.5
"""Cosine below which a place is no match."""
SHUFFLES = 10
"""Permutations of every sequence."""
COLUMNS = ("row", "start", "end", "strand", "pattern", "score", "similarity", "contribution", "q")
_CHUNK = 4_000_000  # numbers that are matched at a time

Floats = NDArray[np.floating[Any]]


def call_instances(
    patterns: Sequence[Pattern],
    contribution: Floats,
    lengths: NDArray[np.int64],
    *,
    both: bool = False,
    seed: int = 0,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Call the instances of every pattern in N sequences.

    Parameters
    ----------
    patterns
        What TF-MoDISco found.
    contribution
        (N, 4, L) contributions of the bases that stand there, zero elsewhere, channels A C G T.
    lengths
        (N,) nt; what lies behind is not looked at.
    both
        Look for the reverse complement of the patterns as well, for double-stranded DNA.
    seed
        Seeds the permutations.

    Returns
    -------
    pd.DataFrame
        ``row`` of the sequence, ``start`` and ``end`` (0-based, half-open), ``strand`` (+ or -), ``pattern``,
        ``score`` and ``contribution`` (sum over the instance) in the unit of the target, ``similarity`` (cosine, up to
        1) and ``q``, up to 0.2; by row and start.

    Raises
    ------
    UserError
        If there are fewer than 20 sequences.
    Cancelled
        If the listener asked for it.
    """
    if len(lengths) < FEWEST_SEQUENCES:
        raise UserError(
            f"There are {len(lengths)} sequences; calling motif instances needs at least {FEWEST_SEQUENCES}, to tell "
            "them from chance. Take more sequences."
        )
    listener = progress or Silent()
    stages = 1 + SHUFFLES
    called = _call(patterns, contribution, lengths, both=both)
    listener.report(Report(1, stages, "Motif instances (permutations)"))
    rng, decoys = np.random.default_rng(seed), []
    for number in range(SHUFFLES):
        decoys.append(_call(patterns, _permute(contribution, lengths, rng), lengths, both=both))
        listener.report(Report(number + 2, stages, "Motif instances (permutations)"))
    false = pd.concat(decoys, ignore_index=True)
    called["q"] = 1.0
    for name, group in called.groupby("pattern", sort=False):
        against = false.loc[false["pattern"] == name, "score"].to_numpy()
        called.loc[group.index, "q"] = q_values(group["score"].to_numpy(), against, SHUFFLES)
    kept = called[called["q"] <= WORST].sort_values(["row", "start"], kind="stable")
    return kept[list(COLUMNS)].reset_index(drop=True)


def q_values(scores: FloatArray, decoys: FloatArray, shuffles: int) -> FloatArray:
    """Give the least false discovery rate at which each of N calls passes, (N,).

    Parameters
    ----------
    scores, decoys
        (N,) of the calls; (D,) of those in permuted sequences, over all permutations.
    shuffles
        How many permutations there were.

    >>> q_values(np.array([9.0, 5.0, 7.0]), np.array([6.0]), 2).round(3).tolist()
    [0.25, 0.333, 0.25]
    """
    order = np.argsort(-scores, kind="stable")
    ranked, against = scores[order], np.sort(decoys)
    as_good = len(against) - np.searchsorted(against, ranked, side="left")
    reached = np.searchsorted(-ranked, -ranked, side="right")  # calls with this score or more
    rate = np.minimum(1.0, (as_good + 1) / shuffles / reached)
    q = np.empty(len(scores))
    q[order] = np.minimum.accumulate(rate[::-1])[::-1]
    return q


def match_scores(contribution: Floats, cwm: FloatArray) -> tuple[Floats, Floats]:
    """Match a CWM (4, W) at every offset of contributions (n, 4, L).

    Returns
    -------
    tuple
        Projection on the CWM of length 1, and cosine with it, (n, L - W + 1) each; 0 where nothing contributes.
    """
    width = cwm.shape[1]
    count = contribution.shape[2] - width + 1
    if count <= 0:
        return np.empty((len(contribution), 0)), np.empty((len(contribution), 0))
    unit = (cwm / np.sqrt((cwm**2).sum())).astype(contribution.dtype)
    energy = (contribution**2).sum(axis=1)  # n, L
    projection = np.zeros((len(contribution), count), dtype=contribution.dtype)
    norm = np.zeros_like(projection)
    for place in range(width):
        projection += np.einsum("ncl,c->nl", contribution[:, :, place : place + count], unit[:, place])
        norm += energy[:, place : place + count]
    cosine = np.divide(projection, np.sqrt(norm), out=np.zeros_like(projection), where=norm > 0)
    return projection, cosine


def _call(patterns: Sequence[Pattern], contribution: Floats, lengths: NDArray[np.int64], *, both: bool) -> pd.DataFrame:
    """Find all matches, and of those that overlap the best."""
    step = max(1, _CHUNK // max(1, 4 * contribution.shape[2]))
    tables = [
        _keep_best(_match(patterns, contribution[low : low + step], lengths[low : low + step], both=both), low)
        for low in range(0, len(lengths), step)
    ]
    return pd.concat(tables, ignore_index=True)


def _match(
    patterns: Sequence[Pattern], contribution: Floats, lengths: NDArray[np.int64], *, both: bool
) -> pd.DataFrame:
    total = np.concatenate([np.zeros((len(lengths), 1)), contribution.sum(axis=1).cumsum(axis=1)], axis=1)  # n, L + 1
    found = [pd.DataFrame({name: pd.Series(dtype=np.float64) for name in COLUMNS[:-1]})] if not patterns else []
    for pattern, strand, cwm in _orient(patterns, both=both):
        projection, cosine = match_scores(contribution, cwm)
        inside = np.arange(projection.shape[1]) + pattern.width <= lengths[:, None]
        row, start = np.nonzero(inside & (cosine >= SIMILARITY))
        end = start + pattern.width
        found.append(
            pd.DataFrame(
                {
                    "row": row,
                    "start": start,
                    "end": end,
                    "strand": strand,
                    "pattern": pattern.name,
                    "score": (projection[row, start] * cosine[row, start]).astype(np.float64),
                    "similarity": cosine[row, start].astype(np.float64),
                    "contribution": total[row, end] - total[row, start],
                }
            )
        )
    return pd.concat(found, ignore_index=True)


def _orient(patterns: Sequence[Pattern], *, both: bool) -> Iterator[tuple[Pattern, str, FloatArray]]:
    for pattern in patterns:
        yield pattern, "+", pattern.contribution
        if both:
            yield pattern, "-", pattern.contribution[::-1, ::-1]


def _keep_best(matches: pd.DataFrame, low: int) -> pd.DataFrame:
    """Take the best match, then the next that overlaps none that is taken; ``low`` is the row of the first sequence."""
    ranked = matches.sort_values("score", ascending=False, kind="stable")
    taken: dict[int, bytearray] = {}
    longest = int(matches["end"].max()) if len(matches) else 0
    keep = np.zeros(len(ranked), dtype=bool)
    places = zip(ranked["row"].tolist(), ranked["start"].tolist(), ranked["end"].tolist(), strict=True)
    for number, (row, start, end) in enumerate(places):
        occupied = taken.setdefault(row, bytearray(longest))
        if occupied.find(1, start, end) < 0:
            occupied[start:end] = b"\1" * (end - start)
            keep[number] = True
    kept = ranked[keep]
    return kept.assign(row=kept["row"] + low)


def _permute(contribution: Floats, lengths: NDArray[np.int64], rng: np.random.Generator) -> Floats:
    """Permute the positions of every sequence, each with its four numbers; what lies behind a sequence stays."""
    keys = rng.random((len(lengths), contribution.shape[2]))
    keys[np.arange(contribution.shape[2]) >= lengths[:, None]] = 2.0  # behind all others, in any order: zeros
    order = np.argsort(keys, axis=1)
    return np.take_along_axis(contribution, order[:, None, :], axis=2)
