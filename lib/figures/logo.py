"""Attributions as pictures for print: logos wrapped in rows, with mutagenesis heat maps and motif hits.

Letters are drawn by logomaker (Tareen & Kinney 2020, doi:10.1093/bioinformatics/btz921).

Figures are made without pyplot, whose list of figures is shared by all threads. Positions on the axis count from 1, as
on the ruler; ranges in the code are half-open and 0-based.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from lib.attribution.base import Attribution
from lib.attribution.checks import Verdict
from lib.attribution.trust import Trust
from lib.core.alphabet import BASES, in_alphabet
from lib.core.arrays import FloatArray
from lib.figures import colours
from lib.figures.files import to_pdf, to_png, to_svg
from lib.figures.lanes import Hit, lanes, require_window

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["LONGEST", "caption", "logo_figure", "to_pdf", "to_png", "to_svg"]

LONGEST = 3000
"""Nucleotides that one picture holds at most."""

_LEFT, _RIGHT, _LETTER = 0.85, 0.95, 0.115  # inches: beside the rows, and one letter
_LOGO, _HEAT, _LANE, _GAP, _TOP, _BOTTOM, _LINE = 1.0, 0.6, 0.15, 0.42, 0.45, 0.12, 0.13
_SIZE, _PER_INCH = 6.5, 19  # of the caption: points, and letters that certainly fit into an inch
_COLOURS = {Verdict.FAIL: "#B42318", Verdict.CARE: "#93370D"}


@dataclass(frozen=True)
class _Row:
    """One row of the picture: a half-open window, and the hits in it by lane."""

    start: int
    end: int
    hits: tuple[tuple[int, Hit], ...]

    @property
    def lanes(self) -> int:
        return max((lane + 1 for lane, _ in self.hits), default=0)


def logo_figure(
    attribution: Attribution,
    trust: Trust,
    *,
    title: str = "",
    unit: str = "",
    rna: bool = False,
    window: tuple[int, int] | None = None,
    per_row: int = 110,
    hits: Sequence[tuple[int, int, str, float]] = (),
    reach: tuple[float, float] | None = None,
    whiskers: bool = False,
) -> "Figure":
    """Draw letters as tall as their attribution, upside down below the axis where it lowers the prediction.

    Parameters
    ----------
    attribution
        Where it has effects, a heat map of every single mutation stands below the letters.
    trust
        Its badge, which stands in the caption.
    title, unit
        Title, such as the id; unit of the target.
    rna
        Show T as U.
    window
        Half-open range to draw; None for the whole sequence.
    per_row
        Nucleotides of one row.
    hits
        (start, end, name, value) of motifs, drawn as named boxes; the largest values find a place first.
    reach
        Lowest and highest score that the axis holds, so that several pictures can share it; those of the window where
        left out.
    whiskers
        Draw the standard error of each score, where there are any.

    Raises
    ------
    UserError
        If the window is empty, leaves the sequence, or is too long for one picture.
    """
    from matplotlib.figure import Figure

    start, end = require_window(window, len(attribution.sequence), most=LONGEST)
    width = min(per_row, end - start)
    edges = [*range(start, end, width), end]
    rows = [_Row(low, high, tuple(lanes(hits, low, high))) for low, high in pairwise(edges)]
    heat = _HEAT + 0.08 if attribution.effects is not None else 0.0
    heights = [_LOGO + heat + _LANE * row.lanes + _GAP for row in rows]
    across = max(5.0, _LEFT + _LETTER * width + _RIGHT)
    below = caption_lines(attribution, trust, across - _LEFT)
    size = (across, _TOP + sum(heights) + _BOTTOM + _LINE * len(below))
    figure = Figure(figsize=size, facecolor="white")
    scale, top = _Scale(figure, size, width), size[1] - _TOP
    errors = attribution.standard_errors if whiskers else None
    limits = _limits(np.array(reach) if reach else _ends(attribution.scores, errors)[:, start:end])
    for row, height in zip(rows, heights, strict=True):
        at = top
        if row.hits:
            at -= _LANE * row.lanes
            _draw_hits(scale.axes(at, _LANE * row.lanes, row), row)
        at -= _LOGO
        letters = scale.axes(at, _LOGO, row)
        letters.set_ylim(*limits)
        draw_letters(letters, attribution, (row.start, row.end), rna=rna)
        if errors is not None:
            draw_whiskers(letters, attribution.scores, errors, (row.start, row.end))
        letters.set_ylabel(f"Attribution\n({unit})" if unit else "Attribution", fontsize=7, parse_math=False)
        lowest = letters
        if attribution.effects is not None:
            at -= heat
            lowest = scale.axes(at, _HEAT, row)
            letters.tick_params(labelbottom=False)
            image = _draw_effects(lowest, attribution.effects, row, (start, end), attribution.sequence, rna=rna)
            if row is rows[0]:
                bar = figure.colorbar(image, cax=scale.beside(at, _HEAT))
                bar.set_label(f"Mutation effect\n({unit})" if unit else "Mutation effect", fontsize=7)
                bar.ax.yaxis.label.set_parse_math(False)
                bar.ax.tick_params(labelsize=6)
        top -= height
    lowest.set_xlabel("Position (nt)", fontsize=8)
    figure.text(_LEFT / size[0], 1 - 0.18 / size[1], title, fontsize=10, va="center", parse_math=False)
    for place, (line, colour) in enumerate(reversed(below)):
        height = (_BOTTOM / 2 + _LINE * (place + 0.5)) / size[1]
        figure.text(_LEFT / size[0], height, line, fontsize=_SIZE, va="center", color=colour, parse_math=False)
    return figure


def caption_lines(attribution: Attribution, trust: Trust, width: float) -> list[tuple[str, str]]:
    """Write the caption and the badge in lines that fit into a width in inches, each with its colour."""
    letters = int(width * _PER_INCH)
    badge = _COLOURS.get(trust.verdict, "#444444")
    lines = [(line, "black") for line in textwrap.wrap(caption(attribution), letters)]
    return lines + [(line, badge) for line in textwrap.wrap(trust.caption, letters)]


def draw_letters(axes: "Axes", attribution: Attribution, window: tuple[int, int], *, rna: bool) -> None:
    """Draw the letters of a half-open window as tall as their scores, upside down where those are negative."""
    import logomaker

    axes.axhline(0, color="#444444", linewidth=0.5)
    letters = in_alphabet(attribution.sequence, rna=rna)
    for position in range(*window):
        score = float(attribution.scores[position])
        if score:
            logomaker.Glyph(
                position,
                letters[position],
                floor=min(0.0, score),
                ceiling=max(0.0, score),
                ax=axes,
                flip=score < 0,
                color=colours.NUCLEOTIDES.get(letters[position], colours.NUCLEOTIDES["N"]),
            )


def draw_whiskers(axes: "Axes", scores: FloatArray, errors: FloatArray, window: tuple[int, int]) -> None:
    """Draw one standard error above and below each score of a half-open window."""
    positions = np.arange(*window)
    axes.errorbar(
        positions,
        scores[positions],
        yerr=errors[positions],
        fmt="none",
        ecolor="#101828",
        elinewidth=0.5,
        capsize=1,
        capthick=0.5,
    )


def caption(attribution: Attribution) -> str:
    """Say how the attribution was made, in one line."""
    parts = [f"{attribution.method} of {attribution.target}" if attribution.target else attribution.method]
    parts.append(f"reference: {attribution.reference}")
    parts.append(f"prediction {attribution.prediction:.3g}")
    if attribution.reference_prediction is not None:
        parts[-1] += f", of the reference {attribution.reference_prediction:.3g}"
    return "; ".join(parts)


@dataclass(frozen=True)
class _Scale:
    """Places axes on a figure, in inches from below; every letter is equally wide in all rows."""

    figure: "Figure"
    size: tuple[float, float]
    width: int

    def axes(self, bottom: float, height: float, row: _Row) -> "Axes":
        share = (row.end - row.start) * self._letter
        axes = self.figure.add_axes(self._box(_LEFT, bottom, share, height))
        axes.set_xlim(row.start - 0.5, row.end - 0.5)
        first = -(-(row.start + 1) // 10) * 10 - 1
        ticks = [position for position in range(first, row.end, 10) if position >= row.start]
        axes.set_xticks(ticks or [row.start], [str(tick + 1) for tick in ticks or [row.start]])
        axes.tick_params(labelsize=6, length=2)
        axes.spines[["top", "right"]].set_visible(False)
        return axes

    def beside(self, bottom: float, height: float) -> "Axes":
        return self.figure.add_axes(self._box(_LEFT + self.width * self._letter + 0.12, bottom, 0.1, height))

    @property
    def _letter(self) -> float:
        return (self.size[0] - _LEFT - _RIGHT) / self.width

    def _box(self, left: float, bottom: float, width: float, height: float) -> tuple[float, float, float, float]:
        return left / self.size[0], bottom / self.size[1], width / self.size[0], height / self.size[1]


def _ends(scores: FloatArray, errors: FloatArray | None) -> FloatArray:
    """Give the lowest and the highest that each score reaches with its whiskers, (2, L)."""
    return np.stack([scores, scores] if errors is None else [scores - errors, scores + errors])


def _limits(scores: np.ndarray) -> tuple[float, float]:
    low, high = min(0.0, float(scores.min())), max(0.0, float(scores.max()))
    margin = 0.05 * (high - low) or 1.0
    return low - margin, high + margin


def _draw_effects(
    axes: "Axes", effects: np.ndarray, row: _Row, window: tuple[int, int], sequence: str, *, rna: bool
) -> Any:
    from matplotlib.colors import LinearSegmentedColormap

    largest = float(np.abs(effects[:, slice(*window)]).max()) or 1.0
    image = axes.imshow(
        effects[:, row.start : row.end],
        cmap=LinearSegmentedColormap.from_list("signed", colours.scale_signed()),
        vmin=-largest,
        vmax=largest,
        aspect="auto",
        interpolation="nearest",
        extent=(row.start - 0.5, row.end - 0.5, 3.5, -0.5),
    )
    axes.set_yticks(range(4), list(in_alphabet(BASES, rna=rna)))
    standing = [(p, BASES.index(sequence[p])) for p in range(row.start, row.end) if sequence[p] in BASES]
    if standing:
        x, y = zip(*standing, strict=True)
        axes.scatter(x, y, s=1.5, color="#444444", linewidths=0)
    return image


def _draw_hits(axes: "Axes", row: _Row) -> None:
    from matplotlib.patches import Rectangle

    axes.set_ylim(row.lanes, 0)
    axes.set_axis_off()
    for lane, hit in row.hits:
        low, high = max(hit.start, row.start), min(hit.end, row.end)
        box = Rectangle((low - 0.5, lane + 0.1), high - low, 0.8, facecolor="#E4E7EC", edgecolor="#667085", lw=0.4)
        axes.add_patch(box)
        room = 2 * (high - low)  # letters of this size that fit into the box
        name = hit.name if len(hit.name) <= room else f"{hit.name[: room - 1]}…"
        axes.text((low + high - 1) / 2, lane + 0.5, name, fontsize=5.5, ha="center", va="center", parse_math=False)
