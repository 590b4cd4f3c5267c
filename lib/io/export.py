"""Tables that leave the app: CSV whose text cells no spreadsheet takes for a formula."""

import pandas as pd

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a cell begins with that a spreadsheet would compute (CWE-1236)."""


def quoted(cell: object) -> object:
    """Put an apostrophe before text that a spreadsheet would take for a formula; anything else stays as it is.

    >>> quoted("=1+1"), quoted(-1.5), quoted("seq_1")
    ("'=1+1", -1.5, 'seq_1')
    """
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def to_csv(frame: pd.DataFrame, *, delimiter: str = ",") -> bytes:
    """Write a table as UTF-8 without its index; numbers stay numbers."""
    safe = frame.copy()
    for place, (_, column) in enumerate(frame.items()):
        if not pd.api.types.is_numeric_dtype(column):
            safe.isetitem(place, [quoted(cell) for cell in column])
    safe.columns = pd.Index([quoted(name) for name in frame.columns])
    return safe.to_csv(index=False, sep=delimiter, lineterminator="\n").encode("utf-8")
