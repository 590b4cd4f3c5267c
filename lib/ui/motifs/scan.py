"""The Scan view: every hit of an RBP table or of PWMs in the sequences of a dataset, as a table that can be sorted."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from lib.core.alphabet import in_alphabet
from lib.datasets.dataset import Dataset
from lib.store.files import home
from lib.store.rbp_identity import score_of
from lib.ui.rbp import choice
from lib.ui.widgets import downloads, metric_row, state
from lib.ui.widgets.metric_row import Fact
from lib.ui.widgets.text import plain

SHOWN = 2000
P_VALUES = (1e-2, 1e-3, 5e-4, 1e-4, 1e-5)
MOST_HITS = 5_000_000
PART_NAMES = {"all": "all parts", "train": "training part", "validation": "validation part", "test": "test part"}


def draw(dataset: Dataset) -> None:
    """Draw the view."""
    chosen = choice.with_rbp(dataset) or dataset
    if chosen.rbp is None and not chosen.pwms:
        state.empty(
            f"{plain(dataset.name)} has no RBP table, so there is nothing to scan with. Upload a table or a file "
            "of PWMs by **Upload another table** above, or freeze a dataset with one.",
            state.UPLOAD,
            "Bring other files",
        )
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        part = st.selectbox(
            "Sequences",
            list(PART_NAMES),
            format_func=lambda name: PART_NAMES[name].capitalize(),
            key="scan_part",
            bind="query-params",
            width=180,
        )
        p = _p() if chosen.pwms else P_VALUES[1]
        rna = st.toggle("Show U instead of T", value=True, key="rna", bind="query-params", help="RNA or DNA letters")
    asked = (str(home()), dataset.id, choice.table_id(chosen), str(part or "all"), p)
    hits = _hits(*asked, chosen)
    if hits is None:
        st.info(
            f"There are more than {MOST_HITS:,} hits. Choose a smaller p value, a part, or a table with fewer motifs."
        )
        return
    _summary(chosen, hits, str(part or "all"))
    _table(chosen, hits, rna=rna)


def _p() -> float:
    picked = st.selectbox(
        "p value of a PWM hit, at most",
        P_VALUES,
        index=1,
        format_func=lambda value: f"{value:g}",
        key="scan_p",
        width=210,
        help="Chance that a random word with the letters of these sequences scores as high on the PWM (FIMO). A PWM of "
        "6 nt cannot go below 1 in 4,096.",
    )
    return float(picked or P_VALUES[1])


@st.cache_data(max_entries=4, show_spinner="Scanning the sequences")
def _hits(home: str, dataset_id: str, table: str, part: str, p: float, _dataset: Dataset) -> pd.DataFrame | None:
    rows = np.arange(len(_dataset)) if part == "all" else np.flatnonzero(_dataset.parts == part)
    found = scan_rows(_dataset, rows, p)
    return None if len(found) > MOST_HITS else found


def scan_rows(dataset: Dataset, rows: Any, p: float) -> pd.DataFrame:
    """Find the hits of the words and the PWMs of a dataset in some of its rows: ``row`` is that of the dataset."""
    from lib.motifs.scan_many import base_frequencies, scan_pwms, scan_words

    sequences = dataset.sequences[rows].tolist()
    tables = []
    if dataset.rbp is not None:
        tables.append(scan_words(sequences, dataset.rbp))
    if dataset.pwms:
        tables.append(scan_pwms(sequences, dataset.pwms, p=p, background=base_frequencies(sequences)))
    found = pd.concat(tables, ignore_index=True) if len(tables) > 1 else tables[0]
    found["row"] = rows[found["row"].to_numpy().astype(np.int64)]
    return found


def _summary(dataset: Dataset, hits: pd.DataFrame, part: str) -> None:
    n = len(dataset) if part == "all" else int((dataset.parts == part).sum())
    having = hits["row"].nunique()
    metric_row.draw(
        [
            Fact("Hits", f"{len(hits):,}", "Overlapping hits count, on the given strand"),
            Fact("Motifs that hit", f"{hits['motif'].nunique():,}", "Motifs of the table with one hit or more"),
            Fact("Sequences with a hit", f"{having:,} of {n:,}", f"In the {PART_NAMES[part]}"),
        ]
    )


def _table(dataset: Dataset, hits: pd.DataFrame, *, rna: bool) -> None:
    motifs = sorted(hits["motif"].unique())
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        known = set() if dataset.rbp is None else set(dataset.rbp["motif"])
        only = st.multiselect(
            "Motifs",
            motifs,
            key="scan-motifs",
            placeholder="All motifs",
            width=420,
            format_func=lambda name: in_alphabet(name, rna=rna) if name in known else name,
        )
        text = st.text_input("Sequence id holds", key="scan-id", width=200)
    kept = hits[hits["motif"].isin(only)] if only else hits
    if text.strip():
        holds = np.char.find(np.char.lower(dataset.ids.astype(str)), text.strip().lower()) >= 0
        kept = kept[holds[kept["row"].to_numpy()]]
    if kept.empty:
        st.info("No motif hits. Choose other motifs, a larger p value, or another RBP table.")
        return
    first = readable(dataset, kept.head(SHOWN), rna=rna)
    event: Any = st.dataframe(
        first,
        key="scan-table",
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        height=430,
        alt=f"Table of {len(kept):,} hits with sequence, motif, place and strength",
        column_config={
            "p": st.column_config.NumberColumn(format="%.1e", help="Chance of a random word to score as high"),
            "Score (bits)": st.column_config.NumberColumn(format="%.1f"),
            score_of(dataset): st.column_config.NumberColumn(format="%.3g"),
        },
    )
    picked = event.selection.rows
    with st.container(horizontal=True, vertical_alignment="center"):
        downloads.csv_button(
            lambda: readable(dataset, kept, rna=rna), name=f"{dataset.name}-hits", key="scan-csv", label="Hits (CSV)"
        )
        if picked and picked[0] < len(first):
            name = str(first["Sequence"].iloc[picked[0]])
            st.markdown(f"**{plain(name)}**", width="content")
            state.link(state.ATTRIBUTION, "Attribution of this sequence", icon=":material/biotech:", sequence=name)
        else:
            more = f"The first {SHOWN:,} of {len(kept):,} are shown; the CSV holds all. " if len(kept) > SHOWN else ""
            st.caption(f"{more}Select one to see its sequence with the hits on the ruler.", width="content")


def readable(dataset: Dataset, hits: pd.DataFrame, *, rna: bool) -> pd.DataFrame:
    """Give hits as people read them: ids, positions from 1, letters of the motif as asked for."""
    rows = hits["row"].to_numpy()
    words = hits["motif"].astype("str")
    if dataset.rbp is not None and rna:
        known = set(dataset.rbp["motif"])
        words = words.map(lambda name: in_alphabet(name, rna=True) if name in known else name)
    columns: dict[str, Any] = {
        "Sequence": dataset.ids[rows],
        "Motif": words.to_numpy(),
        "From (nt)": hits["start"].to_numpy() + 1,
        "To (nt)": hits["end"].to_numpy(),
    }
    for name, label in (("mean_rbp", score_of(dataset)), ("score", "Score (bits)"), ("p", "p")):
        if name in hits and hits[name].notna().any():
            columns[label] = hits[name].to_numpy()
    return pd.DataFrame(columns)
