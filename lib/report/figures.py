"""The figures of a report as SVG, each with its numbers: predicted against observed, residuals, learning curve."""

import numpy as np
import pandas as pd

from lib.figures.curves import has_curve, learning_curve, score_label
from lib.figures.paper import on_paper
from lib.figures.residuals import residuals_against, trend
from lib.figures.scatter import plot_predicted_against_observed
from lib.report.context import Context
from lib.views.blocks import Block, Figure, Group, Heading, Numbers, Paragraph
from lib.views.learning import explain_missing_curve

MOST_TARGETS = 4
MOST_POINTS = 20_000
"""Points of a picture and rows of its CSV at most; of more, a random choice."""


def figures(context: Context) -> list[Block]:
    """Write the figures of each target, and how the model learned."""
    names = context.dataset.target_names
    blocks = [block for target in range(min(len(names), MOST_TARGETS)) for block in _target(context, target)]
    if len(names) > MOST_TARGETS:
        blocks.append(
            Paragraph(f"Drawn are the first {MOST_TARGETS} of {len(names)} targets; the table of the results has all.")
        )
    return [*blocks, learning(context)]


def scatter(context: Context, target: int) -> Block:
    """Draw predicted against observed values of a target."""
    return _scatter(context, target, _places(len(context.rows)))


def _target(context: Context, target: int) -> list[Block]:
    places = _places(len(context.rows))
    pair = Group("pair", [_scatter(context, target, places), _residuals(context, target, places)])
    return [Heading(context.of_target(target).points.label), pair] if len(context.dataset.target_names) > 1 else [pair]


def _scatter(context: Context, target: int, places: np.ndarray) -> Block:
    points = context.of_target(target).points
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
    return Figure(
        on_paper(plot_predicted_against_observed(chosen, title=title), size=(4.2, 4.2)),
        alt=f"Scatter of predicted against observed {points.label} for {n:,} test sequences, with the identity line",
        caption=f"Predicted against observed {points.label}, n = {n:,} test sequences.{drawn} Colour: density of "
        "points. Dashed line: prediction = observation.",
        numbers=Numbers(table, "predicted-against-observed.csv"),
    )


def _residuals(context: Context, target: int, places: np.ndarray) -> Block:
    view, n = context.of_target(target), len(places)
    measured = view.residuals(places)
    panels = [one for one in measured if np.ptp(one.x) > 0]
    same = [f"{one.measure} is {one.x[0]:,.4g} for all" for one in measured if not np.ptp(one.x) > 0 and len(one.x)]
    if not panels:
        return Paragraph(f"No residuals are drawn: {'; '.join(same) or 'there are no sequences'}.")
    rows = []
    for panel in panels:
        rows += [(panel.measure, middle, level) for middle, level in zip(*trend(panel.x, panel.residual), strict=True)]
    unit = f" ({view.unit})" if view.unit else ""
    table = pd.DataFrame(rows, columns=["property", "median of the tenth", f"median residual{unit}"])
    against = " and ".join(panel.measure for panel in panels)
    return Figure(
        on_paper(
            *(residuals_against(one, title="") for one in panels),
            title=f"Residuals, test part (n = {n:,})",
            size=(4.0 * len(panels), 3.0),
        ),
        alt=f"Residuals of {n:,} test sequences against {against}, with the median of each tenth",
        caption=f"Residuals (predicted minus observed{unit}) against {against}, n = {n:,}. The line is the "
        f"median of each tenth of the sequences; where it leaves zero, the model is biased.{' ' if same else ''}"
        + "".join(f"{one}: it explains no error." for one in same),
        numbers=Numbers(table, "residuals.csv", shown=len(table)),
    )


def learning(context: Context) -> Block:
    """Draw how the model learned, or say why there is no curve."""
    if not has_curve(context.history):
        why = explain_missing_curve(context.run.payload, context.metrics, context.model_label)
        return Paragraph(f"There is no learning curve: {why}.")
    evaluations = len(context.history)
    return Figure(
        on_paper(learning_curve(context.history, title="Learning curve"), size=(8.0, 3.0)),
        alt=f"Losses and {score_label(context.history)} over {evaluations} evaluations",
        caption=f"Losses and {score_label(context.history)} while the model trained ({evaluations} evaluations).",
        numbers=Numbers(context.history, "learning-curve.csv", shown=200),
    )


def _places(count: int) -> np.ndarray:
    if count <= MOST_POINTS:
        return np.arange(count)
    return np.sort(np.random.default_rng(0).choice(count, MOST_POINTS, replace=False))
