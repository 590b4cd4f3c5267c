"""IDs that a spreadsheet turned into dates or numbers (Ziemann et al. 2016, doi:10.1186/s13059-016-1044-7)."""

import re

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.io.decisions import Decision

Ids = NDArray[np.object_]
SHOWN = 5
_MANGLED = re.compile(
    r"\d{1,2}-(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*|(?:mar|sep|dec|apr|feb|oct|jul|jun)\w*-\d{1,2}"
    r"|\d{4}-\d{2}-\d{2}(?: 00:00:00)?|\d{1,2}/\d{1,2}/\d{2,4}|\d(?:\.\d+)?e\+\d+|#(?:n/a|ref!|name\?|value!)",
    re.IGNORECASE,
)


def find_mangled(ids: Ids) -> list[str]:
    """List IDs that a spreadsheet turned into dates or numbers.

    >>> find_mangled(np.array(["SEPT2", "2-Sep", "1.23E+05", "2-oct-4"], dtype=object))
    ['2-Sep', '1.23E+05']
    """
    found = pd.Series(ids, dtype="str")
    return [str(name) for name in found[found.str.fullmatch(_MANGLED.pattern, case=False).fillna(value=False)]]


def tell_mangled(file: str, ids: Ids) -> list[Decision]:
    """Tell IDs that a spreadsheet has changed; nothing where there are none."""
    found = find_mangled(ids)
    if not found:
        return []
    listed = ", ".join(found[:SHOWN]) + (", ..." if len(found) > SHOWN else "")
    one = "1 ID looks" if len(found) == 1 else f"{len(found):,} IDs look"
    remedy = "Format the ID column as text in the original file, or restore the gene names (SEPT2, MARCH1)"
    return [
        Decision(file, "IDs changed by a spreadsheet", "", "kept as they are", f"{one} changed: {listed}. {remedy}.")
    ]
