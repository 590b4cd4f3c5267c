"""Patterns as logos: what each base contributes, and how often it stands there; and two matrices aligned.

Letters of the contributions are as tall as they contribute on average, upside down where they lower the prediction.
Those of the shares are as tall as their information, as for every PWM (``lib.figures.pwm_logos``). Both are drawn by
logomaker. Positions on the axis count from 1.
"""

from typing import TYPE_CHECKING

import numpy as np

from lib.core.alphabet import BASES, in_alphabet
from lib.core.arrays import FloatArray
from lib.figures import colours
from lib.figures.pwm_logos import INK, draw_bits
from lib.motifs.pattern import Pattern

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LETTER, _LEFT, _HEIGHT = 0.24, 0.62, 0.95  # inches: one letter, the axis beside them, one logo
_NARROWEST = 8  # letters for which there is room in any case
_SMALLEST = 0.02  # share of the tallest letter from which one is drawn


def logos(pattern: Pattern, *, unit: str = "", rna: bool = False, dark: bool = False, paper: bool = False) -> "Figure":
    """Draw the contributions of a pattern above the shares of its bases.

    Parameters
    ----------
    pattern
        What was found.
    unit
        Unit of the contributions.
    rna
        Show T as U.
    dark
        Ink for a dark page; without ``paper`` the ground is transparent.
    paper
        Draw on white, with the name as a title.
    """
    figure, (above, below) = _stack(pattern.width, 2, paper=paper)
    ink = "#222222" if paper else INK["dark" if dark else "light"]
    _contributions(above, pattern.contribution, rna=rna, ink=ink)
    above.set_ylabel("contribution", fontsize=7, color=ink, labelpad=1)
    above.tick_params(labelbottom=False)
    draw_bits(below, pattern.ppm, rna=rna, ink=ink)
    if paper:
        said = f"Pattern {pattern.name}, n = {len(pattern.seqlets):,} seqlets"
        above.set_title(f"{said}, {unit}" if unit else said, fontsize=7, loc="left", pad=3, parse_math=False)
    return figure


def align_logos(
    pattern: Pattern,
    motif: FloatArray,
    *,
    offset: int,
    strand: str = "+",
    name: str = "",
    rna: bool = False,
    dark: bool = False,
    paper: bool = False,
) -> "Figure":
    """Draw the shares of a pattern above a known motif, each position of one above that of the other.

    Parameters
    ----------
    pattern
        The query.
    motif
        (4, V) probabilities.
    offset
        Position of the pattern (0-based, may be negative) above the first position of the motif.
    strand
        - turns the motif to the other strand first.
    name
        Name of the motif.
    """
    turned = motif[::-1, ::-1] if strand == "-" else motif
    first, last = min(0, offset), max(pattern.width, offset + turned.shape[1])
    figure, (above, below) = _stack(last - first, 2, paper=paper)
    ink = "#222222" if paper else INK["dark" if dark else "light"]
    for axes, matrix, start, label in (
        (above, pattern.ppm, -first, f"pattern {pattern.name}"),
        (below, turned, offset - first, name),
    ):
        wide = np.zeros((len(BASES), last - first))
        wide[:, start : start + matrix.shape[1]] = matrix
        draw_bits(axes, wide, rna=rna, ink=ink)
        places = np.arange(0, matrix.shape[1])
        axes.set_xticks(places + start, [str(place + 1) for place in places])
        said = label if len(label) <= 34 else f"{label[:33]}…"
        axes.set_title(said, fontsize=7, loc="left", pad=4, color=ink, parse_math=False)
    return figure


def consensus(ppm: FloatArray, *, rna: bool = False) -> str:
    """Write the most frequent base of each position: a capital where it makes up half or more.

    >>> consensus(np.array([[0.9, 0.4], [0.0, 0.3], [0.1, 0.3], [0.0, 0.0]]))
    'Aa'
    """
    letters = (
        BASES[row] if ppm[row, place] >= 0.5 else BASES[row].lower() for place, row in enumerate(ppm.argmax(axis=0))
    )
    text = "".join(letters)
    return text.replace("T", "U").replace("t", "u") if rna else text


def _stack(width: int, count: int, *, paper: bool) -> "tuple[Figure, list[Axes]]":
    from matplotlib.figure import Figure

    title = 0.34
    size = (_LEFT + _LETTER * max(width, _NARROWEST) + 0.1, count * (_HEIGHT + title) + 0.12)
    figure = Figure(figsize=size, facecolor="white") if paper else Figure(figsize=size)
    if not paper:
        figure.patch.set_alpha(0.0)
    share = _LETTER * width / size[0]
    found = []
    for place in range(count):
        bottom = (size[1] - (place + 1) * (_HEIGHT + title) + 0.02) / size[1]
        axes = figure.add_axes((_LEFT / size[0], bottom, share, (_HEIGHT - 0.06) / size[1]))
        axes.patch.set_alpha(0.0)
        found.append(axes)
    return figure, found


def _contributions(axes: "Axes", contribution: FloatArray, *, rna: bool, ink: str) -> None:
    import logomaker

    letters = in_alphabet(BASES, rna=rna)
    tallest = float(np.abs(contribution).max(initial=0.0)) or 1.0
    for position in range(contribution.shape[1]):
        up = down = 0.0
        for row in np.argsort(np.abs(contribution[:, position]), kind="stable"):
            height = float(contribution[row, position])
            if abs(height) < _SMALLEST * tallest:
                continue
            floor, ceiling = (up, up + height) if height > 0 else (down + height, down)
            logomaker.Glyph(
                position,
                letters[row],
                floor=floor,
                ceiling=ceiling,
                ax=axes,
                flip=height < 0,
                color=colours.NUCLEOTIDES[letters[row]],
            )
            up, down = (ceiling, down) if height > 0 else (up, floor)
    low = float(np.minimum(contribution, 0).sum(axis=0).min(initial=0.0))
    high = float(np.maximum(contribution, 0).sum(axis=0).max(initial=0.0))
    margin = 0.05 * (high - low) or 1.0
    axes.set_ylim(low - margin, high + margin)
    axes.set_xlim(-0.5, contribution.shape[1] - 0.5)
    axes.axhline(0, color=ink, linewidth=0.5)
    axes.set_xticks(range(contribution.shape[1]))
    axes.tick_params(labelsize=6.5, length=2, colors=ink)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(ink)
