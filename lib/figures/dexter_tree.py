"""The exploration tree of a DExTER run: which words were tried, grown from which, and which were kept."""

from collections.abc import Callable, Sequence

import plotly.graph_objects as go

from lib.figures.dexter import INKS, region_text, sign_colour
from lib.figures.theme import apply_style
from lib.models.dexter.bins import Bins
from lib.models.dexter.explore import Step

_REFUSED = "#7F8C96"
_LINE, _REST = 27, 120
_SMALLEST, _LARGEST = 7, 19


def tree(steps: Sequence[Step], bins: Bins, *, beside: int | None = None, dark: bool = False) -> go.Figure:
    """Draw the words as points, one letter longer to the right, each joined to the word it was grown from.

    Parameters
    ----------
    steps
        Parents before children.
    beside
        Number of a step whose refused children are drawn too; no refused word is drawn without.
    """
    shown = [number for number, step in enumerate(steps) if step.accepted or step.parent == beside]
    rows = lines(steps, shown)
    largest = max((abs(steps[number].correlation) for number in shown), default=1.0) or 1.0
    figure = go.Figure()
    figure.add_scatter(
        x=_join_lines(shown, steps, lambda number: len(steps[number].kmer)),
        y=_join_lines(shown, steps, lambda number: rows[number]),
        mode="lines",
        line={"color": _REFUSED, "width": 1},
        hoverinfo="skip",
        showlegend=False,
    )
    groups = (
        ("rises with the target", "circle", lambda step: step.accepted and step.correlation >= 0),
        ("falls with the target", "square", lambda step: step.accepted and step.correlation < 0),
        ("refused", "x-thin", lambda step: not step.accepted),
    )
    for name, symbol, belongs in groups:
        part = [number for number in shown if belongs(steps[number])]
        if not part:
            continue
        colour = _REFUSED if name == "refused" else sign_colour(1 if symbol == "circle" else -1, dark=dark)
        sizes = [_SMALLEST + (_LARGEST - _SMALLEST) * abs(steps[number].correlation) / largest for number in part]
        figure.add_scatter(
            x=[len(steps[number].kmer) for number in part],
            y=[rows[number] for number in part],
            mode="markers+text",
            name=f"{name} ({len(part)})",
            text=[steps[number].kmer for number in part],
            textposition="top right",
            textfont={"family": "monospace", "size": 12, "color": INKS["dark" if dark else "light"]},
            marker={
                "color": colour,
                "symbol": symbol,
                "size": 6 if name == "refused" else sizes,
                "line": {"width": 1.5 if name == "refused" else 0, "color": colour},
            },
            customdata=[
                [
                    steps[number].kmer,
                    region_text(bins, steps[number].cell),
                    steps[number].correlation,
                    steps[number].needed,
                ]
                for number in part
            ],
            hovertemplate="<b>%{customdata[0]}</b>, %{customdata[1]}<br>Spearman's ρ %{customdata[2]:+.3f}"
            "<br>needed %{customdata[3]:.3f}<extra></extra>",
        )
    longest = max((len(steps[number].kmer) for number in shown), default=2)
    height = _REST + _LINE * max(4, len(set(rows.values())))
    figure.update_layout(showlegend=True, clickmode="event+select")
    apply_style(figure, "How words were grown, letter by letter", x="Length of the word (nt)", y="", height=height)
    figure.update_layout(legend={"yref": "container", "y": 0, "yanchor": "bottom"}, margin={"t": 44, "b": 76})
    figure.update_xaxes(range=[1.85, longest + 0.6], dtick=1, showgrid=False)
    figure.update_yaxes(visible=False, range=[max(rows.values(), default=0) + 0.8, -1.3])
    return figure


def lines(steps: Sequence[Step], shown: Sequence[int]) -> dict[int, float]:
    """Give each shown step its line: one line for each that has no children, parents in the middle of theirs."""
    children: dict[int, list[int]] = {}
    for number in shown:
        children.setdefault(steps[number].parent, []).append(number)
    found: dict[int, float] = {}
    free = 0
    for root in children.get(-1, []):
        waiting = [(root, False)]
        while waiting:
            number, visited = waiting.pop()
            below = children.get(number, [])
            if not below:
                found[number], free = float(free), free + 1
            elif visited:
                found[number] = sum(found[child] for child in below) / len(below)
            else:
                waiting += [(number, True), *((child, False) for child in reversed(below))]
    return found


def _join_lines(shown: Sequence[int], steps: Sequence[Step], place: Callable[[int], float]) -> list[float | None]:
    """Give the places of all joining lines, a gap after each."""
    found: list[float | None] = []
    for number in shown:
        if steps[number].parent >= 0:
            found += [place(steps[number].parent), place(number), None]
    return found
