"""Whether two motifs do together what they do apart: by their order and the distance between them.

Synergy is the effect of both minus the sum of the effects of each alone at the same place, background by background; 0
for a model in which motifs add up. The sequences are those of ``tangermeme.space``.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib.analysis.asking import Ask, drop_rounding
from lib.analysis.motifs import Motif
from lib.analysis.statistics import summarise_paired
from lib.core.arrays import FloatArray


def pair(
    ask: Ask,
    motifs: tuple[Motif, Motif],
    backgrounds: Sequence[str],
    before: FloatArray,
    *,
    gap: int,
    seed: int = 0,
) -> tuple[FloatArray, FloatArray]:
    """Give the effect of both and their synergy in B backgrounds, (B,) each; NaN where there is no room.

    Parameters
    ----------
    motifs
        The first stands left of the second; both together stand in the middle of each background.
    before
        (B,) predictions of the backgrounds.
    gap
        Nucleotides between the end of the first and the start of the second, 0 or more.
    """
    first, second = motifs
    size = len(first.word) + gap + len(second.word)
    rows, made = [], []
    for row, background in enumerate(backgrounds):
        start = len(background) // 2 - size // 2
        if start < 0 or len(background) < size:
            continue
        later = start + len(first.word) + gap
        left, right = first.put(background, start, seed=seed), second.put(background, later, seed=seed)
        both = left[:later] + right[later : later + len(second.word)] + left[later + len(second.word) :]
        rows.append(row)
        made += [both, left, right]
    together, synergy = np.full(len(backgrounds), np.nan), np.full(len(backgrounds), np.nan)
    if made:
        effects = ask(made).reshape(-1, 3) - before[rows][:, None]
        together[rows] = drop_rounding(effects[:, 0], before)
        synergy[rows] = drop_rounding(effects @ np.array([1.0, -1.0, -1.0]), before)
    return together, synergy


def summary(motifs: tuple[Motif, Motif], gap: int, together: FloatArray, synergy: FloatArray) -> pd.DataFrame:
    """Summarise a pair at one distance in one row.

    Columns: ``first``, ``second``, ``gap`` (nt), ``both`` and ``sum`` (mean effects), then the synergy: ``mean``,
    ``low``, ``high``, ``n``, ``p``.
    """
    found = summarise_paired(synergy)
    both = float(np.nanmean(together)) if found["n"] else float("nan")
    names = {"first": motifs[0].name, "second": motifs[1].name}
    return pd.DataFrame([{**names, "gap": gap, "both": both, "sum": both - found["mean"], **found}])


def orders(first: Motif, second: Motif) -> list[tuple[Motif, Motif]]:
    """Give both orders of two motifs, one where they are the same word."""
    return [(first, second)] if first.word == second.word else [(first, second), (second, first)]
