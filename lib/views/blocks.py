"""What sections of a report are made of, as plain data; ``lib/report/templates/blocks.html`` draws each kind."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lib.figures.files import to_svg
from lib.io.export import to_csv
from lib.views.score_card import ScoreCard

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Picture


@dataclass(frozen=True)
class Heading:
    """A heading within a section."""

    text: str


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; ``strong`` stands before its text in bold, ``style`` names CSS classes."""

    text: str
    strong: str = ""
    style: str = ""


@dataclass(frozen=True)
class Facts:
    """Names and values, a row each; values that are None or empty are not shown."""

    pairs: Mapping[str, object]


@dataclass(frozen=True)
class Table:
    """Rows under the names of their columns."""

    head: Sequence[str]
    rows: Iterable[Sequence[object]]
    caption: str = ""


@dataclass(frozen=True)
class Numbers:
    """Numbers of a figure: all of them as a CSV file, and the first ``shown`` rows as a table to open, 0 for none."""

    frame: "pd.DataFrame"
    file: str
    shown: int = 0

    @property
    def source(self) -> str:
        """The CSV file as a data URI."""
        return f"data:text/csv;base64,{base64.b64encode(to_csv(self.frame)).decode()}"

    @property
    def table(self) -> Table:
        """The rows that are shown, floats to four digits."""
        rows = self.frame.head(self.shown).itertuples(index=False, name=None)
        cells = ([f"{value:.4g}" if isinstance(value, float) else value for value in row] for row in rows)
        return Table(list(self.frame.columns), cells)


@dataclass(frozen=True)
class Figure:
    """A picture with its caption and, where it has any, its numbers."""

    picture: "Picture"
    alt: str
    caption: str
    numbers: Numbers | None = None

    @property
    def source(self) -> str:
        """The picture as SVG in a data URI."""
        return f"data:image/svg+xml;base64,{base64.b64encode(to_svg(self.picture)).decode()}"


@dataclass(frozen=True)
class Group:
    """Blocks beside each other where there is room: a ``pair``, or ``many`` small ones."""

    style: str
    blocks: Sequence["Block"]


@dataclass(frozen=True)
class Commands:
    """Lines for a terminal."""

    text: str


@dataclass(frozen=True)
class Cited:
    """A paragraph whose references have numbers, with the list of them.

    Parameters
    ----------
    parts
        Text, and the number of the reference that follows it, None for none.
    references
        Author with year, and identifier; numbered from 1.
    """

    parts: Sequence[tuple[str, int | None]]
    references: Sequence[tuple[str, str]]


Block = Heading | Paragraph | Facts | Table | Figure | Group | Commands | Cited | ScoreCard
"""A piece of a section."""
