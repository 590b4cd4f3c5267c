"""The figures of a report as SVG, each with its numbers: predicted against observed, residuals, learning curve."""

import numpy as np
import pandas as pd

from lib.figures.curves import has_curve, learning_curve_picture, score_label
from lib.figures.files import to_svg
from lib.figures.residuals import Residuals, gc_percent, residuals_picture, trend
from lib.figures.scatter import predicted_against_real_picture
from lib.report.markup import figure, numbers, text
from lib.report.material import Material

MOST_TARGETS = 4
MOST_POINTS = 20_000
"""Points of a picture and rows of its CSV at most; of more, a random choice."""


def figures(material: Material) -> str:
    """Write the figures of each target, and how the model learned."""
    names = material.dataset.target_names
    made = [_target(material, target) for target in range(min(len(names), MOST_TARGETS))]
    if len(names) > MOST_TARGETS:
        made.append(
            f"<p>Drawn are the first {MOST_TARGETS} of {len(names)} targets; the table of the results has all.</p>"
        )
    return "".join(made) + learning(material)


def scatter(material: Material, target: int) -> str:
    """Draw predicted against observed values of a target."""
    return _scatter(material, target, _places(len(material.tested)))


def _target(material: Material, target: int) -> str:
    places = _places(len(material.tested))
    label = material.points(target).label
    heading = f"<h3>{text(label)}</h3>" if len(material.dataset.target_names) > 1 else ""
    return (
        f"{heading}<div class='pair'>{_scatter(material, target, places)}{_residuals(material, target, places)}</div>"
    )


def _scatter(material: Material, target: int, places: np.ndarray) -> str:
    points = material.points(target)
    chosen = points.__class__(
        [points.ids[place] for place in places],
        points.observed[places],
        points.predicted[places],
        points.target,
        points.unit,
    )
    n, total = len(places), len(points.ids)
    drawn = f" Drawn are {n:,} of {total:,}, chosen at random." if n < total else ""
    title = f"Test part (n = {n:,})"
    table = pd.DataFrame(
        {
            "id": chosen.ids,
            f"observed {points.label}": chosen.observed,
            f"predicted {points.label}": chosen.predicted,
        }
    )
    return figure(
        to_svg(predicted_against_real_picture(chosen, title=title)),
        alt=f"Scatter of predicted against observed {points.label} for {n:,} test sequences, with the identity line",
        caption=f"Predicted against observed {points.label}, n = {n:,} test sequences.{drawn} Colour: density of "
        "points. Dashed line: prediction = observation.",
        below=numbers(table, "predicted-against-observed.csv"),
    )


def _residuals(material: Material, target: int, places: np.ndarray) -> str:
    points, texts = material.points(target), material.sequences()
    residual = (points.predicted - points.observed)[places]
    ids, texts = [points.ids[place] for place in places], [texts[place] for place in places]
    measured = {"GC content (%)": gc_percent(texts), "Length (nt)": np.array([len(one) for one in texts], dtype=float)}
    panels = [Residuals(ids, residual, x, name, points.unit) for name, x in measured.items() if np.ptp(x) > 0]
    same = [f"{name} is {x[0]:,.4g} for all" for name, x in measured.items() if not np.ptp(x) > 0 and len(x)]
    if not panels:
        return f"<p>No residuals are drawn: {text('; '.join(same) or 'there are no sequences')}.</p>"
    rows = []
    for panel in panels:
        rows += [(panel.property, middle, level) for middle, level in zip(*trend(panel.x, panel.residual), strict=True)]
    unit = f" ({points.unit})" if points.unit else ""
    table = pd.DataFrame(rows, columns=["property", "median of the tenth", f"median residual{unit}"])
    against = " and ".join(panel.property for panel in panels)
    return figure(
        to_svg(residuals_picture(panels, title=f"Residuals, test part (n = {len(ids):,})")),
        alt=f"Residuals of {len(ids):,} test sequences against {against}, with the median of each tenth",
        caption=f"Residuals (predicted minus observed{unit}) against {against}, n = {len(ids):,}. The line is the "
        f"median of each tenth of the sequences; where it leaves zero, the model is biased.{' ' if same else ''}"
        + "".join(f"{one}: it explains no error." for one in same),
        below=numbers(table, "residuals.csv", shown=len(table)),
    )


def learning(material: Material) -> str:
    """Draw how the model learned, or say why there is no curve."""
    if not has_curve(material.history):
        return (
            "<p>There is no learning curve: an ensemble learns nothing itself.</p>"
            if "members" in material.run.payload
            else f"<p>There is no learning curve: {text(material.model_label)} is solved in one step.</p>"
        )
    evaluations = len(material.history)
    return figure(
        to_svg(learning_curve_picture(material.history, title="Learning curve")),
        alt=f"Losses and {score_label(material.history)} over {evaluations} evaluations",
        caption=f"Losses and {score_label(material.history)} while the model trained ({evaluations} evaluations).",
        below=numbers(material.history, "learning-curve.csv", shown=200),
    )


def _places(count: int) -> np.ndarray:
    if count <= MOST_POINTS:
        return np.arange(count)
    return np.sort(np.random.default_rng(0).choice(count, MOST_POINTS, replace=False))
