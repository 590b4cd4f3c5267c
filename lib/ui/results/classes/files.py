"""The files of a classifier's results: predictions with probabilities, scores, pictures."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lib.figures import classes as plots
from lib.figures.files import to_png, to_svg
from lib.figures.paper import on_paper
from lib.tasks import class_metrics
from lib.tasks.class_card import METRICS
from lib.tasks.scores import PART_NAMES, score_frame
from lib.ui.results.classes import curves
from lib.ui.results.classes.data import ClassView, class_scores
from lib.ui.results.diagnostics import Offer, learned, table


def predictions(view: ClassView) -> pd.DataFrame:
    """Give what is predicted for the whole dataset: true and predicted class, probabilities, log-odds or logits."""
    dataset, values = view.dataset, view.values()
    found, names = class_metrics.probabilities(values), np.array(view.classes, dtype=object)
    columns = {
        "id": view.predictions["id"],
        "part": view.predictions["part"],
        "true class": names[class_metrics.labels(dataset.targets)],
        "predicted class": names[class_metrics.decided(values)],
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
        *table("Scores", "scores", lambda: scores(view)),
    ]
    if not n:
        return made
    counts = class_metrics.confusion(
        view.observed, class_metrics.decided(view.values()[view.places]), len(view.classes)
    )
    pictures = {
        "Confusion": lambda: on_paper(
            plots.confusion(counts, view.classes, title=title), size=plots.confusion_size(view.classes)
        )
    }
    if points.positive.any() and not points.positive.all():
        by_class = [points.probability[points.observed == number] for number in range(len(view.classes))]
        pictures |= {
            "Curves": lambda: on_paper(
                plots.roc(curves.drawn(view, "roc"), title=""),
                plots.precision_recall(curves.drawn(view, "recall"), prevalence=points.positive.mean(), title=""),
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
    return made + learned(view)


def _write(write: Callable[[Figure], bytes], picture: Callable[[], Figure]) -> bytes:
    return write(picture())


def scores(view: ClassView) -> pd.DataFrame:
    """Give the score card as a table, one row for each model and metric."""
    return score_frame(class_scores(view), unit="", n=len(view.places), part=view.part, metrics=METRICS)
