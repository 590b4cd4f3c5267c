"""Simple ways to cut a sequence, for the page with token tracks and for the tests that know what it must show."""

import re

import numpy as np

Tokens = list[tuple[int, int, str]]


def sequence_of(length: int) -> str:
    """Give a sequence rich in A and T, the same for the same length, with NNN at 41 to 44."""
    letters = np.random.default_rng(length).choice(list("ACGT"), length, p=[0.3, 0.17, 0.17, 0.36])
    letters[41:44] = "N"
    return "".join(letters)


def windows(sequence: str, k: int) -> Tokens:
    """Overlapping k-mers; for k = 1 the letters."""
    return [(start, start + k, sequence[start : start + k]) for start in range(len(sequence) - k + 1)]


def words(sequence: str, pattern: str) -> Tokens:
    """Cut out what a pattern finds, and leave out the rest."""
    return [(found.start(), found.end(), found.group()) for found in re.finditer(pattern, sequence)]


def blocks(sequence: str) -> Tokens:
    """Runs of one letter and GC."""
    return words(sequence, r"T+|A+|GC|G+|C+|N")


def pieces(sequence: str) -> Tokens:
    """AT-rich and GC-rich words in pieces of at most three letters, written as WordPiece writes them."""
    found = []
    for start, end, text in words(sequence, "[AT]+|[GC]+|N+"):
        for first in range(start, end, 3):
            last = min(end, first + 3)
            mark = "" if first == start else "##"
            found.append((first, last, mark + text[first - start : last - start].lower()))
    return found


def species(sequence: str) -> Tokens:
    """6-mers between special tokens."""
    return [(0, 0, "[CLS]"), (0, 0, "danio_rerio"), *windows(sequence, 6), (len(sequence), len(sequence), "[SEP]")]
