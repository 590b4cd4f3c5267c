"""Nucleotides: one alphabet for DNA and RNA, stored as upper-case DNA, shown as the user prefers.

Ambiguity codes are those of IUPAC (Cornish-Bowden 1985, doi:10.1093/nar/13.9.3021).
"""

import numpy as np
from numpy.typing import NDArray

BASES = "ACGT"
IUPAC = {
    "A": "A",
    "C": "C",
    "G": "G",
    "T": "T",
    "R": "AG",
    "Y": "CT",
    "S": "CG",
    "W": "AT",
    "K": "GT",
    "M": "AC",
    "B": "CGT",
    "D": "AGT",
    "H": "ACT",
    "V": "ACG",
    "N": "ACGT",
}
UNKNOWN = 4

_TO_DNA = str.maketrans("uU", "TT")
_TO_RNA = str.maketrans("T", "U")
_COMPLEMENT = str.maketrans("ACGTRYSWKMBDHVN", "TGCAYRSWMKVHDBN")
_LETTERS = np.frombuffer(f"{BASES}N".encode(), dtype=np.uint8)
_CODES = np.full(256, UNKNOWN, dtype=np.uint8)
for _code, _base in enumerate(BASES):
    _CODES[ord(_base)] = _code


def to_dna(sequence: str) -> str:
    """Store a sequence: upper case, U as T.

    >>> to_dna("acgu")
    'ACGT'
    """
    return sequence.translate(_TO_DNA).upper()


def in_alphabet(sequence: str, *, rna: bool) -> str:
    """Write a stored sequence in the alphabet that the user prefers.

    >>> in_alphabet("ACGT", rna=True)
    'ACGU'
    """
    return sequence.translate(_TO_RNA) if rna else sequence


def reverse_complement(sequence: str) -> str:
    """Give the other strand of a stored sequence, IUPAC codes included.

    >>> reverse_complement("AACGN")
    'NCGTT'
    """
    return sequence.translate(_COMPLEMENT)[::-1]


def codes(sequence: str) -> NDArray[np.uint8]:
    """Number the letters of a stored sequence: A 0, C 1, G 2, T 3, anything else 4; shape (L,).

    >>> codes("ACGTN").tolist()
    [0, 1, 2, 3, 4]
    """
    return _CODES[np.frombuffer(sequence.encode("ascii", "replace"), dtype=np.uint8)]


def to_texts(letters: NDArray[np.integer]) -> list[str]:
    """Turn numbers (N, L), as ``codes`` gives them, back into N stored sequences.

    >>> to_texts(np.array([[0, 3, 4], [2, 1, 0]]))
    ['ATN', 'GCA']
    """
    return [row.tobytes().decode("ascii") for row in _LETTERS[letters]]


def one_hot(sequence: str) -> NDArray[np.float32]:
    """Write a stored sequence as a matrix (4, L) with channels A C G T; any other letter is a column of zeros.

    >>> one_hot("AG").tolist()
    [[1.0, 0.0], [0.0, 0.0], [0.0, 1.0], [0.0, 0.0]]
    """
    matrix: NDArray[np.float32] = (codes(sequence)[None, :] == np.arange(4)[:, None]).astype(np.float32)
    return matrix
