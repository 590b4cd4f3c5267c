"""Guess how a text file is laid out: delimiter, header, names of columns, FASTA or not."""

import csv
import re
from collections.abc import Sequence
from typing import NamedTuple

SHOWN_LINES = 100
DELIMITERS = "\t,;|"
ID_NAMES = set(
    (
        "id ids name names gene gene_id geneid gene_name transcript transcript_id sequence_id seq_id seqid "
        "reporter reporter_id utr_name utr_id probe oligo oligo_id refseq accession identifier motif kmer "
        "window_id"
    ).split()
)
SEQUENCE_NAMES = {"sequence", "sequences", "seq", "utr", "utr_sequence", "dna", "rna", "insert"}
POSITION_NAMES = {"start", "start0", "end", "stop", "pos", "position", "length", "len", "width", "index", "row"}
_WORDS = {"id", "ids", "name", "gene", "transcript", "sequence", "seq", "reporter", "utr", "probe", "oligo", "motif"}
_NUCLEOTIDES = re.compile(r"[ACGTUNRYSWKMBDHV]+", re.IGNORECASE)
_UNUSUAL = re.compile(r"[^ACGTUN]", re.IGNORECASE)
csv.field_size_limit(2**31 - 1)  # a cell may hold a long sequence; the csv module stops at 131,072 letters by itself
MISSING = ("", "na", "#n/a", "n/a", "nan", "null", "none", "-", ".")
"""What stands in a cell without a value, in lower case."""
_NUMBER = re.compile(
    r"[+\u2212-]?(\d{1,3}([ \u00a0\u2007\u2009\u202f'\u2019.,]\d{3})+|\d+)?([.,]\d*)?(?<=[\d.,])(e[+-]?\d+)?",
    re.IGNORECASE,
)
_WORDS_OF_NUMBERS = {"nan", *(f"{sign}{word}" for sign in ("", "+", "-") for word in ("inf", "infinity"))}


def is_nucleotides(cell: str) -> bool:
    """Say whether a cell is written in IUPAC letters, nearly all of them A C G T U N.

    >>> is_nucleotides("ACGU"), is_nucleotides("SPIKE"), is_nucleotides("RYRYRY")
    (True, False, False)
    """
    return bool(_NUCLEOTIDES.fullmatch(cell)) and len(_UNUSUAL.findall(cell)) <= len(cell) / 5


def is_sequence(cell: str) -> bool:
    """Say whether a cell is a nucleotide sequence, which has 10 letters or more.

    >>> is_sequence("ACGUACGUAC"), is_sequence("TAG")
    (True, False)
    """
    return len(cell) >= 10 and is_nucleotides(cell)


def is_number(cell: str) -> bool:
    """Say whether a cell is written as a number, with any decimal or group marks.

    >>> is_number("1e-3"), is_number("0,5"), is_number("1'046"), is_number("2h"), is_number(".")
    (True, True, True, False, False)
    """
    return (bool(_NUMBER.fullmatch(cell)) and any(map(str.isdecimal, cell))) or cell.lower() in _WORDS_OF_NUMBERS


def is_fasta(data: bytes) -> bool:
    r"""Say whether text is FASTA, which may lack its first header.

    >>> is_fasta(b">a\nACGT"), is_fasta(b"ACGTACGT\n>a\nACGT"), is_fasta(b">a\tACGT\n>b\tAC")
    (True, True, False)
    """
    lines = [line.text for line in first_lines(data)]
    headers = [line.startswith(">") for line in lines]
    if not any(headers):
        return False
    if not headers[0]:
        return is_nucleotides(lines[0].strip())
    return not all(headers) or delimiter_of(lines) is None


class Line(NamedTuple):
    """A line of a text: its 1-based number, its first byte, and what it holds."""

    number: int
    offset: int
    text: str


def first_lines(data: bytes) -> list[Line]:
    """Give the first 100 filled lines; and of remarks above the table (``#``) the last one."""
    lines: list[Line] = []
    at, number = 0, 0
    while at < len(data) and len(lines) < SHOWN_LINES:
        end = data.find(b"\n", at)
        end = end if end >= 0 else len(data)
        number += 1
        line = data[at:end].strip()
        if line.startswith(b"#") and len(lines) == 1 and lines[0].text.startswith("#"):
            lines.clear()
        remark = not lines and line.startswith((b"##", b"sep="))
        if line and not remark:
            lines.append(Line(number, at, data[at:end].decode("utf-8")))
        at = end + 1
    return lines


def delimiter_of(lines: Sequence[str]) -> str | None:
    """Choose the delimiter that cuts most lines into the same number of fields; None where no line is cut in two."""
    best: tuple[float, int] = (0.0, 0)
    chosen = None
    for delimiter in DELIMITERS:
        counts = [len(row) for row in csv.reader(lines, delimiter=delimiter)]
        usual = max(set(counts), key=counts.count)
        share = (counts.count(usual) / len(counts), usual)
        if usual >= 2 and share > best:
            best, chosen = share, delimiter
    if chosen is None and any(delimiter in lines[0] for delimiter in DELIMITERS):
        chosen = max(DELIMITERS, key=lines[0].count)
    return chosen


def column_names(rows: Sequence[Sequence[str]]) -> tuple[list[str], bool]:
    """Name the columns from the first rows of a file, and say whether the first row is a header.

    >>> column_names([["id", "1h", "1h"], ["a", "3", "4"]])
    (['id', '1h', '1h (2)'], True)
    >>> column_names([["a", "3", "4"]])
    (['column 1', 'column 2', 'column 3'], False)
    """
    first = [cell.strip() for cell in rows[0]]
    if not _is_header(first):
        width = len(first)
        return [f"column {i + 1}" for i in range(width)], False
    while len(first) > 1 and not first[-1] and not any("".join(row[len(first) - 1 :]).strip() for row in rows[1:]):
        first.pop()  # a delimiter at the end of each line
    widths = {len(row) for row in rows[1:]}
    if widths == {len(first) + 1} and all(row[-1].strip() for row in rows[1:]):
        first = ["id", *first]  # R's write.table gives the column of row names no name
    return distinct([cell or f"column {i + 1}" for i, cell in enumerate(first)]), True


def _is_header(first: Sequence[str]) -> bool:
    if any(map(is_sequence, first)):
        return False
    words = set(re.split(r"[^a-z]+", first[0].lower()))
    if not first[0] or (words & _WORDS and not re.search(r"\d", first[0])):
        return True
    return not any(is_number(cell) for cell in first if cell)


def distinct(names: Sequence[str]) -> list[str]:
    """Make names distinct: the second ``2h`` becomes ``2h (2)``.

    >>> distinct(["2h", "2h", "2h (2)", "2h"])
    ['2h', '2h (2)', '2h (2) (2)', '2h (3)']
    """
    made: list[str] = []
    taken: set[str] = set()
    next_copy: dict[str, int] = {}
    for name in names:
        new, copy = name, next_copy.get(name, 2)
        while new in taken:
            new, copy = f"{name} ({copy})", copy + 1
        next_copy[name] = copy
        taken.add(new)
        made.append(new)
    return made
