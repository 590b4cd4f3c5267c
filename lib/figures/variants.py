"""Figures of variants: effects ranked with intervals, effects by position, and every single change of a region."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from lib.core.alphabet import BASES, in_alphabet
from lib.core.arrays import FloatArray
from lib.figures.colours import LOWERS, RAISES, scale_signed
from lib.figures.scatter import GL_ABOVE
from lib.figures.theme import apply_style, axis, safe

MOST = 30
"""Variants in the ranking at most."""
CHOSEN = "#0072B2"
_GREY = "#7F8C96"
_GROUPS = (("raises", RAISES, "triangle-up"), ("lowers", LOWERS, "triangle-down"), ("no change", _GREY, "circle-open"))
_SYMBOLS = ("circle", "square", "diamond", "cross", "triangle-up")
_KINDS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#7F8C96")
_LINE, _REST = 22, 130
_WIDEST = 1.6  # of the largest |effect|, up to which intervals are drawn in full


def strongest(table: pd.DataFrame, count: int = MOST) -> pd.DataFrame:
    """Give the rows with the largest |effect|, the largest first; rows without an effect are left out."""
    known = table[table["effect"].notna()]
    return known.reindex(known["effect"].abs().sort_values(ascending=False, kind="stable").index).head(count)


def plot_largest_effects(table: pd.DataFrame, *, effect: str) -> go.Figure:
    """Draw the largest effects as bars from 0, the largest |effect| on top, with their 95% intervals where there are.

    Parameters
    ----------
    table
        Columns ``label``, ``effect``, ``low``, ``high`` (NaN where there is no interval), ``percentile``, ``row``.
    effect
        Name of the axis, escaped here.
    """
    shown_ = strongest(table)
    figure = go.Figure()
    for name, colour, _ in _GROUPS[:2]:
        part = shown_[(shown_["effect"] >= 0) if name == "raises" else (shown_["effect"] < 0)]
        if not len(part):
            continue
        figure.add_bar(
            x=part["effect"],
            y=[safe(label) for label in part["label"]],
            orientation="h",
            name=name,
            marker={"color": colour},
            error_x=_error(part),
            customdata=_write_hover(part),
            hovertemplate="<b>%{y}</b><br>%{x:+.3f}%{customdata[1]}<extra></extra>",
        )
    figure.add_vline(x=0, line={"color": _GREY, "width": 1})
    figure.update_layout(showlegend=True, barmode="overlay")
    title = f"Largest effects (n = {len(shown_)})"
    apply_style(figure, title, x=safe(effect), y="", height=_REST + _LINE * max(3, len(shown_)))
    figure.update_layout(legend={"yref": "container", "y": 0, "yanchor": "bottom"}, margin={"t": 44, "b": 76})
    labels = [safe(label) for label in shown_["label"][::-1]]
    figure.update_yaxes(categoryorder="array", categoryarray=labels, range=[-0.7, len(labels) - 0.3])
    figure.update_xaxes(range=_span(shown_))
    return figure


def lollipop(table: pd.DataFrame, *, effect: str, where: str, length: int, chosen: int | None = None) -> go.Figure:
    """Draw effects by position: a stem from 0 to each, with its 95% interval.

    Parameters
    ----------
    table
        Columns ``label``, ``position`` (0-based; drawn counted from 1), ``effect``, ``low``, ``high``, ``percentile``,
        ``row``.
    effect, where
        Name of the axis and of the sequence, escaped here.
    length
        Nucleotides of the sequence.
    chosen
        ``row`` of the variant that is looked at, ringed.
    """
    known = table[table["effect"].notna()]
    figure = go.Figure()
    points = go.Scattergl if len(known) > GL_ABOVE else go.Scatter
    x, y = known["position"].to_numpy() + 1, known["effect"].to_numpy()
    gap = np.full(len(x), np.nan)
    stems = {"x": np.stack([x, x, gap], axis=1).ravel(), "y": np.stack([np.zeros(len(y)), y, gap], axis=1).ravel()}
    line = {"color": _GREY, "width": 1}
    figure.add_trace(points(**stems, mode="lines", line=line, hoverinfo="skip", showlegend=False, name="stems"))
    for name, colour, symbol in _GROUPS:
        part = known[np.sign(known["effect"]) == {"raises": 1, "lowers": -1, "no change": 0}[name]]
        if not len(part):
            continue
        figure.add_trace(
            points(
                x=part["position"] + 1,
                y=part["effect"],
                mode="markers",
                name=f"{name} ({len(part):,})",
                marker={"color": colour, "symbol": symbol, "size": 10, "line": {"width": 1.5, "color": colour}},
                error_y=_error(part),
                text=[safe(label) for label in part["label"]],
                customdata=_write_hover(part),
                hovertemplate="<b>%{text}</b><br>position %{x:,}<br>%{y:+.3f}%{customdata[1]}<extra></extra>",
            )
        )
    ringed = known[known["row"] == chosen]
    if len(ringed):
        figure.add_scatter(
            x=ringed["position"] + 1,
            y=ringed["effect"],
            mode="markers",
            showlegend=False,
            name="chosen",
            hoverinfo="skip",
            marker={"symbol": "circle-open", "size": 20, "color": CHOSEN, "line": {"width": 2.5}},
        )
    figure.add_hline(y=0, line={"color": _GREY, "width": 1})
    figure.update_layout(showlegend=True, clickmode="event+select", dragmode="pan")
    apply_style(figure, f"Effects by position, {safe(where)}", x=axis("Position", "nt"), y=safe(effect), height=340)
    figure.update_xaxes(range=[0.5 - 0.01 * length, length + 0.5 + 0.01 * length])
    figure.update_yaxes(range=_span(known))
    return figure


def saturation(
    effects: FloatArray,
    letters: str,
    start: int,
    *,
    mark: tuple[int, int, str],
    unit: str,
    rna: bool = True,
    dark: bool = False,
) -> go.Figure:
    """Draw the effect of every single substitution in a region, with the place of a variant marked.

    Parameters
    ----------
    effects
        (4, W), channels A C G T; 0 at the base that stands there, which is marked by a dot.
    letters
        (W,) stored DNA of the region.
    start
        0-based place of its first letter in the sequence.
    mark
        Half-open, 0-based range of the variant in the sequence, and the base that it puts there; the whole columns are
        framed where that is no single base, and an insertion is a line between two.
    unit
        Of the effects, escaped here.
    """
    rows = list(in_alphabet(BASES, rna=rna))[::-1]
    written = in_alphabet(letters, rna=rna)
    x = np.arange(start + 1, start + 1 + len(letters))
    largest = float(np.nanmax(np.abs(effects), initial=0.0)) or 1.0
    figure = go.Figure(
        go.Heatmap(
            z=effects[::-1],
            x=x,
            y=rows,
            zmin=-largest,
            zmax=largest,
            colorscale=scale_signed(dark=dark),
            xgap=1,
            ygap=1,
            customdata=np.tile(np.array(list(written)), (4, 1)),
            name=axis("Effect", unit),
            colorbar={"title": {"text": f"Effect<br>{safe(unit)}", "side": "top"}, "thickness": 12},
            hovertemplate="%{customdata}%{x:,} to %{y}<br>%{z:+.3f}<extra></extra>",
        )
    )
    standing = [(place, letter) for place, letter in zip(x, written, strict=True) if letter in rows]
    figure.add_scatter(
        x=[place for place, _ in standing],
        y=[letter for _, letter in standing],
        mode="markers",
        showlegend=False,
        marker={"color": _GREY, "size": 4},
        hoverinfo="skip",
        name="the base that stands there",
    )
    first, last, base = mark
    low, high = first + 0.5, last + 0.5
    letter = in_alphabet(base, rna=rna)
    if first == last:
        figure.add_vline(x=low, line={"color": CHOSEN, "width": 3})
    else:
        place = rows.index(letter) if letter in rows and last - first == 1 else None
        bottom, top = (-0.5, 3.5) if place is None else (place - 0.5, place + 0.5)
        figure.add_shape(type="rect", x0=low, x1=high, y0=bottom, y1=top, line={"color": CHOSEN, "width": 3})
    apply_style(figure, "Every single substitution of the region", x=axis("Position", "nt"), y="", height=240)
    figure.update_xaxes(range=[x[0] - 0.5, x[-1] + 0.5], constrain="domain")
    return figure


def plot_measured_effects(table: pd.DataFrame, *, column: str, effect: str, chosen: int | None = None) -> go.Figure:
    """Draw predicted (y) against measured effects (x), each on its own scale, with lines at 0.

    Parameters
    ----------
    table
        Columns ``label``, ``effect``, ``low``, ``high``, ``percentile``, ``row`` and ``measured``.
    column, effect
        What was measured, and the name of the axis of predictions; escaped here.
    chosen
        ``row`` of the variant that is looked at, ringed.
    """
    known = table[table["effect"].notna() & table["measured"].notna()]
    figure = go.Figure()
    points = go.Scattergl if len(known) > GL_ABOVE else go.Scatter
    kinds = list(dict.fromkeys(known["kind"]))
    for number, kind in enumerate(kinds):
        part = known[known["kind"] == kind]
        figure.add_trace(
            points(
                x=part["measured"],
                y=part["effect"],
                mode="markers",
                name=f"{safe(kind)} ({len(part):,})",
                marker={
                    "symbol": _SYMBOLS[number % len(_SYMBOLS)],
                    "size": 8,
                    "opacity": 0.8,
                    "color": _KINDS[number % len(_KINDS)],
                },
                text=[safe(label) for label in part["label"]],
                customdata=_write_hover(part),
                hovertemplate="<b>%{text}</b><br>measured %{x:.3f}<br>predicted %{y:+.3f}%{customdata[1]}"
                "<extra></extra>",
            )
        )
    ringed = known[known["row"] == chosen]
    if len(ringed):
        figure.add_scatter(
            x=ringed["measured"],
            y=ringed["effect"],
            mode="markers",
            showlegend=False,
            name="chosen",
            hoverinfo="skip",
            marker={"symbol": "circle-open", "size": 20, "color": CHOSEN, "line": {"width": 2.5}},
        )
    figure.add_hline(y=0, line={"color": _GREY, "width": 1})
    figure.add_vline(x=0, line={"color": _GREY, "width": 1})
    figure.update_layout(showlegend=len(kinds) > 1, clickmode="event+select", dragmode="pan")
    title = f"Predicted against measured effects, {safe(column)} (n = {len(known):,})"
    return apply_style(figure, title, x=safe(f"Measured effect, {column}"), y=safe(effect), height=360)


def _span(table: pd.DataFrame) -> list[float]:
    """Give the ends of the axis of effects: intervals far wider than all effects, as of two models, go beyond them."""
    effects = table["effect"].to_numpy(dtype=np.float64)
    reach = _WIDEST * (float(np.abs(effects).max(initial=0.0)) or 1.0)
    low = float(np.nanmin([0.0, *effects, *table["low"]]))
    high = float(np.nanmax([0.0, *effects, *table["high"]]))
    air = 0.08 * (min(high, reach) - max(low, -reach)) or 1.0
    return [max(low, -reach) - air, min(high, reach) + air]


def _error(part: pd.DataFrame) -> dict[str, object]:
    return {
        "type": "data",
        "array": part["high"] - part["effect"],
        "arrayminus": part["effect"] - part["low"],
        "thickness": 1.5,
        "width": 4,
        "color": _GREY,
    }


def _write_hover(part: pd.DataFrame) -> list[list[object]]:
    """Give for the hover the number of each variant, its interval and its place among random ones."""
    told: list[list[object]] = []
    for row, low, high, share in part[["row", "low", "high", "percentile"]].itertuples(index=False):
        said = f" [{low:+.3f}, {high:+.3f}]" if np.isfinite(low) else ""
        said += f"<br>larger than {share:.1%} of random variants" if np.isfinite(share) else ""
        told.append([int(row), said])
    return told
