"""Position weight matrices on their way from a file: counts become probabilities, every fault gets its line."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

import numpy as np

from lib.core.alphabet import BASES, to_dna
from lib.core.arrays import FloatArray
from lib.core.errors import DataError, Problem
from lib.io.files import Rejected

TOLERANCE = 0.05
"""How far probabilities may be from the sum 1 by rounding, and the sums of two positions from each other."""
NEEDED = "four numbers of 0 or more with the sum 1, or counts"
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+(e[+-]?\d+)?", re.IGNORECASE)
_PACKED = re.compile(r"(\.(gz|bz2|xz|zip))+$", re.IGNORECASE)

Row = tuple[int, Sequence[float]]
"""1-based line, and the numbers that stand there."""


@dataclass(frozen=True)
class MotifFile:
    """What a file of PWMs holds.

    Parameters
    ----------
    pwms
        Probabilities by motif name, each (4, W) with channels A C G T.
    notes
        What was remarkable, in sentences.
    problems
        Faults of matrices; a file with any is not used.
    left_out
        Motifs without a matrix.
    aliases
        Second names of motifs, such as the protein, by name.
    """

    pwms: Mapping[str, FloatArray]
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    left_out: tuple[Rejected, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)

    def require_usable(self, name: str) -> "MotifFile":
        """Give the file itself where it can be used.

        Raises
        ------
        DataError
            If matrices have faults, all of which are listed, or there is none.
        """
        if self.problems:
            count = len(self.problems)
            said = f"{count} fault{'s' * (count != 1)} in the PWMs, the first: {self.problems[0]}"
            raise DataError(f"{name}: {said} Correct {'them' if count > 1 else 'it'}.", self.problems)
        if not self.pwms:
            empty = "; ".join(f"line {one.line}: {one.id} has {one.found}" for one in self.left_out[:5])
            remedy = "Choose a file with one row of four probabilities or counts per position"
            raise DataError(
                f"{name} holds no PWM{f' ({empty})' if empty else ''}. {remedy}.",
                [one.problem() for one in self.left_out] or [Problem(name, None, "", "no PWM", NEEDED)],
            )
        return self


class Matrices:
    """Gathers the matrices of one file.

    Parameters
    ----------
    name
        File name as the user knows it.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.pwms: dict[str, FloatArray] = {}
        self.aliases: dict[str, str] = {}
        self.problems: list[Problem] = []
        self._left_out: list[Rejected] = []
        self._counted: list[str] = []

    @property
    def stem(self) -> str:
        """Name of the file without its ending: what its only motif is called where the file gives no name."""
        return PurePath(_PACKED.sub("", self.name)).stem or "motif"

    def fault(self, line: int | None, found: str, needed: str) -> None:
        """Note a fault."""
        self.problems.append(Problem(self.name, line, "", found, needed))

    def leave_out(self, title: str, line: int, found: str = "no matrix") -> None:
        """Note a motif that has no matrix."""
        needed = "one row of four probabilities or counts per position"
        self._left_out.append(Rejected(self.name, line, self.title(title), "", found, needed))

    def title(self, title: str) -> str:
        """Give the name of a motif on one line; that of the file where it has none."""
        return " ".join(title.split()) or self.stem

    def add(self, title: str, line: int, rows: Iterable[Row], *, letters: str = BASES, alias: str = "") -> None:
        """Add a matrix that stands with one row per position; faults are noted and add nothing.

        Parameters
        ----------
        title, alias
            Name of the motif, empty for that of the file, and a second name.
        line
            1-based line where the motif begins.
        rows
            One per position, as many numbers as there are ``letters``.
        letters
            What the columns stand for.
        """
        rows, order = list(rows), to_dna(letters)
        if sorted(order) != sorted(BASES):
            self.fault(line, f"the letters {letters!r}", "one column for each of A C G T or U")
            return
        if not rows:
            self.leave_out(title, line)
            return
        uneven = [(at, values) for at, values in rows if len(values) != len(BASES)]
        if uneven:
            at, values = uneven[0]
            self.fault(at, f"{len(values)} number{'s' * (len(values) != 1)} in {self.title(title)}", "four numbers")
            return
        self._keep(title, np.array([values for _, values in rows]), [at for at, _ in rows], order, alias)

    def add_letters(self, title: str, line: int, rows: Mapping[str, Row], *, alias: str = "") -> None:
        """Add a matrix that stands with one row per letter, such as JASPAR's; faults are noted and add nothing."""
        if not rows:
            self.leave_out(title, line)
            return
        found = {to_dna(letter): row for letter, row in rows.items()}
        missing = [base for base in BASES if base not in found]
        if missing:
            needed = "a row for each of A C G T or U"
            self.fault(line, f"no row for {' '.join(missing)} in {self.title(title)}", needed)
            return
        widths = {len(values) for _, values in found.values()}
        if len(widths) > 1:
            sizes = ", ".join(f"{base} {len(found[base][1])}" for base in BASES)
            self.fault(line, f"rows of different length in {self.title(title)} ({sizes})", "as many numbers for each")
            return
        if widths == {0}:
            self.leave_out(title, line)
            return
        columns = np.array([found[base][1] for base in BASES]).T
        at = [max(row_line for row_line, _ in found.values())] * len(columns)
        self._keep(title, columns, at, BASES, alias, base_lines=[found[base][0] for base in BASES])

    def _keep(
        self,
        title: str,
        columns: FloatArray,
        lines: Sequence[int],
        order: str,
        alias: str,
        base_lines: Sequence[int] = (),
    ) -> None:
        """Turn (W, 4) into probabilities and keep them under a free name."""
        named = self.title(title)
        negative = np.argwhere(columns < 0)
        if len(negative):
            position, base = (int(i) for i in negative[0])
            line = base_lines[base] if base_lines else lines[position]
            needed = "counts or probabilities of 0 or more; log odds and scores do not tell them, so export the counts"
            self.fault(line, f"the negative number {columns[position, base]:g} in {named}", needed)
            return
        sums = columns.sum(axis=1)
        whole = bool((columns == np.floor(columns)).all())
        shares = columns.max() <= 1 + TOLERANCE and not (whole and (sums > 1 + TOLERANCE).any())
        level = 1.0 if shares else float(np.median(sums))
        wrong = np.flatnonzero((sums <= 0) if whole and not shares else ~(np.abs(sums - level) <= TOLERANCE * level))
        if len(wrong):
            place = int(wrong[0])
            found = f"four numbers with the sum {sums[place]:.3g} at position {place + 1} of {named}"
            needed = NEEDED if shares or whole else f"the same sum at every position ({level:.3g} at most of them)"
            self.fault(lines[place], found, needed)
            return
        free = free_name(named, self.pwms)
        self.pwms[free] = np.ascontiguousarray((columns / sums[:, None])[:, [order.index(base) for base in BASES]].T)
        if alias:
            self.aliases[free] = self.title(alias)
        if not shares:
            self._counted.append(free)

    def finish(self) -> MotifFile:
        """Give what was gathered."""
        notes = []
        if self._counted:
            count = len(self._counted)
            which = "Every matrix holds" if count == len(self.pwms) else f"{count} of {len(self.pwms)} matrices hold"
            notes.append(f"{which} counts; each position was divided by its sum, without pseudo-counts.")
        if self._left_out:
            listed = ", ".join(f"{one.id} (line {one.line}, {one.found})" for one in self._left_out[:5])
            more = f" and {len(self._left_out) - 5} more" if len(self._left_out) > 5 else ""
            one = len(self._left_out) == 1
            notes.append(
                f"{self.name}: {len(self._left_out)} motif{'' if one else 's'} without a matrix "
                f"{'was' if one else 'were'} excluded: {listed}{more}."
            )
        return MotifFile(self.pwms, tuple(notes), tuple(self.problems), tuple(self._left_out), self.aliases)


def free_name(name: str, taken: Mapping[str, object]) -> str:
    """Number a name that is taken: X, X (2), X (3).

    >>> free_name("X", {"X": 1, "X (2)": 1})
    'X (3)'
    """
    if name not in taken:
        return name
    return next(free for number in range(2, len(taken) + 3) if (free := f"{name} ({number})") not in taken)


def numbers_of(text: str) -> list[float] | None:
    """Read a line of numbers separated by blanks or commas; None where anything else stands there.

    A comma within numbers that are separated by blanks is a decimal comma.

    >>> numbers_of("0.1 .2e-1,3"), numbers_of("0,97 0,01"), numbers_of("A 1"), numbers_of("")
    ([0.1, 0.02, 3.0], [0.97, 0.01], None, None)
    """
    words = text.split()
    if len(words) > 1 and any(_DECIMAL_COMMA.fullmatch(word) for word in words):
        words = [word.replace(",", ".") for word in words]
    else:
        words = text.replace(",", " ").split()
    if not words or not all(map(_NUMBER.fullmatch, words)):
        return None
    numbers = list(map(float, words))
    return numbers if all(map(math.isfinite, numbers)) else None
