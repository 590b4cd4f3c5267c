"""What is computed of an RBP table on the training part, kept in memory for everybody; thresholds only choose columns.

The test part is never counted. Very large training parts are sampled, and the page says so.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from lib.core.alphabet import in_alphabet, to_dna
from lib.core.arrays import FloatArray
from lib.datasets.dataset import Dataset
from lib.motifs.counting import HitCounts
from lib.store.files import home
from lib.ui.rbp.choice import table_id

MOST_LETTERS = 10_000_000
"""Letters of the training part that are searched; more are sampled."""
MOST_WORK = 1_000_000_000
"""Letters times PWMs that are searched: each PWM may hit anywhere, and all its hits are kept in memory."""
_SEED = 0


@dataclass(frozen=True)
class Counted:
    """Hits of a table in the training part of a dataset.

    Parameters
    ----------
    hits
        Hits of M motifs in the N sequences that were counted.
    rows
        (N,) row numbers of these sequences in the dataset, ascending.
    of
        Training sequences in all; more than N where they were sampled.
    longest
        Letters of the longest of them.
    """

    hits: HitCounts
    rows: NDArray[np.intp]
    of: int
    longest: int

    def target(self, dataset: Dataset, place: int) -> FloatArray:
        """Give a target of the sequences that were counted, (N,)."""
        column: FloatArray = dataset.targets[self.rows, place]
        return column


def count_hits(dataset: Dataset) -> Counted:
    """Count the hits of the motifs of a dataset's table, or of its PWMs where it has no table, when first asked for."""
    return _count(str(home()), dataset.id, table_id(dataset), dataset)


@st.cache_resource(max_entries=3, show_spinner="Counting the hits in the training sequences")
def _count(home: str, dataset_id: str, table: str, _dataset: Dataset) -> Counted:
    from lib.motifs.counting import count_motifs, count_pwms

    train = _dataset.rows("train")
    by_words = _dataset.rbp is not None
    most = MOST_LETTERS if by_words else min(MOST_LETTERS, MOST_WORK // len(_dataset.pwms))
    lengths = np.array([len(_dataset.sequences[row]) for row in train], dtype=np.int64)
    rows = sample_rows(train, lengths, most=most)
    sequences = _dataset.sequences[rows].tolist()
    hits = (
        count_motifs(sequences, _dataset.rbp)
        if by_words and _dataset.rbp is not None
        else count_pwms(sequences, _dataset.pwms)
    )
    return Counted(hits, rows, len(train), max(map(len, sequences), default=0))


def sample_rows(rows: NDArray[np.intp], lengths: NDArray[np.int64], *, most: int) -> NDArray[np.intp]:
    """Draw rows, always the same ones, whose sequences have at most so many letters together; all where they fit."""
    if lengths.sum() <= most:
        return rows
    order = np.random.default_rng(_SEED).permutation(len(rows))
    fits = max(1, int(np.searchsorted(np.cumsum(lengths[order]), most, side="right")))
    return np.sort(rows[order[:fits]])


def of_motifs(dataset: Dataset, known: Counted, threshold: float, place: int, *, rna: bool) -> pd.DataFrame:
    """Describe each motif at or above a threshold, the strongest first.

    Returns
    -------
    pd.DataFrame
        ``motif`` as it is shown, ``stored`` (its DNA word, or the name of the PWM), ``width``, then for a table
        ``mean_rbp`` and for PWMs ``consensus`` and ``bits``, then the columns of
        ``lib.analysis.correlation.by_column``; q values are over the motifs at or above the threshold.
    """
    by_words = dataset.rbp is not None
    name = table_id(dataset)
    numbers = _associate(str(home()), dataset.id, name, place, 0.0 if by_words else threshold, dataset, known)
    hits = known.hits
    frame = pd.DataFrame({"stored": pd.Series(hits.motifs, dtype="str"), "width": hits.widths})
    if by_words:
        frame.insert(0, "motif", [in_alphabet(motif, rna=rna) for motif in hits.motifs])
        frame["mean_rbp"] = hits.level
    else:
        frame.insert(0, "motif", frame["stored"])
        frame["consensus"] = [in_alphabet(word, rna=rna) for word in _pwm_facts(name, dataset)[0]]
        frame["bits"] = _pwm_facts(name, dataset)[1]
    frame = pd.concat([frame, numbers], axis=1)
    if by_words:
        from lib.analysis.association import q_values

        frame = frame[hits.level >= threshold].sort_values("mean_rbp", ascending=False, kind="stable")
        frame["q"] = q_values(frame["p"].to_numpy())
    return frame.reset_index(drop=True)


@st.cache_resource(max_entries=32, show_spinner=False)
def _associate(
    home: str, dataset_id: str, table: str, place: int, threshold: float, _dataset: Dataset, _known: Counted
) -> pd.DataFrame:
    """Correlate each motif with a target: for a table all motifs at once, for PWMs their hits at a threshold."""
    from lib.analysis.correlation import by_column

    hits = _known.hits
    counts = hits.counts if _dataset.rbp is not None else hits.per_motif(threshold)
    return by_column(counts, _known.target(_dataset, place))


@st.cache_resource(max_entries=8, show_spinner=False)
def _pwm_facts(table: str, _dataset: Dataset) -> tuple[list[str], list[float]]:
    from lib.figures.pwm_logos import consensus, information

    matrices = _dataset.pwms.values()
    return [consensus(matrix) for matrix in matrices], [float(information(matrix).sum()) for matrix in matrices]


def search_motifs(table: pd.DataFrame, text: str) -> pd.DataFrame:
    """Keep the motifs that hold a text in their letters, DNA or RNA, or in their name."""
    wanted = text.strip()
    if not wanted:
        return table
    letters = table["consensus"] if "consensus" in table.columns else table["stored"]
    found = letters.str.upper().str.replace("U", "T").str.contains(to_dna(wanted), regex=False)
    if "consensus" in table.columns:
        found |= table["stored"].str.casefold().str.contains(wanted.casefold(), regex=False)
    return table[found]
