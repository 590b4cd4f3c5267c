"""Whatever types a Parquet file has, its columns are read as cells or set aside with a word."""

import datetime
import decimal
import io
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.core.errors import DataError
from lib.io.files import Source
from lib.io.formats import parquet
from lib.io.layout import guess_columns
from lib.io.table import Table
from lib.io.tables import read_table

IDS = pa.array(["007", "b", None])


def written(columns: list[tuple[str, Any]]) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.Table.from_arrays([cells for _, cells in columns], names=[name for name, _ in columns]), stream)
    return stream.getvalue()


def read(data: bytes) -> Table:
    return read_table(Source("e.parquet", data))


DAY = datetime.datetime(2024, 5, 1, 12, 30)
TYPES = {
    "decimal": (pa.array([decimal.Decimal("2.906"), None, decimal.Decimal("-1.000")]), ["2.906", "", "-1.0"]),
    "timestamp": (pa.array([DAY, None, DAY], pa.timestamp("s")), ["2024-05-01 12:30:00", "", "2024-05-01 12:30:00"]),
    "date": (pa.array([DAY.date(), None, None]), ["2024-05-01", "", ""]),
    "time": (pa.array([datetime.time(2, 30), None, None]), ["02:30:00", "", ""]),
    "dictionary": (pa.array(["x", "y", "x"]).dictionary_encode(), ["x", "y", "x"]),
    "numbers by dictionary": (pa.array([1.5, 2.5, 1.5]).dictionary_encode(), ["1.5", "2.5", "1.5"]),
    "null": (pa.nulls(3), ["", "", ""]),
    "half": (pa.array(np.array([1, 0.5, 2], np.float16)), ["1.0", "0.5", "2.0"]),
    "bytes of text": (pa.array([b"ACGT", b"A", None]), ["ACGT", "A", ""]),
    "large text": (pa.array(["a", "b", "c"], pa.large_string()), ["a", "b", "c"]),
    "fixed": (pa.array([b"AC", b"GT", None], pa.binary(2)), ["AC", "GT", ""]),
    "large whole": (pa.array([2**60 + 1, None, 3]), [str(2**60 + 1), "", "3"]),
    "truth": (pa.array([True, False, True]), ["True", "False", "True"]),
}


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_of_one_value_a_cell(kind: str) -> None:
    cells, texts = TYPES[kind]
    table = read(written([("id", IDS), ("x", cells)]))
    assert table.text("x").tolist() == texts
    assert table.text("id").tolist() == ["007", "b", ""]
    assert table.decisions == ()


@pytest.mark.parametrize(
    "cells",
    [
        pa.array([[1.0], [2.0, 3.0], None]),
        pa.array([{"a": 1}, {"a": 2}, None]),
        pa.array([[("k", 1)], [], None], pa.map_(pa.string(), pa.int64())),
        pa.array([1, 2, None], pa.duration("s")),
        pa.array([b"\xff\xfe", b"\x00", None]),
    ],
    ids=["list", "structure", "map", "duration", "bytes"],
)
def test_other_types_are_set_aside(cells: pa.Array) -> None:
    table = read(written([("id", IDS), ("odd", cells), ("2h", pa.array([1.5, 2.5, None]))]))
    assert [*table.frame] == ["id", "2h"]
    assert [one.evidence for one in table.decisions] == [
        "Columns of lists, structures, durations or bytes are not read: odd."
    ]


def test_equal_names_are_told_apart() -> None:
    table = read(
        written([("id", IDS), ("2h", pa.array([1, 2, 3])), ("2h", pa.array([4, 5, 6])), ("l", pa.array([[1]] * 3))])
    )
    assert table.frame[["2h", "2h (2)"]].to_numpy().tolist() == [[1, 4], [2, 5], [3, 6]]
    assert "l" not in table.frame
    many = read(written([("x", pa.array([i])) for i in range(10_000)]))
    assert many.frame.shape == (1, 10_000)


def test_row_numbers_of_pandas_are_no_values() -> None:
    frame = pd.DataFrame({"id": list("abcde"), "2h": [1.5, 2.5, 3.5, 4.5, 5.5]}).sample(frac=1, random_state=1)
    table = read(frame.to_parquet())
    assert [*table.frame] == ["id", "2h"]
    assert table.text("id").tolist() == frame["id"].tolist()
    assert [one.topic for one in table.decisions] == ["Index"]
    assert [column.name for column in guess_columns(table).values] == ["2h"]


def test_an_index_of_text_or_with_a_name_is_a_column() -> None:
    frame = pd.DataFrame({"2h": [1.5, 2.5]}, index=["a", "b"])
    assert read(frame.to_parquet()).text("index").tolist() == ["a", "b"]
    named = read(frame.rename_axis("gene").to_parquet())
    assert (named.text("gene").tolist(), guess_columns(named).id) == (["a", "b"], "gene")
    assert [*read(frame.set_axis([7, 3]).rename_axis("probe").to_parquet()).frame] == ["2h", "probe"]
    assert [*read(frame.reset_index(drop=True).to_parquet()).frame] == ["2h"]


def test_more_cells_or_text_than_a_table_holds_are_refused_before_they_are_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = written([("id", pa.array(["A" * 10_000] * 3000)), ("2h", pa.array([0.0] * 3000))])
    assert len(data) < 20_000
    monkeypatch.setattr(parquet, "LARGEST", 1_000_000)
    with pytest.raises(DataError, match=r"e\.parquet declares over 1 MB of text; write the columns and rows"):
        read(data)
    monkeypatch.setattr(parquet, "MOST_CELLS", 5999)
    with pytest.raises(
        DataError, match="declares 3,000 rows and 2 columns; write the columns and rows that are needed"
    ):
        read(data)


def test_damage_is_one_sentence() -> None:
    data = written([("id", IDS), ("2h", pa.array([1.5, 2.5, None]))])
    for broken in (b"PAR1", data[:-9], data[:40] + b"\xff" * 30 + data[70:], data[:-8] + b"\xff\xff\xff\x7fPAR1"):
        with pytest.raises(DataError, match=r"e\.parquet cannot be opened as Parquet; write it again"):
            read(broken)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.text(max_size=8), st.floats(allow_nan=False), st.integers(-(2**62), 2**62), st.booleans()),
        min_size=1,
        max_size=9,
    )
)
def test_any_cells_come_back(rows: list[tuple[str, float, int, bool]]) -> None:
    frame = pd.DataFrame(rows, columns=["id", "real", "whole", "truth"])
    read_again = read(frame.to_parquet()).frame
    for column in frame:
        assert read_again[column].tolist() == frame[column].tolist()
