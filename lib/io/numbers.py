"""Read the numbers of a table column by column; only a column with a fault is read cell by cell."""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lib.core.arrays import FloatArray
from lib.io.files import Rejected
from lib.io.table import Table

MISSING = ("", "na", "#n/a", "n/a", "nan", "null", "none", "-", ".")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+(e[+-]?\d+)?", re.IGNORECASE)
_INFINITE = re.compile(r"[+-]?inf(inity)?", re.IGNORECASE)


def numbers(table: Table, columns: Sequence[str], ids: NDArray[np.object_]) -> tuple[FloatArray, list[Rejected]]:
    """Read value columns (N, C); missing cells are NaN, and so are cells with a fault.

    Parameters
    ----------
    table
        The table, with N rows.
    columns
        (C,) names of columns.
    ids
        (N,) what the rows are called, for the faults.

    Returns
    -------
    tuple
        The values, and one entry per cell that is no finite number.
    """
    values = np.full((len(table), len(columns)), np.nan, order="F")
    faults: list[Rejected] = []
    for place, name in enumerate(columns):
        values[:, place] = _column(table.frame[name], comma=table.delimiter != ",")
        wrong = np.isinf(values[:, place])
        for row in np.flatnonzero(wrong):
            cell = str(table.frame[name].iloc[row]).strip()
            infinite = _INFINITE.fullmatch(cell) or _NUMBER.fullmatch(cell)
            found, needed = (cell, "a finite number") if infinite else (repr(cell[:60]), "a number")
            faults.append(Rejected(table.name, int(table.lines[row]), str(ids[row]), name, found, needed))
        values[wrong, place] = np.nan
    return values, faults


def _column(cells: pd.Series, *, comma: bool) -> FloatArray:
    """Read one column; a cell that is no number becomes infinite, a missing one NaN."""
    if pd.api.types.is_numeric_dtype(cells) and not pd.api.types.is_bool_dtype(cells):
        return cells.to_numpy(dtype=np.float64, na_value=np.nan)
    array = pc.utf8_trim_whitespace(pa.array(cells.astype("str"), type=pa.large_string(), from_pandas=True))
    missing = pc.is_in(pc.ascii_lower(array), value_set=pa.array(MISSING, type=pa.large_string()))
    array = pc.if_else(missing, None, array)
    try:
        read: FloatArray = pc.cast(array, pa.float64()).to_numpy(zero_copy_only=False).astype(np.float64)
        return read
    except pa.ArrowInvalid:
        return np.array([_cell(cell, comma=comma) for cell in array.to_pylist()], dtype=np.float64)


def _cell(cell: str | None, *, comma: bool) -> float:
    if cell is None:
        return np.nan
    if comma and _DECIMAL_COMMA.fullmatch(cell):
        cell = cell.replace(",", ".")
    return float(cell) if _NUMBER.fullmatch(cell) else np.inf


def look_like_counts(values: FloatArray) -> bool:
    """Say whether values (N, C) look like raw read counts: whole numbers, nearly all 0 or more, some of them large."""
    present = values[~np.isnan(values)]
    if not len(present) or np.max(present) < 20:
        return False
    return bool(np.mean((present == np.floor(present)) & (present >= 0)) > 0.99)
