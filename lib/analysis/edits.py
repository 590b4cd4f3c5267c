"""Edits of a sequence: letters replaced, inserted, deleted, a window shuffled; each a short text that a link can hold.

Positions are 0-based and ranges half-open, in the sequence as it was before the edit:

- ``s12.ACG`` writes ACG over the letters from 12 on;
- ``i12.ACG`` inserts ACG before 12;
- ``d12-15`` deletes [12, 15);
- ``w12-30.7`` puts a dinucleotide shuffle with seed 7 in place of [12, 30).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lib.core.alphabet import BASES, codes, in_alphabet, to_dna
from lib.core.errors import UserError
from lib.core.shuffle import dinucleotide_shuffle

Kind = Literal["s", "i", "d", "w"]
LETTERS = f"{BASES}N"
BETWEEN = "_"
_WRITTEN = re.compile(r"(?:([si])(\d{1,6})\.([ACGTUN]{1,5000})|d(\d{1,6})-(\d{1,6})|w(\d{1,6})-(\d{1,6})\.(\d{1,9}))")


@dataclass(frozen=True)
class Edit:
    """One edit.

    Parameters
    ----------
    kind
        ``s`` replaces, ``i`` inserts, ``d`` deletes, ``w`` shuffles.
    start, end
        Half-open range that it changes; an insertion has start == end.
    letters
        Stored DNA that is written or inserted.
    seed
        Of the shuffle.
    """

    kind: Kind
    start: int
    end: int
    letters: str = ""
    seed: int = 0

    def __str__(self) -> str:
        """Write it as a link holds it."""
        if self.kind in "si":
            return f"{self.kind}{self.start}.{self.letters}"
        return f"{self.kind}{self.start}-{self.end}" + (f".{self.seed}" if self.kind == "w" else "")

    def apply(self, sequence: str) -> str:
        """Give the edited sequence.

        Raises
        ------
        UserError
            If the range leaves the sequence, or nothing would be left of it.
        """
        length = len(sequence)
        if not 0 <= self.start <= self.end <= length or (self.kind != "i" and self.start == self.end):
            raise UserError(
                f"The edit {self} does not lie within the {length:,} nt of the sequence. Undo it, or choose another "
                "place."
            )
        if self.kind == "d" and self.end - self.start == length:
            raise UserError("Nothing would be left of the sequence. Leave at least one nucleotide.")
        middle = _shuffle(sequence[self.start : self.end], self.seed) if self.kind == "w" else self.letters
        return sequence[: self.start] + middle + sequence[self.end :]

    def words(self, sequence: str, *, rna: bool = False) -> str:
        """Say what it does to a sequence, positions counted from 1.

        >>> Edit("s", 2, 3, "T").words("ACGT", rna=True)
        'G3 to U'
        """
        old = _short(in_alphabet(sequence[self.start : self.end], rna=rna))
        new = _short(in_alphabet(self.letters, rna=rna))
        span = f"{self.start + 1}" if self.end - self.start <= 1 else f"{self.start + 1}–{self.end}"
        if self.kind == "s" and self.end - self.start == 1:
            return f"{old}{self.start + 1} to {new}"
        said = {
            "s": f"{old} at {span} to {new}",
            "i": f"{new} inserted before {self.start + 1}",
            "d": f"{old} at {span} deleted",
            "w": f"{span} shuffled (seed {self.seed})",
        }
        return said[self.kind]


def replace(start: int, letters: str) -> Edit:
    """Make the edit that writes letters (DNA or RNA) over those from ``start`` on."""
    stored = to_dna(letters)
    return Edit("s", start, start + len(stored), stored)


def insert(start: int, letters: str) -> Edit:
    """Make the edit that inserts letters (DNA or RNA) before ``start``."""
    return Edit("i", start, start, to_dna(letters))


def delete(start: int, end: int) -> Edit:
    """Make the edit that deletes [start, end)."""
    return Edit("d", start, end)


def shuffle(start: int, end: int, *, seed: int = 0) -> Edit:
    """Make the edit that shuffles [start, end), its dinucleotides kept."""
    return Edit("w", start, end, seed=seed)


def parse(text: str) -> Edit:
    """Read one edit.

    Raises
    ------
    UserError
        If it is none.

    >>> str(parse("s3.UA"))
    's3.TA'
    """
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise UserError(f"{text[:40]!r} is no edit; an edit looks like s12.ACG, i12.ACG, d12-15 or w12-30.7.")
    kind, start, letters, *rest = found.groups()
    if kind == "s":
        return replace(int(start), letters)
    if kind == "i":
        return insert(int(start), letters)
    if rest[0] is not None:
        return delete(int(rest[0]), int(rest[1]))
    return shuffle(int(rest[2]), int(rest[3]), seed=int(rest[4]))


def write(edits: Iterable[Edit]) -> str:
    """Write edits one after the other, as a link holds them."""
    return BETWEEN.join(map(str, edits))


def read(text: str) -> list[Edit]:
    """Read what ``write`` wrote.

    Raises
    ------
    UserError
        If one of them is no edit.
    """
    return [parse(part) for part in text.split(BETWEEN) if part]


def steps(sequence: str, edits: Sequence[Edit]) -> list[str]:
    """Give the sequence before and after each of E edits, (E + 1,).

    Raises
    ------
    UserError
        If one of them does not fit.
    """
    found = [sequence]
    for edit in edits:
        found.append(edit.apply(found[-1]))
    return found


def _shuffle(part: str, seed: int) -> str:
    letters = dinucleotide_shuffle(codes(part), np.random.default_rng(seed))
    return "".join(LETTERS[letter] for letter in letters)


def _short(text: str) -> str:
    return text if len(text) <= 20 else f"{text[:9]}…{text[-9:]}"
