"""Every two runs against each other: how much better, and how sure that is."""

from typing import Any

import pandas as pd
import streamlit as st

from lib.analysis.slices import replicates_for
from lib.tasks.scores import Metric, write_signed
from lib.ui.compare_runs.metrics import SURE
from lib.ui.widgets.downloads import csv_button
from lib.views.comparison import Comparison

_ADDED = "p (Holm)"
_BELIEVED = 1e-9
_RANK = "rank-biserial correlation from 0 to 1"
_CLOSER = {
    "classes": "Which calls fewer wrong, with the share of the sequences that one alone calls wrong by which "
    "they differ, from 0 to 1"
}


def draw(view: Comparison, metric: Metric) -> None:
    """Draw the table of all pairs."""
    st.subheader("Which is better, and how sure is that?", anchor=False)
    frame = name_pairs(view, metric)
    rows: list[Any] = list(frame.itertuples())
    shown = pd.DataFrame(
        {
            "A": frame["A"],
            "B": frame["B"],
            f"{metric.label}: A - B": [
                f"{_plus(row.difference)} [{write_signed(row.low)}, {write_signed(row.high)}]" for row in rows
            ],
            "p": [_p(value) for value in frame["p"]],
            _ADDED: [_p(value) for value in frame["p_holm"]],
            "Closer": [_closer(row.r) for row in rows],
            "p of errors": [_p(value) for value in frame["p_wilcoxon"]],
            "p of errors (Holm)": [_p(value) for value in frame["p_wilcoxon_holm"]],
            "Verdict": [verdict(row.difference, row.p_holm, metric) for row in rows],
        }
    )
    help = st.column_config.TextColumn
    st.dataframe(
        shown,
        hide_index=True,
        key="compare-pairs",
        alt=f"Table of {len(shown)} pairs of runs: difference of {metric.label} with interval and p values",
        column_config={
            f"{metric.label}: A - B": help(help="Difference with the 95% interval of the paired bootstrap"),
            "p": help(help="Two-sided, of the paired bootstrap"),
            _ADDED: help(help="Corrected for the number of pairs by Holm's method"),
            "Closer": help(help=_CLOSER.get(view.view, f"Whose {view.judged.off} are smaller, with the {_RANK}")),
            "p of errors": help(help=f"{view.judged.test_name} of the {view.judged.off}, two-sided"),
            "p of errors (Holm)": help(help="Corrected for the number of pairs by Holm's method"),
            "Verdict": help(help=f"By {metric.label}, at a corrected p below {SURE}"),
        },
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        many = f", corrected for {len(shown)} pairs" if len(shown) > 1 else ""
        st.caption(
            f"Both tests are paired: the runs are judged on the same n = {view.n:,} sequences. Paired bootstrap, "
            f"{replicates_for(view.n):,} resamples, of the difference of {metric.label}; {view.judged.test_name} "
            f"of the {view.judged.off}{many}. A run is one training: another seed may change the order of close runs.",
            width="stretch",
        )
        csv_button(lambda: frame, name=f"{view.name} pairs", key="compare-pairs-csv", label="Pairs (CSV)")


def name_pairs(view: Comparison, metric: Metric) -> pd.DataFrame:
    """Give the pairs with the names of their runs and the metric, for the table and for download."""
    frame = view.pairs(metric.key)
    first, second = (frame.pop(name) for name in ("first", "second"))
    frame.insert(0, "A", [view.labels[place] for place in first])
    frame.insert(1, "B", [view.labels[place] for place in second])
    frame.insert(2, "metric", metric.key)
    frame.insert(3, "n", view.n)
    return frame


def verdict(difference: float, p: float, metric: Metric) -> str:
    """Say in words which of two runs is better by a metric; ``p`` is corrected."""
    if not p < SURE:
        return "not told apart"
    better = "A" if (difference > 0) == metric.higher else "B"
    return f"{better} is better"


def _closer(r: float) -> str:
    if r != r:
        return "–"
    return f"{'equal' if r == 0 else 'A' if r < 0 else 'B'} ({abs(r):.2f})"


def _plus(value: float) -> str:
    return f"{'+' if value > 0 else ''}{write_signed(value)}"


def _p(value: float) -> str:
    """Write a p value: small ones by their order of magnitude, and none smaller than anybody can believe.

    >>> _p(0.0312), _p(0.00002), _p(1e-20), _p(float("nan"))
    ('0.031', '2e-05', '< 1e-9', '–')
    """
    if value != value:
        return "–"
    if value < _BELIEVED:
        return "< 1e-9"
    return f"{value:.3f}" if value >= 0.001 else f"{value:.0e}"
