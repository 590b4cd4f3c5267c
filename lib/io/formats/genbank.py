"""GenBank flat files: the sequence of each record, called by its version or accession."""

import re
from dataclasses import dataclass
from typing import ClassVar

from lib.io.decisions import Decision, Reading
from lib.io.file_format import SEQUENCE_FORMATS, Records

_NOT_LETTERS = re.compile(r"[\s\d/]+")


@SEQUENCE_FORMATS.add
@dataclass(frozen=True)
class GenBank:
    """Annotated sequences of NCBI."""

    name: ClassVar[str] = "genbank"
    label: ClassVar[str] = "GenBank"
    is_text: ClassVar[bool] = True
    order: ClassVar[int] = 10

    def claims(self, name: str, data: bytes) -> bool:
        """Look for the first line of a record."""
        return re.match(rb"\s*LOCUS {2,}\S+ +\d+ (bp|aa|rc)\b", data) is not None

    def read(self, name: str, data: bytes, reading: Reading) -> Records:
        """Read records in the order of the file."""
        return read_genbank(name, data)


def read_genbank(name: str, data: bytes) -> Records:
    """Read whole sequences, whatever features they have; the description is the name and the definition."""
    entries: list[tuple[str, str, str, int]] = []
    facts: dict[str, str] = {}
    letters: list[str] = []
    first, field, inside = 1, "", False
    for number, line in enumerate(data.decode().split("\n"), start=1):
        key = line[:12].strip()
        if line.startswith("LOCUS") or line.startswith("//"):
            if facts:
                entries.append(_entry(facts, letters, first))
            facts, letters, inside, first = {}, [], False, number
        if line.startswith("ORIGIN"):
            inside = True
        elif inside:
            letters.append(_NOT_LETTERS.sub("", line))
        elif line[:1].strip() and not line.startswith("//"):
            field = key
            facts.setdefault(field, line[12:].strip())
        elif line.startswith(" " * 12) and field == "DEFINITION":
            facts[field] += " " + line.strip()
    if facts:
        entries.append(_entry(facts, letters, first))
    evidence = "Whole sequences are called by their version, or by their accession or locus where they have none."
    return Records.of(entries, decisions=[Decision(name, "Record IDs", "", "versions", evidence)])


def _entry(facts: dict[str, str], letters: list[str], line: int) -> tuple[str, str, str, int]:
    called = (facts.get(field, "").split() for field in ("VERSION", "ACCESSION", "LOCUS"))
    key = next((words[0] for words in called if words and words[0] != "."), "")
    locus = facts.get("LOCUS", "").split()[:1]
    return key, " ".join([*locus, facts.get("DEFINITION", "")]).strip(), "".join(letters), line
