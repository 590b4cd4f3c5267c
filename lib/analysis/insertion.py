"""What a motif does when it is put into backgrounds: the prediction with it minus that without, in each background.

This is what ``tangermeme.marginalize`` computes for words at one place, for every kind of model.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lib.analysis.asking import Ask, blocks, drop_rounding
from lib.analysis.motifs import Motif
from lib.analysis.statistics import summarise_paired
from lib.core.arrays import FloatArray
from lib.core.errors import UserError


@dataclass(frozen=True)
class Places:
    """Where motifs are put.

    Parameters
    ----------
    starts
        0-based starts; a background in which the motif would end beyond its end is left out there.
    grid
        Without starts: so many places, evenly from the first possible to the last; a single one is the middle.
    """

    starts: tuple[int, ...] = ()
    grid: int = 5

    def __len__(self) -> int:
        """Count the places."""
        return len(self.starts) or self.grid

    def of(self, length: int, width: int) -> list[int]:
        """Give the start at each place for a sequence and a motif, -1 where it does not fit.

        >>> Places(grid=3).of(10, 4), Places(grid=1).of(10, 4), Places((2, 8)).of(10, 4)
        ([0, 3, 6], [3], [2, -1])
        """
        room = length - width
        if self.starts:
            return [start if 0 <= start <= room else -1 for start in self.starts]
        if room < 0:
            return [-1] * self.grid
        if self.grid == 1:
            return [length // 2 - width // 2]
        return [round(room * place / (self.grid - 1)) for place in range(self.grid)]


def insert(
    ask: Ask, motif: Motif, backgrounds: Sequence[str], before: FloatArray, *, places: Places, seed: int = 0
) -> FloatArray:
    """Give the effect of a motif in each of B backgrounds at each of P places, (B, P); NaN where it does not fit.

    Parameters
    ----------
    ask
        Predicts.
    backgrounds, before
        (B,) sequences and their predictions.
    """
    effects = np.full((len(backgrounds), len(places)), np.nan)
    for block in blocks(backgrounds, len(places)):
        made, where = [], []
        for row in block:
            for place, start in enumerate(places.of(len(backgrounds[row]), len(motif.word))):
                if start >= 0:
                    made.append(motif.put(backgrounds[row], start, seed=seed))
                    where.append((row, place))
        if made:
            rows, columns = np.array(where).T
            effects[rows, columns] = drop_rounding(ask(made) - before[rows], before)
    return effects


def summary(motif: Motif, backgrounds: Sequence[str], effects: FloatArray, places: Places) -> pd.DataFrame:
    """Summarise effects (B, P): one row over all places (``place`` missing), then one for each place.

    Over all places each background counts once, by its mean over the places. Columns: ``motif``, ``word``,
    ``strength``, ``place`` (0-based), ``start`` (mean 0-based start), ``mean``, ``low``, ``high``, ``n``, ``p``.

    Raises
    ------
    UserError
        If the motif fits into no background.
    """
    fits = np.isfinite(effects)
    if not fits.any():
        longest = max(map(len, backgrounds), default=0)
        raise UserError(
            f"{motif.name} has {len(motif.word)} nt and fits nowhere into the backgrounds, of at most {longest:,} nt. "
            "Choose other places or leave it out."
        )
    counts = fits.sum(axis=1)
    each = np.where(counts > 0, np.nansum(effects, axis=1) / np.maximum(counts, 1), np.nan)
    starts = np.array([places.of(len(background), len(motif.word)) for background in backgrounds])  # B, P
    rows: list[dict[str, object]] = [{"place": None, "start": None, **summarise_paired(each)}]
    for place in range(len(places)):
        used = starts[fits[:, place], place]
        rows.append(
            {"place": place, "start": float(used.mean()) if len(used) else None, **summarise_paired(effects[:, place])}
        )
    frame = pd.DataFrame(rows).astype({"place": "Int64", "start": "Float64"})
    frame.insert(0, "motif", motif.name)
    frame.insert(1, "word", motif.word)
    frame.insert(2, "strength", motif.strength)
    return frame
