"""Numbers are read as they are written; what is no finite number is told with its place."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.io.files import Source
from lib.io.numbers import look_like_counts, numbers
from lib.io.tables import read_table


def read(text: str, *columns: str):
    table = read_table(Source("t.csv", text.encode()))
    return numbers(table, columns, table.text(table.frame.columns[0]).to_numpy(dtype=object))


def test_values_and_faults() -> None:
    values, faults = read("id,x,y\na, 1.5 ,2\nb,NA,inf\nc,-3e-2,abc\nd,,5\n", "x", "y")
    assert np.array_equal(values, [[1.5, 2], [np.nan, np.nan], [-0.03, np.nan], [np.nan, 5]], equal_nan=True)
    assert [(f.line, f.id, f.column, f.found, f.needed) for f in faults] == [
        (3, "b", "y", "inf", "a finite number"),
        (4, "c", "y", "'abc'", "a number"),
    ]


@pytest.mark.parametrize(("delimiter", "value"), [(";", 1.5), ("\t", 1.5)])
def test_decimal_comma(delimiter: str, value: float) -> None:
    values, faults = read(f"id,x\na,{value}\n".replace(",", delimiter).replace(".", ","), "x")
    assert (values[0, 0], faults) == (value, [])


def test_typed_columns_are_taken_as_they_are() -> None:
    import io

    import pandas as pd

    stream = io.BytesIO()
    pd.DataFrame({"id": ["a", "b", "c"], "x": [1, 2, 3], "y": [0.5, np.inf, np.nan]}).to_parquet(stream)
    table = read_table(Source("t.parquet", stream.getvalue()))
    values, faults = numbers(table, ["x", "y"], table.text("id").to_numpy(dtype=object))
    assert np.array_equal(values, [[1, 0.5], [2, np.nan], [3, np.nan]], equal_nan=True)
    assert [(fault.id, fault.found) for fault in faults] == [("b", "inf")]


@pytest.mark.parametrize(
    ("values", "counts"),
    [
        ([[10, 200], [0, 3], [np.nan, 5]], True),
        ([[10.5, 200]], False),
        ([[0, 1], [1, 0], [3, 1]], False),
        ([[-1, 200], [-2, 3]], False),
        ([[np.nan, np.nan]], False),
        ([[50.0] * 3] * 99 + [[-3.0, 50.0, 50.0]], True),
    ],
)
def test_what_looks_like_counts(values: list[list[float]], counts: bool) -> None:
    assert look_like_counts(np.array(values)) is counts


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20), st.booleans())
def test_written_numbers_come_back(written: list[float], fault: bool) -> None:
    """The fast path and, with one fault in the column, the careful path give the same numbers."""
    rows = "".join(f"r{i},{value!r}\n" for i, value in enumerate(written)) + ("bad,oops\n" if fault else "")
    values, faults = read("id,x\n" + rows, "x")
    assert values[: len(written), 0].tolist() == written
    assert len(faults) == fault


@pytest.mark.parametrize("cells", [["1.5", "nan"], ["1.5", " nan "], ["12", "NA", "3"], ["nan", "7"], ["1.250", "nan"]])
def test_missing_cells_are_nan_whether_or_not_a_column_needs_care(cells: list[str]) -> None:
    values, faults = read("id,x\n" + "".join(f"r{i},{cell}\n" for i, cell in enumerate(cells)), "x")
    expected = [np.nan if cell.strip().lower() in ("nan", "na") else float(cell) for cell in cells]
    assert np.array_equal(values[:, 0], expected, equal_nan=True)
    assert not faults
