"""GCT 1.2 and 1.3, the tables of GenePattern, GSEA and the Connectivity Map."""

import re
from dataclasses import dataclass, replace
from typing import ClassVar

from lib.io.decisions import Decision, Reading
from lib.io.file_format import TABLE_FORMATS
from lib.io.source import fault
from lib.io.tab_table import name_samples, read_tab_rows
from lib.io.table import Table

_START = re.compile(rb"\s*#1\.([23])[ \t]*\n\s*(\d+)\s+(\d+)(?:[ \t]+(\d+)[ \t]+(\d+))?[ \t]*\n")
SHOWN = 5


@TABLE_FORMATS.add
@dataclass(frozen=True)
class Gct:
    """A table of genes by samples, with what is known of each."""

    name: ClassVar[str] = "gct"
    label: ClassVar[str] = "GCT"
    is_text: ClassVar[bool] = True
    order: ClassVar[int] = 10

    def claims(self, name: str, data: bytes) -> bool:
        """Look for the version in the first line."""
        return re.match(rb"\s*#1\.[23]\s", data) is not None

    def read(self, name: str, data: bytes, reading: Reading) -> Table:
        """Read the ids, what is known of the rows, and the samples as values."""
        return read_gct(name, data)


def read_gct(name: str, data: bytes) -> Table:
    """Read a GCT file; what is known of the samples is told, and added to their names where it is their time.

    Raises
    ------
    DataError
        If the size in line 2 or the header does not fit the version.
    """
    start = _START.match(data)
    version, rows, samples, row_facts, sample_facts = (
        (int(group or 0) for group in start.groups()) if start is not None else (0,) * 5
    )
    if start is None or (version == 3 and start.group(4) is None):
        needed = "rows and samples (GCT 1.2), or rows, samples, row metadata and sample metadata (GCT 1.3)"
        message = f"{name} is GCT without its size in line 2; write the numbers of {needed}."
        raise fault(name, message, repr(data[:60].decode(errors="replace")), needed, line=2)
    row_facts = 1 if version == 2 else row_facts
    sample_facts = 0 if version == 2 else sample_facts
    line = data.count(b"\n", 0, start.end()) + 1
    header, *about = data[start.end() :].split(b"\n", sample_facts + 1)[: sample_facts + 2]
    body = about.pop() if len(about) > sample_facts else b""
    names = [cell.strip().strip('"') for cell in header.decode().rstrip("\t ").split("\t")]
    if len(names) < row_facts + 2 or len(about) < sample_facts:
        message = f"{name} has {len(names)} columns; GCT needs an id, {row_facts} of row metadata, then the samples."
        raise fault(name, message, f"{len(names)} columns", f"at least {row_facts + 2}", line=line)
    first = row_facts + 1
    facts = {cells[0].strip(): [cell.strip() for cell in cells[first : len(names)]] for cells in _split(about)}
    facts = {key: values for key, values in facts.items() if len(values) == len(names) - first}
    named, by = name_samples(names[first:], facts)
    table = read_tab_rows(name, body, names[:first] + named, first_line=line + 1 + sample_facts, kind="gct")
    decisions = []
    if sample_facts:
        listed = "; ".join(f"{key}: {', '.join(values[:3])}" for key, values in [*facts.items()][:SHOWN])
        evidence = f"{sample_facts} rows describe the samples and hold no values ({listed})."
        evidence += f" {by} is added to the names of the samples." if by else ""
        decisions.append(Decision(name, "Rows of metadata", "", "no values", evidence))
    found = (len(table) + len(table.rejected), len(names) - first)
    if found != (rows, samples):
        evidence = f"Line 2 says {rows:,} rows and {samples:,} samples, the file has {found[0]:,} and {found[1]:,}; "
        evidence += "it may be cut." if found[0] < rows else "all are read."
        decisions.append(Decision(name, "Size", "", f"{found[0]:,} rows", evidence))
    columns = tuple(map(str, table.frame.columns[first:]))
    return replace(table, decisions=tuple(decisions), value_columns=columns)


def _split(lines: list[bytes]) -> list[list[str]]:
    return [line.decode().split("\t") for line in lines]
