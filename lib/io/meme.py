"""Read PWMs in the MEME format (https://meme-suite.org/meme/doc/meme-format.html)."""

import re
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from lib.core.alphabet import BASES
from lib.core.arrays import FloatArray
from lib.io.matrices import TOLERANCE, Matrices, MotifFile, free_name

_MATRIX = re.compile(r"letter-probability\s+matrix\s*:?", re.IGNORECASE)
_WIDTH = re.compile(r"\bw\s*=\s*(\d+)")
_LETTERS = re.compile(r"\balength\s*=\s*(\d+)")
_ALPHABET = re.compile(r"ALPHABET\s*=?\s*(.*)", re.IGNORECASE)
_LOG_ODDS = re.compile(r"log-odds\s+matrix\s*:?", re.IGNORECASE)


def is_meme(data: bytes) -> bool:
    """Say whether text starts like a MEME file."""
    return data.lstrip().lower().startswith((b"meme version", b"********"))


def read_meme(text: str, *, name: str = "the MEME file") -> dict[str, FloatArray]:
    """Read the PWMs of a MEME file as (4, W) probabilities by motif name, channels A C G T; see ``parse_meme``.

    Raises
    ------
    DataError
        If there is no motif, the alphabet is not of nucleotides, or matrices are malformed; every fault is listed.
    """
    return dict(parse_meme(text, name=name).require_usable(name).pwms)


def parse_meme(text: str, *, name: str) -> MotifFile:
    """Read a MEME file (versions 4 and 5) with its faults and with the motifs that have no matrix.

    DNA and RNA alphabets are one. Widths that are not given, missing blanks after ``=``, tabs, log-odds matrices beside
    the probabilities, URLs and rows whose sum is off by rounding are all accepted; names that occur twice are numbered.
    """
    lines = text.lstrip("\ufeff").splitlines()
    gathered = Matrices(name)
    current, alias, opened = "", "", -1
    waiting: dict[int, tuple[str, str]] = {}  # motifs whose matrix has not come yet by line, and what came instead
    for number, line in enumerate(lines):
        word = line.split(maxsplit=3)[:3]
        if word and word[0].upper() == "MOTIF":
            current = word[1] if len(word) > 1 else f"motif {len(gathered.pwms) + 1}"
            alias = word[2] if len(word) > 2 else ""
            if word[0] == "MOTIF":  # full output of MEME says "Motif ..." again above each of its tables
                opened = number
                waiting[opened] = (f"{current} {alias}", "no matrix")
        elif word and word[0].upper().startswith("ALPHABET"):
            _check_alphabet(line, number, gathered)
        elif _LOG_ODDS.match(line.strip()) and opened in waiting:
            waiting[opened] = (waiting[opened][0], "log odds and no probabilities")
        elif _MATRIX.match(line.strip()):
            matrix = _matrix(lines, number, gathered)
            waiting.pop(opened, None)
            if matrix is not None:
                title = free_name(current or f"motif {len(gathered.pwms) + 1}", gathered.pwms)
                gathered.pwms[title] = matrix
                gathered.aliases.update({title: alias} if alias else {})
    for at, (title, found) in waiting.items():
        gathered.leave_out(title, at + 1, found)
    return gathered.finish()


def to_meme(
    pwms: Mapping[str, FloatArray], *, sites: Mapping[str, int] | None = None, remarks: Sequence[str] = ()
) -> str:
    """Write PWMs as a MEME file (version 4), DNA letters; ``read_meme`` reads it back.

    Parameters
    ----------
    pwms
        Probabilities (4, W) by name, channels A C G T; blanks in a name become underscores.
    sites
        How many sites each was made of, where that is known.
    remarks
        Lines that stand below the version, where MEME itself writes text that no reader takes for a motif.
    """
    said = "".join(f"# {remark}\n" for remark in remarks)
    parts = [
        f"MEME version 4\n{said}\nALPHABET= ACGT\n\nstrands: +\n\n"
        "Background letter frequencies\nA 0.25 C 0.25 G 0.25 T 0.25\n"
    ]
    for name, matrix in pwms.items():
        known = f" nsites= {sites[name]}" if sites and name in sites else ""
        parts.append(
            f"MOTIF {'_'.join(name.split())}\nletter-probability matrix: alength= 4 w= {matrix.shape[1]}{known}"
        )
        parts.append("\n".join(" ".join(f"{value:.6f}" for value in column) for column in matrix.T) + "\n")
    return "\n".join(parts)


def _check_alphabet(line: str, number: int, gathered: Matrices) -> None:
    match = _ALPHABET.match(line.strip())
    letters = (match.group(1) if match else "").strip().strip('"').upper()
    known = {"", "ACGT", "ACGU", "DNA", "RNA"}
    if letters.split()[:1] not in [[word] if word else [] for word in known] and "LIKE" not in letters:
        gathered.fault(number + 1, f"the alphabet {letters[:40]!r}", "ACGT or ACGU")


def _matrix(lines: list[str], header: int, gathered: Matrices) -> FloatArray | None:
    """Read the rows below a ``letter-probability matrix`` line; None, and a problem, where they are malformed."""
    letters, width = _LETTERS.search(lines[header]), _WIDTH.search(lines[header])
    if letters and int(letters.group(1)) != len(BASES):
        gathered.fault(header + 1, f"alength= {letters.group(1)}", "alength= 4")
        return None
    rows: list[list[float]] = []
    for number, numbers in _rows(lines, header):
        total = sum(numbers)
        if len(numbers) != len(BASES) or min(numbers) < 0 or not abs(total - 1) <= TOLERANCE:
            negative = " and a negative one" if min(numbers) < 0 else ""
            needed = "four numbers of 0 or more with the sum 1" + ("; log odds do not tell them" if negative else "")
            gathered.fault(number + 1, f"{len(numbers)} numbers with the sum {total:.3g}{negative}", needed)
            return None
        rows.append([value / total for value in numbers])
    if not rows or (width and int(width.group(1)) != len(rows)):
        needed = f"{width.group(1)} rows of four numbers (w= {width.group(1)})" if width else "one row per position"
        gathered.fault(header + 1, f"{len(rows)} rows of numbers below it", needed)
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
