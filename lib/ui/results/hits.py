"""How often motifs of an RBP table hit the sequences of a part, for slices of a result by hits."""

from typing import NamedTuple

import numpy as np
import streamlit as st

from lib.datasets.dataset import Dataset
from lib.motifs.counting import HitCounts
from lib.store.files import home
from lib.ui.rbp import choice
from lib.ui.rbp import threshold as rbp_threshold
from lib.ui.rbp.numbers import MOST_LETTERS, MOST_WORK, sampled
from lib.ui.results.data import View
from lib.ui.widgets import state, url_widgets

ALL = "all"
MOST_LISTED = 5000
"""Motifs that can be chosen by name, those with the highest Mean_RBP."""


class Hits(NamedTuple):
    """Hits of the chosen motifs: number in each sequence (n,), what they are, a key, and rows of the part looked at."""

    hits: np.ndarray
    about: str
    key: str
    rows: np.ndarray


def choose(view: View) -> Hits | None:
    """Draw the choice of table, motif and threshold, and give the hits in each sequence; None where there are none."""
    dataset = choice.with_rbp(view.dataset)
    if dataset is None or (dataset.rbp is None and not dataset.pwms):
        state.empty(
            "The dataset has no RBP table. Upload one above: **Upload another table**.",
            state.VOCABULARY,
            "Open Vocabulary",
        )
        return None
    by_words = dataset.rbp is not None
    counted, rows = _counted(str(home()), view.dataset.id, view.judged, choice.table_id(dataset), view, dataset)
    names = {ALL: "All motifs at or above the threshold"}
    order = (
        np.argsort(-dataset.rbp["mean_rbp"].to_numpy(dtype=float))
        if dataset.rbp is not None
        else range(len(counted.motifs))
    )
    names |= {counted.motifs[place]: counted.motifs[place] for place in list(order)[:MOST_LISTED]}
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        motif = url_widgets.select("Motif", "motif", names)
        threshold = -np.inf
        if motif == ALL or not by_words:
            lengths = [len(text) for text in view.sequences[:1000]]
            threshold = rbp_threshold.choose(dataset, length=int(np.median(lengths or [0])))
    if len(rows) < len(view.rows):
        st.caption(f"Hits are counted in {len(rows):,} of {len(view.rows):,} sequences, drawn at random.")
    if motif == ALL:
        hits, about = counted.per_sequence(threshold), f"all motifs of at least {threshold:.4g}"
    else:
        hits, about = hits_of(counted, counted.motifs.index(motif), threshold), motif
    return Hits(hits, about, f"hits-{choice.table_id(dataset)}-{motif}-{threshold}", rows)


def hits_of(counted: HitCounts, motif: int, threshold: float) -> np.ndarray:
    """Count the hits of one motif in each sequence, (N,), at a threshold of its level."""
    columns = np.flatnonzero((counted.motif == motif) & counted.kept(threshold))
    return np.asarray(counted.counts[:, columns].sum(axis=1), dtype=np.int64).ravel()


@st.cache_resource(max_entries=4, show_spinner="Counting the hits of motifs")
def _counted(
    home: str, dataset_id: str, part: str, table: str, _view: View, _dataset: Dataset
) -> tuple[HitCounts, np.ndarray]:
    from lib.motifs.counting import count_motifs, count_pwms

    lengths = np.array([len(text) for text in _view.sequences], dtype=np.int64)
    most = MOST_LETTERS if _dataset.rbp is not None else min(MOST_LETTERS, MOST_WORK // len(_dataset.pwms))
    rows = sampled(np.arange(len(lengths)), lengths, most=most)
    texts = [_view.sequences[row] for row in rows]
    found = count_motifs(texts, _dataset.rbp) if _dataset.rbp is not None else count_pwms(texts, _dataset.pwms)
    return found, rows
