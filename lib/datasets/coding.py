"""Whether sequences are coding: whole reading frames, from a start codon to a stop codon."""

from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

START, STOPS = "ATG", ("TAA", "TAG", "TGA")
MOSTLY = 0.9
"""Share of the sequences from which on they are taken as coding."""


def is_coding(sequence: str) -> bool:
    """Say whether stored DNA begins with ATG, has a length of a multiple of three, and one stop codon, its last.

    >>> is_coding("ATGGCTTAA"), is_coding("ATGTAAGCTTAA"), is_coding("ATGGCTTAAC")
    (True, False, False)
    """
    if len(sequence) % 3 or not sequence.startswith(START):
        return False
    stops = [place for place in range(0, len(sequence), 3) if sequence[place : place + 3] in STOPS]
    return stops == [len(sequence) - 3]


def count_coding(sequences: Sequence[str] | NDArray[Any]) -> int:
    """Count the coding ones of N sequences."""
    return sum(map(is_coding, sequences))


def are_coding(sequences: Sequence[str] | NDArray[Any]) -> bool:
    """Say whether nearly all of N sequences are coding."""
    return len(sequences) > 0 and count_coding(sequences) >= MOSTLY * len(sequences)


def summarise(sequences: Sequence[str] | NDArray[Any]) -> list[str]:
    """Say in a sentence that sequences are coding, and what reads them in frame; nothing where they are not."""
    count = count_coding(sequences)
    if not len(sequences) or count < MOSTLY * len(sequences):
        return []
    return [
        f"{count:,} of {len(sequences):,} sequences are coding: they begin with ATG, end with a stop codon and have "
        "none between. The tokenizer Codons and the model Codon usage read them in frame."
    ]
