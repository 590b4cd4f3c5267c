"""Whether the hits of an RBP table go with the target: all kept motifs together, counted and weighed by Mean_RBP."""

import numpy as np
import pandas as pd
import streamlit as st

from lib.analysis.correlation import Correlation, group_means, pearson, spearman
from lib.core.arrays import FloatArray
from lib.datasets.dataset import Dataset
from lib.figures.theme import axis
from lib.ui.rbp import choice
from lib.ui.rbp.numbers import Counted
from lib.ui.widgets import charts, class_labels, columns
from lib.ui.widgets.text import plain, short

FEWEST = 20
"""Sequences of a group at least, so that its interval says something."""
SMALL = 0.05
"""|r| below which a correlation is called next to none."""


def draw(dataset: Dataset, known: Counted, threshold: float, hits: np.ndarray) -> int:
    """Draw the target against hits and, for a table, against the sum of Mean_RBP; give the number of the target."""
    st.subheader("Hits and the target", anchor=False)
    place = 0
    if len(dataset.target_names) > 1:
        picked = st.selectbox(
            "Target",
            list(dataset.target_names),
            format_func=lambda name: short(name, 60),
            key="rbp_target",
            bind="query-params",
            width=380,
        )
        place = dataset.target_names.index(str(picked))
    y = known.target(dataset, place)
    kinds = [("Hits per sequence", hits.astype(np.float64))]
    if dataset.rbp is not None:
        kinds.append((f"Sum of {choice.score_of(dataset)} of the hits", known.hits.sums(threshold)))
    for part, (what, x) in zip(columns.columns(len(kinds), key="rbp-target"), kinds, strict=True):
        with part:
            _against(dataset, place, what, x, y)
    st.caption(
        "Groups of about equal numbers of training sequences, with the mean of the target and its 95% interval; the "
        "dashed line is the mean of all. A correlation is no cause: motifs share letters with each other and with the "
        "composition of the sequences."
    )
    return place


def _against(dataset: Dataset, place: int, what: str, x: FloatArray, y: FloatArray) -> None:
    from lib.figures import rbp as plots

    name, unit = dataset.target_names[place], class_labels.find_unit(dataset, place)
    linear, ranked = pearson(x, y), spearman(x, y)
    st.markdown(sentence(what, name, linear, ranked))
    if not linear.known:
        return
    table = group_means(x, y, fewest=FEWEST)
    kind = "hits" if what.startswith("Hits") else "sums"
    charts.draw(
        lambda: plots.target_by_group(table, what=what, target=name, unit=unit, overall=float(y.mean())),
        name=f"{choice.name_of(dataset)}-{name}-by-{kind}",
        key=f"rbp-by-{kind}",
        alt=f"Mean {axis(name, unit)} of {len(table)} groups of sequences by {what.lower()}; r = {linear.r:.2f}",
        numbers=lambda: pd.DataFrame(table),
    )


def sentence(what: str, target: str, linear: Correlation, ranked: Correlation) -> str:
    """Say in words how a number per sequence goes with the target.

    >>> r = Correlation(0.5, 0.4, 0.6, 0.0, 1200)
    >>> sentence("Hits", "growth", r, Correlation(0.4, 0.3, 0.5, 0.0, 1200))
    '**Hits**: Pearson r 0.50 [0.40, 0.60], Spearman ρ 0.40 [0.30, 0.50], n = 1,200. More hits go with a higher growth.'
    """
    if not linear.known:
        why = "there are fewer than four sequences" if linear.n < 4 else "every sequence has the same number"
        return f"**{plain(what)}**: no correlation with {plain(target)} can be given, because {why} (n = {linear.n:,})."
    numbers = ", ".join(
        f"{label} {one.r:.2f} [{one.low:.2f}, {one.high:.2f}]"
        for label, one in (("Pearson r", linear), ("Spearman ρ", ranked))
        if one.known
    )
    return f"**{plain(what)}**: {numbers}, n = {linear.n:,}. {_words(what, linear, target)}".replace("-0.00", "0.00")


def _words(what: str, linear: Correlation, target: str) -> str:
    by_count = what.startswith("Hits")
    if linear.low <= 0 <= linear.high or abs(linear.r) < SMALL:
        return f"{'The hits say' if by_count else 'The sum says'} next to nothing about {plain(target)}."
    direction = "higher" if linear.r > 0 else "lower"
    return f"{'More hits go' if by_count else 'A larger sum goes'} with a {direction} {plain(target)}."
