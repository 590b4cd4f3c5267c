"""Tables of R are read as R shows them, and what is no table is refused with the line of R that makes it one."""

import gzip

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.core.errors import DataError
from lib.io import r_objects
from lib.io.decisions import Reading
from lib.io.files import Source
from lib.io.layout import guess_columns
from lib.io.r_objects import NA
from lib.io.table import Table
from lib.io.tables import read_table
from tests.io.r_writer import (
    NULL,
    data_frame,
    factor,
    generic,
    integer,
    integers,
    pairs,
    rda,
    rds,
    reals,
    short_sequence,
    strings,
)

NO_NAMES = integers([NA, -3])


def read(data: bytes, sheet: str | None = None) -> Table:
    return read_table(Source("e.rds", gzip.compress(data)), Reading(sheet=sheet))


def test_a_data_frame_keeps_text_as_text() -> None:
    day = reals([18993.0, float("nan"), 0.0], **{"class": strings(["Date"])})
    columns = {
        "gene": strings(["007", None, "Müller"]),
        "class": factor([2, 1, NA], ["low", "high"]),
        "2h": reals([0.1 + 0.2, float("nan"), 3.0]),
        "n": integers([1, NA, 3]),
        "ok": integers([1, 0, NA], 10),
        "day": day,
        "cells": generic([NULL, NULL, NULL]),
    }
    table = read(rds(data_frame(columns, NO_NAMES)))
    assert table.format == "r-data"
    assert table.text("gene").tolist() == ["007", "", "Müller"]
    assert table.text("class").tolist() == ["high", "low", ""]
    assert table.frame["2h"].tolist()[::2] == [0.1 + 0.2, 3.0] and np.isnan(table.frame["2h"][1])
    assert table.text("ok").tolist() == ["TRUE", "FALSE", ""]
    assert table.text("day").tolist() == ["2022-01-01", "", "1970-01-01"]
    assert np.isnan(table.frame["n"][1])
    assert "cells" not in table.frame
    assert [one.evidence for one in table.decisions] == [
        "Columns that hold lists or other objects are not read: cells."
    ]


def test_row_names_are_ids_and_numbered_rows_are_not() -> None:
    columns = {"2h": reals([1.0, 2.0]), "8h": reals([3.0, 4.0])}
    table = read(rds(data_frame(columns, strings(["b", "a"]))))
    assert (table.text("id").tolist(), guess_columns(table).id) == (["b", "a"], "id")
    assert [*read(rds(data_frame(columns, integers([7, 3])))).frame] == ["2h", "8h"]
    table = read(rds(data_frame({"id": strings(["x", "y"])} | columns, strings(["b", "a"]))))
    assert table.frame.columns[0] == "row names"


def test_a_matrix_is_read_by_columns() -> None:
    size, names = integers([3, 2]), generic([strings(["a", "b", "c"]), strings(["2h", "8h"])])
    table = read(rds(reals([1, 2, 3, 4, 5, 6], dim=size, dimnames=names)))
    assert table.text("id").tolist() == ["a", "b", "c"]
    assert (table.frame["2h"].tolist(), table.frame["8h"].tolist()) == ([1, 2, 3], [4, 5, 6])
    assert table.value_columns == ("2h", "8h")
    half = read(rds(integers([1, 2, 3, 4, 5, 6], dim=size, dimnames=generic([NULL, strings(["2h", "8h"])]))))
    assert ([*half.frame], half.frame["8h"].tolist()) == (["2h", "8h"], [4, 5, 6])
    assert [*read(rds(integers([1, 2, 3, 4, 5, 6], dim=size))).frame] == ["column 1", "column 2"]


def test_a_named_vector_and_a_short_sequence() -> None:
    table = read(rda({"half_life": reals([2.5, 3.5], names=strings(["a", "b"]))}))
    assert table.frame.to_dict("list") == {"id": ["a", "b"], "half_life": [2.5, 3.5]}
    table = read(rds(data_frame({"id": strings(["a", "b", "c"]), "n": short_sequence(3, 5, -1)}, NO_NAMES)))
    assert table.frame["n"].tolist() == [5, 4, 3]


def test_several_tables_are_asked_about_and_other_objects_named() -> None:
    first = data_frame({"id": strings(["a", "b", "c"]), "2h": reals([1, 2, 3])}, NO_NAMES)
    second = data_frame({"id": strings(["d", "e", "f"]), "2h": reals([4, 5, 6]), "8h": reals([7, 8, 9])}, NO_NAMES)
    model = generic([NULL], **{"class": strings(["lm"])})
    data = rda({"raw": first, "fit": model, "norm": second})
    (asked,) = read(data).decisions
    assert asked.is_open and asked.flag == "--sheet"
    assert asked.evidence == "It holds 2 tables: raw, norm. Not read: fit (lm)."
    assert [(one.value, one.label) for one in asked.alternatives] == [
        ("raw", "raw: 3 rows, 2 columns"),
        ("norm", "norm: 3 rows, 3 columns"),
    ]
    chosen = read(data, "raw")
    assert (chosen.text("id").tolist(), chosen.decisions[0].chosen) == (["a", "b", "c"], "raw")
    (told,) = read(rda({"raw": first, "fit": model})).decisions
    assert (told.chosen, told.evidence) == ("raw", "It is a table. Not read: fit (lm).")
    with pytest.raises(DataError, match=r"holds no table called fit; choose one of raw, norm"):
        read(data, "fit")
    assert read(rds(generic([first, second], names=strings(["raw", "norm"]))), "norm").text("id")[0] == "d"


def test_what_is_no_table_is_refused_with_the_line_of_r() -> None:
    seurat = integer(25 | 512 | 256) + pairs({"class": strings(["DESeqDataSet"])})
    with pytest.raises(DataError, match=r"no table but DESeqDataSet; in R, write\.csv\(counts\(x, normalized = TRUE\)"):
        read(rds(seurat))
    with pytest.raises(DataError, match=r"holds no table but numbers; in R, write\.csv\(x, 'values\.csv'\)"):
        read(rds(reals([1.0])))
    with pytest.raises(DataError, match="text form; save it again without ascii = TRUE"):
        read(b"A\n3\n262657\n197888\n5\nUTF-8\n")


def test_damage_and_sequences_without_end_are_one_sentence() -> None:
    whole = rds(data_frame({"id": strings(["a", "b"]), "2h": reals([1, 2])}, integers([NA, -2])))
    for data in (
        whole[:60],
        rds(short_sequence(1e12, 1, 1)),
        rds(integer(14) + integer(2**31 - 1)),
        rds(integer(19) + integer(1)) * 2,
        rds((integer(19) + integer(1)) * 5000),
        rds(reals([1, 2, 3], dim=integers([2, 2]))),
        rds(reals([1, 2], dim=strings(["1", "x"]))),
    ):
        with pytest.raises(
            DataError, match=r"e\.rds cannot be read as R data \(.*\); save it again, or write the table"
        ):
            read(data)


@pytest.mark.parametrize(
    ("bound", "said"), [("MOST_OBJECTS", "more than 3 objects"), ("MOST_TEXTS", "more than 3 texts")]
)
def test_more_than_a_table_holds_is_refused(bound: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(r_objects, bound, 3)
    with pytest.raises(DataError, match=said):
        read(rds(data_frame({"id": strings(["a", "b", "c"]), "n": short_sequence(3, 5, -1)}, NO_NAMES)))


@settings(max_examples=200, deadline=None)
@given(at=st.integers(20, 400), value=st.binary(min_size=1, max_size=4))
def test_changed_bytes_never_crash(at: int, value: bytes) -> None:
    columns = {"id": strings(["a", "b"]), "f": factor([1, 2], ["x", "y"]), "2h": reals([1, 2])}
    data = bytearray(rda({"t": data_frame(columns, strings(["r1", "r2"]))}))
    data[at : at + len(value)] = value
    try:
        read(bytes(data))
    except DataError as error:
        assert "e.rds" in str(error)
