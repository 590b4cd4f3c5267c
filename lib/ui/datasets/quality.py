"""Is this dataset good? Numbers first, then pictures of targets, lengths and composition."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from lib.core.arrays import FloatArray
from lib.datasets import quality
from lib.datasets.dataset import PARTS, Dataset
from lib.datasets.join import JoinReport
from lib.figures.theme import axis
from lib.store.files import home
from lib.ui.datasets import classes, profiles
from lib.ui.upload import joining
from lib.ui.widgets import charts, columns, leakage
from lib.ui.widgets.text import plain, short

if TYPE_CHECKING:
    from lib.store.datasets import DatasetRow


SPLITS = {"random": "random", "homology": "by similarity", "column": "by column"}


@dataclass(frozen=True)
class Facts:
    """What is computed once per dataset: (N,) lengths and GC from 0 to 1, composition by position, duplicates."""

    lengths: NDArray[np.int64]
    gc: FloatArray
    by_position: pd.DataFrame
    duplicates: quality.Duplicates


def facts(dataset: Dataset) -> Facts:
    """Give the facts of a dataset, computed when first asked for."""
    return _facts(str(home()), dataset.id, dataset)


@st.cache_resource(max_entries=4, show_spinner="Looking at the sequences")
def _facts(home: str, dataset_id: str, _dataset: Dataset) -> Facts:
    sequences = _dataset.sequences
    return Facts(
        quality.lengths(sequences),
        quality.gc(sequences),
        quality.composition_by_position(sequences, limit=500),
        quality.duplicates(sequences),
    )


def numbers(row: "DatasetRow", dataset: Dataset) -> None:
    """Draw the numbers that decide whether the data are good."""
    known, overlaps = facts(dataset), leakage.measure(dataset)
    low, high = int(known.lengths.min()), int(known.lengths.max())
    ceiling = row.facts.get("ceiling")
    tiles = [
        ("Sequences", f"{row.rows:,}", None),
        ("Split", SPLITS.get(row.split_kind, row.split_kind), None),
        ("Length", f"{low:,} nt" if low == high else f"{low:,} to {high:,} nt", None),
        profiles.tile(dataset)
        if dataset.profiles is not None
        else classes.tile(dataset)
        if dataset.classes
        else (
            "Noise ceiling (R²)",
            f"{ceiling['r2']:.3f}" if ceiling else "not known",
            f"The best that a perfect model could explain; from {ceiling['source']}."
            if ceiling
            else "It needs raw counts or replicates.",
        ),
        (
            "Duplicates",
            f"{known.duplicates.rows:,} rows" if known.duplicates.rows else "none",
            f"{known.duplicates.groups:,} sequences occur more than once; duplicates stay in one part."
            if known.duplicates.groups and row.split_kind != "column"
            else "Sequences that occur more than once.",
        ),
        leakage.tile(overlaps),
        ("Rows left out", f"{row.rejected:,}", "With reasons under Download."),
    ]
    with st.container(horizontal=True, gap="small"):
        for label, value, help_text in tiles:
            st.metric(label, value, help=help_text, border=True)
    leakage.summary(overlaps, classified=bool(dataset.classes))


def target(dataset: Dataset) -> None:
    """Draw the distribution of a target by part, with n, mean and variance of each; of classes, their members."""
    if dataset.classes:
        classes.target(dataset)
        return
    from lib.figures import data as plots

    place = 0
    if len(dataset.target_names) > 1:
        names = list(dataset.target_names)
        picked = st.selectbox("Target", names, format_func=lambda name: short(name, 60), key="quality-target")
        place = names.index(str(picked))
    name, unit, values = dataset.target_names[place], dataset.target_units[place], dataset.targets[:, place]
    table = by_part(values, dataset.parts)
    left, right = columns.columns([1.7, 1], key="target", align="center")
    with left:
        variance = float(table.loc[table["Part"] == "all", "Variance"].iloc[0])
        charts.draw(
            lambda: plots.target_histogram(values, dataset.parts, name=name, unit=unit),
            kept=f"{dataset.id} {place}",
            name=f"{dataset.name}-{name}",
            key="target-by-part",
            alt=f"Histogram of {axis(name, unit)} by part: {len(values):,} sequences, variance {variance:.2f}",
            numbers=lambda: plots.count_bins(values, dataset.parts),
        )
    with right:
        st.markdown(f"**{plain(axis(name, unit))}**")
        st.dataframe(
            table,
            hide_index=True,
            key="target-table",
            alt="Number of sequences, mean and variance of the target in each part",
            column_config={
                "n": st.column_config.NumberColumn(format="localized"),
                "Mean": st.column_config.NumberColumn(format="%.3f"),
                "Variance": st.column_config.NumberColumn(format="%.3f"),
            },
        )


def by_part(values: FloatArray, parts: NDArray[np.str_]) -> pd.DataFrame:
    """Give n, mean and variance of a target (N,) in each part and in all."""
    groups: dict[str, FloatArray] = {"all": values} | {part: values[parts == part] for part in PARTS}
    return pd.DataFrame(
        [
            {"Part": part, "n": len(group), "Mean": group.mean(), "Variance": group.var()}
            for part, group in groups.items()
            if len(group)
        ]
    )


def sequences(dataset: Dataset) -> None:
    """Draw lengths, GC content and composition of the sequences."""
    from lib.figures import data as plots

    known = facts(dataset)
    left, right = columns.columns(2, key="sequences")
    with left:
        median = float(np.median(known.lengths))
        charts.draw(
            lambda: plots.length_histogram(known.lengths),
            name=f"{dataset.name}-lengths",
            key="lengths",
            kept=dataset.id,
            alt=f"Lengths of {len(dataset):,} sequences: median {median:,.0f} nt",
            numbers=lambda: pd.DataFrame({"id": dataset.ids, "length_nt": known.lengths}),
        )
    with right:
        charts.draw(
            lambda: plots.gc_histogram(known.gc, dataset.parts, known.lengths),
            name=f"{dataset.name}-gc",
            key="gc",
            kept=dataset.id,
            alt=f"GC content of {len(dataset):,} sequences: median {np.nanmedian(known.gc):.0%}",
            numbers=lambda: pd.DataFrame({"id": dataset.ids, "gc": known.gc}),
        )
    charts.draw(
        lambda: plots.composition_figure(known.by_position),
        name=f"{dataset.name}-composition",
        key="composition",
        kept=dataset.id,
        alt="Share of A, C, G and T at each position from the 5' end",
        numbers=lambda: known.by_position,
    )


def provenance(row: "DatasetRow") -> None:
    """Say where a dataset comes from: files, join, normalisation, choices."""
    with st.expander("Where it comes from: files, join, choices", icon=":material/history:"):
        files = row.facts.get("files", {})
        if row.facts.get("join") and "expression" in files:
            names = {kind: str(file["name"]) for kind, file in files.items()}
            st.html(
                joining.diagram(
                    JoinReport(**row.facts["join"]),
                    row.rows,
                    expression=names.get("expression", "expression"),
                    sequences=names.get("sequences", "sequences"),
                )
            )
        st.dataframe(
            [{"File": file["name"], "Kind": kind, "SHA-256": file["sha256"]} for kind, file in files.items()],
            hide_index=True,
            alt="Files of the dataset with their SHA-256",
        )
        st.caption(f"Dataset id {row.id}. The same files with the same choices give the same id.")
        st.json({key: row.facts.get(key) for key in ("target", "split", "normalisation", "ambiguity")}, expanded=False)
