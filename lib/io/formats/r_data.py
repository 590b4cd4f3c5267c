"""Files of R (.rds, .rda, .RData): data frames, matrices and named vectors."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pandas as pd

from lib.io import sniff
from lib.io.decisions import Alternative, Decision, Reading
from lib.io.file_format import TABLE_FORMATS
from lib.io.r_objects import (
    INTEGER,
    LIST,
    LOGICAL,
    MAGIC,
    NA,
    NULL,
    PAIRLIST,
    REAL,
    S4,
    STRINGS,
    Damaged,
    RObject,
    read_r,
)
from lib.io.source import fault
from lib.io.table import Table

SHOWN = 8
_VECTORS = (LOGICAL, INTEGER, REAL, STRINGS)
_REMEDIES = {
    "DESeqDataSet": "counts(x, normalized = TRUE)",
    "SummarizedExperiment": "assay(x)",
    "RangedSummarizedExperiment": "assay(x)",
    "SingleCellExperiment": "assay(x)",
    "ExpressionSet": "exprs(x)",
    "Seurat": "AverageExpression(x)[[1]]",
    "dgCMatrix": "as.matrix(x)",
    "dgTMatrix": "as.matrix(x)",
    "DNAStringSet": "as.character(x)",
    "RNAStringSet": "as.character(x)",
}


@TABLE_FORMATS.add
@dataclass(frozen=True)
class RData:
    """What saveRDS and save of R write."""

    name: ClassVar[str] = "r-data"
    label: ClassVar[str] = "R (.rds, .rda)"
    is_text: ClassVar[bool] = False
    order: ClassVar[int] = 10

    def claims(self, name: str, data: bytes) -> bool:
        """Look for the first bytes of R's serialization."""
        versions = (b"X\n\0\0\0\2", b"X\n\0\0\0\3", b"B\n\2\0\0\0", b"B\n\3\0\0\0", b"A\n2\n", b"A\n3\n")
        return data.startswith(MAGIC + versions)

    def read(self, name: str, data: bytes, reading: Reading) -> Table:
        """Read the one object that is a table, or the one that is asked for."""
        return read_r_data(name, data, reading)


class _Found(NamedTuple):
    """A table among the objects of a file, and which of its columns could not be read."""

    name: str
    frame: pd.DataFrame
    aside: tuple[str, ...]
    values: tuple[str, ...]


def read_r_data(name: str, data: bytes, reading: Reading) -> Table:
    """Read a data frame, a matrix or a named vector; row names become the first column.

    Raises
    ------
    DataError
        If the file is damaged, or holds none of them.
    """
    if data.startswith((b"A\n", b"RDA2\nA", b"RDA3\nA")):
        message = f"{name} is R data in text form; save it again without ascii = TRUE, or as CSV."
        raise fault(name, message, "R data in text form", "R data in binary form")
    try:
        objects = _objects_of(read_r(data))
        found = [table for label, one in objects for table in _tables_of(label, one)]
    except (Damaged, ValueError, TypeError, OverflowError) as error:
        message = f"{name} cannot be read as R data ({error}); save it again, or write the table as CSV in R."
        raise fault(name, message, f"damaged R data: {error}", "an .rds or .rda file") from error
    if not found:
        classes = [_class_of(one) for _, one in objects]
        listed = ", ".join(dict.fromkeys(classes[:SHOWN])) or "nothing"
        values = next((_REMEDIES[one] for one in classes if one in _REMEDIES), "x")
        message = f"{name} holds no table but {listed}; in R, write.csv({values}, 'values.csv') and upload that."
        raise fault(name, message, listed, "a data.frame, a matrix or a named vector")
    chosen, decisions = _choose(name, found, objects, reading.sheet)
    if chosen.aside:
        evidence = f"Columns that hold lists or other objects are not read: {', '.join(chosen.aside[:SHOWN])}."
        decisions.append(Decision(name, "Columns", "", "set aside", evidence))
    lines = np.arange(1, len(chosen.frame) + 1, dtype=np.int64)
    return Table(
        name,
        chosen.frame,
        1,
        "r-data",
        None,
        header=True,
        lines=lines,
        decisions=tuple(decisions),
        value_columns=chosen.values,
    )


def _objects_of(read: RObject) -> list[tuple[str, RObject]]:
    """Give the objects of a file by name: those that were saved together, or the elements of a list."""
    if read.kind == PAIRLIST:
        return list(read.value)
    names = read.texts("names")
    if read.kind == LIST and "data.frame" not in read.texts("class") and len(names) == len(read.value):
        return list(zip(names, read.value, strict=True))
    return [("", read)]


def _tables_of(label: str, one: RObject) -> list[_Found]:
    if one.kind == LIST and "data.frame" in one.texts("class"):
        return [_data_frame(label, one)]
    size = one.attributes.get("dim")
    if size is not None and len(size.value) == 2 and (cells := _column(one)) is not None:
        return [_matrix(label, one, cells, (int(size.value[0]), int(size.value[1])))]
    names = one.texts("names")
    if (
        len(names) > 1
        and "dim" not in one.attributes
        and (cells := _column(one)) is not None
        and len(cells) == len(names)
    ):
        column = label or "value"
        return [_Found(label, pd.DataFrame({"id": pd.Series(names, dtype="str"), column: cells}), (), (column,))]
    return []


def _data_frame(label: str, one: RObject) -> _Found:
    names = one.texts("names")
    columns: dict[str, Any] = {}
    aside = []
    rows = max((len(column.value) for column in one.value if column.kind in _VECTORS), default=0)
    if len(names) != len(one.value):
        raise Damaged("a data.frame without names")
    row_names = one.texts("row.names")
    called = [key or f"column {i}" for i, key in enumerate(names, start=1)]
    for key, column in zip(sniff.distinct(called), one.value, strict=True):
        cells = _column(column)
        if cells is None or len(cells) != rows or "dim" in column.attributes:
            aside.append(key)
        else:
            columns[key] = cells
    if len(row_names) == rows and rows:
        first = next(key for key in ("id", "row names", "row names of R") if key not in columns)
        columns = {first: pd.Series(row_names, dtype="str"), **columns}
    return _Found(label, pd.DataFrame(columns), tuple(aside), ())


def _matrix(label: str, one: RObject, cells: "pd.Series[Any]", size: tuple[int, int]) -> _Found:
    rows, count = size
    if rows < 0 or rows * count != len(cells):
        raise Damaged(f"a matrix of {len(cells)} cells for {rows} rows and {count} columns")
    dimnames = one.attributes.get("dimnames")
    both = dimnames.value if dimnames is not None and dimnames.kind == LIST else []
    named = [part.value if part.kind == STRINGS else [] for part in both] or [[], []]
    columns = [text or "" for text in named[-1]] if len(named[-1]) == count else [""] * count
    names = sniff.distinct(["id", *(text or f"column {i}" for i, text in enumerate(columns, start=1))])
    grid = {key: cells.iloc[i * rows : (i + 1) * rows].reset_index(drop=True) for i, key in enumerate(names[1:])}
    frame = pd.DataFrame(grid)
    if len(named[0]) == rows and rows:
        frame.insert(0, "id", pd.Series(named[0], dtype="str"))
    return _Found(label, frame, (), tuple(names[1:]))


def _column(one: RObject) -> "pd.Series[Any] | None":
    """Give a vector as a column: factors and truths as text, dates as ISO text; None for anything else."""
    classes = one.texts("class")
    if one.kind not in _VECTORS:
        return None
    if one.kind == INTEGER and "factor" in classes:
        levels = np.array(["", *one.texts("levels")], dtype=object)
        codes = np.where((one.value < 0) | (one.value >= len(levels)), 0, one.value)
        return pd.Series(levels[codes], dtype="str")
    if one.kind == STRINGS:
        return pd.Series(one.value, dtype="str")
    if one.kind == LOGICAL:
        texts = np.select([one.value == NA, one.value != 0], ["", "TRUE"], "FALSE")
        return pd.Series(texts, dtype="str")
    if one.kind == REAL and "integer64" in classes:
        return pd.Series(one.value.view(np.int64))
    if one.kind in (INTEGER, REAL) and {"Date", "POSIXct"} & set(classes):
        numbers = pd.Series(np.where(one.value == NA, np.nan, one.value), dtype="float64")
        if "Date" in classes:
            dates, written = pd.to_datetime(numbers, unit="D", errors="coerce"), "%Y-%m-%d"
        else:
            dates, written = pd.to_datetime(numbers, unit="s", errors="coerce"), "%Y-%m-%d %H:%M:%S"
        return pd.Series(dates.dt.strftime(written), dtype="str")
    if one.kind == INTEGER:
        has_gaps = bool((one.value == NA).any())
        return pd.Series(np.where(one.value == NA, np.nan, one.value) if has_gaps else one.value.astype(np.int64))
    return pd.Series(one.value)


def _class_of(one: RObject) -> str:
    classes = one.texts("class")
    kinds = {S4: "an S4 object", LIST: "a list", NULL: "NULL", STRINGS: "texts", REAL: "numbers", INTEGER: "numbers"}
    return classes[0] if classes else kinds.get(one.kind, "an object of another kind")


def _choose(
    name: str, found: Sequence[_Found], objects: Sequence[tuple[str, RObject]], wanted: str | None
) -> tuple[_Found, list[Decision]]:
    """Find the table to read; with several the largest, and the decision is open."""
    options = tuple(
        Alternative(one.name, f"{one.name}: {len(one.frame):,} rows, {len(one.frame.columns):,} columns")
        for one in found
    )
    others = [f"{label} ({_class_of(one)})" for label, one in objects if label not in {one.name for one in found}]
    aside = f" Not read: {', '.join(others[:SHOWN])}." if others else ""
    same = [one for one in found if one.name == wanted]
    if wanted is not None and not same and (len(found) > 1 or found[0].name):
        listed = ", ".join(one.name for one in found)
        message = f"{name} holds no table called {wanted}; choose one of {listed}."
        raise fault(name, message, f"the tables {listed}", "the name of one of them")
    largest = max(found, key=lambda one: one.frame.size)
    if same or len(found) == 1:
        chosen = same[0] if same else found[0]
        told = Decision(name, "Object of R", "sheet", chosen.name, f"It is a table.{aside}", options)
        return chosen, [told] if len(objects) > 1 else []
    evidence = f"It holds {len(found)} tables: {', '.join(one.name for one in found[:SHOWN])}.{aside}"
    return largest, [Decision(name, "Object of R", "sheet", None, evidence, options)]
