"""What the hits of a motif do where they stand: all of them are taken out, against as much taken out elsewhere.

The letters of all hits of a sequence are shuffled in their places until no hit is left anywhere in the sequence; where
that cannot be, as for poly-U, they are drawn anew from the composition of the sequence, and then from all four bases.
The comparison takes as many stretches of the same lengths that no hit touches and changes them in the same way; hits
stay as they are. Both are done several times and averaged.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.analysis.asking import Ask, blocks, drop_rounding
from lib.analysis.motifs import Motif
from lib.analysis.statistics import summarise_paired
from lib.core.alphabet import BASES, codes
from lib.core.arrays import FloatArray

WAYS = ("shuffled", "drawn from the composition", "drawn from all bases")
_TRIES = 12  # in each way
_LETTERS = np.array([*BASES, "N"])

Codes = NDArray[np.uint8]
Stretches = list[tuple[int, int]]
"""Half-open and 0-based, without overlap, ascending."""


@dataclass(frozen=True)
class Ablated:
    """One sequence without the hits of a motif, and with as much changed elsewhere.

    Parameters
    ----------
    without, control
        (D,) sequences, one for each draw.
    hits
        Hits that were there.
    """

    without: tuple[str, ...]
    control: tuple[str, ...]
    hits: int


def stretches(starts: NDArray[np.int64], width: int) -> Stretches:
    """Join hits that overlap or touch.

    >>> stretches(np.array([1, 3, 9]), 4)
    [(1, 7), (9, 13)]
    """
    joined: Stretches = []
    for start in starts.tolist():
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], start + width)
        else:
            joined.append((start, start + width))
    return joined


def without_hits(motif: Motif, letters: Codes, where: Stretches, rng: np.random.Generator) -> tuple[Codes, int] | None:
    """Change the stretches until no hit is left in the whole sequence; give it with the way; None where none helps."""
    for way in range(len(WAYS)):
        for _ in range(_TRIES):
            changed = _replace_hits(letters, where, way, rng)
            if not len(motif.starts(changed)):
                return changed, way
    return None


def elsewhere(motif: Motif, letters: Codes, where: Stretches, way: int, rng: np.random.Generator) -> Codes | None:
    """Change as many stretches of the same lengths that no hit touches; None where there is no room for them."""
    hits = motif.starts(letters)
    for _ in range(_TRIES):
        free = np.ones(len(letters), dtype=bool)
        for start, end in where:
            free[start:end] = False
        chosen: Stretches = []
        for size in sorted((end - start for start, end in where), reverse=True):
            open_ = np.concatenate([[0], np.cumsum(free)])
            places = np.flatnonzero(open_[size:] - open_[:-size] == size)
            if not len(places):
                return None
            start = int(rng.choice(places))
            free[start : start + size] = False
            chosen.append((start, start + size))
        changed = _replace_hits(letters, sorted(chosen), way, rng)
        if np.array_equal(motif.starts(changed), hits):
            return changed
    return None


def remove_hits(motif: Motif, sequence: str, *, draws: int, seed: int = 0) -> Ablated | None:
    """Take all hits out of one sequence; None where there are none, or the comparison has no room."""
    letters = codes(sequence)
    hits = motif.starts(letters)
    if not len(hits):
        return None
    where = stretches(hits, motif.width)
    rng = np.random.default_rng([seed, *sequence.encode()])
    without, control = [], []
    for _ in range(draws):
        found = without_hits(motif, letters, where, rng)
        other = None if found is None else elsewhere(motif, letters, where, found[1], rng)
        if found is None or other is None:
            return None
        without.append(_text(found[0]))
        control.append(_text(other))
    return Ablated(tuple(without), tuple(control), len(hits))


def take_out(
    ask: Ask, motif: Motif, sequences: Sequence[str], before: FloatArray, *, draws: int = 5, seed: int = 0
) -> pd.DataFrame:
    """Measure what all hits of a motif contribute in N sequences, in one row.

    Parameters
    ----------
    before
        (N,) predictions of the sequences.
    draws
        How often each sequence is changed; the mean counts.

    Returns
    -------
    DataFrame
        ``motif``, ``word``, ``strength``, ``hits``, ``with_hits`` (sequences), ``no_room`` (sequences left out);
        ``effect`` and ``random`` (mean of prediction as it stands minus prediction changed, at hits and elsewhere);
        then of effect minus random: ``mean``, ``low``, ``high``, ``n``, ``p``.
    """
    hits, crowded = 0, 0
    parts = [np.empty((0, 2))]
    for block in blocks(sequences, 2 * draws):
        rows, made = [], []
        for row in block:
            found = remove_hits(motif, sequences[row], draws=draws, seed=seed)
            if found is not None:
                rows.append(row)
                made += [*found.without, *found.control]
                hits += found.hits
            elif len(motif.starts(codes(sequences[row]))):
                crowded += 1
        if made:
            after = ask(made).reshape(len(rows), 2, draws).mean(axis=2)
            parts.append(drop_rounding(before[rows][:, None] - after, before))
    effect, random = np.concatenate(parts).T
    facts = {"motif": motif.name, "word": motif.word, "strength": motif.strength, "hits": hits}
    counts = {"with_hits": len(effect) + crowded, "no_room": crowded}
    means = {"effect": _mean(effect), "random": _mean(random)}
    return pd.DataFrame([{**facts, **counts, **means, **summarise_paired(drop_rounding(effect - random, before))}])


def _replace_hits(letters: Codes, where: Stretches, way: int, rng: np.random.Generator) -> Codes:
    changed = letters.copy()
    known = letters[letters < len(BASES)]
    for start, end in where:
        if way == 0:
            changed[start:end] = rng.permutation(letters[start:end])
        elif way == 1 and len(known):
            changed[start:end] = rng.choice(known, end - start)
        else:
            changed[start:end] = rng.integers(len(BASES), size=end - start)
    return changed


def _text(letters: Codes) -> str:
    return "".join(_LETTERS[letters])


def _mean(values: FloatArray) -> float:
    return float(values.mean()) if len(values) else float("nan")
