"""Where motifs lie in a sequence: exact words by an index, IUPAC motifs by bit masks, PWMs by log odds.

Positions are 0-based and half-open. Only the strand that is given is searched: RBPs bind the RNA itself.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.core.alphabet import BASES, IUPAC, to_dna
from lib.core.arrays import FloatArray
from lib.motifs import pwm as pwm_module

_BITS = np.zeros(256, dtype=np.uint8)
for _letter, _bases in IUPAC.items():
    _BITS[ord(_letter)] = sum(1 << BASES.index(base) for base in _bases)
_KNOWN = np.where(np.isin(np.arange(256), [ord(base) for base in BASES]), _BITS, 0).astype(np.uint8)


class Scanner:
    """Finds the motifs of one RBP table in many sequences.

    Parameters
    ----------
    rbp
        Columns ``motif`` (DNA, IUPAC) and ``mean_rbp``.
    threshold
        Motifs with a ``mean_rbp`` below it are left out; None keeps all.
    """

    def __init__(self, rbp: pd.DataFrame, *, threshold: float | None = None) -> None:
        kept = rbp if threshold is None else rbp[rbp["mean_rbp"] >= threshold]
        self.motifs = kept["motif"].astype("str").tolist()
        self.values = kept["mean_rbp"].to_numpy(dtype=np.float64)
        self._words: dict[int, dict[str, list[int]]] = {}
        ambiguous: dict[int, list[int]] = {}
        for row, motif in enumerate(self.motifs):
            if set(motif) <= set(BASES):
                self._words.setdefault(len(motif), {}).setdefault(motif, []).append(row)
            else:
                ambiguous.setdefault(len(motif), []).append(row)
        self._masks = {
            width: (np.array(rows), np.stack([_bits(self.motifs[row], _BITS) for row in rows]))
            for width, rows in ambiguous.items()
        }

    def hits(self, sequence: str, *, limit: int | None = None) -> pd.DataFrame:
        """Give every hit in one sequence: ``motif``, ``start``, ``end``, ``mean_rbp``, by start, then by end.

        With a ``limit`` only the hits with the largest absolute ``mean_rbp`` are kept; ``attrs["found"]`` counts all.
        A letter of the sequence other than A C G T matches nothing.
        """
        stored = to_dna(sequence)
        rows: list[int] = []
        starts: list[int] = []
        for width, words in self._words.items():
            for start in range(len(stored) - width + 1):
                for row in words.get(stored[start : start + width], ()):
                    rows.append(row)
                    starts.append(start)
        seen = _bits(stored, _KNOWN)
        for width, (members, masks) in self._masks.items():
            count = len(seen) - width + 1
            if count > 0:
                matched = np.ones((len(members), count), dtype=bool)
                for place in range(width):
                    matched &= (masks[:, place, None] & seen[None, place : place + count]) != 0
                which, where = np.nonzero(matched)
                rows += members[which].tolist()
                starts += where.tolist()
        return self._frame(np.array(rows, dtype=np.intp), np.array(starts, dtype=np.intp), limit)

    def _frame(self, rows: NDArray[np.intp], starts: NDArray[np.intp], limit: int | None) -> pd.DataFrame:
        found = len(rows)
        lengths = np.array([len(motif) for motif in self.motifs], dtype=np.intp)
        if limit is not None and found > limit:
            strength = np.nan_to_num(np.abs(self.values[rows]))
            strongest = np.lexsort((rows, starts, -strength))[:limit]
            rows, starts = rows[strongest], starts[strongest]
        ends = starts + lengths[rows]
        order = np.lexsort((rows, ends, starts))
        rows, starts, ends = rows[order], starts[order], ends[order]
        motifs = pd.Series([self.motifs[row] for row in rows], dtype="str")
        frame = pd.DataFrame({"motif": motifs, "start": starts, "end": ends, "mean_rbp": self.values[rows]})
        frame.attrs["found"] = found
        return frame


def hits(sequence: str, rbp: pd.DataFrame, *, threshold: float | None = None, limit: int | None = None) -> pd.DataFrame:
    """Find the motifs of an RBP table in one sequence; see ``Scanner``, which is quicker for many sequences.

    >>> table = pd.DataFrame({"motif": ["TTAG", "TNAG"], "mean_rbp": [2.0, 1.0]})
    >>> hits("AUUAGU", table)[["motif", "start", "end"]].to_numpy().tolist()
    [['TTAG', 1, 5], ['TNAG', 1, 5]]
    """
    return Scanner(rbp, threshold=threshold).hits(sequence, limit=limit)


def pwm_hits(
    sequence: str,
    pwms: Mapping[str, FloatArray],
    *,
    threshold: float = 0.85,
    limit: int | None = None,
    background: FloatArray | None = None,
) -> pd.DataFrame:
    """Find PWMs in one sequence: ``motif``, ``start``, ``end``, ``score`` (bits), ``relative``, by start, then by end.

    Parameters
    ----------
    sequence
        L letters, DNA or RNA.
    pwms
        Probabilities (4, W) by name, channels A C G T.
    threshold
        Smallest relative score, (score - worst) / (best - worst) of the PWM: 1 is its best word.
    limit
        Keep only the hits with the highest relative score; ``attrs["found"]`` counts all.
    background
        (4,) base frequencies to compare with, uniform by default.
    """
    found = []
    for name, matrix in pwms.items():
        weights = pwm_module.log_odds(matrix, background)
        worst, best = weights.min(axis=0).sum(), weights.max(axis=0).sum()
        score = pwm_module.scores(sequence, weights)
        relative = (score - worst) / (best - worst) if best > worst else np.full(len(score), -np.inf)
        start = np.flatnonzero(relative >= threshold - 1e-9)
        found.append(
            pd.DataFrame(
                {
                    "motif": pd.Series([name] * len(start), dtype="str"),
                    "start": start,
                    "end": start + matrix.shape[1],
                    "score": score[start],
                    "relative": relative[start],
                }
            )
        )
    columns = {"motif": "str", "start": np.intp, "end": np.intp, "score": float, "relative": float}
    empty = pd.DataFrame({column: pd.Series(dtype=kind) for column, kind in columns.items()})  # type: ignore[call-overload]
    frame = pd.concat(found, ignore_index=True) if found else empty
    total = len(frame)
    if limit is not None:
        frame = frame.sort_values("relative", ascending=False, kind="stable").head(limit)
    frame = frame.sort_values(["start", "end", "relative"], ascending=[True, True, False], kind="stable")
    frame = frame.reset_index(drop=True)
    frame.attrs["found"] = total
    return frame


def _bits(text: str, table: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return table[np.frombuffer(text.encode("ascii", "replace"), dtype=np.uint8)]
