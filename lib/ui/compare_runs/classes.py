"""How classifiers compare: their ROC and precision-recall curves on the same sequences."""

import numpy as np
import pandas as pd
import streamlit as st

from lib.figures import classes as plots
from lib.tasks import class_metrics, thresholds
from lib.tasks.class_card import name_class
from lib.tasks.scores import PART_NAMES
from lib.ui.widgets import charts, columns
from lib.ui.widgets.text import plain
from lib.views.comparison import Comparison


def draw(view: Comparison) -> None:
    """Draw the ROC and precision-recall curves of the runs on their common sequences."""
    st.subheader(f"Curves of {plain(name_class(view.target))}", anchor=False)
    positive, part = view.found.observed > 0, PART_NAMES[view.part]
    if positive.all() or not positive.any():
        st.info("All these sequences are of one class, so there are no curves. Choose another part or class.")
        return
    of = f"{name_class(view.target)}, {part} part (n = {view.n:,})"
    left, right = columns.columns(2, key="compare-curves")
    with left:
        charts.draw(
            lambda: plots.roc(_thin_curves(view, "auroc"), title=f"ROC curve, {of}"),
            name=f"{view.name} ROC",
            key="compare-roc",
            kept=view.key,
            numbers=lambda: _frame(view, "auroc"),
            alt=f"ROC curves of {len(view.runs)} runs on the same {view.n:,} sequences, with the diagonal of guessing",
        )
        st.caption("Number: AUROC. Dashed: guessing, 0.5.")
    with right:
        prevalence = float(positive.mean())
        charts.draw(
            lambda: plots.precision_recall(
                _thin_curves(view, "auprc"), prevalence=prevalence, title=f"Precision and recall, {of}"
            ),
            name=f"{view.name} precision recall",
            key="compare-recall",
            kept=view.key,
            numbers=lambda: _frame(view, "auprc"),
            alt=f"Precision-recall curves of {len(view.runs)} runs, with the line of the prevalence {prevalence:.2f}",
        )
        st.caption(f"Number: AUPRC. Dashed: guessing, the prevalence of {prevalence:.2f}.")


def _thin_curves(view: Comparison, area: str) -> list[plots.Drawn]:
    positive = view.found.observed > 0
    curve = thresholds.roc if area == "auroc" else thresholds.precision_recall
    made = []
    for series, probability in zip(view.series, view.found.predicted, strict=True):
        areas = class_metrics.per_class(
            positive[:, None].astype(np.float64), thresholds.log_odds(probability)[:, None], ("rest", view.target)
        )
        made.append(plots.Drawn(series, thresholds.thin_curve(curve(positive, probability)), areas[view.target][area]))
    return made


def _frame(view: Comparison, area: str) -> pd.DataFrame:
    """Give every point of the curves, with the threshold of the probability that gives it."""
    curve = thresholds.roc if area == "auroc" else thresholds.precision_recall
    names = ("false positive rate", "true positive rate") if area == "auroc" else ("recall", "precision")
    made = []
    for label, probability in zip(view.labels, view.found.predicted, strict=True):
        found = curve(view.found.observed > 0, probability)
        made.append(pd.DataFrame({"run": label, names[0]: found.x, names[1]: found.y, "threshold": found.threshold}))
    return pd.concat(made, ignore_index=True)
