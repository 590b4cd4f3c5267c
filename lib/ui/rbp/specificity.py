"""Specificity and mean sensitivity of every protein of a table of k-mers, as a small table."""

import pandas as pd
import streamlit as st

from lib.core.alphabet import shown
from lib.datasets.dataset import Dataset
from lib.store.files import home
from lib.store.rbp_identity import id_of
from lib.ui.rbp import choice
from lib.ui.widgets import downloads

MOST_HEIGHT = 380
_ABOUT = (
    "Specificity: largest score divided by the median of all k-mers. Sensitivity: mean of 1 - score over the single "
    "mutants of the top k-mer, scores relative to the largest (Yi et al. 2025, doi:10.1101/2025.03.28.646018)."
)


def draw(dataset: Dataset, *, rna: bool) -> None:
    """Draw the table where the motifs are k-mers; nothing for other motifs and PWMs."""
    if dataset.rbp is None:
        return
    key = id_of(dataset.rbp, {}, dataset.rbp_collection)
    found = _found(str(home()), key, choice.score_of(dataset), dataset)
    if found is None or not len(found):
        return
    found = found.assign(top=[shown(top, rna=rna) for top in found["top"]])
    count = len(found)
    st.subheader("Specificity", anchor=False)
    below = int((found["median"] <= 0).sum())
    said = f" {below:,} of {count:,} medians are not above 0; a ratio says little there." if below else ""
    st.caption(f"{_ABOUT}{said}")
    number = st.column_config.NumberColumn
    st.dataframe(
        found,
        hide_index=True,
        placeholder="–",
        key="rbp-specificity",
        height=MOST_HEIGHT if count > 9 else "auto",
        alt=f"Specificity and mean sensitivity of {count:,} proteins, with the top k-mer of each",
        column_config={
            "protein": st.column_config.TextColumn("Protein", pinned=True),
            "top": st.column_config.TextColumn("Top k-mer", help="The k-mer with the largest score"),
            "kmers": number("k-mers", format="localized", help="K-mers with a score"),
            "max": number("Largest", format="%.4g", help="Score of the top k-mer"),
            "median": number("Median", format="%.4g", help="Over all k-mers"),
            "specificity": number("Specificity", format="%.4g", help="Largest score divided by the median"),
            "sensitivity": number("Mean sensitivity", format="%.4g", help="Mean of 1 - score over the single mutants"),
            "mutants": number("Mutants", format="%d", help="Single mutants of the top k-mer with a score"),
        },
    )
    downloads.csv_button(
        lambda: found,
        name=f"{choice.name_of(dataset)}-specificity",
        key="rbp-specificity-csv",
        label=f"{count:,} protein{'s' * (count != 1)} (CSV)",
    )


@st.cache_data(max_entries=8, show_spinner=False)
def _found(home: str, key: str, score: str, _dataset: Dataset) -> pd.DataFrame | None:
    from lib.motifs.specificity import kmer_scores, specificities

    protein = str(dict(_dataset.facts.get("rbp", {})).get("protein", "")) or "Mean_RBP"
    scores = kmer_scores(_dataset.rbp, _dataset.rbp_collection, protein)  # type: ignore[arg-type]
    return None if scores is None else specificities(scores)
