"""GCT and series matrix files: samples are values, what describes them is told and gives them their times."""

import pytest

from lib.core.errors import DataError
from lib.io import tab_table
from lib.io.decisions import Decision
from lib.io.files import Source
from lib.io.layout import guess_columns
from lib.io.sniff import distinct
from lib.io.table import Table
from lib.io.tables import read_table


def read(text: str, name: str = "e.gct") -> Table:
    return read_table(Source(name, text.encode()))


def told(table: Table, topic: str) -> Decision:
    (decision,) = [one for one in table.decisions if one.topic == topic]
    return decision


def rows(*cells: str) -> str:
    return "".join("\t".join(row.split("|")) + "\n" for row in cells)


GCT = rows("#1.2", "3|2", "Name|Description|ctrl_2h|ctrl_8h", "007|12|1.046|2", "008|13|2.046|3", "b|14|NA|1e-3")
GCT_3 = rows(
    "#1.3",
    "2|3|2|3",
    "id|symbol|chrom|S1|S2|S3",
    "pert_itime|na|na|0 h|6 h|24 h",
    "dose|na|na|1|1|1",
    "plate|na|na|x|y|z",
    "007|ABC|1|0.5|1.5|2.5",
    "008|DEF|2|3.5|4.5|5.5",
)


def test_gct_of_version_2() -> None:
    table = read(GCT)
    assert (table.format, table.lines.tolist(), table.decisions) == ("gct", [4, 5, 6], ())
    assert table.text("Name").tolist() == ["007", "008", "b"]
    columns = guess_columns(table)
    assert columns.id == "Name"
    assert [column.name for column in columns.values] == ["ctrl_2h", "ctrl_8h"], "a description is no value"
    assert columns.decisions == (), "1.046 has a point in GCT"


def test_gct_of_version_3_names_samples_by_their_times() -> None:
    table = read(GCT_3)
    assert list(table.frame.columns) == ["id", "symbol", "chrom", "S1 0 h", "S2 6 h", "S3 24 h"]
    assert table.text("S2 6 h").tolist() == ["1.5", "4.5"]
    assert table.lines.tolist() == [7, 8]
    evidence = told(table, "Rows of metadata").evidence
    assert evidence.startswith("3 rows describe the samples and hold no values (pert_itime: 0 h, 6 h, 24 h; dose: 1")
    assert evidence.endswith("pert_itime is added to the names of the samples.")
    columns = guess_columns(table)
    assert [column.hours for column in columns.values] == [0, 6, 24]


def test_a_gct_that_is_cut_or_uneven_says_so() -> None:
    short = read(GCT.replace("3\t2", "9\t2"))
    assert told(short, "Size").evidence == ("Line 2 says 9 rows and 2 samples, the file has 3 and 2; it may be cut.")
    uneven = read(GCT.replace("008\t13\t2.046\t3", "008\t13\t2.046"))
    assert [(row.line, row.id, row.found, row.needed) for row in uneven.rejected] == [
        (5, "008", "3 fields", "4 fields")
    ]
    assert told(read(GCT.replace("3\t2", "2\t2")), "Size").evidence.endswith("all are read.")


@pytest.mark.parametrize("text", ["#1.2\n", "#1.2\nName\tDescription\t2h\n", "#1.3\n2\t3\nid\ta\n"])
def test_a_gct_without_its_size(text: str) -> None:
    with pytest.raises(DataError, match=r"e\.gct is GCT without its size in line 2; write the numbers of rows"):
        read(text)


def test_a_gct_without_samples_or_rows() -> None:
    with pytest.raises(DataError, match="has 2 columns; GCT needs an id, 1 of row metadata, then the samples"):
        read("#1.2\n1\t0\nName\tDescription\na\tb\n")
    with pytest.raises(DataError, match="holds a header and no rows"):
        read("#1.2\n0\t1\nName\tDescription\t2h\n")


SERIES = """!Series_title\t"A shift of ""heat\"""
!Series_supplementary_file\t"ftp://x/GSE1_counts.txt.gz"

!Sample_title\t"ctrl 2h"\t"ctrl 8h"
!Sample_geo_accession\t"GSM1"\t"GSM2"
!series_matrix_table_begin
"ID_REF"\t"GSM1"\t"GSM2"
"7892501"\t1.046\t2
"7892502"\t2.046\tnull

"7892503"\t3.5\t4
!series_matrix_table_end
"""


def test_a_series_matrix_calls_samples_by_their_titles() -> None:
    table = read(SERIES, "GSE1.txt")
    assert list(table.frame.columns) == ["ID_REF", "ctrl 2h", "ctrl 8h"]
    assert table.lines.tolist() == [8, 9, 11]
    assert table.text("ID_REF").tolist() == ["7892501", "7892502", "7892503"]
    assert told(table, "Names of samples").evidence == (
        "The samples are called by their titles: ctrl 2h is GSM1, ctrl 8h is GSM2."
    )
    columns = guess_columns(table)
    assert (columns.id, [column.hours for column in columns.values]) == ("ID_REF", [2, 8])


def test_times_come_from_the_characteristics_where_titles_have_none() -> None:
    text = SERIES.replace("ctrl 2h", "first").replace("ctrl 8h", "second")
    facts = '!Sample_characteristics_ch1\t"tissue: leaf"\t"tissue: root"\n'
    facts += '!Sample_characteristics_ch1\t"time: 30 min"\t"time: 6 h"\n!series_matrix_table_begin'
    table = read(text.replace("!series_matrix_table_begin", facts), "GSE1.txt")
    assert list(table.frame.columns)[1:] == ["first 30 min", "second 6 h"]
    assert "titles, with characteristics_ch1 2 added: first 30 min is GSM1" in told(table, "Names of samples").evidence
    spaced = read(SERIES.replace("table_begin\n", "table_begin\n\n\n"), "GSE1.txt")
    assert spaced.lines.tolist() == [10, 11, 13]
    equal = read(SERIES.replace("ctrl 8h", "ctrl 2h"), "GSE1.txt")
    assert list(equal.frame.columns)[1:] == ["GSM1", "GSM2"]
    assert equal.decisions == ()


def test_what_is_no_whole_series_matrix_is_refused_with_the_remedy() -> None:
    begin, end = SERIES.index('"7892501'), SERIES.index("!series_matrix_table_end")
    for text, said in (
        (
            SERIES[:begin] + SERIES[end:],
            r"no values, as usual for sequencing; download the supplementary .*GSE1_counts",
        ),
        (SERIES[: end - 3], "ends within its table, so it was cut; download it again"),
        ("^DATABASE = GeoMiame\n!Database_name = GEO\n", "a file of GEO without a series matrix; download the series"),
        (SERIES.replace('"7892502"', '"7892502'), "a quote that is not closed"),
    ):
        with pytest.raises(DataError, match=said):
            read(text, "GSE1.txt")


def test_more_columns_than_samples_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tab_table, "MOST_COLUMNS", 3)
    with pytest.raises(DataError, match="has 4 columns; rows are sequences or genes and columns are samples: turn it"):
        read(GCT)


def test_ten_thousand_equal_names_are_quick() -> None:
    assert distinct(["x"] * 10_000)[-1] == "x (10000)"
    many = "\t".join(["x"] * 10_000)
    table = read(f"#1.2\n1\t10000\nName\tDescription\t{many}\na\tb{chr(9) + '1'}" + "\t1" * 9_999 + "\n")
    assert len(table.value_columns) == 10_000
