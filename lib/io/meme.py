"""Read PWMs in the MEME format (https://meme-suite.org/meme/doc/meme-format.html)."""

import re
from collections.abc import Iterator, Mapping

import numpy as np

from lib.core.alphabet import BASES
from lib.core.arrays import FloatArray
from lib.core.errors import DataError, Problem

_MATRIX = re.compile(r"letter-probability\s+matrix\s*:?", re.IGNORECASE)
_WIDTH = re.compile(r"\bw\s*=\s*(\d+)")
_LETTERS = re.compile(r"\balength\s*=\s*(\d+)")
_ALPHABET = re.compile(r"ALPHABET\s*=?\s*(.*)", re.IGNORECASE)
_TOLERANCE = 0.05


def is_meme(data: bytes) -> bool:
    """Say whether text starts like a MEME file."""
    return data.lstrip().lower().startswith((b"meme version", b"********"))


def read_meme(text: str, *, name: str = "the MEME file") -> dict[str, FloatArray]:
    """Read the PWMs of a MEME file (versions 4 and 5) as (4, W) probabilities by motif name, channels A C G T.

    DNA and RNA alphabets are one. Widths that are not given, missing blanks after ``=``, tabs, log-odds matrices beside
    the probabilities, URLs and rows whose sum is off by rounding are all accepted; names that occur twice are numbered.

    Raises
    ------
    DataError
        If there is no motif, the alphabet is not of nucleotides, or matrices are malformed; every fault is listed.
    """
    lines = text.lstrip("\ufeff").splitlines()
    problems: list[Problem] = []
    pwms: dict[str, FloatArray] = {}
    current = ""
    for number, line in enumerate(lines):
        word = line.split(maxsplit=2)[:2]
        if word and word[0].upper() == "MOTIF":
            current = word[1] if len(word) > 1 else f"motif {len(pwms) + 1}"
        elif word and word[0].upper().startswith("ALPHABET"):
            _check_alphabet(line, number, name, problems)
        elif _MATRIX.match(line.strip()):
            matrix = _matrix(lines, number, name, problems)
            if matrix is not None:
                pwms[_free(current or f"motif {len(pwms) + 1}", pwms)] = matrix
    if problems:
        raise DataError(f"{name}: {len(problems)} faults in the PWMs, the first: {problems[0]} Correct them.", problems)
    if not pwms:
        needed = "a line 'letter-probability matrix:' and one row of four numbers per position"
        raise DataError(f"{name} holds no PWM; {needed} are needed.", [Problem(name, None, "", "no PWM", needed)])
    return pwms


def to_meme(pwms: Mapping[str, FloatArray], *, sites: Mapping[str, int] | None = None) -> str:
    """Write PWMs as a MEME file (version 4), DNA letters; ``read_meme`` reads it back.

    Parameters
    ----------
    pwms
        Probabilities (4, W) by name, channels A C G T; blanks in a name become underscores.
    sites
        How many sites each was made of, where that is known.
    """
    parts = [
        "MEME version 4\n\nALPHABET= ACGT\n\nstrands: +\n\nBackground letter frequencies\nA 0.25 C 0.25 G 0.25 T 0.25\n"
    ]
    for name, matrix in pwms.items():
        known = f" nsites= {sites[name]}" if sites and name in sites else ""
        parts.append(
            f"MOTIF {'_'.join(name.split())}\nletter-probability matrix: alength= 4 w= {matrix.shape[1]}{known}"
        )
        parts.append("\n".join(" ".join(f"{value:.6f}" for value in column) for column in matrix.T) + "\n")
    return "\n".join(parts)


def _check_alphabet(line: str, number: int, name: str, problems: list[Problem]) -> None:
    match = _ALPHABET.match(line.strip())
    letters = (match.group(1) if match else "").strip().strip('"').upper()
    known = {"", "ACGT", "ACGU", "DNA", "RNA"}
    if letters.split()[:1] not in [[word] if word else [] for word in known] and "LIKE" not in letters:
        problems.append(Problem(name, number + 1, "", f"the alphabet {letters[:40]!r}", "ACGT or ACGU"))


def _free(motif: str, taken: dict[str, FloatArray]) -> str:
    """Number a name that is taken: X, X (2), X (3)."""
    if motif not in taken:
        return motif
    return next(candidate for number in range(2, len(taken) + 3) if (candidate := f"{motif} ({number})") not in taken)


def _matrix(lines: list[str], header: int, name: str, problems: list[Problem]) -> FloatArray | None:
    """Read the rows below a ``letter-probability matrix`` line; None, and a problem, where they are malformed."""
    letters, width = _LETTERS.search(lines[header]), _WIDTH.search(lines[header])
    if letters and int(letters.group(1)) != len(BASES):
        problems.append(Problem(name, header + 1, "", f"alength= {letters.group(1)}", "alength= 4"))
        return None
    rows: list[list[float]] = []
    for number, numbers in _rows(lines, header):
        total = sum(numbers)
        if len(numbers) != len(BASES) or min(numbers) < 0 or not abs(total - 1) <= _TOLERANCE:
            found = f"{len(numbers)} numbers with the sum {total:.3g}"
            problems.append(Problem(name, number + 1, "", found, "four numbers of 0 or more with the sum 1"))
            return None
        rows.append([value / total for value in numbers])
    if not rows or (width and int(width.group(1)) != len(rows)):
        needed = f"{width.group(1)} rows of four numbers (w= {width.group(1)})" if width else "one row per position"
        problems.append(Problem(name, header + 1, "", f"{len(rows)} rows of numbers below it", needed))
        return None
    return np.array(rows, dtype=np.float64).T.copy()


def _rows(lines: list[str], header: int) -> Iterator[tuple[int, list[float]]]:
    """Give the lines of numbers below a header, after any blank lines, up to the next other line."""
    started = False
    for number in range(header + 1, len(lines)):
        words = lines[number].replace(",", " ").split()
        if not words and not started:
            continue
        try:
            values = [float(word) for word in words]
        except ValueError:
            return
        if not values:
            return
        started = True
        yield number, values
