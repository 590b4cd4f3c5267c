"""What somebody pasted or dropped on the Predict page, read as sequences. No widgets here."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lib.core.errors import Problem
from lib.io.decisions import DEFAULT, Decision, Reading, require
from lib.io.files import Source
from lib.io.sandbox import run_reader
from lib.io.sequences import Sequences, read_sequences

PASTED = "pasted text"
_WORD = re.compile(r"[A-Za-z*.-]+")


@dataclass(frozen=True)
class Asked:
    """N sequences that somebody asks about.

    Parameters
    ----------
    ids, sequences
        (N,) each; ids are unique, sequences are stored DNA.
    notes
        What was changed while reading, in sentences.
    problems
        What was left out, and why.
    decisions
        How the file was read; while one is open, the sequences are to be shown and not to be used.
    """

    ids: tuple[str, ...]
    sequences: tuple[str, ...]
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    decisions: tuple[Decision, ...] = ()

    def __len__(self) -> int:
        """Count the sequences."""
        return len(self.ids)


def read_text(text: str) -> Asked:
    r"""Read pasted text: FASTA, one bare sequence per line, or a table with an id and a sequence.

    Raises
    ------
    DataError
        If there is no sequence in it.
    Undecided
        If it can be read in two ways.

    >>> read_text("acgu\nTTAG").sequences
    ('ACGT', 'TTAG')
    """
    asked = inspect_file(read_pasted(text))
    require(asked.decisions)
    return asked


def read_pasted(text: str) -> Source:
    """Make a file of pasted text; bare sequences, one a line, become FASTA."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if lines and all(_WORD.fullmatch(line) for line in lines):
        text = "".join(f">sequence-{number}\n{line}\n" for number, line in enumerate(lines, start=1))
    return Source(PASTED, text.encode())


def inspect_file(source: Source, reading: Reading = DEFAULT) -> Asked:
    """Read a file of sequences of any format, or a table with an id and a sequence; decisions may be open.

    Raises
    ------
    DataError
        If there is no sequence in it.
    """
    return _ask(run_reader(read_sequences, source, reading=reading))


def _ask(found: Sequences) -> Asked:
    names, renamed = unique([str(name) for name in found.ids])
    notes = list(found.notes)
    if found.with_u:
        notes.append(f"{_count(found.with_u)} with U, read as T.")
    ambiguous = int(found.ambiguous.sum())
    if ambiguous:
        notes.append(f"{_count(ambiguous)} with letters other than A C G T U, read as N (unknown).")
    if renamed:
        notes.append(f"{_count(renamed)} had the id of another one and got a number behind it.")
    sequences = tuple(str(sequence) for sequence in found.sequences)
    return Asked(tuple(names), sequences, tuple(notes), tuple(row.problem() for row in found.rejected), found.decisions)


def unique(ids: Sequence[str]) -> tuple[list[str], int]:
    """Make ids unique by a number behind the later ones, and count how many got one.

    >>> unique(["a", "b", "a", "a"])
    (['a', 'b', 'a (2)', 'a (3)'], 2)
    """
    taken, seen, result = set(ids), dict.fromkeys(ids, 0), []
    for name in ids:
        seen[name] += 1
        if seen[name] > 1:
            while (new := f"{name} ({seen[name]})") in taken:
                seen[name] += 1
            taken.add(new)
            result.append(new)
        else:
            result.append(name)
    return result, sum(new != old for new, old in zip(result, ids, strict=True))


def _count(number: int) -> str:
    return f"{number:,} sequence{'' if number == 1 else 's'}"
