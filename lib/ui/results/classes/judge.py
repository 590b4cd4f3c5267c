"""Probabilities by true class beside the score card, the threshold, and the confusion matrix that it gives."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from lib.figures import classes as plots
from lib.figures.class_points import MOST_DRAWN, probabilities_by_class, rows_of
from lib.report.html import show
from lib.tasks import class_metrics, thresholds
from lib.tasks.class_card import EACH_CLASS, METRICS
from lib.tasks.scores import PART_NAMES, Metric, Scores, write_signed
from lib.ui import errors
from lib.ui.results.classes import chosen
from lib.ui.results.data import scores
from lib.ui.widgets import charts, columns
from lib.ui.widgets.text import plain
from lib.views.blocks import Paragraph
from lib.views.class_view import ClassView, call_classes, tabulate_calls, tabulate_confusion
from lib.views.score_card import ScoreCard

KEY, DEFAULT = "threshold", class_metrics.THRESHOLD
_STEP = 0.001
AT = (
    Metric("recall", "Recall", "share of the positive class that is found (sensitivity, true positive rate)"),
    Metric("specificity", "Specificity", "share of the negative class that is left alone"),
    Metric("precision", "Precision", "share of what is called positive that is positive"),
    Metric("f1", "F1", "harmonic mean of precision and recall"),
    Metric("mcc", "MCC", "Matthews correlation: 1 is perfect, 0 is guessing"),
    Metric("accuracy", "Accuracy", "share that is called right"),
)


@st.fragment
def draw(view: ClassView) -> None:
    """Draw what depends on the threshold and on what is selected; a change renews only this."""
    with errors.guard():
        left, right = columns.columns(2, key="class-results")
        threshold = DEFAULT
        with left:
            if view.binary:
                threshold = _threshold(view)
            rows = _points(view, threshold)
        with right:
            _card(view)
        chosen.draw(view, rows, threshold)
        st.subheader("What is called what?", anchor=False)
        left, right = columns.columns(2, key="class-calls")
        with left:
            _confusion(view, threshold)
        with right:
            if view.binary:
                _at(view, threshold)
            else:
                _each(view)


def _threshold(view: ClassView) -> float:
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        threshold = st.slider(
            f"Called {plain(view.said)} from a probability of",
            0.0,
            1.0,
            DEFAULT,
            _STEP,
            format="%.3f",
            key=KEY,
            bind="query-params",
            help="The threshold. A lower one finds more of the class and calls more others so too.",
        )
        st.button(
            "Best on the validation part",
            icon=":material/target:",
            key="threshold-best",
            on_click=_best,
            args=(view,),
            help="The threshold with the highest MCC on the validation part. It is never chosen by the test part, for "
            "it would look better there than on new sequences.",
        )
    return float(threshold)


def _best(view: ClassView) -> None:
    with errors.guard():
        found = best_by_validation(view)
        if found is None:
            st.toast("The validation part holds one class only; no threshold can be chosen by it.")
        else:
            st.session_state[KEY] = found


def best_by_validation(view: ClassView) -> float | None:
    """Give the threshold with the highest MCC on the validation part; None where that holds one class only."""
    found = view.metrics["best_threshold"]
    return None if found is None else float(np.clip(round(found / _STEP) * _STEP, _STEP, 1 - _STEP))


def _points(view: ClassView, threshold: float) -> list[int]:
    points, n, part = view.class_points, len(view.places), PART_NAMES[view.part]
    event: Any = charts.draw(
        lambda: probabilities_by_class(
            points,
            title=f"Probability of {view.said}, {part} part (n = {n:,})",
            threshold=threshold if view.binary else None,
        ),
        name=f"{view.run.name} {view.part} probabilities",
        key=f"probabilities-{view.run.id}-{view.judged}-{view.target}",
        numbers=lambda: tabulate_calls(view, np.arange(n), threshold),
        on_select="rerun",
        selection_mode=("points", "lasso", "box"),
        alt=f"Predicted probability of {view.said} of {n:,} sequences of the {part} part, in a band for each "
        "true class",
    )
    some = f" Drawn are {MOST_DRAWN:,} of {n:,}, the most wrong ones among them." if n > MOST_DRAWN else ""
    line = " Dashed line: the threshold." if view.binary else ""
    st.caption(f"Each point is a sequence; a band is wide where many have that probability.{line}{some}")
    return rows_of(points, [(point["curve_number"], point["point_index"]) for point in event.selection.points])


def _card(view: ClassView) -> None:
    n = len(view.places)
    at = f", called from a probability of {DEFAULT:.2f}" if view.binary else ""
    without = " without duplicates" if view.apart else ""
    caption = f"Scores on the {PART_NAMES[view.part]} part{without}{at}"
    frequent = float(np.bincount(view.observed, minlength=len(view.classes)).max() / n)
    share = ""
    if view.binary:
        share = f"{100 * view.class_points.positive.mean():.0f}% of the sequences are {view.said}. "
    note = Paragraph(
        f"{share}To call everything the most frequent class would be right for {100 * frequent:.0f}%. The baseline "
        "models were trained on the same split, automatically. They show what composition and short words alone tell.",
        style="ml-foot",
    )
    st.html(show(ScoreCard(scores(view), "", n, caption, metrics=METRICS), note))


def _confusion(view: ClassView, threshold: float) -> None:
    counts = class_metrics.confusion(view.observed, call_classes(view, threshold), len(view.classes))
    how = f"from a probability of {threshold:.3g}" if view.binary else "by the highest probability"
    n, part = len(view.places), PART_NAMES[view.part]
    charts.draw(
        lambda: plots.confusion(counts, view.classes, title=f"True and called class, {part} part (n = {n:,})"),
        name=f"{view.run.name} {view.part} confusion",
        key=f"confusion-{view.run.id}-{view.judged}",
        numbers=lambda: tabulate_confusion(counts, view.classes),
        alt=f"Confusion matrix of {n:,} sequences and {len(view.classes)} classes, called {how}: counts and percent of "
        "each true class",
    )
    st.caption(f"Called {how}. Percent: of the sequences of a true class, which is a row.")


def _at(view: ClassView, threshold: float) -> None:
    """Draw what the threshold gives, beside 0.5, and what every threshold would give."""
    found = [_judge(view, one) for one in dict.fromkeys((threshold, DEFAULT))]
    if threshold != DEFAULT:
        st.caption(
            ":material/tune: **You chose this threshold.** One that is chosen by looking at these results makes them "
            "look better than they would be on new sequences, unless it was chosen by the validation part."
            if threshold != best_by_validation(view)
            else ":material/target: This is the best threshold on the validation part, so the numbers of the test "
            "part are fair."
        )
    caption = f"At this threshold, {PART_NAMES[view.part]} part"
    how = "95% interval: Wilson's for shares, bootstrap for F1 and MCC"
    st.html(show(ScoreCard(found, "", len(view.places), caption, metrics=AT, interval=how)))
    points = view.class_points
    with st.expander("Every threshold", icon=":material/show_chart:"):
        charts.draw(
            lambda: plots.by_threshold(
                thresholds.by_threshold(points.positive, points.probability),
                threshold,
                title=f"What each threshold gives (n = {len(points.ids):,})",
            ),
            name=f"{view.run.name} {view.part} thresholds",
            key=f"thresholds-{view.run.id}-{view.judged}",
            numbers=lambda: thresholds.by_threshold(points.positive, points.probability),
            alt="MCC, F1, precision, recall and specificity against the threshold, with a line at the chosen one",
        )


def _judge(view: ClassView, threshold: float) -> Scores:
    points = view.class_points
    counts = thresholds.table(points.positive, points.probability, threshold)
    label = f"threshold {write_signed(threshold, 3).rstrip('0').rstrip('.')}"
    return Scores(label, thresholds.metrics(counts), thresholds.intervals(counts))


def _each(view: ClassView) -> None:
    """Draw the table of each class against the rest."""
    frame = each_class(view)
    number = st.column_config.NumberColumn
    st.dataframe(
        frame,
        hide_index=True,
        key=f"each-class-{view.judged}",
        placeholder="–",
        alt=f"Precision, recall, F1, AUROC and AUPRC of each of {len(frame)} classes against the rest",
        column_config={metric.key: number(format="%.3f") for metric in EACH_CLASS},
    )
    st.caption("Each class against all others together; n is how many sequences are of the class.")


def each_class(view: ClassView) -> pd.DataFrame:
    """Give precision, recall, F1 and areas of each class against the rest, one row for each class."""
    targets = view.dataset.targets[view.places]
    found = class_metrics.per_class(targets, view.values()[view.places], view.classes)
    return pd.DataFrame([{"class": name, **values} for name, values in found.items()])
