"""The Order and spacing view: a matrix of the pairs of patterns, and the distances of the one that is clicked."""

import numpy as np
import pandas as pd
import streamlit as st

from lib.figures import spacing as plots
from lib.motifs.spacing import FEWEST_SEQUENCES, Spacing
from lib.store.files import home
from lib.ui.motifs import whole
from lib.ui.widgets import charts, columns, downloads, theme, url_widgets
from lib.ui.widgets.text import plain
from lib.views.patterns import PatternView

PAIR, QUESTION = "pair", "ask"
HELP = (
    "**Distance**: is there a distance at which more pairs lie than expected?  \n"
    "**Order**: does the first pattern lie before the second more often, or more rarely, than expected?  \n"
    "**Co-occurrence**: do more, or fewer, sequences have both than expected?"
)
NULL = {
    "spacing": "Expected: the places of the second pattern are exchanged between the sequences that have both; counts "
    "per sequence, lengths and where each pattern tends to lie stay, and instances never overlap.",
    "together": "Expected: which sequences have the second pattern is permuted among sequences of about the same "
    "length. Where sequences hold few motifs, having one makes all others less likely.",
}


def draw(view: PatternView) -> None:
    """Draw the view of a finished discovery."""
    found = _spacing(str(home()), view.job.id, str(view.job.ended))
    table, labels = found.table, {pattern.name: whole.label(view, pattern.name) for pattern in view.patterns}
    if not (table["n_first"] > 0).any():
        st.info("No motif instances, so no pairs. Look for motifs in more sequences.")
        return
    asked = url_widgets.segments(
        "Question", QUESTION, {key: question.label for key, question in plots.QUESTIONS.items()}, help=HELP
    )
    question = plots.QUESTIONS[asked]
    _sentence(table, question, labels)
    ranked = table.sort_values([f"q_{asked}", f"p_{asked}", "n"], ascending=[True, True, False], kind="stable")
    names = {
        f"{row.first},{row.second}": f"{labels[str(row.first)]} and {labels[str(row.second)]}"
        for row in ranked.itertuples()
    }
    left, right = columns.columns(2, key="spacing")
    with left:
        _matrix(view, table, question, labels)
    with right:
        pair = url_widgets.select("Pair of patterns", PAIR, names, width=420)
        _pair(view, found, pair, labels)
    null = NULL["together" if asked == "together" else "spacing"]
    st.caption(f"{null} q: Benjamini and Hochberg over all pairs tested. Instances with q ≤ 0.05.")
    downloads.csv_button(
        lambda: readable(ranked, labels, view.trust.write()),
        name=f"{view.run.name}-spacing",
        key="spacing-csv",
        label="Pairs (CSV)",
    )


@st.cache_resource(max_entries=8, show_spinner="Testing order and spacing")
def _spacing(home: str, job_id: str, ended: str) -> Spacing:
    from lib.store import instances

    return instances.find_spacing(job_id)


def _sentence(table: pd.DataFrame, question: plots.Question, labels: dict[str, str]) -> None:
    q = table[f"q_{question.key}"]
    sure, tested = table[q < plots.SURE], int(q.notna().sum())
    if not tested:
        st.markdown(f"No pair was tested: none shares {FEWEST_SEQUENCES} sequences.")
        return
    what = {"spacing": "a preferred distance", "order": "a preferred order", "together": "unusual co-occurrence"}
    said = (
        f"**{len(sure):,} of {tested:,} pairs** {'has' if len(sure) == 1 else 'have'} {what[question.key]} (q < 0.05)"
    )
    if len(sure):
        best = table.iloc[int(np.nanargmin(q))]
        pair = f"{plain(labels[best['first']])} and {plain(labels[best['second']])}"
        said += f"; the most significant is {pair}: {plots.describe_pair(best, question)}"
    st.markdown(f"{said}.")


def _matrix(view: PatternView, table: pd.DataFrame, question: plots.Question, labels: dict[str, str]) -> None:
    names = plots.find_tested(table, list(labels), question)
    if not names:
        return
    drawn = table[table["first"].isin(names) & table["second"].isin(names)]
    key = f"spacing-matrix-{question.key}-{view.job.id}"

    def clicked() -> None:
        points = st.session_state[key]["selection"]["points"]
        if points:
            row = drawn.iloc[int(points[0]["point_index"])]
            st.query_params[PAIR] = f"{row['first']},{row['second']}"

    tested = int(drawn[f"q_{question.key}"].notna().sum())
    charts.draw(
        lambda: plots.matrix(drawn, names, question, labels=labels, dark=theme.is_dark()),
        name=f"{view.run.name} {question.label} of motif pairs",
        key=key,
        alt=f"Matrix of {len(drawn):,} pairs of {len(names)} patterns, {tested:,} of them tested: {question.colour}",
        numbers=lambda: readable(table, labels, view.trust.write()),
        on_select=clicked,
        selection_mode="points",
    )
    hidden = len(labels) - len(names)
    rest = f" Not drawn: {hidden} pattern{'s' * (hidden != 1)} without a tested pair." if hidden else ""
    itself = "" if question.key == "spacing" else ", or a pattern and itself"
    st.caption(
        f"Click a square to see its distances. Star: q < 0.05. Dot: not tested, too few sequences{itself}.{rest}"
    )


def _pair(view: PatternView, found: Spacing, pair: str, labels: dict[str, str]) -> None:
    first, second = pair.split(",")
    row = found.table[(found.table["first"] == first) & (found.table["second"] == second)].iloc[0]
    histogram = found.histograms.get((first, second))
    if histogram is None:
        what = "two or more of it" if first == second else "both"
        st.info(f"Not tested: {int(row['n'])} sequences have {what}; at least {FEWEST_SEQUENCES} are needed.")
        return
    charts.draw(
        lambda: plots.histogram(histogram, labels[first], labels[second], q=float(row["q_spacing"])),
        name=f"{view.run.name} distance {first} {second}",
        key=f"spacing-pair-{pair}-{view.job.id}",
        alt=f"Distances between the starts of {labels[first]} and {labels[second]}: {int(row['pairs']):,} pairs, "
        "observed and expected",
        numbers=lambda: plots.bins(histogram).assign(badge=view.trust.write()),
    )
    sign = "" if first == second else "+"
    said = (
        f"Most above chance: {row['distance']:{sign}.0f} nt, {row['observed']:.0f} pairs within 2 nt of it, "
        f"{row['expected_at']:.1f} expected (q = {row['q_spacing']:.2g})."
    )
    if first != second:
        said += (
            f" {plain(labels[first])} first in {row['before']:.0f} of {row['pairs']:.0f} pairs, "
            f"{row['expected_before']:.1f} expected (q = {row['q_order']:.2g}). Both in {row['n']:,} of "
            f"{row['sequences']:,} sequences, {row['expected']:.1f} expected (q = {row['q_together']:.2g})."
        )
    st.markdown(said)


def readable(table: pd.DataFrame, labels: dict[str, str], badge: str) -> pd.DataFrame:
    """Give the pairs as people read them, with units, and the trust badges of the attributions behind them."""
    return table.assign(first=table["first"].map(labels), second=table["second"].map(labels), badge=badge).rename(
        columns={
            "n_first": "sequences with the first",
            "n_second": "sequences with the second",
            "n": "sequences with both",
            "expected": "expected with both",
            "pairs": "pairs of instances",
            "before": "first one first",
            "expected_before": "expected first one first",
            "distance": "distance (nt)",
            "observed": "pairs within 2 nt of it",
            "expected_at": "expected within 2 nt of it",
        }
    )
