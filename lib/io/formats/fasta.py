"""FASTA, on one line or many a sequence."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa

from lib.io import sniff
from lib.io.decisions import Reading
from lib.io.file_format import SEQUENCE_FORMATS, Records
from lib.io.source import Rejected


@SEQUENCE_FORMATS.add
@dataclass(frozen=True)
class Fasta:
    """Sequences below headers that start with ``>``."""

    name: ClassVar[str] = "fasta"
    label: ClassVar[str] = "FASTA"
    is_text: ClassVar[bool] = True
    order: ClassVar[int] = 50

    def claims(self, name: str, data: bytes) -> bool:
        """Look for headers; the first may be missing."""
        return sniff.is_fasta(data)

    def read(self, name: str, data: bytes, reading: Reading) -> Records:
        """Read records in the order of the file."""
        return read_fasta(name, data)


def read_fasta(name: str, text: bytes) -> Records:
    """Read the records of FASTA; those without a header or an id are rejected."""
    ids, descriptions, bodies, lines, rejected = [], [], [], [], []
    line = 1
    if text.lstrip()[:1] != b">":
        above, _, text = text.partition(b"\n>")
        first = above[: len(above) - len(above.lstrip())].count(b"\n") + 1
        rejected.append(Rejected(name, first, "", "", "a sequence without a header", "a line like >id above it"))
        line = above.count(b"\n") + 2
    else:
        blank = len(text) - len(text.lstrip())
        line += text.count(b"\n", 0, blank)
        text = text[blank + 1 :]
    for record in text.split(b"\n>"):
        header, _, body = record.partition(b"\n")
        words = header.split(None, 1)
        if words:
            ids.append(words[0].decode("utf-8"))
            descriptions.append(words[1].strip().decode("utf-8") if len(words) > 1 else "")
            bodies.append(body.translate(None, b" \t\n").decode("utf-8"))
            lines.append(line)
        else:
            rejected.append(Rejected(name, line, "", "", "a header without an id", "a line like >id"))
        line += record.count(b"\n") + 1
    texts = pa.array(bodies, type=pa.large_string())
    names, remarks = np.array(ids, dtype=object), np.array(descriptions, dtype=object)
    return Records(names, remarks, texts, np.array(lines, dtype=np.int64), tuple(rejected))
