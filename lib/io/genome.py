"""A genome in FASTA: chromosomes of any length, found by any of their usual names, and windows cut from them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lib.core.alphabet import reverse_complement
from lib.core.errors import DataError, Problem
from lib.io.files import Source, fault, kind_of, read_unpacked, text_of

_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50}
_IN_HEADER = re.compile(r"\[chromosome=(\w+)\]|\bchromosome (\w+)\b")
_MITOCHONDRIAL = {"m", "mt", "mito", "mitochondrion", "mitochondrial"}
_IUPAC = b"ACGTUNRYSWKMBDHVacgtunryswkmbdhv-"
_STORED = bytes.maketrans(_IUPAC, b"ACGTTNNNNNNNNNNNACGTTNNNNNNNNNNNN")


@dataclass(frozen=True)
class Genome:
    """Chromosomes by name, stored as upper-case DNA of letters A C G T N."""

    name: str
    chromosomes: Mapping[str, str]
    aliases: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_names(cls, name: str, chromosomes: Iterable[str]) -> "Genome":
        """Make one of names alone, such as those in a file of counts."""
        names = dict.fromkeys(chromosomes, "")
        return cls(name, names, aliases(names))

    def find(self, name: str) -> str | None:
        """Give the name that a chromosome has here, None where it is not here; ``chr`` and Roman numbers are known.

        >>> genome = Genome.from_names("genome.fa", ["chrIV", "chrV"])
        >>> genome.find("4"), genome.find("IV"), genome.find("chrIV"), genome.find("6")
        ('chrIV', 'chrIV', 'chrIV', None)
        """
        if name in self.chromosomes:
            return name
        return self.aliases.get(plain(name)) or self.aliases.get(number(plain(name)))

    def cut(self, chromosome: str, start: int, end: int, strand: str) -> str:
        """Cut a window, half-open from 0; one on the minus strand is the reverse complement."""
        sequence = self.chromosomes[chromosome][start:end]
        return reverse_complement(sequence) if strand == "-" else sequence

    def list_names(self, most: int = 20) -> str:
        """Name the chromosomes in words."""
        names = list(self.chromosomes)
        return ", ".join(names[:most]) + (", ..." if len(names) > most else "")


def read_genome(source: Source) -> Genome:
    """Read FASTA of a genome, gz or not; IUPAC codes other than A C G T become N.

    Raises
    ------
    DataError
        If it is no FASTA, names a chromosome twice, or holds letters that are no nucleotides.
    """
    data = read_unpacked(source)
    name = source.name
    text = text_of(name, data) if kind_of(name, data) == "text" else b""
    if not text.lstrip().startswith(b">"):
        raise fault(name, f"{name} is no FASTA; bring the genome as FASTA.", "another file", "FASTA", line=1)
    chromosomes: dict[str, str] = {}
    headers: dict[str, str] = {}
    problems = []
    line = 1 + text[: len(text) - len(text.lstrip())].count(b"\n")
    for record in text.lstrip()[1:].split(b"\n>"):
        header, _, body = record.partition(b"\n")
        words = header.decode("utf-8", "replace").split(None, 1)
        letters = body.translate(_STORED, b" \t\n")
        foreign = letters.translate(None, b"ACGTN")
        identifier = words[0] if words else ""
        if not identifier or identifier in chromosomes:
            found = f"{identifier} a second time" if identifier else "a header without a name"
            problems.append(Problem(name, line, "", found, "one name for each chromosome"))
        elif foreign:
            found = f"the letter {chr(foreign[0])!r} in {identifier}"
            problems.append(Problem(name, line, "", found, "letters A C G T U or IUPAC codes"))
        else:
            chromosomes[identifier] = letters.decode("ascii")
            headers[identifier] = words[1] if len(words) > 1 else ""
        line += record.count(b"\n") + 1
    if problems:
        raise DataError(f"{name} cannot be used as a genome: {problems[0]} Correct it.", problems)
    return Genome(name, chromosomes, aliases(headers))


def aliases(headers: Mapping[str, str]) -> dict[str, str]:
    """Give further names of chromosomes by the names that they have; what would mean two of them means none.

    Parameters
    ----------
    headers
        What follows the name in the header, by name, such as ``[chromosome=IV]``.
    """
    read = {name: _in_header(name, text) for name, text in headers.items()}
    roman = not any(word.isdigit() for word in read.values())
    made: dict[str, set[str]] = {}
    for name, word in read.items():
        for alias in {word, number(word) if roman else word}:
            made.setdefault(alias, set()).add(name)
    return {alias: next(iter(names)) for alias, names in made.items() if len(names) == 1}


def _in_header(name: str, text: str) -> str:
    found = _IN_HEADER.search(text)
    if found:
        return plain(found[1] or found[2])
    return "m" if "mitochondri" in text.lower() else plain(name)


def plain(name: str) -> str:
    """Write the name of a chromosome without ``chr``, in lower case; the mitochondrial one is ``m``.

    >>> plain("chrXV"), plain("chr02"), plain("chrmt")
    ('xv', '2', 'm')
    """
    word = re.sub(r"^(chromosome|chrom|chr)[_\s]*", "", name.strip().lower()) or name.lower()
    return "m" if word in _MITOCHONDRIAL else word.lstrip("0") if word.isdigit() and word.strip("0") else word


def number(word: str) -> str:
    """Turn a Roman number into an Arabic one and the other way round; anything else stays as it is.

    >>> number("xv"), number("15"), number("2-micron")
    ('15', 'xv', '2-micron')
    """
    if word and set(word) <= set(_ROMAN):
        values = [_ROMAN[letter] for letter in word]
        later = [*values[1:], 0]
        return str(sum(-value if value < after else value for value, after in zip(values, later, strict=True)))
    if word.isdigit() and 0 < int(word) < 90:
        tens, ones = divmod(int(word), 10)
        return ("l" + "x" * (tens - 5) if tens >= 5 else "xl" if tens == 4 else "x" * tens) + (
            "",
            "i",
            "ii",
            "iii",
            "iv",
            "v",
            "vi",
            "vii",
            "viii",
            "ix",
        )[ones]
    return word


def orient(counts: NDArray[Any], strand: str) -> NDArray[Any]:
    """Turn counts (..., L) along a chromosome into the orientation of a window's sequence.

    >>> orient(np.array([1, 2, 3], dtype=np.float32), "-").tolist()
    [3.0, 2.0, 1.0]
    """
    return counts[..., ::-1] if strand == "-" else counts


def ambiguous(sequences: Iterable[str]) -> NDArray[np.bool_]:
    """Say which of N sequences hold N, (N,)."""
    return np.array(["N" in sequence for sequence in sequences], dtype=np.bool_)
