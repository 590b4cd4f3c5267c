"""What a DExTER run found, as a picture for reports."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from lib.figures.dexter import position_axis, sign_colour, signed_text, strongest, thickness
from lib.models.dexter.bins import Bins
from lib.models.dexter.lasso import Variable

_WIDTH, _LINE, _REST = 7.0, 0.26, 1.1


def elements_picture(variables: Sequence[Variable], bins: Bins, *, title: str) -> Figure:
    """Draw the strongest variables as ``lib.figures.dexter.elements`` does, with matplotlib."""
    shown = strongest(variables)
    figure = Figure(figsize=(_WIDTH, _REST + _LINE * max(3, len(shown))), layout="constrained")
    axes = figure.add_subplot()
    spans = [bins.region(variable.cell) for variable in shown]
    axes.barh(
        range(len(shown)),
        [high - low for low, high in spans],
        left=[low for low, _ in spans],
        height=thickness(shown),
        color=[sign_colour(variable.coefficient, dark=False) for variable in shown],
    )
    axes.set_yticks(
        range(len(shown)),
        [f"{variable.kmer} {signed_text(variable.coefficient)}" for variable in shown],
        family="monospace",
    )
    axes.set_xlim(bins.edges[0], bins.edges[-1])
    axes.set_ylim(max(len(shown), 1) - 0.45, -0.55)
    if bins.edges[0] < 0 < bins.edges[-1]:
        axes.axvline(0, color="#7F8C96", linewidth=1, linestyle=":")
    axes.set_xlabel(position_axis(bins))
    axes.set_title(title, loc="left", fontsize=11)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    return figure
