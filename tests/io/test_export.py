"""What leaves as CSV, TSV or XLSX holds the same cells, is read back the same, and runs nothing in a spreadsheet."""

import io
import math

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.core.errors import UserError
from lib.io.export import to_csv, to_tsv, to_xlsx, write_rows
from lib.io.files import Source
from lib.io.tables import read_table

IDS = [
    "=1+1",
    "-SPIKE",
    "+x",
    "@x",
    "007",
    "1E5",
    "TRUE",
    "2-Sep",
    'q"uote',
    "a,b;c|d",
    "a\tb",
    "a b",
    "é😀",
    "#1",
    "-",
]
CELLS = st.text(st.characters(exclude_categories=["Cc", "Cs"], include_characters="\t\n"), max_size=12)
WRITERS = {"t.csv": to_csv, "t.tsv": to_tsv, "t.xlsx": to_xlsx}


def frame_of(ids, notes=None):
    notes = ["note"] * len(ids) if notes is None else notes
    return pd.DataFrame({"id": ids, "note": notes, "value": np.arange(len(ids)) + 0.5})


@pytest.mark.parametrize("name", WRITERS)
def test_every_cell_is_read_back_as_it_was(name: str) -> None:
    frame = frame_of(IDS)
    table = read_table(Source(name, WRITERS[name](frame)))
    assert table.frame["id"].tolist() == IDS
    assert table.frame["note"].tolist() == frame["note"].tolist()
    assert [float(cell) for cell in table.frame["value"]] == frame["value"].tolist()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(CELLS.filter(str.strip), CELLS.filter(str.strip)), min_size=1, max_size=5, unique=True))
def test_any_text_is_read_back_as_it_was(rows: list[tuple[str, str]]) -> None:
    frame = frame_of(*map(list, zip(*rows, strict=True)))
    for name, write in WRITERS.items():
        table = read_table(Source(name, write(frame)))
        for column in ("id", "note"):
            was = [cell.strip() for cell in frame[column]]
            assert table.text(column).tolist() == was, (name, column)


def test_numbers_stay_numbers_and_the_table_itself_is_left() -> None:
    frame = pd.DataFrame(
        {
            "id": ["=1+1", "-x", "x"],
            "value": [-1.5, 2.0, np.nan],
            "=whole": pd.array([1, None, 3], dtype="Int64"),
            "mixed": ["=2", -3, None],
        }
    )
    assert to_csv(frame).splitlines() == [b"id,value,=whole,mixed", b"=1+1,-1.5,1,=2", b"-x,2.0,,-3", b"x,,3,"]
    assert frame["id"][0] == "=1+1"


def test_a_workbook_holds_text_that_no_spreadsheet_computes() -> None:
    frame = frame_of(IDS)
    frame["mixed"] = ["=HYPERLINK(1)", 3, None, True, np.float32(0.5), np.inf, *["x"] * (len(IDS) - 6)]
    sheet = openpyxl.load_workbook(io.BytesIO(to_xlsx(frame))).active
    cells = [row[0] for row in sheet.iter_rows(min_row=2)]
    assert [cell.value for cell in cells] == IDS
    assert {(cell.data_type, cell.number_format) for cell in cells} == {("s", "@")}, "no formula, number or date"
    assert [cell.quotePrefix for cell in cells[:5]] == [True, True, True, True, False]
    assert [row[3].value for row in sheet.iter_rows(min_row=2, max_row=7)] == [
        "=HYPERLINK(1)",
        3,
        None,
        True,
        0.5,
        "inf",
    ]
    assert sheet["D2"].data_type == "s" and sheet["C2"].data_type == "n"


def test_what_a_worksheet_cannot_hold_is_refused() -> None:
    with pytest.raises(UserError, match=r"A cell of 32,768 letters is longer .* Use CSV"):
        to_xlsx(frame_of(["A" * 32_768]))
    with pytest.raises(UserError, match=r"more than a worksheet holds"):
        to_xlsx(pd.DataFrame({"id": np.zeros(1_048_576)}))


def test_other_delimiters_and_empty_tables() -> None:
    assert to_tsv(pd.DataFrame({"a": ["x"], "b": ["é"]})) == "a\tb\nx\té\n".encode()
    assert to_csv(pd.DataFrame(columns=["file", "line"])) == b"file,line\n"


def test_rows_that_look_like_remarks_are_quoted() -> None:
    file = io.StringIO()
    write_rows(("id", "n"), [("#1", 2), ("-x", 0.5), ("y", math.nan)], file)
    assert file.getvalue() == 'id\tn\n"#1"\t2\n-x\t0.5\ny\t\n'
