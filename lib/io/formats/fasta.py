"""FASTA, on one line or many a sequence; read in blocks of whole records, each in a few steps over all its bytes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lib.io import sniff
from lib.io.decisions import Reading
from lib.io.file_format import SEQUENCE_FORMATS, Records
from lib.io.source import Rejected

BLOCK = 1 << 24
_COMMENT = re.compile(rb"^;[^\n]*", re.MULTILINE)
_BLANK = np.isin(np.arange(256), list(b" \t\n"))


@SEQUENCE_FORMATS.add
@dataclass(frozen=True)
class Fasta:
    """Sequences below headers that start with ``>``."""

    name: ClassVar[str] = "fasta"
    label: ClassVar[str] = "FASTA"
    is_text: ClassVar[bool] = True
    order: ClassVar[int] = 50

    def claims(self, name: str, data: bytes) -> bool:
        """Look for headers; the first may be missing, and comments may stand above it."""
        return sniff.is_fasta(_COMMENT.sub(b"", data[:65536]) if data.lstrip()[:1] == b";" else data)

    def read(self, name: str, data: bytes, reading: Reading) -> Records:
        """Read records in the order of the file."""
        return read_fasta(name, data)


def read_fasta(name: str, text: bytes) -> Records:
    """Read the records of FASTA; those without a header or an id are rejected, lines that start with ``;`` skipped."""
    if b"\n;" in text or text.startswith(b";"):
        text = _COMMENT.sub(b"", text)
    rejected = []
    start = len(text) - len(text.lstrip())
    if text[start : start + 1] != b">":
        found = "a sequence without a header"
        rejected.append(Rejected(name, text.count(b"\n", 0, start) + 1, "", "", found, "a line like >id above it"))
        start = text.find(b"\n>") + 1 or len(text)
    line = text.count(b"\n", 0, start) + 1
    blocks = [Records(np.zeros(0, object), np.zeros(0, object), pa.array([], pa.large_string()), np.zeros(0, np.int64))]
    for block in _blocks(text, start):
        blocks.append(_read_block(block, line))
        line += block.count(b"\n")
    ids, lines = np.concatenate([one.ids for one in blocks]), np.concatenate([one.lines for one in blocks])
    named = ids != ""
    for at in lines[~named].tolist():
        rejected.append(Rejected(name, at, "", "", "a header without an id", "a line like >id"))
    texts = pa.concat_arrays([one.texts for one in blocks])
    texts = texts if named.all() else texts.filter(pa.array(named))
    descriptions = np.concatenate([one.descriptions for one in blocks])
    return Records(ids[named], descriptions[named], texts, lines[named], tuple(rejected))


def _blocks(text: bytes, start: int) -> Iterator[bytes]:
    """Cut text before headers, into blocks of at least ``BLOCK`` bytes."""
    while start < len(text):
        end = text.find(b"\n>", start + BLOCK) + 1 or len(text)
        yield text[start:end]
        start = end


def _read_block(block: bytes, line: int) -> Records:
    """Read whole records, the first of which starts at a line of the file."""
    letters = np.frombuffer(block, dtype=np.uint8)
    ends = np.flatnonzero(letters == ord("\n"))
    starts = np.concatenate([[0], ends + 1])
    ends = np.append(ends, len(letters))
    headers = np.flatnonzero(letters[np.minimum(starts, len(letters) - 1)] == ord(">"))
    headers = headers[ends[headers] > starts[headers]]
    above, below = starts[headers], ends[headers]
    edges = np.zeros(len(letters) + 1, dtype=np.int8)
    edges[above] += 1
    edges[below] -= 1
    is_header = np.cumsum(edges[:-1], dtype=np.int8).astype(np.bool_)
    is_body = ~(is_header | _BLANK[letters])
    is_header[above] = False
    heads = pc.ascii_trim_whitespace(_strings(letters[is_header], below - above - 1))
    words = pc.ascii_split_whitespace(heads, max_splits=1)
    ids = pc.list_element(words, 0)
    several = pc.greater(pc.list_value_length(words), 1)
    descriptions = np.full(len(headers), "", dtype=object)
    if (chosen := several.to_numpy(zero_copy_only=False)).any():
        descriptions[chosen] = pc.list_element(words.filter(several), 1).to_numpy(zero_copy_only=False)
    lengths = np.add.reduceat(is_body, above, dtype=np.int64) if len(above) else above
    texts = _strings(letters[is_body], lengths)
    return Records(ids.to_numpy(zero_copy_only=False), descriptions, texts, line + headers)


def _strings(letters: NDArray[np.uint8], lengths: NDArray[np.int64]) -> pa.LargeStringArray:
    """Cut bytes of UTF-8 into texts of given lengths."""
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return pa.LargeStringArray.from_buffers(len(lengths), pa.py_buffer(offsets), pa.py_buffer(letters))
