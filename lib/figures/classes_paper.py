"""The pictures of a classifier for papers and reports, on white: confusion matrix, curves, calibration."""

import textwrap
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from lib.figures.class_points import colour_of
from lib.figures.classes import SHADES, Drawn, ink, shares
from lib.figures.colours import RUNS
from lib.figures.scatter import GUIDE

_GUESS = {"color": GUIDE, "linewidth": 0.9, "linestyle": "--"}
_DASHES = ("-", "--", ":", "-.")


def confusion_picture(counts: NDArray[np.int64], classes: Sequence[str], *, title: str) -> Figure:
    """Draw a confusion matrix (K, K), true classes in rows: counts and percentages of the rows."""
    size = max(3.4, 1.4 + 0.7 * len(classes))
    figure = Figure(figsize=(size + 0.6, size), layout="constrained")
    axes = figure.subplots()
    share = np.nan_to_num(shares(counts))
    axes.imshow(share, vmin=0, vmax=1, cmap=LinearSegmentedColormap.from_list("confusion", list(SHADES)))
    for (i, j), number in np.ndenumerate(counts):
        axes.text(
            j,
            i,
            f"{number:,}\n{100 * share[i, j]:.0f}%",
            ha="center",
            va="center",
            fontsize=9,
            color=ink(share[i, j]),
        )
    names = [_plain(name, 18) for name in classes]
    axes.set_xticks(range(len(names)), names)
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel("Predicted class")
    axes.set_ylabel("True class")
    axes.spines[:].set_visible(False)
    figure.suptitle(_plain(title, 44), fontsize=10)
    return figure


def curves_picture(roc: Sequence[Drawn], recall: Sequence[Drawn], *, prevalence: float, title: str) -> Figure:
    """Draw ROC curves on the left and precision-recall curves on the right, with what guessing gives."""
    figure = Figure(figsize=(8.4, 4.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot([0, 1], [0, 1], **_GUESS)
    right.axhline(prevalence, **_GUESS)
    for axes, models, names in (
        (left, roc, ("False positive rate", "True positive rate")),
        (right, recall, ("Recall", "Precision")),
    ):
        for place, (series, curve, area) in enumerate(models):
            known = "" if area != area else f" {area:.3f}"
            axes.plot(
                curve.x,
                curve.y,
                color=series.colour,
                linewidth=1.8 if not place else 1.1,
                zorder=5 - place,
                linestyle=_DASHES[place % len(_DASHES)],
                label=f"{_plain(series.label, 40)}{known}",
            )
        axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), box_aspect=1, xlabel=names[0], ylabel=names[1])
        _bare(axes)
        axes.legend(frameon=False, fontsize=7.5, loc="lower right" if axes is left else "lower left")
    figure.suptitle(_plain(title, 90), fontsize=10)
    return figure


def calibration_picture(
    bins: pd.DataFrame, probability: Sequence[NDArray[np.float64]], classes: Sequence[str], *, name: str, title: str
) -> Figure:
    """Draw observed shares against predicted probabilities, and the histogram of these for each true class."""
    figure = Figure(figsize=(8.4, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot([0, 1], [0, 1], **_GUESS)
    off = np.abs(bins[["low_95", "high_95"]].to_numpy(dtype=float).T - bins["observed"].to_numpy(dtype=float))
    left.errorbar(bins["predicted"], bins["observed"], yerr=off, color=RUNS[0], marker="o", markersize=4, linewidth=1.2)
    left.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    left.set_ylabel(f"Share that is {_plain(name, 24)}")
    right.hist(
        list(probability),
        bins=np.linspace(0, 1, 21),
        stacked=True,
        label=[_plain(label, 24) for label in classes],
        color=[colour_of(number) for number in range(len(classes))],
    )
    right.set_ylabel("Sequences")
    right.legend(frameon=False, fontsize=8, title="True class", title_fontsize=8)
    for axes in (left, right):
        axes.set_xlabel(f"Predicted probability of {_plain(name, 24)}")
        _bare(axes)
    figure.suptitle(_plain(title, 90), fontsize=10)
    return figure


def _bare(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)


def _plain(text: str, width: int) -> str:
    """Keep matplotlib from reading the user's dollar signs as mathematics, and long names from running over."""
    return textwrap.fill(text, width, max_lines=2, placeholder="…").replace("$", r"\$")
