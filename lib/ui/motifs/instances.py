"""The Instances view: where the patterns stand in every sequence, as a table; a row opens its sequence on the ruler."""

from typing import Any

import pandas as pd
import streamlit as st

from lib.core.alphabet import in_alphabet
from lib.io.export import to_tsv
from lib.motifs.instances import FDR, SHUFFLES, WORST
from lib.store import genome_files
from lib.ui.motifs import whole
from lib.ui.widgets import class_labels, downloads, state
from lib.ui.widgets.text import plain
from lib.views.patterns import PatternView

SHOWN = 2000
RATES = (0.01, FDR, 0.1, WORST)
HOW = (
    "A pattern's mean contributions are compared with the contributions of every sequence at every position; where "
    f"matches overlap the best one counts. q is the false discovery rate of that pattern against {SHUFFLES} "
    "permutations of the positions of every sequence, each base with its contribution."
)


def draw(view: PatternView) -> None:
    """Draw the view of a finished discovery."""
    found = whole.instances_of(view.job)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        only = st.multiselect(
            "Patterns",
            [pattern.name for pattern in view.patterns],
            key=f"instance-patterns-{view.job.id}",
            placeholder="All patterns",
            format_func=lambda name: whole.label(view, name),
            width=420,
        )
        fdr = st.selectbox(
            "False discovery rate, at most",
            RATES,
            index=RATES.index(FDR),
            format_func=lambda rate: f"{rate:g}",
            key="instance-fdr",
            bind="query-params",
            width=210,
            help=HOW,
        )
        text = st.text_input("Sequence ID contains", key="instance-id", width=200)
    kept = found[found["q"] <= float(fdr or FDR)]
    if only:
        kept = kept[kept["pattern"].isin(only)]
    if text.strip():
        kept = kept[kept["id"].astype(str).str.contains(text.strip(), case=False, regex=False)]
    if kept.empty:
        st.info("No motif instances. Allow a larger false discovery rate, or choose other patterns.")
        return
    kept = kept.sort_values(["q", "score"], ascending=[True, False], kind="stable").reset_index(drop=True)
    st.markdown(_sentence(view, kept))
    place = st.container()
    table = readable(view, kept.head(SHOWN))
    event: Any = st.dataframe(
        table,
        key=f"instances-{view.job.id}",
        hide_index=True,
        on_select="rerun",
        height=320,
        selection_mode=["single-row", "single-cell"],
        alt=f"Table of {len(kept):,} motif instances with sequence, place, contribution and q",
        column_config=_columns(view),
    )
    picked = whole.pick_row(event, len(table))
    one = kept.iloc[0 if picked is None else picked]
    with place:
        whole.draw(
            view,
            str(one["id"]),
            int(one["start"]),
            int(one["end"]),
            f"instance of {plain(whole.label(view, str(one['pattern'])))}",
            key="instance-ruler",
            fdr=float(fdr or FDR),
        )
    more = f"The first {SHOWN:,} of {len(kept):,} are shown; the files hold all. " if len(kept) > SHOWN else ""
    st.caption(f"{more}Click a row to see its sequence. {HOW}")
    _files(view, kept, float(fdr or FDR), str(one["id"]))


def _sentence(view: PatternView, kept: pd.DataFrame) -> str:
    n, patterns, having = len(kept), kept["pattern"].nunique(), kept["id"].nunique()
    return (
        f"**{n:,} instance{'s' * (n != 1)}** of {patterns:,} pattern{'s' * (patterns != 1)} in {having:,} of "
        f"{len(view.rows):,} sequences, {n / len(view.rows):.2f} per sequence."
    )


def readable(view: PatternView, kept: pd.DataFrame) -> pd.DataFrame:
    """Give instances as people read them: positions from 1, letters, and the measured target of the sequence."""
    row = {str(name): number for number, name in enumerate(view.dataset.ids)}
    rows = [row[str(name)] for name in kept["id"]]
    places = zip(rows, kept["start"].tolist(), kept["end"].tolist(), strict=True)
    table = pd.DataFrame(
        {
            "Sequence": kept["id"].to_numpy(),
            "Pattern": [whole.label(view, str(name)) for name in kept["pattern"]],
            "From (nt)": kept["start"].to_numpy() + 1,
            "To (nt)": kept["end"].to_numpy(),
            "Letters": [
                in_alphabet(str(view.dataset.sequences[at])[low:high], rna=view.rna) for at, low, high in places
            ],
            "Contribution": kept["contribution"].to_numpy(),
            "Similarity": kept["similarity"].to_numpy(),
            "q": kept["q"].to_numpy(),
            "Target": view.dataset.targets[rows, view.choice.target],
            "Part": view.dataset.parts[rows],
            "Badge": genome_files.add_badges(kept, view.trust)["badge"].to_numpy(),
        }
    )
    return table.assign(Strand=kept["strand"].to_numpy()) if view.both_strands else table


def _columns(view: PatternView) -> dict[str, Any]:
    measured = class_labels.find_unit(view.dataset, view.choice.target)
    number = st.column_config.NumberColumn
    return {
        "Contribution": number(format="%.2f", help=f"Sum of the attributions over the instance, {plain(view.unit)}"),
        "Similarity": number(format="%.2f", help="Cosine of its contributions and those of the pattern, 1 at most"),
        "q": number(format="%.1e", help="Least false discovery rate at which it is called"),
        "Target": number(format="%.2f", help=plain(f"Measured: {view.target_name}, {measured}")),
    }


def _files(view: PatternView, kept: pd.DataFrame, fdr: float, sequence_id: str) -> None:
    from lib.ui.motifs.files import download

    name = f"{view.run.name}-instances"
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        downloads.csv_button(
            lambda: readable(view, kept),
            name=name,
            key="instances-csv",
            label="Instances (CSV)",
            help="As shown: positions from 1",
        )
        if genome_files.has_places(view.run.dataset):
            download(
                "Instances (BED)",
                lambda: genome_files.instance_bed(view.job.id, fdr=fdr),
                f"{name}.bed",
                help="All patterns, genome coordinates; score: 1000 times the similarity",
            )
        else:
            download(
                "Instances (TSV)",
                lambda: to_tsv(genome_files.add_badges(kept, view.trust)[list(genome_files.TABLE)]),
                f"{name}.tsv",
                help="Positions from 0, half-open, within the sequences, which have no genome coordinates",
            )
        state.link(state.ATTRIBUTION, "Attribution of this sequence", icon=":material/biotech:", sequence=sequence_id)
