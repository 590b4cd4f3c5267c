"""Stockholm alignments, as Pfam, Rfam and HMMER write them."""

import re
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa

from lib.io.alignment import join_blocks
from lib.io.decisions import Reading
from lib.io.file_format import SEQUENCE_FORMATS, Records
from lib.io.source import fault


@SEQUENCE_FORMATS.add
@dataclass(frozen=True)
class Stockholm:
    """Rows of id and letters between a title and ``//``."""

    name: ClassVar[str] = "stockholm"
    label: ClassVar[str] = "Stockholm"
    is_text: ClassVar[bool] = True
    order: ClassVar[int] = 10

    def claims(self, name: str, data: bytes) -> bool:
        """Look for the title."""
        return re.match(rb"\s*# STOCKHOLM 1\.", data) is not None

    def read(self, name: str, data: bytes, reading: Reading) -> Records:
        """Read the rows of all alignments of the file."""
        return read_stockholm(name, data)


def read_stockholm(name: str, data: bytes) -> Records:
    """Read the rows of the alignments, in the order of the file.

    Raises
    ------
    DataError
        If a line is neither a row nor a remark, or rows of an alignment differ in length.
    """
    groups: list[list[tuple[int, str, str]]] = [[]]
    about: dict[str, str] = {}
    for number, line in enumerate(data.decode().split("\n"), start=1):
        words = line.split()
        if line.startswith("//"):
            groups.append([])
        elif line.startswith("#=GS") and len(words) > 3 and words[2] == "DE":
            about[words[1]] = " ".join(words[3:])
        elif words and not line.startswith("#"):
            if len(words) != 2:
                message = f"{name} has a row in line {number} that is not an id and letters; save the alignment again."
                raise fault(name, message, repr(line[:40]), "an id, blanks and letters", line=number)
            groups[-1].append((number, words[0], words[1]))
    made = [join_blocks(name, group, about=about) for group in groups if group] or [join_blocks(name, [])]
    return Records(
        np.concatenate([one.ids for one in made]),
        np.concatenate([one.descriptions for one in made]),
        pa.concat_arrays([one.texts for one in made]),
        np.concatenate([one.lines for one in made]),
    )
