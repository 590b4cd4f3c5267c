"""What leaves as CSV holds the same cells, and none that a spreadsheet would compute."""

import io

import numpy as np
import pandas as pd

from lib.io.export import to_csv


def test_formulas_are_quoted_and_numbers_are_not() -> None:
    frame = pd.DataFrame({
        "id": ["=1+1", "+x", "-x", "@x", "\tx", "a=b", "<img src=x onerror=alert(1)>"],
        "value": [-1.5, 2.0, np.nan, 4, 5, 6, 7],
        "=bad": pd.array([1, 2, None, 4, 5, 6, 7], dtype="Int64"),
        "mixed": ["=2", -3, None, 4.5, "x", True, ""],
    })  # fmt: skip
    data = to_csv(frame)
    assert data.splitlines()[:4] == [b"id,value,'=bad,mixed", b"'=1+1,-1.5,1,'=2", b"'+x,2.0,2,-3", b"'-x,,,"]
    back = pd.read_csv(io.BytesIO(data))
    assert back["id"].tolist() == ["'=1+1", "'+x", "'-x", "'@x", "'\tx", "a=b", "<img src=x onerror=alert(1)>"]
    assert frame["id"][0] == "=1+1", "the table itself is left as it was"


def test_other_delimiters_and_empty_tables() -> None:
    assert to_csv(pd.DataFrame({"a": ["x"], "b": ["é"]}), delimiter="\t") == "a\tb\nx\té\n".encode()
    assert to_csv(pd.DataFrame(columns=["file", "line"])) == b"file,line\n"
