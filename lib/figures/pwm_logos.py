"""PWMs as sequence logos in bits (Schneider & Stephens 1990, doi:10.1093/nar/18.20.6097), drawn by logomaker.

Letters of a position stand on each other, the most probable on top; together they are as tall as the position's
information, 2 bits minus its entropy, against a uniform background.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from lib.core.alphabet import BASES, in_alphabet
from lib.core.arrays import FloatArray
from lib.figures import colours
from lib.motifs.pwm import consensus, information

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["INK", "TALLEST", "consensus", "draw_bits", "information", "logo", "logo_page"]

TALLEST = 2.0
"""Bits of a position that is always the same letter."""
_SMALLEST = 0.004  # bits of a letter that is drawn
_WIDTH, _HEIGHT, _TITLE = 2.6, 1.25, 0.28  # inches of one logo and of its name
INK = {"light": "#45525C", "dark": "#B9C4CE"}


def logo(pwm: FloatArray, *, rna: bool = False, dark: bool = False) -> "Figure":
    """Draw one PWM (4, W) without its name, on a transparent ground for the page."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_WIDTH, _HEIGHT))
    figure.patch.set_alpha(0.0)
    axes = figure.add_axes((0.16, 0.2, 0.82, 0.76))
    axes.patch.set_alpha(0.0)
    draw_bits(axes, pwm, rna=rna, ink=INK["dark" if dark else "light"])
    return figure


def logo_page(
    pwms: Mapping[str, FloatArray], *, rna: bool = False, columns: int = 3, notes: Sequence[str] = ()
) -> "Figure":
    """Draw PWMs with their names on white, for a paper; ``notes`` stand below the names, one each."""
    from matplotlib.figure import Figure

    columns = max(1, min(columns, len(pwms)))
    rows = -(-len(pwms) // columns)
    size = (_WIDTH * columns, (_HEIGHT + _TITLE) * rows)
    figure = Figure(figsize=size, facecolor="white")
    for place, (name, matrix) in enumerate(pwms.items()):
        row, column = divmod(place, columns)
        left, bottom = column / columns, 1 - (row + 1) / rows
        box = (left + 0.16 / columns, bottom + 0.17 / rows, 0.8 / columns, 0.6 / rows)
        axes = figure.add_axes(box)
        draw_bits(axes, matrix, rna=rna, ink="#222222")
        said = f"{name}, {notes[place]}" if place < len(notes) else name
        axes.set_title(said if len(said) <= 44 else f"{said[:43]}…", fontsize=7, loc="left", pad=3, parse_math=False)
    return figure


def draw_bits(axes: "Axes", pwm: FloatArray, *, rna: bool, ink: str) -> None:
    """Draw a PWM (4, W) into axes as letters as tall as their information; a column of zeros stays empty."""
    import logomaker

    heights = pwm * information(pwm)[None, :]
    letters = in_alphabet(BASES, rna=rna)
    for position in range(pwm.shape[1]):
        floor = 0.0
        for row in np.argsort(heights[:, position], kind="stable"):
            height = float(heights[row, position])
            if height >= _SMALLEST:
                logomaker.Glyph(
                    position,
                    letters[row],
                    floor=floor,
                    ceiling=floor + height,
                    ax=axes,
                    color=colours.NUCLEOTIDES[letters[row]],
                )
                floor += height
    axes.set_xlim(-0.5, pwm.shape[1] - 0.5)
    axes.set_ylim(0, TALLEST)
    axes.set_yticks([0, 1, 2])
    axes.set_ylabel("bits", fontsize=7, color=ink, labelpad=1)
    step = max(1, -(-pwm.shape[1] // 12))
    axes.set_xticks(range(0, pwm.shape[1], step), [str(place + 1) for place in range(0, pwm.shape[1], step)])
    axes.tick_params(labelsize=6.5, length=2, colors=ink)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(ink)
