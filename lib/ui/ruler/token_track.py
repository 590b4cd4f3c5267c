"""The tokens of one tokenizer as a track of the ruler. No streamlit here.

Tokens travel as base64 of little-endian int32: where each starts, where it ends, and the number of its style. A style
is what people read, its colour and whether the vocabulary knows it; texts that are made of the letters themselves
(``TTA``, ``##TTA``) are sent as what stands before the letters, so a sequence of 4,000 nt needs a handful of styles.
"""

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from lib.core.alphabet import to_dna
from lib.datasets.locus import Locus
from lib.figures.colours import TOKENS, of_token
from lib.motifs.folding import Fold, partners
from lib.ui.ruler.tracks import encode


@dataclass(frozen=True)
class StackTrack:
    """Letters A C G T on each other, the most probable on top.

    Parameters
    ----------
    label, unit
        Title above the track and unit of the heights.
    probabilities
        (4, L) of A C G T; NaN leaves a gap.
    heights
        (L,) of the whole stack, such as information in bits.
    top
        Height of the axis.
    """

    kind: ClassVar[str] = "stack"
    label: str
    probabilities: ArrayLike
    heights: ArrayLike
    top: float = 2.0
    unit: str = ""

    def payload(self, sequence: str) -> dict[str, Any]:
        """Encode probabilities, row after row, and heights."""
        length = len(sequence)
        return {
            "values": encode(self.probabilities, (4, length), self.label),
            "heights": encode(self.heights, (length,), self.label),
            "top": float(self.top),
        }


@dataclass(frozen=True)
class ProfileTrack:
    """Counts at each base: observed as bars, predicted as a line, replicates faintly.

    Parameters
    ----------
    label, unit
        Title above the track and unit of the values.
    observed, predicted
        (S, L) each: one row, or two of which the second is drawn downwards from the axis; None where there are none.
    replicates
        (S, L) each by name.
    strands
        (S,) what the rows are called where there are two; empty for one row.
    genome
        Where the sequence lies, for the tooltip and the table; None where nobody knows.
    """

    kind: ClassVar[str] = "profile"
    label: str
    observed: ArrayLike | None = None
    predicted: ArrayLike | None = None
    replicates: Mapping[str, ArrayLike] = field(default_factory=dict)
    strands: tuple[str, ...] = ()
    unit: str = "counts"
    genome: Locus | None = None

    def payload(self, sequence: str) -> dict[str, Any]:
        """Encode the series, those that are drawn below others first.

        Raises
        ------
        ValueError
            If a series does not have one value for each nucleotide and strand.
        """
        rows = len(self.strands) or 1
        if rows > 2:
            raise ValueError(f"{self.label}: a track has one or two strands, not {rows}")
        given = [("observed", "observed", self.observed)]
        given += [(name, "replicate", values) for name, values in self.replicates.items()]
        given += [("predicted", "predicted", self.predicted)]
        series = [
            {"name": name, "role": role, "values": encode(np.asarray(values), (rows, len(sequence)), self.label)}
            for name, role, values in given
            if values is not None
        ]
        where = None if self.genome is None else {**self.genome._asdict(), "name": self.genome.name}
        return {"series": series, "strands": list(self.strands), "genome": where}


@dataclass(frozen=True)
class ArcsTrack:
    """How a sequence folds: an arc above the axis for each pair, and the dot-bracket text where it can be read.

    Parameters
    ----------
    label, unit
        Title above the track, and its unit (usually none).
    fold
        Structure of L letters and its energy in kcal/mol.
    """

    kind: ClassVar[str] = "arcs"
    label: str
    fold: Fold
    unit: str = ""

    @property
    def note(self) -> str:
        """Say the energy of the whole.

        >>> ArcsTrack("Structure", Fold("(...)", -1.25)).note
        'MFE −1.25 kcal/mol'
        """
        return f"MFE {self.fold.energy:.2f} kcal/mol".replace("-", "−")

    def payload(self, sequence: str) -> dict[str, Any]:
        """Write for each letter the position of its partner, -1 where it has none.

        Raises
        ------
        ValueError
            If the structure is not as long as the sequence, or its brackets do not match.
        """
        structure = self.fold.structure
        if len(structure) != len(sequence):
            raise ValueError(
                f"{self.label}: a structure of {len(structure)} letters, the sequence has {len(sequence)} nt"
            )
        packed = partners(structure).astype("<i4").tobytes()
        return {
            "partners": base64.b64encode(packed).decode("ascii"),
            "note": self.note,
            "empty": "No base pairs in the structure of least energy",
        }


@dataclass(frozen=True)
class TokensTrack:
    """How one tokenizer cuts the sequence: boxes that lie where their tokens lie, in lanes where tokens overlap.

    The colour of a token is that of its letters, whatever the tokenizer: ``##TTA`` and ``TTA`` look the same.

    Parameters
    ----------
    label, unit
        Title above the track, and its unit (usually none).
    tokens
        (start, end, what people read), half-open and 0-based. A token with ``start == end`` stands for no letters,
        such as the species token: a chip at its place.
    unknown
        Whether the vocabulary does not know the token, one for each; empty where it knows all.
    note
        A few words at the right of the title, such as ``37 tokens``; what an empty track says.
    """

    kind: ClassVar[str] = "tokens"
    label: str
    tokens: Sequence[tuple[int, int, str]]
    unit: str = ""
    unknown: Sequence[bool] = ()
    note: str = ""

    def payload(self, sequence: str) -> dict[str, Any]:
        """Write the tokens in the order of their starts.

        Raises
        ------
        ValueError
            If a token lies outside the sequence, or there is not one mark in ``unknown`` for each token.
        """
        count = len(self.tokens)
        if len(self.unknown) not in (0, count):
            raise ValueError(f"{self.label}: {len(self.unknown)} marks of unknown tokens for {count} tokens")
        begin, end, texts = zip(*self.tokens, strict=True) if count else ((), (), ())
        starts, ends = np.array(begin, dtype="<i4"), np.array(end, dtype="<i4")
        outside = np.flatnonzero((starts < 0) | (ends < starts) | (ends > len(sequence)))
        if outside.size:
            first = int(outside[0])
            raise ValueError(
                f"{self.label}: the token {texts[first]!r} lies at [{begin[first]}, {end[first]}), "
                f"the sequence has {len(sequence)} nt"
            )
        dna = to_dna(sequence)
        letters = [dna[one:other] for one, other in zip(begin, end, strict=True)]
        table, numbers = _styles(
            zip(letters, texts, self.unknown if len(self.unknown) else [False] * count, strict=True)
        )
        order = np.argsort(starts, kind="stable")
        return {
            "starts": _pack(starts[order]),
            "ends": _pack(ends[order]),
            "styles": table,
            "numbers": _pack(numbers[order]),
            "note": self.note,
        }


def _styles(tokens: Iterable[tuple[str, str, bool]]) -> tuple[list[list[Any]], np.ndarray]:
    """Give the distinct styles [text, letters follow, colour, unknown], and the number of each token's style."""
    table: dict[tuple[Any, ...], int] = {}
    seen: dict[tuple[str, str, bool], int] = {}
    numbers = []
    for token in tokens:
        number = seen.get(token)
        if number is None:
            number = seen[token] = table.setdefault(_style(token), len(table))
        numbers.append(number)
    return [list(style) for style in table], np.array(numbers, dtype="<i4")


def _style(token: tuple[str, str, bool]) -> tuple[str, int, int, int]:
    letters, text, unknown = token
    before, spelled = text, 0
    if letters and to_dna(text).endswith(letters):
        before, spelled = text[: len(text) - len(letters)], 1
    return before, spelled, _colour(letters or text), int(unknown)


@lru_cache(maxsize=50_000)
def _colour(letters: str) -> int:
    return TOKENS.index(of_token(letters))


def _pack(values: np.ndarray) -> str:
    return base64.b64encode(values.astype("<i4", copy=False).tobytes()).decode("ascii")
