"""Windows of BED files, by hand: strands in any column, summits, headers, and what is no BED."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.core.errors import DataError, UserError
from lib.io.bed import Bed, read_bed
from lib.io.decisions import DEFAULT, Decision, Reading, question
from lib.io.files import Source


def bed(*rows: str | tuple[object, ...], name: str = "w.bed") -> Source:
    """Write rows with tabs; a text is a line as it is."""
    lines = (row if isinstance(row, str) else "\t".join(map(str, row)) for row in rows)
    return Source(name, "".join(f"{line}\n" for line in lines).encode())


def decided(read: Bed, option: str) -> Decision:
    return next(one for one in read.decisions if one.option == option)


def strands(read: Bed) -> str:
    return "".join(region.strand for region in read.regions)


SPELT = {
    "signs": ("+", "-", "-"),
    "numbers": ("1", "-1", "-1"),
    "signed numbers": ("+1", "-1", "-1"),
    "plus and minus": ("plus", "minus", "Minus"),
    "forward and reverse": ("forward", "REVERSE", "reverse"),
    "short": ("fwd", "rev", "rev"),
    "letters": ("F", "R", "r"),
    "a true minus": ("+", "−", "−"),
}


@pytest.mark.parametrize("spelt", SPELT)
@pytest.mark.parametrize("column", [4, 5, 6, 8])
def test_strands_are_found_by_their_content_in_any_column(spelt: str, column: int) -> None:
    """Columns from 1; others hold a name, a score and a number."""
    rows = []
    for number, strand in enumerate(SPELT[spelt]):
        cells = ["chrI", 10 * number, 10 * number + 7, f"w{number}", 960, 0.5, 12]
        cells.insert(column - 1, strand)
        rows.append(tuple(cells))
    read = read_bed(bed(*rows), stranded=True)
    assert strands(read) == "+--"
    decision = decided(read, "strand_column")
    assert (decision.chosen, decision.evidence) == (str(column), "The only column that holds strands.")
    assert [one.value for one in decision.alternatives] == [str(column), "none"]
    named = ["w0", "w1", "w2"] if column != 4 else ["chrI:1-7+", "chrI:11-17-", "chrI:21-27-"]
    assert [region.id for region in read.regions] == named


def test_a_column_of_points_or_of_one_number_is_no_column_of_strands() -> None:
    for cells in (["."] * 3, ["1"] * 3, ["0", "1", "1"], ["960"] * 3, ["c", "c", "c"]):
        read = read_bed(bed(*(("chrI", 5, 9, f"w{i}", 0, cell) for i, cell in enumerate(cells))))
        assert strands(read) == "..." and decided(read, "strand_column").chosen == "none"
        assert decided(read, "strand_column").evidence == "No column holds strands such as + and -."


def test_strands_that_matter_and_are_not_there_are_asked() -> None:
    file = bed(("chrI", 5, 9, "a"), ("chrI", 15, 19, "b"))
    decision = decided(read_bed(file, stranded=True), "strand_column")
    assert decision.is_open and [one.value for one in decision.alternatives] == ["none"]
    assert question(decision) == (
        "w.bed: No column holds strands such as + and -, and the bigWig files have a strand each. Add a column of "
        "them, or take all windows on the plus strand. Choose --strand-column none (every window on the plus strand)."
    )
    told = decided(read_bed(file, stranded=True, reading=Reading(strand_column="none")), "strand_column")
    assert (told.chosen, told.evidence) == ("none", "As you said.")


TWO = bed(("chrI", 5, 9, "a", "+", "-"), ("chrI", 15, 19, "b", "-", "-"), ("chrI", 25, 29, "c", "+", "+"))


def test_columns_that_differ_are_asked_and_columns_that_agree_are_one() -> None:
    decision = decided(read_bed(TWO), "strand_column")
    assert decision.is_open and decision.evidence == "The columns 5, 6 hold strands, and they differ."
    assert [(one.value, one.label) for one in decision.alternatives] == [
        ("5", "column 5: + in 2 rows, - in 1"),
        ("6", "column 6: - in 2 rows, + in 1"),
        ("none", "every window on the plus strand"),
    ]
    for column, found in (("5", "+-+"), ("6", "--+"), ("none", "...")):
        assert strands(read_bed(TWO, reading=Reading(strand_column=column))) == found
    same = read_bed(bed(("chrI", 5, 9, "a", "plus", "+"), ("chrI", 15, 19, "b", "minus", "-")), stranded=True)
    assert decided(same, "strand_column").chosen == "6" and strands(same) == "+-"


def test_a_header_names_columns_and_is_no_row() -> None:
    header = "chrom\tstart\tend\tname\tgene_strand\tread_strand"
    rows = (("chrI", 5, 9, "a", "+", "-"), ("chrI", 15, 19, "b", "-", "+"))
    read = read_bed(bed(header, *rows))
    assert [region.line for region in read.regions] == [2, 3] and not read.rejected
    assert next(one for one in read.decisions if one.topic == "Header").chosen == "line 1"
    assert decided(read, "strand_column").is_open
    assert strands(read_bed(bed(header, *rows), reading=Reading(strand_column="Read_strand"))) == "-+"
    one = read_bed(bed("#chrom\tstart\tend\tname\tstrand\tother", *rows))
    assert strands(one) == "+-" and decided(one, "strand_column").evidence == "Its name says so."
    named = read_bed(bed("chr\tbegin\tstop\tscore\tpeak_id\tstrand", ("chrI", 5, 9, 3, "p1", "1")))
    assert [(region.id, region.strand) for region in named.regions] == [("p1", "+")]


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("9", "w.bed has no column '9' of strands; choose of the columns 4, 5, 6, or none"),
        ("2", "no column '2' of strands"),
        ("strand", "no column 'strand' of strands"),
        ("4", "Column 4 of w.bed holds a, b, c, no strands such as"),
    ],
)
def test_a_column_that_holds_no_strands_is_refused(column: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        read_bed(TWO, reading=Reading(strand_column=column))


def test_rows_without_a_strand_are_told_and_rows_that_are_cut_short_excluded() -> None:
    rows = [("chrI", 10 * i, 10 * i + 5, f"w{i}", 0, "+-"[i % 2]) for i in range(38)]
    read = read_bed(bed(*rows, ("chrI", 500, 505, "point", 0, "."), ("chrI", 510, 515, "short", 0)), stranded=True)
    assert decided(read, "strand_column").evidence == (
        "The only column that holds strands. Windows without one (2) are read on the plus strand."
    )
    assert [region.id for region in read.regions][-2:] == ["w37", "point"]
    assert [(one.line, one.id, one.reason) for one in read.rejected] == [
        (40, "short", "column strand: found 5 columns, needed + or - in column 6, or . for none"),
    ]
    odd = read_bed(bed(*rows, ("chrI", 500, 505, "odd", 0, "W+")), stranded=True)
    assert [(one.id, one.column, one.found) for one in odd.rejected] == [("odd", "strand", "'W+'")]


PEAKS = (  # chrom, start, end, name, score, strand, signal, p, q, summit
    ("chrI", 100, 200, "a", 0, ".", 3.5, 2, 1, 20),
    ("chrI", 300, 421, "b", 0, ".", 3.5, 2.5, -1, 60),
    ("chrI", 500, 510, "c", 0, ".", 3e5, 2, 1, 0),
)


def test_the_summits_of_narrow_peaks_are_asked_where_windows_are_resized() -> None:
    """Middles: 150, 360, 505; summits: 120, 360, 500."""
    file = bed(*PEAKS, name="x.narrowPeak")
    decision = decided(read_bed(file, length=40), "centre")
    assert decision.is_open
    assert decision.evidence == "narrowPeak gives the summit of each region, up to 30 nt from its middle."
    middle = read_bed(file, length=40, reading=Reading(centre="middle"))
    assert [(one.start, one.end) for one in middle.regions] == [(130, 170), (340, 380), (485, 525)]
    summit = read_bed(file, length=41, reading=Reading(centre="summit"))
    assert [(one.start, one.end) for one in summit.regions] == [(100, 141), (340, 381), (480, 521)]
    assert decided(summit, "centre").label == "41 nt around the summit of each region"
    assert {region.strand for region in summit.regions} == {"."}


def test_regions_as_they_are_have_no_centre_and_others_no_summit() -> None:
    as_they_are = read_bed(bed(*PEAKS))
    assert [one.chosen for one in as_they_are.decisions if one.topic == "Window centre"] == ["regions as they are"]
    told = decided(read_bed(bed(("chrI", 10, 20)), length=6), "centre")
    assert (told.chosen, told.evidence) == ("middle", "The file gives no summits.")
    in_the_middle = read_bed(bed(("chrI", 100, 200, "a", 0, "+", 1, 1, 1, 50)), length=6)
    assert decided(in_the_middle, "centre").chosen == "middle", "both readings are one"
    with pytest.raises(UserError, match=r"gives no summits: only narrowPeak does"):
        read_bed(bed(("chrI", 10, 20)), length=6, reading=Reading(centre="summit"))
    with pytest.raises(UserError, match="need a length; give it by --window"):
        read_bed(bed(*PEAKS), reading=Reading(centre="summit"))
    with pytest.raises(UserError, match="--centre is middle or summit"):
        read_bed(bed(*PEAKS), length=6, reading=Reading(centre="top"))


def test_peaks_without_a_summit_are_excluded_where_summits_are_taken() -> None:
    file = bed(*PEAKS, ("chrI", 600, 700, "none", 0, ".", 3.5, 2, 1, -1))
    decision = decided(read_bed(file, length=40), "centre")
    assert decision.is_open and decision.evidence.endswith("from its middle; 1 row has none.")
    read = read_bed(file, length=40, reading=Reading(centre="summit"))
    assert len(read.regions) == 3
    assert [(one.id, one.column, one.found) for one in read.rejected] == [("none", "summit", "-1, no summit")]
    assert len(read_bed(file, length=40, reading=Reading(centre="middle")).regions) == 4


def test_lines_of_the_browser_and_remarks_are_no_rows() -> None:
    read = read_bed(bed("browser position chrI", 'track name="x"', "# a remark", "", ("tracks1", 5, 9), ("chrI", 5, 9)))
    assert [(region.chrom, region.line) for region in read.regions] == [("tracks1", 5), ("chrI", 6)]
    assert read.rejected == []


def test_rows_that_begin_where_they_end() -> None:
    """From 1 they hold one base, from 0 none: where there are many of them, it is asked."""
    points = bed(("chrI", 7, 7), ("chrI", 15, 15), ("chrI", 20, 24))
    decision = decided(read_bed(points), "coordinates")
    assert decision.is_open and decision.evidence == "2 of 3 rows begin where they end, such as line 1."
    assert [one.label for one in decision.alternatives] == ["from 0: 7 to 7 are 0 nt", "from 1: 7 to 7 are 1 nt"]
    one = read_bed(points, reading=Reading(coordinates=1))
    assert [(region.start, region.end) for region in one.regions] == [(6, 7), (14, 15), (19, 24)]
    none = read_bed(points, reading=Reading(coordinates=0))
    assert [(region.start, region.end) for region in none.regions] == [(20, 24)]
    assert [fault.reason for fault in none.rejected] == [
        "column end: found 7, start 7, needed an end behind the start",
        "column end: found 15, start 15, needed an end behind the start",
    ]
    around = read_bed(points, length=4, reading=Reading(coordinates=0))
    assert [(region.start, region.end) for region in around.regions] == [(5, 9), (13, 17), (20, 24)]
    few = read_bed(bed(*(("chrI", i, i + 3) for i in range(30)), ("chrI", 50, 50)))
    assert decided(few, "coordinates").chosen == "0" and len(few.rejected) == 1
    with pytest.raises(UserError, match="has a start of 0 in line 1, so that its positions cannot count from 1"):
        read_bed(bed(("chrI", 0, 5)), reading=Reading(coordinates=1))


GFF = ("chrI", "sgd", "gene", 335, 649, ".", "+", ".", "ID=YAL069W")
REFUSED = {
    "GFF": (bed(GFF, GFF, name="x.gff"), "x.gff is GFF or GTF, not BED: its starts count from 1"),
    "GFF in a BED's name": (bed(GFF), "w.bed is GFF or GTF, not BED"),
    "GFF by its first line": (bed("##gff-version 3", GFF), "w.bed is GFF, not BED; write chromosome, start - 1, end"),
    "SAF": (bed("GeneID\tChr\tStart\tEnd\tStrand", ("g1", "chrI", 5, 9, "+")), "w.bed is SAF or a peak file of HOMER"),
    "MACS": (
        bed("# MACS", "chr\tstart\tend\tlength\tabs_summit\tpileup", ("chrI", 5, 9, 5, 7, 3)),
        "is the .xls table of MACS, not BED; its starts count from 1. Bring the .narrowPeak",
    ),
    "intervals": (
        bed("@HD\tVN:1.0", "@SQ\tSN:chrI", ("chrI", 5, 9, "+", "a")),
        "a list of intervals with a SAM header",
    ),
    "bedGraph": (bed("track type=bedGraph name=x", ("chrI", 5, 9, 3.5)), "is bedGraph, which holds counts, not BED"),
    "VCF": (bed("##fileformat=VCFv4.2", ("chrI", 5, ".", "A", "C")), "is VCF, not BED"),
    "thousands": (
        bed(("chrI", "1,205", "1,305"), ("chrI", 5, 105)),
        "marks between thousands .1,205.; write them with",
    ),
    "thousands in ends": (bed(("chrI", 905, "1,005"), ("chrI", 5, 105)), "marks between thousands"),
    "commas": (bed("chrI,5,9,a,0,+", "chrI,15,19,b,0,-"), "has commas between columns; save it with tabs"),
    "a workbook": (Source("w.bed", b"PK\x03\x04" + b"\0" * 99), "w.bed"),
    "nothing": (bed("# nothing", "track x"), "holds no windows"),
}


@pytest.mark.parametrize("which", REFUSED)
def test_other_formats_are_named(which: str) -> None:
    file, said = REFUSED[which]
    with pytest.raises(DataError, match=said):
        read_bed(file)


CELLS = st.one_of(
    st.sampled_from(["chrI", "+", "-", ".", "1", "-1", "0", "7", "12", "", "x", "1e3", "-5", "NA", "#", "\u2212"]),
    st.text(st.characters(blacklist_characters="\n\r\t", blacklist_categories=("Cs",)), max_size=6),
)


@given(st.lists(st.lists(CELLS, min_size=1, max_size=11), min_size=1, max_size=12), st.sampled_from([None, 6]))
def test_every_row_is_used_or_excluded_or_the_file_refused(rows: list[list[str]], length: int | None) -> None:
    file = bed(("chrI", 3, 9, "a", 0, "+"), *(("chrI", 5, 8, *row) for row in rows), *map(tuple, rows))
    for reading in (DEFAULT, Reading(coordinates=1), Reading(strand_column="none")):
        try:
            read = read_bed(file, length=length, reading=reading)
        except UserError as error:
            assert str(error)
            continue
        lines = [one.line for one in read.regions] + [one.line for one in read.rejected]
        assert len(set(lines)) == len(lines) and min(lines) >= 1
        text = file.content().decode().split("\n")
        marks = [n for n, line in enumerate(text, 1) if line.strip() and line.split(None, 1)[0][0] in "#@"]
        filled = [n for n, line in enumerate(text, 1) if line.strip()]
        browser = [n for n in filled if text[n - 1].split(None, 1)[0] in ("track", "browser")]
        assert set(lines) == set(filled) - set(marks) - set(browser)
        assert all(one.end > one.start for one in read.regions)
