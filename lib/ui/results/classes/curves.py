"""ROC, precision-recall and calibration curves of one class against the rest, with the baselines and with guessing."""

import pandas as pd
import streamlit as st

from lib.figures import classes as plots
from lib.figures import colours
from lib.figures.dots import Series
from lib.tasks import thresholds
from lib.tasks.scores import PART_NAMES
from lib.ui.widgets import charts, columns
from lib.ui.widgets.text import plain
from lib.views.class_view import ClassView


def draw(view: ClassView) -> None:
    """Draw the section; the curves need both members of the class and others."""
    st.subheader("How well does it rank and weigh?", anchor=False)
    positive = view.class_points.positive
    if positive.all() or not positive.any():
        every = "all" if positive.all() else "none"
        st.info(
            f"Of these {len(positive):,} sequences {every} are {plain(view.said)}, so there are no curves. "
            "Choose another part or class.",
            icon=":material/info:",
        )
        return
    left, right = columns.columns(2, key="class-curves")
    with left:
        _roc(view)
    with right:
        _recall(view)
    left, right = columns.columns(2, key="class-calibration")
    with left:
        _calibration(view)
    with right:
        _words(view)


def thin_curves(view: ClassView, kind: str) -> list[plots.Drawn]:
    """Give the ``roc`` or ``recall`` curve of the run and its baselines, with the area below each, thinned."""
    curve = thresholds.roc if kind == "roc" else thresholds.precision_recall
    made = []
    for place, (name, label) in enumerate(view.models.items()):
        score = view.scores_of(name)
        series = Series(label, colours.of_run(place), colours.symbol_of_run(place))
        found = thresholds.thin_curve(curve(view.class_points.positive, score))
        made.append(plots.Drawn(series, found, view.areas(name)["auroc" if kind == "roc" else "auprc"]))
    return made


def _roc(view: ClassView) -> None:
    charts.draw(
        lambda: plots.roc(thin_curves(view, "roc"), title=f"ROC curve, {_of(view)}"),
        name=f"{view.run.name} {view.part} ROC",
        key=f"roc-{view.run.id}-{view.judged}-{view.target}",
        kept=view.key,
        numbers=lambda: frame(view, "roc"),
        alt=f"ROC curves of {', '.join(view.models.values())} for {view.said}, with the diagonal of guessing",
    )
    st.caption("Number: AUROC, the chance that a member gets a higher probability than another. Dashed: guessing, 0.5.")


def _recall(view: ClassView) -> None:
    prevalence = float(view.class_points.positive.mean())
    charts.draw(
        lambda: plots.precision_recall(
            thin_curves(view, "recall"), prevalence=prevalence, title=f"Precision and recall, {_of(view)}"
        ),
        name=f"{view.run.name} {view.part} precision recall",
        key=f"recall-{view.run.id}-{view.judged}-{view.target}",
        kept=view.key,
        numbers=lambda: frame(view, "recall"),
        alt=f"Precision-recall curves of {', '.join(view.models.values())}, with the line of the prevalence "
        f"{prevalence:.2f}",
    )
    st.caption(f"Number: AUPRC, the average precision. Dashed: guessing, the prevalence of {prevalence:.2f}.")


def frame(view: ClassView, kind: str) -> pd.DataFrame:
    """Give every point of the curves, with the threshold of the probability that gives it."""
    curve = thresholds.roc if kind == "roc" else thresholds.precision_recall
    names = ("false positive rate", "true positive rate") if kind == "roc" else ("recall", "precision")
    made = []
    for name, label in view.models.items():
        found = curve(view.class_points.positive, view.scores_of(name))
        made.append(pd.DataFrame({"model": label, names[0]: found.x, names[1]: found.y, "threshold": found.threshold}))
    return pd.concat(made, ignore_index=True)


def _calibration(view: ClassView) -> None:
    points, bins = view.class_points, view.calibration
    by_class = [points.probability[points.observed == number] for number in range(len(view.classes))]
    charts.draw(
        lambda: plots.calibration(
            bins, by_class, view.classes, name=view.said, title=f"Are the probabilities right? {_of(view)}"
        ),
        name=f"{view.run.name} {view.part} calibration",
        key=f"class-calibration-{view.run.id}-{view.judged}-{view.target}",
        kept=view.key,
        numbers=lambda: bins,
        alt=f"Observed share of {view.said} in {len(bins)} bins of predicted probability with 95% "
        "intervals, and the histogram of the probabilities of each true class",
    )


def _words(view: ClassView) -> None:
    """Say what the calibration curve says, and list its bins."""
    bins = view.calibration
    off = bins[(bins["predicted"] < bins["low_95"]) | (bins["predicted"] > bins["high_95"])]
    mean, real = float(view.class_points.probability.mean()), float(view.class_points.positive.mean())
    if off.empty:
        said = "In every bin the predicted probability lies within the 95% interval of what was observed."
    else:
        sure = off.iloc[int((off["observed"] - off["predicted"]).abs().argmax())]
        said = (
            f"In {len(off)} of {len(bins)} bins the probability is not what was observed: furthest off is "
            f"{sure['predicted']:.2f} on average, where {sure['observed']:.2f} [{sure['low_95']:.2f}, "
            f"{sure['high_95']:.2f}] are {plain(view.said)} (n = {int(sure['n']):,})."
        )
    st.markdown(said)
    st.markdown(f"Mean predicted probability **{mean:.2f}**, observed share **{real:.2f}**.")
    st.dataframe(
        bins,
        hide_index=True,
        key=f"bins-{view.judged}",
        height="content",
        alt=f"Table of the {len(bins)} bins of the calibration curve",
        column_config={name: st.column_config.NumberColumn(format="%.2f") for name in bins.columns if name != "n"},
    )
    st.caption("Intervals: Wilson, 95%. On the dashed line a probability is what it says.")


def _of(view: ClassView) -> str:
    return f"{view.said}, {PART_NAMES[view.part]} part (n = {len(view.places):,})"
