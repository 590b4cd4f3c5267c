"""FASTQ, on four lines a record or more; qualities are counted and not used.

Cock et al. 2010, doi:10.1093/nar/gkp1137.
"""

from dataclasses import dataclass
from typing import ClassVar

from lib.io import sniff
from lib.io.decisions import Decision, Reading
from lib.io.file_format import SEQUENCE_FORMATS, Records
from lib.io.source import Rejected


@SEQUENCE_FORMATS.add
@dataclass(frozen=True)
class Fastq:
    """Sequences with a quality for each letter."""

    name: ClassVar[str] = "fastq"
    label: ClassVar[str] = "FASTQ"
    is_text: ClassVar[bool] = True
    order: ClassVar[int] = 20

    def claims(self, name: str, data: bytes) -> bool:
        """Look for a header with ``@``, nucleotides, and a line with ``+`` below them."""
        if data.lstrip()[:1] != b"@":
            return False
        lines = [line.text for line in sniff.first_lines(data[:200_000])]
        ends = [i for i, line in enumerate(lines) if line.startswith("+")]
        return bool(ends) and ends[0] > 1 and all(sniff.is_nucleotides(line.strip()) for line in lines[1 : ends[0]])

    def read(self, name: str, data: bytes, reading: Reading) -> Records:
        """Read records in the order of the file."""
        return read_fastq(name, data)


def read_fastq(name: str, text: bytes) -> Records:
    """Read the records of FASTQ; those without a header, or with more or fewer qualities than letters, are rejected."""
    lines = text.decode().split("\n")
    entries, rejected = [], []
    place = 0
    while place < len(lines):
        if not lines[place].strip():
            place += 1
            continue
        first, header = place + 1, lines[place].strip()
        if not header.startswith("@"):
            rejected.append(Rejected(name, first, "", "", f"{header[:30]!r} where a record starts", "a line like @id"))
            place += 1
            while place < len(lines) and not lines[place].startswith("@"):
                place += 1
            continue
        place += 1
        letters, place = _until_plus(lines, place)
        qualities, place = _qualities(lines, place + 1, len(letters))
        words = header[1:].split(None, 1)
        key = words[0] if words else ""
        if not key:
            rejected.append(Rejected(name, first, "", "", "a header without an id", "a line like @id"))
        elif qualities != len(letters):
            found = f"{qualities} qualities for {len(letters)} letters"
            rejected.append(Rejected(name, first, key, "sequence", found, "one quality a letter; the file may be cut"))
        else:
            entries.append((key, words[1] if len(words) > 1 else "", letters, first))
    told = Decision(name, "Qualities", "", "not used", "FASTQ has a quality for each letter; they are not used.")
    return Records.of(entries, rejected=rejected, decisions=[told])


def _until_plus(lines: list[str], place: int) -> tuple[str, int]:
    start = place
    while place < len(lines) and not lines[place].startswith("+"):
        place += 1
    return "".join("".join(line.split()) for line in lines[start:place]), place


def _qualities(lines: list[str], place: int, needed: int) -> tuple[int, int]:
    """Count qualities up to as many as are needed; a line of them may start with ``@`` itself."""
    count = 0
    while place < len(lines) and count < needed:
        count += len(lines[place].strip())
        place += 1
    return count, place
