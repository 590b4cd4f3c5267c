"""What the ruler draws: tracks as frozen dataclasses, and the JSON that goes to the browser. No streamlit here.

Positions are 0-based and ranges half-open, as everywhere; the screen counts from 1. Arrays travel as base64 of
little-endian float32: about 7 significant digits, NaN included (drawn as a gap), nothing formatted number by number.
A new kind of track is one dataclass here (tokens, counts at each base and arcs: ``token_track.py``) and one entry
of ``KINDS`` in ``assets/ruler_tracks.js``.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike

from lib.core.alphabet import in_alphabet, to_dna
from lib.figures.colours import LOWERS, NUCLEOTIDES, RAISES, TOKENS, of_token


class Selection(NamedTuple):
    """A range of positions, half-open and 0-based; one position is a range of length 1."""

    start: int
    end: int

    @classmethod
    def parse(cls, value: object, length: int) -> "Selection | None":
        """Read what a browser (or an address) sent; None unless it is a range within ``length`` nucleotides.

        >>> Selection.parse({"start": 3, "end": 9}, 10)
        Selection(start=3, end=9)
        >>> Selection.parse({"start": 3, "end": 11}, 10) is None
        True
        """
        if not isinstance(value, Mapping):
            return None
        start, end = value.get("start"), value.get("end")
        if not (type(start) is int and type(end) is int and 0 <= start < end <= length):
            return None
        return cls(start, end)


class Hit(NamedTuple):
    """A motif found in the sequence: half-open range, name, and a value (NaN where it has none)."""

    start: int
    end: int
    name: str
    value: float = float("nan")


class Track(Protocol):
    """One row of the ruler."""

    kind: ClassVar[str]

    @property
    def label(self) -> str:
        """Title above the track."""

    @property
    def unit(self) -> str:
        """Unit of its numbers, empty where they have none."""

    def payload(self, sequence: str) -> dict[str, Any]:
        """Give what the browser needs beyond kind, label and unit.

        Raises
        ------
        ValueError
            If the track does not fit the sequence; this is a bug of the caller.
        """


@dataclass(frozen=True)
class LettersTrack:
    """Letters as tall as their score, upside down below the axis where it is negative.

    Parameters
    ----------
    label, unit
        Title above the track and unit of the scores.
    scores
        (L,) one signed number per nucleotide.
    limits
        Lowest and highest number of the scale, so that several tracks can share one; None for its own.
    errors
        (L,) standard error of each score, said in the tooltip; None where there are none.
    whiskers
        Whether they are drawn too.
    """

    kind: ClassVar[str] = "letters"
    label: str
    scores: ArrayLike
    unit: str = ""
    limits: tuple[float, float] | None = None
    errors: ArrayLike | None = None
    whiskers: bool = False

    def payload(self, sequence: str) -> dict[str, Any]:
        """Encode the scores and their standard errors."""
        found: dict[str, Any] = {"values": encode(self.scores, (len(sequence),), self.label)}
        if self.limits is not None:
            found["limits"] = [float(limit) for limit in self.limits]
        if self.errors is not None:
            found["errors"] = encode(self.errors, (len(sequence),), f"{self.label}, standard errors")
            found["whiskers"] = self.whiskers
        return found


@dataclass(frozen=True)
class LineTrack:
    """One number per nucleotide as a line with a filled area down to zero.

    Parameters
    ----------
    label, unit
        Title above the track and unit of the values.
    values
        (L,) numbers; NaN leaves a gap.
    """

    kind: ClassVar[str] = "line"
    label: str
    values: ArrayLike
    unit: str = ""

    def payload(self, sequence: str) -> dict[str, Any]:
        """Encode the values."""
        return {"values": encode(self.values, (len(sequence),), self.label)}


@dataclass(frozen=True)
class HeatTrack:
    """Four rows A C G T of coloured cells, such as the effect of every single mutation.

    Parameters
    ----------
    label, unit
        Title above the track and unit of the values.
    matrix
        (4, L) signed numbers, channels A C G T; the cell of the base that stands there carries a dot.
    """

    kind: ClassVar[str] = "heat"
    label: str
    matrix: ArrayLike
    unit: str = ""

    def payload(self, sequence: str) -> dict[str, Any]:
        """Encode the matrix, row after row."""
        return {"values": encode(self.matrix, (4, len(sequence)), self.label)}


@dataclass(frozen=True)
class HitsTrack:
    """Motif hits as named boxes in lanes; those that find no lane are counted as "+n".

    Parameters
    ----------
    label, unit
        Title above the track and unit of the hits' values.
    hits
        (start, end, name, value), half-open and 0-based; the largest values get a lane first.
    lanes
        How many lanes there are at most.
    """

    kind: ClassVar[str] = "hits"
    label: str
    hits: Sequence[tuple[int, int, str, float]]
    unit: str = ""
    lanes: int = 5

    def payload(self, sequence: str) -> dict[str, Any]:
        """Write the hits column by column, the largest value first."""
        hits = sorted((Hit(*hit) for hit in self.hits), key=_by_size)
        for hit in hits:
            if not 0 <= hit.start < hit.end <= len(sequence):
                raise ValueError(
                    f"{self.label}: the hit {hit.name!r} lies at [{hit.start}, {hit.end}), "
                    f"the sequence has {len(sequence)} nt"
                )
        return {
            "starts": [int(hit.start) for hit in hits],
            "ends": [int(hit.end) for hit in hits],
            "names": [str(hit.name) for hit in hits],
            "colours": {name: of_token(to_dna(name)) for name in {str(hit.name) for hit in hits}},
            "values": encode([hit.value for hit in hits], (len(hits),), self.label),
            "lanes": self.lanes,
        }


def payload(sequence: str, tracks: Sequence[Track], *, rna: bool = False) -> dict[str, Any]:
    """Give the JSON of one ruler.

    Parameters
    ----------
    sequence
        The stored sequence (DNA, upper case), L letters.
    tracks
        What stands below it, from top to bottom.
    rna
        Show T as U, in row labels too.

    Raises
    ------
    ValueError
        If a track does not fit the sequence, or the sequence is empty; this is a bug of the caller.
    """
    if not sequence:
        raise ValueError("the ruler needs a sequence of at least 1 nt")
    return {
        "sequence": in_alphabet(sequence, rna=rna),
        "bases": "ACGU" if rna else "ACGT",
        "colours": {"raises": RAISES, "lowers": LOWERS, "nucleotides": NUCLEOTIDES, "tokens": list(TOKENS)},
        "tracks": [
            {"kind": track.kind, "label": track.label, "unit": track.unit, **track.payload(sequence)}
            for track in tracks
        ],
    }


def encode(values: ArrayLike, shape: tuple[int, ...], label: str) -> str:
    """Write numbers of a shape that the sequence asks for as base64 of little-endian float32.

    Raises
    ------
    ValueError
        If they have another shape; this is a bug of the caller.
    """
    array = np.asarray(values, dtype="<f4")
    if array.shape != shape:
        raise ValueError(f"{label}: the values have shape {array.shape}, the sequence needs {shape}")
    return base64.b64encode(array.tobytes()).decode("ascii")


def _by_size(hit: Hit) -> tuple[float, int, int]:
    size = abs(hit.value)
    return (-size if size == size else np.inf, hit.start, hit.end)
