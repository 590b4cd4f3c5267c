"""The colours that every picture shares. Colour never carries meaning alone: letters and positions say it too.

Nucleotides and runs are from the palette of Okabe and Ito, made for colour-blind readers (doi:10.1038/nmeth.1618).
"""

import hashlib

NUCLEOTIDES = {"A": "#009E73", "C": "#0072B2", "G": "#E69F00", "T": "#D55E00", "U": "#D55E00", "N": "#808080"}

RAISES = "#7B3294"
"""Purple: adds to the prediction."""
LOWERS = "#C2570C"
"""Orange: takes from the prediction."""
NEUTRAL = {"light": "#FFFFFF", "dark": "#0E1117"}
"""Middle of the signed scale: the background of the page."""

RUNS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#8C6D1F",
    "#7F7F7F",
    "#6F5FC9",
    "#B2474F",
)
SYMBOLS = tuple("circle diamond square triangle-up cross x star triangle-down pentagon hexagon".split())
"""Marks of runs beside their colours, for those who cannot tell ten colours apart."""
TOKENS = (
    "#4E79A7",
    "#F28E2B",
    "#59A14F",
    "#E15759",
    "#76B7B2",
    "#B6992D",
    "#AF7AA1",
    "#FF9DA7",
    "#9C755F",
    "#499894",
    "#D37295",
    "#86BCB6",
)


def scale_signed(*, dark: bool = False) -> list[tuple[float, str]]:
    """Give the scale for signed values as (place from 0 to 1, colour): orange lowers, purple raises, neutral is 0."""
    return [(0.0, LOWERS), (0.5, NEUTRAL["dark" if dark else "light"]), (1.0, RAISES)]


def of_run(position: int) -> str:
    """Give the colour of the run at a position of a view; after the tenth they repeat."""
    return RUNS[position % len(RUNS)]


def symbol_of_run(position: int) -> str:
    """Give the mark of the run at a position of a view, as plotly calls it."""
    return SYMBOLS[position % len(SYMBOLS)]


def of_token(text: str) -> str:
    """Give the colour of a token by its text, the same everywhere and in every session."""
    return TOKENS[hashlib.sha256(text.encode()).digest()[0] % len(TOKENS)]
