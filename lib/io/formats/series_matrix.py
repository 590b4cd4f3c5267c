"""Series matrix files of GEO: a table between two marks, below lines that describe its samples."""

import csv
import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import ClassVar

from lib.io.decisions import Decision, Reading
from lib.io.file_format import TABLE_FORMATS
from lib.io.source import fault
from lib.io.tab_table import name_samples, read_tab_rows
from lib.io.table import Table

_BEGIN, _END = b"!series_matrix_table_begin", b"!series_matrix_table_end"
_REMEDY = "download the series matrix file (GSE..._series_matrix.txt.gz) of the series"


@TABLE_FORMATS.add
@dataclass(frozen=True)
class SeriesMatrix:
    """The table of a series of the Gene Expression Omnibus."""

    name: ClassVar[str] = "series-matrix"
    label: ClassVar[str] = "GEO series matrix"
    is_text: ClassVar[bool] = True
    order: ClassVar[int] = 10

    def claims(self, name: str, data: bytes) -> bool:
        """Look for the lines that start a file of GEO."""
        return (
            re.match(
                rb'\s*"?(!Series_|!Sample_|!series_matrix_table_begin|\^(DATABASE|SERIES|SAMPLE|PLATFORM)\b)', data
            )
            is not None
        )

    def read(self, name: str, data: bytes, reading: Reading) -> Table:
        """Read the table; samples are called by their titles."""
        return read_series_matrix(name, data)


def read_series_matrix(name: str, data: bytes) -> Table:
    """Read the table of a series matrix file.

    Raises
    ------
    DataError
        If the file is of another kind of GEO, was cut, or holds no values.
    """
    if _BEGIN not in data:
        message = f"{name} is a file of GEO without a series matrix; {_REMEDY}."
        raise fault(name, message, "no line !series_matrix_table_begin", "a series matrix")
    above, _, rest = data.partition(_BEGIN)
    inside, end, _ = rest.partition(_END)
    if not end:
        message = f"{name} ends within its table, so it was cut; download it again."
        raise fault(name, message, "no line !series_matrix_table_end", "a whole file")
    header, _, body = inside.lstrip(b"\n").partition(b"\n")
    line = above.count(b"\n") + 1 + len(inside) - len(inside.lstrip(b"\n"))
    facts = _describe(above.decode())
    if not body.strip():
        more = next(
            (value for key in facts if "supplementary_file" in key for value in facts[key] if "NONE" not in value), ""
        )
        hint = f" ({more})" if more else ""
        message = (
            f"{name} holds no values, as usual for sequencing; download the supplementary file of the series{hint}."
        )
        raise fault(name, message, "a table without rows", "a table of values", line=line)
    names = next(csv.reader([header.decode()], delimiter="\t"))
    samples = names[1:]
    about = {key: values for key, values in facts.items() if len(values) == len(samples)}
    titles = about.get("!Sample_title", [])
    has_titles = len(set(titles)) == len(samples) and all(titles)
    named, by = name_samples(titles if has_titles else samples, about)
    decisions = []
    if has_titles or by:
        examples = ", ".join(f"{new} is {old}" for new, old in list(zip(named, samples, strict=True))[:3])
        source = "their titles" if has_titles else "their accessions"
        added = f", with {by.removeprefix('!Sample_')} added" if by else ""
        evidence = f"The samples are called by {source}{added}: {examples}."
        decisions.append(Decision(name, "Names of samples", "", source, evidence))
    table = read_tab_rows(name, body, [names[0], *named], first_line=line + 1, kind="series-matrix", quoted=True)
    columns = tuple(map(str, table.frame.columns[1:]))
    return replace(table, decisions=tuple(decisions), value_columns=columns)


def _describe(text: str) -> dict[str, list[str]]:
    """Give the values of each line that starts with an exclamation mark, by its name; repeated names are numbered."""
    facts: dict[str, list[str]] = {}
    copies: Counter[str] = Counter()
    for row in csv.reader(text.splitlines(), delimiter="\t"):
        if row and row[0].startswith("!"):
            copies[row[0]] += 1
            key = row[0] if copies[row[0]] == 1 else f"{row[0]} {copies[row[0]]}"
            facts[key] = [cell.strip() for cell in row[1:]]
    return facts
