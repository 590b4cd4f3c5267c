"""Times, replicates and the roles of columns are read from their names and first cells."""

import pytest

from lib.core.errors import UserError
from lib.io.columns import Columns, ValueColumn, assign_times, read_columns, value_columns
from lib.io.decisions import Reading
from lib.io.files import Source
from lib.io.layout import guess_columns
from lib.io.tables import read_table
from lib.io.times import parse_hours, read_times


def guess(text: str) -> Columns:
    return guess_columns(read_table(Source("t.csv", text.encode())))


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("2h", 2),
        ("2 h", 2),
        ("2hr", 2),
        ("2 hours", 2),
        ("t=30min", 0.5),
        ("90min", 1.5),
        ("1.5", 1.5),
        ("1,5h", 1.5),
        ("t2", 2),
        ("T_2h", 2),
        ("time 4 h", 4),
        ("4hpf", 4),
        ("1d", 24),
        ("-2h", -2),
        ("3600s", 1),
        ("0", 0),
        (" 8h ", 8),
    ],
)
def test_times(text: str, hours: float) -> None:
    assert parse_hours(text) == pytest.approx(hours)


@pytest.mark.parametrize("text", ["", "h", "AR03", "two hours", "2x", "2h 3h", "d1", "rep1"])
def test_no_times(text: str) -> None:
    with pytest.raises(UserError, match="is not a time; write it like 2h, 30min or 1.5"):
        parse_hours(text)


@pytest.mark.parametrize(
    ("names", "read"),
    [
        (["1h", "2h"], [(1, ""), (2, "")]),
        (["1h_rep1", "1h_rep2", "2h_rep1"], [(1, "rep1"), (1, "rep2"), (2, "rep1")]),
        (["A_1h", "B_1h", "A_2h"], [(1, ""), (1, ""), (2, "")]),
        (["expr.1h", "expr.2h"], [(1, ""), (2, "")]),
        (["WT 1h (2)", "WT 1h"], [(1, "2"), (1, "")]),
        (["1h", "1h (2)"], [(1, ""), (1, "2")]),
        (["0", "0.5", "10"], [(0, ""), (0.5, ""), (10, "")]),
        (["AR01", "AR02"], [(None, ""), (None, "")]),
        (["growth_rate", "t0", "t1"], [(None, ""), (0, ""), (1, "")]),
        (["H3K27ac", "S2_count", "log2FC"], [(None, ""), (None, ""), (None, "")]),
    ],
)
def test_replicates(names: list[str], read: list[tuple[float | None, str]]) -> None:
    assert [(column.hours, column.replicate) for column in value_columns(names)] == read


def test_where_columns_carry_times_other_numbers_are_ignored() -> None:
    found = guess("gene,length,1h,2h,note\n" + "".join(f"g{i},{i},0.5,0.7,x\n" for i in range(3)))
    assert found.id == "gene"
    assert [column.name for column in found.values] == ["1h", "2h"]
    assert found.ignored == ("length", "note")
    assert found.has_times


def test_without_times_every_number_is_a_value() -> None:
    found = guess("gene,AR01,AR02\na,1,2\nb,3,4\n")
    assert [column.name for column in found.values] == ["AR01", "AR02"]
    assert not found.has_times


def test_places_and_lengths_are_no_values() -> None:
    found = guess("name,start,end,length,score\na,5,9,4,0.5\nb,7,9,2,0.25\n")
    assert [column.name for column in found.values] == ["score"]
    assert found.ignored == ("start", "end", "length")


def test_a_column_called_like_a_time_is_one_however_many_faults_it_has() -> None:
    found = guess("gene,1h,2h,2h_comment\na,x,2,good\nb,y,4,bad\n")
    assert [column.name for column in found.values] == ["1h", "2h"]


@pytest.mark.parametrize(
    ("text", "identifier", "sequence"),
    [
        (",name,UTR,score\n0,a,ACGTACGTACGT,1\n1,b,ACGTACGTACGA,2\n", "name", "UTR"),
        ("chrom,start,probe\nII,5,a\nII,7,b\n", "probe", ""),
        ("chrom,thing\nII,a\nII,b\n", "thing", ""),
        ("entrez_id,1h\n17,5\n18,6\n", "entrez_id", ""),
        ("1,0.5,0.7\n2,0.6,0.1\n", "column 1", ""),
        ("ACGTACGTACGT\t1.5\nACGTACGTACGA\t2\n", "", "column 1"),
        ("17\tACGTACGTACGT\n18\tACGTACGTACGA\n", "column 1", "column 2"),
        ("id,seq\na,ACG\nb,AC\n", "id", "seq"),
        ("id,seq\na,MKLV\nb,PPQ\n", "id", "seq"),
        ("motif,score\nACGTAC,1\nACGTAA,2\n", "motif", ""),
    ],
)
def test_id_and_sequence(text: str, identifier: str, sequence: str) -> None:
    found = guess(text)
    assert (found.id, found.sequence) == (identifier, sequence)


def test_times_are_assigned_in_order() -> None:
    columns = Columns("id", value_columns(["AR01", "AR02", "AR03"]))
    assert assign_times(columns, [0, 1, 12]).values == (
        ValueColumn("AR01", 0.0),
        ValueColumn("AR02", 1.0),
        ValueColumn("AR03", 12.0),
    )
    assert {role.condition for role in assign_times(columns, [0, 1, 12]).roles} == {""}
    with pytest.raises(UserError, match="2 times were given for 3 value columns"):
        assign_times(columns, [0, 1])


@pytest.mark.parametrize(
    ("names", "hours"),
    [
        (["minus2h", "0h", "2h"], [-2, 0, 2]),
        (["T-2h", "T0h", "T2h"], [-2, 0, 2]),
        (["ctrl-2h", "ctrl-8h"], [2, 8]),
        (["2 (h)", "8 (h)"], [2, 8]),
        (["ZT0", "ZT4"], [0, 4]),
        (["day1", "day3_rep2"], [24, 72]),
        (["5min_pulse_2h", "5min_pulse_0h"], [2, 0]),
        (["S2h", "S0h"], [2, 0]),
        (["90s", "30min"], [0.025, 0.5]),
    ],
)
def test_times_in_names(names: list[str], hours: list[float]) -> None:
    assert [one.hours for one in read_times(names).names] == pytest.approx(hours)


def test_a_number_in_two_pieces_is_asked() -> None:
    (decision,) = read_columns(["1_5h", "8h"], file="e.tsv").decisions
    assert decision.is_open
    assert [one.value for one in decision.alternatives] == ["1_5h=1.5h,8h=8h", "1_5h=5h::1,8h=8h"]
    read = read_columns(["1_5h", "8h"], Reading(columns=decision.alternatives[0].value))
    assert [one.hours for one in read.used] == [1.5, 8]


@pytest.mark.parametrize("what", ["SE", "standard error", "p-value", "adj.P.Val", "95% CI lower", "num_barcodes"])
def test_statistics_of_a_time_are_no_values(what: str) -> None:
    read = read_columns(["2h", f"2h {what}", "8h", f"8h {what}"])
    assert [one.name for one in read.used] == ["2h", "8h"]


def test_means_stand_for_measurements_where_there_are_no_others() -> None:
    assert [one.name for one in read_columns(["2h_mean", "2h_SE", "8h_mean", "8h_SE"]).used] == ["2h_mean", "8h_mean"]
    beside = read_columns(["2h_rep1", "2h_rep2", "2h_mean", "8h_rep1", "8h_rep2", "8h_mean"])
    assert [one.name for one in beside.used] == ["2h_rep1", "2h_rep2", "8h_rep1", "8h_rep2"]
