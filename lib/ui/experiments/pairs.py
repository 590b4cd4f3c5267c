"""Pairs and spacing: whether two motifs do more together than apart, by order and distance."""

from typing import Any

import pandas as pd
import streamlit as st

from lib.store import experiments
from lib.store.experiments import PAIRS, Asked
from lib.ui import errors
from lib.ui.experiments import answers, backgrounds, motifs
from lib.ui.experiments.subject import Subject
from lib.ui.experiments.words import COLUMNS, count, effects_sentence
from lib.ui.widgets import charts, downloads, theme

MOST, FIRST = 12, 4
GAPS = (0, 1, 2, 3, 4, 6, 8, 10, 15, 20, 30, 40)


def draw(subject: Subject) -> None:
    """Draw the question and the newest answer."""
    with st.container(border=True):
        found = motifs.choose(subject, most=MOST, first=FIRST)
        with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
            options = backgrounds.choose(subject)
            gaps = st.multiselect(
                "Distances (nt)",
                range(101),
                default=GAPS,
                key="gaps",
                width=420,
                help="Nucleotides between the end of the first motif and the start of the second; both together stand "
                "in the middle of each background.",
            )
        asked = None
        if found and options and gaps:
            asked = Asked(PAIRS, subject.run.id, subject.target, found, {**options, "gaps": sorted(gaps)})
        pairs = len(found) ** 2
        answers.start_button(asked, note=f"{count(pairs, 'ordered pair')}" if found else "")
    run = answers.choose_experiment(subject, PAIRS)
    if run is None:
        return
    table = experiments.effects(run.id)
    asked_motifs = {motif.name: motif for motif in experiments.read_request(run).motifs}
    words = [[motifs.label(name, asked_motifs[name].word) for name in table[side]] for side in ("first", "second")]
    table["label"] = [f"{first} → {second}" for first, second in zip(*words, strict=True)]
    _answer(subject, run.id, run.payload, table)


@st.fragment
def _answer(subject: Subject, run_id: str, said: dict[str, Any], table: pd.DataFrame) -> None:
    with errors.guard():
        from lib.figures import experiments as plots

        named = table.assign(label=[f"{row.label}, {row.gap} nt" for row in table.itertuples()])
        st.markdown(
            effects_sentence(named, subject.unit, what="pairs at a distance do more or less together than apart")
        )
        options = said["options"]
        st.caption(
            f"Synergy: effect of both minus the sum of each alone at the same place, over n = {int(table['n'].max())} "
            f"{options['background']} sequences of the {options['part']} part. First → second is the order on the "
            "sequence; a star marks q of at most 0.05 (Benjamini and Hochberg over all pairs and distances). "
            "Close to each other two motifs can make a third one at their joint, or break each other's surroundings."
        )
        name = f"{subject.run.name} pairs"
        dark = theme.is_dark()
        charts.draw(
            lambda: plots.synergy(table, title="Synergy by distance", effect=subject.change, dark=dark),
            name=name,
            key="pairs-map",
            kept=run_id,
            alt=f"Synergy of {table['label'].nunique()} ordered pairs of motifs at {table['gap'].nunique()} distances",
        )
        order = table.assign(size=table["mean"].abs()).groupby("label")["size"].max().sort_values(ascending=False)
        picked = st.selectbox("Pair", list(order.index), key=f"pair-{run_id}", width=420)
        part = table[table["label"] == picked].sort_values("gap")
        charts.draw(
            lambda: plots.by_gap(part, title=f"{picked}: synergy by distance", effect=subject.change),
            name=f"{subject.run.name} {picked}",
            key="pairs-gaps",
            kept=f"{run_id}-{picked}",
            alt=f"Synergy of {picked} at {len(part)} distances, with 95% intervals",
            numbers=lambda: part,
        )
        shown = table.sort_values("mean", key=lambda values: -values.abs(), kind="stable")
        columns = ["label", "gap", "both", "sum", "mean", "low", "high", "n", "p", "q"]
        synergy = st.column_config.NumberColumn("Synergy", format="%+.3f", help="Both minus the sum of each alone")
        st.dataframe(
            shown[columns],
            hide_index=True,
            placeholder="–",
            key="pairs-table",
            height=320,
            column_config=COLUMNS | {"label": st.column_config.TextColumn("Pair", pinned=True), "mean": synergy},
            alt=f"Synergy of {len(shown)} pairs at a distance, with interval, p and q",
        )
        downloads.csv_button(lambda: shown, name=name, key="pairs-csv", label=f"{count(len(shown), 'row')} (CSV)")
