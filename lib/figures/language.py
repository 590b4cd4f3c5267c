"""What language models say as pictures for print: logos of expected bases, maps of pairs of nucleotides.

Made without pyplot, whose list of figures is shared by all threads. Positions on the axes count from 1.
"""

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lib.core.alphabet import BASES, in_alphabet
from lib.core.arrays import FloatArray
from lib.figures import colours

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from lib.attribution.masked_reconstruction import Reconstruction

BITS = 2.0
PER_ROW, MOST_LETTERS = 100, 120
_LETTER, _ROW, _SIDE, _TOP = 0.115, 1.35, 0.9, 0.5  # inches
_SMALLEST = 0.01  # share of the axis below which no letter is drawn


def reconstruction_figure(
    found: "Reconstruction", *, title: str = "", rna: bool = False, bits: bool = True
) -> "Figure":
    """Draw the bases that a language model expects as stacked letters, as tall as their information or probability.

    The sequence as it stands is written below each row.
    """
    from matplotlib.figure import Figure

    length = len(found.sequence)
    width = min(PER_ROW, length)
    edges = [*range(0, length, width), length]
    size = (max(5.0, _SIDE + _LETTER * width + 0.2), _TOP + _ROW * (len(edges) - 1))
    figure = Figure(figsize=size, facecolor="white")
    heights = np.nan_to_num(found.probabilities * (found.information[:, None] if bits else 1.0))
    for number, (start, end) in enumerate(pairwise(edges)):
        left, wide = _SIDE / size[0], (size[0] - _SIDE - 0.2) / size[0] * (end - start) / width
        bottom = (size[1] - _TOP - _ROW * (number + 1) + 0.45) / size[1]
        axes = figure.add_axes((left, bottom, wide, (_ROW - 0.5) / size[1]))
        _stack(axes, heights, (start, end), rna=rna, top=BITS if bits else 1.0)
        axes.set_xlim(start - 0.5, end - 0.5)
        letters = in_alphabet(found.sequence[start:end], rna=rna)
        axes.set_xticks(
            range(start, end),
            [
                f"{letter}\n{place + 1}" if (place + 1) % 10 == 0 else letter
                for place, letter in enumerate(letters, start=start)
            ],
        )
        axes.tick_params(labelsize=6, length=0)
        axes.set_ylabel("Information (bits)" if bits else "Probability", fontsize=7)
        axes.spines[["top", "right"]].set_visible(False)
    figure.text(_SIDE / size[0], 1 - 0.2 / size[1], title, fontsize=10, va="center", parse_math=False)
    return figure


def _stack(axes: "Axes", heights: FloatArray, window: tuple[int, int], *, rna: bool, top: float) -> None:
    import logomaker

    axes.set_ylim(0, top)
    letters = in_alphabet(BASES, rna=rna)
    for position in range(*window):
        floor = 0.0
        for base in np.argsort(heights[position], kind="stable"):
            height = float(heights[position, base])
            if height >= _SMALLEST * top:
                logomaker.Glyph(
                    position,
                    letters[base],
                    floor=floor,
                    ceiling=floor + height,
                    ax=axes,
                    color=colours.NUCLEOTIDES[letters[base]],
                )
                floor += height


class MapWords(NamedTuple):
    """What a map of pairs of nucleotides shows: its name, its rows and columns, and what the colour says."""

    name: str
    rows: str
    columns: str
    unit: str


DEPENDENCY = MapWords(
    "Nucleotide dependencies", "Mutated position", "Target position", "Largest change of the log odds (log2)"
)
ATTENTION = MapWords("Attention between nucleotides", "Attending position", "Attended position", "Attention")


def map_figure(
    values: FloatArray,
    sequence: str,
    words: MapWords,
    *,
    title: str,
    left_out: NDArray[np.bool_] | None = None,
    rna: bool = False,
) -> "Figure":
    """Draw a map of pairs of nucleotides (L, L), rows from top to bottom, as a heat map; NaN is grey.

    Parameters
    ----------
    left_out
        (L, L) cells that do not count for the scale of the colours; see ``colour_limit``.
    """
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.figure import Figure

    length = len(sequence)
    figure = Figure(figsize=(7.2, 6.2), facecolor="white")
    axes = figure.add_axes((0.1, 0.1, 0.74, 0.8))
    scale = LinearSegmentedColormap.from_list("size", ["#FFFFFF", colours.RAISES], bad="#DDDDDD")
    limit = colour_limit(values, left_out)
    image = axes.imshow(values, cmap=scale, vmin=0, vmax=limit, interpolation="nearest", aspect="equal")
    if length <= MOST_LETTERS:
        letters = list(in_alphabet(sequence, rna=rna))
        axes.set_xticks(range(length), letters)
        axes.set_yticks(range(length), letters)
        axes.tick_params(labelsize=max(3.0, min(7.0, 420 / length)), length=0)
    else:
        step = 10 * -(-length // 100)
        places = list(range(step - 1, length, step))
        axes.set_xticks(places, [str(place + 1) for place in places])
        axes.set_yticks(places, [str(place + 1) for place in places])
        axes.tick_params(labelsize=7)
    axes.set_ylabel(words.rows, fontsize=8)
    axes.set_xlabel(words.columns, fontsize=8)
    bar = figure.colorbar(image, cax=figure.add_axes((0.87, 0.1, 0.025, 0.8)), extend="max")
    bar.set_label(words.unit, fontsize=8)
    bar.ax.tick_params(labelsize=7)
    axes.set_title(title, fontsize=10, loc="left", parse_math=False)
    return figure


def colour_limit(values: FloatArray, left_out: NDArray[np.bool_] | None = None) -> float:
    """Give where the colours of a map (L, L) end: the 99.5th percentile, so that few cells are clipped.

    Parameters
    ----------
    left_out
        (L, L) cells that do not count; the diagonal where left out. 1 for a map of zeros.
    """
    counted = values[~(np.eye(len(values), dtype=bool) if left_out is None else left_out)]
    counted = counted[np.isfinite(counted)]
    return float(np.quantile(counted, 0.995)) or float(counted.max()) or 1.0 if len(counted) else 1.0
