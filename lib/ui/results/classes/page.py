"""The results of a classifier, one section below the other."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st
from matplotlib.figure import Figure

from lib.datasets.dataset import Dataset
from lib.figures import classes as plots
from lib.figures.files import to_png, to_svg
from lib.figures.paper import on_paper
from lib.store import groups
from lib.store.runs import Run
from lib.tasks import class_metrics
from lib.tasks.class_card import METRICS, say_duplicates, sentence
from lib.tasks.scores import PART_NAMES, score_frame, write_signed
from lib.ui.results import diagnostics, ensemble, model_views, slices, split_selector
from lib.ui.results.classes import chosen, curves, judge
from lib.ui.results.data import open_view, scores
from lib.ui.results.diagnostics import Offer, offer_learning, table
from lib.ui.results.extremes import SHOWN, draw_extremes
from lib.ui.results.links import attribution_url
from lib.ui.widgets import leakage
from lib.ui.widgets.text import plain
from lib.views.class_view import ClassView, tabulate_calls


def predictions(view: ClassView) -> pd.DataFrame:
    """Give what is predicted for the whole dataset: true and predicted class, probabilities, log-odds or logits."""
    dataset, values = view.dataset, view.values()
    found, names = class_metrics.probabilities(values), np.array(view.classes, dtype=object)
    columns = {
        "id": view.predictions["id"],
        "part": view.predictions["part"],
        "true class": names[class_metrics.labels(dataset.targets)],
        "predicted class": names[class_metrics.decide(values)],
        **{f"probability of {name}": found[:, number] for number, name in enumerate(view.classes)},
    }
    for number, (name, unit) in enumerate(zip(dataset.target_names, dataset.target_units, strict=True)):
        columns[f"{name} ({unit})"] = values[:, number]
    train = dataset.sequences[dataset.rows("train")]
    columns["duplicate of a training sequence"] = (dataset.parts != "train") & np.isin(dataset.sequences, train)
    return pd.DataFrame(columns)


def offers(view: ClassView) -> list[Offer]:
    """Give the files of a result: predictions and scores as CSV, pictures as SVG and PNG."""
    points, n = view.class_points, len(view.places)
    title = f"{view.run.name}, {view.said}, {PART_NAMES[view.part]} part (n = {n:,})"
    made = [
        *table("Predictions", "predictions", lambda: predictions(view)),
        *table("Scores", "scores", lambda: score_table(view)),
    ]
    if not n:
        return made
    counts = class_metrics.confusion(view.observed, class_metrics.decide(view.values()[view.places]), len(view.classes))
    pictures = {
        "Confusion": lambda: on_paper(
            plots.confusion(counts, view.classes, title=title), size=plots.confusion_size(view.classes)
        )
    }
    if points.positive.any() and not points.positive.all():
        by_class = [points.probability[points.observed == number] for number in range(len(view.classes))]
        pictures |= {
            "Curves": lambda: on_paper(
                plots.roc(curves.thin_curves(view, "roc"), title=""),
                plots.precision_recall(curves.thin_curves(view, "recall"), prevalence=points.positive.mean(), title=""),
                title=title,
                size=(8.4, 4.4),
            ),
            "Calibration": lambda: on_paper(
                plots.calibration(view.calibration, by_class, view.classes, name=view.said, title=title),
                size=(5.2, 4.4),
            ),
        }
    for label, picture in pictures.items():
        for form, write in (("svg", to_svg), ("png", to_png)):
            made.append(Offer(label, label.lower(), form, partial(_write, write, picture)))
    return made + offer_learning(view)


def _write(write: Callable[[Figure], bytes], picture: Callable[[], Figure]) -> bytes:
    return write(picture())


def score_table(view: ClassView) -> pd.DataFrame:
    """Give the score card as a table, one row for each model and metric."""
    return score_frame(scores(view), unit="", n=len(view.places), part=view.part, metrics=METRICS)


def draw(run: Run, dataset: Dataset) -> None:
    """Draw the results of a run of the task ``classification``."""
    said = st.container()
    hidden = bool(groups.runs_without_test([run]))
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        number = _class(dataset)
        part = split_selector.part(hidden=hidden)
        view = open_view(ClassView, run, dataset, number, part)
        if view.duplicated.any() and _apart():
            view = replace(view, apart=True)
        diagnostics.downloads(view, offers(view))
    if hidden:
        split_selector.explain_held_back(run)
    n, names = len(view.places), [plain(name) for name in dataset.classes]
    if not n:
        st.info(f"The {PART_NAMES[part]} part holds no sequences that can be judged. Choose another part.")
        return
    models = scores(view)
    with said:
        words = sentence(models[0], models[1:], n=n, part=part, classes=names)
        about = "MCC is 1 for a perfect classifier and 0 for guessing."
        about += f" Positive class: {names[1]}." if view.binary else ""
        st.markdown(f"### {plain(models[0].label)} {words}", help=f"{about} Numbers in brackets: 95% interval.")
        leakage.headline([dataset], part)
        _draw_duplicates(view)
        ensemble.draw_ensemble(view)
    judge.draw(view)
    model_views.draw(view)
    curves.draw(view)
    slices.draw(view)
    st.subheader("Where it errs", anchor=False)
    draw_worst_and_best(view)
    diagnostics.draw_training(view)


def draw_worst_and_best(view: ClassView) -> None:
    """Draw what is called wrong, or right, with the most confidence."""
    draw_extremes(
        view,
        lambda worst: tabulate_extremes(view, worst=worst),
        chosen.columns,
        caption="Worst: called wrong, the true class with the lowest probability first. Look for what they share; a "
        "wrong label looks the same. Best: called right, the highest first.",
        empty="Every sequence is called right.",
    )


def tabulate_extremes(view: ClassView, *, worst: bool) -> pd.DataFrame:
    """Give the facts of what is called wrong (or right) with the most confidence; of two classes called from 0.5 on."""
    predicted = view.values()[view.places]
    right = class_metrics.decide(predicted) == view.observed
    sure = np.take_along_axis(view.probabilities(), view.observed[:, None], axis=1)[:, 0]
    places = np.flatnonzero(~right if worst else right)
    places = places[np.argsort(sure[places] if worst else -sure[places], kind="stable")][:SHOWN]
    frame = tabulate_calls(view, places)
    # Of more than two classes the one that it is called is explained: why was it called so?
    explained = [""] * len(frame) if view.binary else frame["predicted class"]
    pairs = zip(frame["id"], explained, strict=True)
    links = [attribution_url(view.run.id, view.run.dataset, str(name), target) for name, target in pairs]
    frame.insert(1, "explain", links)
    return frame


def _class(dataset: Dataset) -> int:
    """Draw the choice of the class that is looked at, where there are more than two."""
    if len(dataset.classes) == 2:
        return 0
    chosen = st.selectbox(
        "Class against the rest",
        dataset.classes,
        key="class",
        bind="query-params",
        width=240,
        help="Whose probability, curves and calibration are drawn. The score card is that of all classes together.",
    )
    return dataset.classes.index(chosen or dataset.classes[0])


def _apart() -> bool:
    return st.toggle(
        "Without duplicates",
        key="without_copies",
        bind="query-params",
        help="Exclude the sequences that stand in the training part too, and judge by the others.",
    )


def _draw_duplicates(view: ClassView) -> None:
    """Say how many sequences are duplicates of training sequences, and what the run reaches with and without them."""
    found, part = int(view.duplicated.sum()), view.part
    if not found or part == "train":
        return
    both = []
    for apart in (False, True):
        other = replace(view, apart=apart)
        if not len(other.places):
            continue
        score = scores(other)[0]
        value, ends = score.value("mcc"), score.interval("mcc")
        wide = "" if ends is None else f" [{write_signed(ends[0])}, {write_signed(ends[1])}]"
        known = "–" if value is None else f"**{write_signed(value)}**{wide}"
        both.append(f"{'without' if apart else 'with'} them MCC {known}, n = {len(other.places):,}")
    now = " They are excluded below." if view.apart else ""
    st.markdown(
        f":material/content_copy: {say_duplicates(found, len(view.duplicated), part=part)} "
        f"{'; '.join(both)[:1].upper()}{'; '.join(both)[1:]}.{now}"
    )
