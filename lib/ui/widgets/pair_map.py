"""A map of pairs of nucleotides as a component: it zooms, and a click on a cell gives the pair."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from lib.core.alphabet import in_alphabet
from lib.core.arrays import FloatArray
from lib.figures.colours import RAISES
from lib.figures.language import MapWords, colour_limit
from lib.ui.ruler.tracks import encode

ASSETS = Path(__file__).resolve().parents[3] / "assets"
_HTML = """<div class="pairs">
<div class="bar"><span class="group" role="group" aria-label="Zoom"><button type="button" class="out" title="Zoom out"
>−</button><button type="button" class="in" title="Zoom in">+</button><button type="button" class="fit"
title="Show the whole map">Fit</button></span><span class="legend"><span>0</span><span class="ramp"></span><span
class="most"></span><span class="unit"></span></span></div>
<canvas tabindex="0" role="img"></canvas><div class="said" aria-live="polite"></div></div>"""


class Pair(NamedTuple):
    """A chosen cell: positions of row and column, 0-based."""

    row: int
    column: int

    @classmethod
    def parse(cls, value: object, length: int) -> "Pair | None":
        """Read what a browser sent; None unless it is a pair within ``length`` nucleotides."""
        if not isinstance(value, dict):
            return None
        row, column = value.get("row"), value.get("column")
        if not (type(row) is int and type(column) is int and 0 <= row < length and 0 <= column < length):
            return None
        return cls(row, column)


def read_chosen_pair(key: str, length: int) -> Pair | None:
    """Give the pair that is chosen on a map before the map is drawn; None where there is none."""
    return Pair.parse(st.session_state.get(key, {}).get("pair"), length)


def draw(
    values: FloatArray,
    sequence: str,
    words: MapWords,
    *,
    key: str,
    left_out: NDArray[np.bool_] | None = None,
    rna: bool = False,
) -> Pair | None:
    """Draw a map (L, L), rows from top to bottom, and give the chosen pair.

    Parameters
    ----------
    values
        Sizes; NaN is grey.
    words
        What it shows.
        key
        Names the map on its page.
    left_out
        (L, L) cells that do not count for the scale of the colours; the diagonal where left out.
    """
    limit, length = colour_limit(values, left_out), len(sequence)
    chosen = read_chosen_pair(key, length)
    data = {
        "values": encode(values, (length, length), words.name),
        "sequence": in_alphabet(sequence, rna=rna),
        "limit": limit,
        "clipped": bool(np.nanmax(values) > limit),
        "colour": RAISES,
        "label": words.name,
        "rows": words.rows,
        "columns": words.columns,
        "unit": words.unit,
        "chosen": None if chosen is None else chosen._asdict(),
    }
    state = _component()(key=key, data=data, default={"pair": None}, on_pair_change=_nothing)
    return Pair.parse(state.get("pair"), length)


@functools.cache
def _component() -> Callable[..., Any]:
    """Register the component once per process."""
    return st.components.v2.component(
        "motiflens_pair_map",
        html=_HTML,
        css=(ASSETS / "pair_map.css").read_text(encoding="utf-8"),
        js=(ASSETS / "pair_map.js").read_text(encoding="utf-8"),
    )


def _nothing() -> None:
    """Take note of nothing: the new state is read where the map is drawn."""
