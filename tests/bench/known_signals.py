"""The published signals of zebrafish 3'UTR decay, their decoys, and what a model makes of both.

The rule, fixed before the model was tested. Each signal is a word, and its decoys are up to 100 other words of the same
bases: distinct permutations that contain the core of no signal. If fewer permutations exist, all of them are taken.
GC-rich is a composition: its words are drawn at random, windows of 10 nt with at least 8 G or C, and its decoys are
windows with exactly 5. Poly-U is a run of seven U between two other bases, so that permutations of it exist.

1. Attribution: over the sequences of the test part, the sum of the attributions of an occurrence. A sequence counts
   once, by the mean of its occurrences; occurrences of decoys that overlap one of the signal do not count. One-sided
   Mann-Whitney U of signal against decoys in the published direction.
2. Insertion: a word replaces the bases in the middle of 1,000 backgrounds, dinucleotide shuffles of sequences. The
   effect is the prediction with the word minus that without. In each background the effect of the signal is compared
   with the mean effect of its decoys: one-sided paired t test in the published direction.

q values by Benjamini and Hochberg over the six signals and both tests. A signal passes a test if the mean has the
published sign and q < 0.05.

3. Motif instances: of the occurrences of the signal in the test part whose attribution lies, in the published
   direction, beyond 95% of all windows of that width, the share that a called instance of one pattern covers by at
   least half of the word. It passes with a share of at least 0.5.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from lib.analysis.asking import Ask
from lib.analysis.association import q_values
from lib.analysis.insertion import Places, insert
from lib.analysis.motifs import Motif
from lib.analysis.statistics import summarise_paired
from lib.core.alphabet import BASES, codes
from lib.core.arrays import FloatArray

DECOYS = 100
HIGH = 0.95
"""Quantile of all windows beyond which an occurrence counts as one of high attribution."""
WINDOW, RICH, EVEN = 10, 8, 5
"""GC-rich: letters of a window, and how many of them are G or C at least, and in a decoy."""


class Signal(NamedTuple):
    """A published signal: its name, its word (DNA, IUPAC; empty for a composition), its core, and its effect."""

    name: str
    word: str
    core: str
    sign: int


SIGNALS = (
    Signal("miR-430 seed", "GCACTT", "GCACT", -1),
    Signal("AU-rich element", "TATTTA", "ATTTA", -1),
    Signal("Pumilio site", "TGTAHATA", "TGTA", -1),
    Signal("poly-U", "VTTTTTTTV", "TTTTTTT", 1),
    Signal("UUAG", "TTAG", "TTAG", 1),
    Signal("GC-rich", "", "", -1),
)
"""Rabani et al. 2017, doi:10.1016/j.molcel.2017.11.014 (stabilising: poly-U, UUAG; destabilising: the others)."""


def words_of(signal: Signal, *, seed: int = 0) -> tuple[list[str], list[str]]:
    """Give the words of a signal and of its decoys.

    >>> words, decoys = words_of(SIGNALS[4])
    >>> words, len(decoys), "TTAG" in decoys
    (['TTAG'], 11, False)
    """
    rng = np.random.default_rng([seed, len(signal.name), *signal.word.encode()])
    if not signal.word:
        rich = (RICH + rng.integers(0, WINDOW - RICH + 1, DECOYS)).tolist()
        return _windows(rich, rng), _windows([EVEN] * DECOYS, rng)
    cores = [other.core for other in SIGNALS if other.core]
    found: set[str] = set()
    for _ in range(200 * DECOYS):
        drawn = "".join(rng.permutation(list(signal.word)))
        if not any(core in drawn for core in cores):
            found.add(drawn)
        if len(found) == DECOYS:
            break
    return [signal.word], sorted(found)


def _windows(counts: Sequence[int], rng: np.random.Generator) -> list[str]:
    found = []
    for count in counts:
        letters = [*rng.choice(list("GC"), count), *rng.choice(list("AT"), WINDOW - count)]
        found.append("".join(rng.permutation(letters)))
    return found


class Occurrence(NamedTuple):
    """Where a word stands: the row of its sequence and its 0-based start."""

    row: int
    start: int


def occurrences(signal: Signal, sequences: Sequence[str]) -> tuple[list[Occurrence], list[Occurrence]]:
    """Find a signal and its decoys; those of decoys that overlap one of the signal are left out."""
    width = width_of(signal)
    if signal.word:
        words, decoys = ([Motif(word, word) for word in group] for group in words_of(signal))
    ours, others = [], []
    for row, sequence in enumerate(sequences):
        letters = codes(sequence)
        if signal.word:
            own = sorted({int(start) for motif in words for start in motif.starts(letters)})
            decoy = sorted({int(start) for motif in decoys for start in motif.starts(letters)})
        else:
            strong = np.isin(letters, [BASES.index("G"), BASES.index("C")]).astype(int)
            counts = np.convolve(strong, np.ones(WINDOW, dtype=int), "valid") if len(letters) >= WINDOW else strong[:0]
            own, decoy = np.flatnonzero(counts >= RICH).tolist(), np.flatnonzero(counts == EVEN).tolist()
        taken = np.array(own)
        ours += [Occurrence(row, start) for start in own]
        others += [Occurrence(row, at) for at in decoy if not (len(taken) and (abs(taken - at) < width).any())]
    return ours, others


def width_of(signal: Signal) -> int:
    """Give the letters of an occurrence."""
    return len(signal.word) or WINDOW


def sums(found: Sequence[Occurrence], scores: Sequence[FloatArray], width: int) -> FloatArray:
    """Give the sum of the attributions of each occurrence, from (L,) scores of each sequence."""
    return np.array([scores[row][start : start + width].sum() for row, start in found], dtype=np.float64)


def compare_attributions(signal: Signal, sequences: Sequence[str], scores: Sequence[FloatArray]) -> dict[str, float]:
    """Compare the attributions at a signal with those at its decoys, each sequence once."""
    ours, others = (_means(found, sums(found, scores, width_of(signal))) for found in occurrences(signal, sequences))
    if not len(ours) or not len(others):
        return {"n": len(ours), "decoys": len(others), "mean": np.nan, "decoy_mean": np.nan, "p": 1.0}
    side = "greater" if signal.sign > 0 else "less"
    p = float(stats.mannwhitneyu(ours, others, alternative=side).pvalue)
    return {
        "n": len(ours),
        "decoys": len(others),
        "mean": float(ours.mean()),
        "decoy_mean": float(others.mean()),
        "p": p,
    }


def _means(found: Sequence[Occurrence], values: FloatArray) -> FloatArray:
    frame = pd.DataFrame({"row": [one.row for one in found], "value": values})
    return frame.groupby("row")["value"].mean().to_numpy(dtype=np.float64)


def compare_insertions(signal: Signal, ask: Ask, backgrounds: Sequence[str]) -> dict[str, float]:
    """Compare what inserting a signal does to predictions with what its decoys do, in the same backgrounds."""
    before = ask(backgrounds)
    middle = Places(grid=1)

    def effects(words: Sequence[str]) -> FloatArray:
        made = [insert(ask, Motif(word, word), backgrounds, before, places=middle)[:, 0] for word in words]
        return np.stack(made)

    words, decoys = words_of(signal)
    ours, others = effects(words), effects(decoys)  # W, B and D, B
    effect, difference = summarise_paired(ours.mean(axis=0)), ours.mean(axis=0) - others.mean(axis=0)
    side = "greater" if signal.sign > 0 else "less"
    beaten = float(np.mean(signal.sign * others.mean(axis=1) < signal.sign * effect["mean"]))
    return {
        "n": effect["n"],
        "decoys": len(decoys),
        "mean": effect["mean"],
        "low": effect["low"],
        "high": effect["high"],
        "decoy_mean": float(others.mean()),
        "beaten": beaten,
        "p": float(stats.ttest_1samp(difference, 0.0, alternative=side).pvalue),
    }


def judge(tables: Mapping[str, list[dict[str, float]]]) -> pd.DataFrame:
    """Join what was measured of each signal, by test, with q values over all tests and whether each was passed."""
    rows = [
        {"test": test, "signal": signal.name, **values, "right": signal.sign * values["mean"] > 0}
        for test, measured in tables.items()
        for signal, values in zip(SIGNALS, measured, strict=True)
    ]
    table = pd.DataFrame(rows)
    table["q"] = q_values(table["p"].to_numpy(dtype=np.float64))
    table["passed"] = table["right"] & (table["q"] < 0.05)
    return table


def share_in_instances(
    signal: Signal, sequences: Sequence[str], scores: Sequence[FloatArray], instances: pd.DataFrame
) -> dict[str, object]:
    """Give the share of the occurrences of high attribution that instances of one pattern cover by half of the word.

    Parameters
    ----------
    instances
        Columns ``row``, ``start``, ``end`` (0-based, half-open) and ``pattern``.
    """
    width = width_of(signal)
    found, _ = occurrences(signal, sequences)
    windows = np.concatenate([np.convolve(each, np.ones(width), "valid") for each in scores if len(each) >= width])
    limit = float(np.quantile(signal.sign * windows, HIGH))
    high = [one for one, value in zip(found, signal.sign * sums(found, scores, width), strict=True) if value > limit]
    covered: dict[str, NDArray[np.bool_]] = {}
    for pattern, group in instances.groupby("pattern"):
        by_row = {row: rows[["start", "end"]].to_numpy() for row, rows in group.groupby("row")}
        covered[str(pattern)] = np.array([_covers(by_row.get(one.row), one.start, width) for one in high], dtype=bool)
    best = max(covered, key=lambda name: int(covered[name].sum()), default="")
    share = float(covered[best].mean()) if best and high else 0.0
    any_pattern = float(np.any(list(covered.values()), axis=0).mean()) if covered and high else 0.0
    return {
        "n": len(found),
        "high": len(high),
        "pattern": best,
        "share": share,
        "any": any_pattern,
        "passed": share >= 0.5,
    }


def _covers(spans: NDArray[np.int64] | None, start: int, width: int) -> bool:
    if spans is None:
        return False
    shared = np.minimum(spans[:, 1], start + width) - np.maximum(spans[:, 0], start)
    return bool((2 * shared >= width).any())
