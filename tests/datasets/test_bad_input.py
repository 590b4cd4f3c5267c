"""Bad files get a clear sentence with file, line, column, found and needed, and sound rows are kept."""

import gzip

import pandas as pd
import pytest

from lib.core.errors import DataError, UserError
from lib.datasets.pipeline import Draft, ImportChoices, Source, TargetChoice, Understood, build, understand
from lib.io.decisions import Reading, Undecided
from lib.io.sequences import LONGEST

HOSTILE = ["<img src=x onerror=alert(1)>", "../../etc/passwd", "=1+1"]


def sequence(i: int) -> str:
    return "".join("ACGT"[(i >> 2 * k) & 3] for k in range(8)) + "GATTACAGATTACAGATTACAGA"


def table(*, n: int = 60, header: str = "id,2h,8h", extra: str = "") -> str:
    return "\n".join([header, *(f"s{i},{i % 7}.5,{(i * 13) % 11}.25" for i in range(n))]) + "\n" + extra


def fasta(*, n: int = 60, extra: str = "") -> str:
    return "".join(f">s{i}\n{sequence(i)}\n" for i in range(n)) + extra


def read(expression: str | bytes = table(), sequences: str | bytes = fasta(), rbp: Source | None = None) -> Understood:
    first, second = (text.encode() if isinstance(text, str) else text for text in (expression, sequences))
    return understand(Source("values.csv", first), Source("seqs.fa", second), rbp)


def draft(expression: str | bytes = table(), sequences: str | bytes = fasta(), **choices) -> Draft:
    return build(read(expression, sequences), ImportChoices(**{"name": "x", "counts": False, **choices}))


def refusal(expression: str | bytes = table(), sequences: str | bytes = fasta()) -> DataError:
    with pytest.raises(DataError) as caught:
        read(expression, sequences)
    return caught.value


def reasons(made: Draft) -> dict[tuple[str, int], str]:
    return {(row.file, row.line): row.reason for row in made.rejected.itertuples()}


@pytest.mark.parametrize("content", [b"", b"\n \r\n", b"\xef\xbb\xbf", gzip.compress(b"", mtime=0)])
def test_empty_file(content: bytes) -> None:
    error = refusal(content)
    assert str(error) == "values.csv is empty; choose the file that holds the table or the sequences."
    assert [(p.file, p.line, p.found) for p in error.problems] == [("values.csv", None, "an empty file")]


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", bytes(range(256)) * 9])
def test_binary_file_called_csv(content: bytes) -> None:
    error = refusal(content)
    assert "values.csv is a binary file that is not recognised; use CSV, TSV, Excel (.xlsx)" in str(error)


def test_damaged_archives() -> None:
    assert "damaged gzip" in str(refusal(gzip.compress(table().encode())[:-9]))
    assert "damaged gzip" in str(refusal(b"\x1f\x8bnonsense"))
    assert "damaged zip" in str(refusal(b"PK\x03\x04rest"))
    assert "cannot be opened as Parquet" in str(refusal(b"PAR1nonsense"))
    assert "cannot be opened as a workbook" in str(refusal(b"PK\x03\x04xl/nonsense"))
    assert "old .xls workbook" in str(refusal(b"\xd0\xcf\x11\xe0 and more"))


def test_wrong_delimiter() -> None:
    error = refusal(table().replace(",", "_"))
    assert "has one column only; separate the columns by comma, tab or semicolon" in str(error)
    assert error.problems[0].line == 1
    assert "'id_2h_8h'" in error.problems[0].found


def test_header_only() -> None:
    error = refusal("id,2h,8h\n")
    assert "values.csv holds a header and no rows" in str(error)
    assert error.problems[0].line == 2


def test_no_id_column() -> None:
    error = refusal("2h,8h\n" + "".join(f"{i % 3}.5,{i}.25\n" for i in range(60)))
    assert "has no column of ids" in str(error)
    assert error.problems[0].found == "the columns 2h, 8h"


def test_no_column_of_numbers() -> None:
    rows = "".join(f"s{i},high,low\n" for i in range(60))
    assert "has no column of numbers" in str(refusal("id,treated,control\n" + rows))


def test_duplicate_ids_with_the_same_values_are_kept_once() -> None:
    made = draft(table(extra="s2,2.5,4.25\n"))
    assert len(made.dataset) == 60
    assert reasons(made) == {("values.csv", 62): "repeats line 4, which is kept"}


def test_repeated_ids_with_different_values_are_asked() -> None:
    with pytest.raises(Undecided, match=r"2 of 61 rows share an ID .* such as s2 \(lines 4, 62\)"):
        draft(table(extra="s2,2.5,99\n"))
    made = draft(table(extra="s2,2.5,99\n"), reading=Reading(repeated_ids="exclude"))
    assert len(made.dataset) == 59
    assert made.join.conflicting_duplicates == 2
    assert all("different values (lines 4, 62)" in reasons(made)["values.csv", line] for line in (4, 62))


def test_files_that_share_no_ids_show_five_of_each() -> None:
    ours, theirs = "'s0', 's1', 's2', 's3', 's4'", "'t0', 't1', 't2', 't3', 't4'"
    with pytest.raises(DataError, match=f"share no IDs: values.csv has {ours}; seqs.fa has {theirs}. Use the same IDs"):
        draft(table(), fasta().replace(">s", ">t"))


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda text: text.replace(">s", ">S"), "ignore-case"),
        (lambda text: "\n".join(f"{line}.1" if line[0] == ">" else line for line in text.split()), "before-version"),
    ],
)
def test_ids_that_match_by_a_rule_are_told(change, rule: str) -> None:
    made = draft(table(), change(fasta()))
    assert made.join.matched == 60
    assert [one.chosen for one in made.decisions if one.option == "match_ids"] == [rule]


def test_some_ids_do_not_match() -> None:
    made = draft(table(extra="alone,1,2\n"), fasta(extra=">spare\nACGT\n"))
    assert (made.join.only_expression, made.join.only_sequences, made.join.matched) == (1, 1, 60)
    assert reasons(made) == {
        ("values.csv", 62): "no sequence with this id in seqs.fa",
        ("seqs.fa", 121): "no values with this id in values.csv",
    }


@pytest.mark.parametrize("cell", ["high", "12a", "1.2.3", "1_000", "0x10", "=1+1", "<b>"])
def test_text_in_a_number_column(cell: str) -> None:
    understood = read(table(extra=f"s60,{cell},3\n"), fasta(n=61))
    problem = understood.problems[0]
    assert (problem.file, problem.line, problem.column) == ("values.csv", 62, "2h")
    assert (problem.found, problem.needed) == (repr(cell), "a number")
    made = build(understood, ImportChoices("x", counts=False))
    assert len(made.dataset) == 60
    assert made.rejected[["line", "id"]].to_numpy().tolist() == [[62, "s60"], [121, "s60"]]


@pytest.mark.parametrize("cell", ["inf", "-Inf", "Infinity", "1e999"])
def test_infinity(cell: str) -> None:
    understood = read(table(extra=f"s60,{cell},3\n"), fasta(n=61))
    assert understood.problems[0].needed == "a finite number"
    assert len(build(understood, ImportChoices("x", counts=False)).dataset) == 60


@pytest.mark.parametrize("cell", ["NaN", "nan", "", "NA", "N/A", "null", "#N/A", "."])
def test_missing_values(cell: str) -> None:
    understood = read(table(extra=f"s60,{cell},3\n"), fasta(n=61))
    assert understood.problem_count == 0, "a missing value is no fault"
    made = build(understood, ImportChoices("x", counts=False))
    assert reasons(made)["values.csv", 62] == "the target log2 8h - 2h cannot be computed: a value is missing"


def test_all_faults_of_all_rows_are_reported_together_and_counted() -> None:
    wrong = "".join(f"t{i},x,inf\n" for i in range(700))
    understood = read(table(extra=wrong), fasta(extra=">bad\nAC!T\n"))
    assert understood.problem_count == 1401
    assert len(understood.problems) == 500
    with pytest.raises(Undecided, match=r"700 of 760 rows \(92%\) are excluded: 700 column 2h: .* --excluded-ok"):
        build(understood, ImportChoices("x", counts=False))
    made = build(understood, ImportChoices("x", counts=False, reading=Reading(excluded_ok=True)))
    assert made.join.rejected == 701, "one entry per row, however many faults it has"
    text, infinite = "column 2h: found 'x', needed a number", "column 8h: found inf, needed a finite number"
    assert reasons(made)["values.csv", 62] == f"{text}; {infinite}"


def test_faults_of_several_files_are_reported_together() -> None:
    error = refusal(b"", b"\0\1\2")
    assert [problem.file for problem in error.problems] == ["values.csv", "seqs.fa"]
    assert "values.csv is empty" in str(error)
    assert "seqs.fa is a binary file" in str(error)


def test_missing_time_point() -> None:
    with pytest.raises(UserError, match="asks for 6h, but the table has 2h, 8h"):
        draft(target=TargetChoice(start=2.0, end=6.0))


def test_negative_counts() -> None:
    rows = "".join(f"s{i},{i},{50 + i}\n" for i in range(60))
    made = draft("id,2h,8h\n" + rows + "s60,-3,9\n", fasta(n=61), counts=True)
    assert len(made.dataset) == 60
    assert reasons(made)["values.csv", 62] == "column 2h: found -3, needed a count of 0 or more"


def test_rows_with_too_few_or_too_many_fields() -> None:
    made = draft(table(extra="\ns60,1\ns61,1,2,3\ns62,1,2,,\ns63,1,2\n"), fasta(n=64))
    assert len(made.dataset) == 62
    assert reasons(made)["values.csv", 63] == "found 2 fields, needed 3 fields"
    assert reasons(made)["values.csv", 64] == "found 4 fields, needed 3 fields"
    assert made.dataset.ids[-2:].tolist() == ["s62", "s63"]


@pytest.mark.parametrize(("letter", "place"), [("X", 3), ("é", 2), ("*", 31)])
def test_letters_outside_iupac(letter: str, place: int) -> None:
    text = sequence(7)[: place - 1] + letter + sequence(7)[place - 1 :]
    made = draft(table(), fasta().replace(sequence(7), text))
    assert len(made.dataset) == 59
    expected = (
        f"column sequence: found the letter {letter!r} at position {place}, needed letters A C G T U or IUPAC codes"
    )
    assert reasons(made)["seqs.fa", 15] == expected


def test_u_lower_case_and_runs_of_n_are_taken_and_counted() -> None:
    text = fasta().replace(sequence(3), sequence(3).replace("T", "U").lower()).replace(sequence(4), "ACGT" + "N" * 99)
    understood = read(table(), text)
    made = build(understood, ImportChoices("x", counts=False))
    assert made.dataset.sequences[3] == sequence(3)
    assert made.dataset.sequences[4] == "ACGT" + "N" * 99
    assert (understood.sequences.with_u, understood.sequences.lower_case) == (1, 1)
    assert understood.sequences.ambiguous.sum() == 1
    assert "1 of 60 sequences held U, stored as T." in made.notes


def test_sequences_of_length_0_and_200_kb() -> None:
    made = draft(table(n=62), fasta(extra=">s60\n\n>s61\n" + "ACGT" * 50_000 + "\n"))
    assert len(made.dataset) == 60
    assert "found an empty sequence" in reasons(made)["seqs.fa", 121]
    assert f"found 200,000 nt, needed at most {LONGEST:,} nt" in reasons(made)["seqs.fa", 123]
    tsv = "".join(f"s{i}\t{sequence(i)}\n" for i in range(60)) + "s60\t\ns61\t" + "ACGT" * 50_000 + "\n"
    made = draft(table(n=62), tsv)
    assert ("seqs.fa", 61) in reasons(made)
    assert "200,000 nt" in reasons(made)["seqs.fa", 62]


def test_one_long_sequence_does_not_widen_all() -> None:
    made = draft(table(), fasta(n=59, extra=">s59\n" + "ACGT" * 25_000))
    assert made.dataset.sequences.nbytes == 8 * 60
    assert len(made.dataset.sequences[59]) == 100_000


def test_fasta_without_a_header() -> None:
    error = refusal(table(), "".join(f"{sequence(i)}\n" for i in range(60)))
    assert "write FASTA with a line >id above each sequence" in str(error)
    assert error.problems[0].line == 1
    made = draft(table(n=61), sequence(60) + "\n" + fasta())
    assert reasons(made)["seqs.fa", 1] == "found a sequence without a header, needed a line like >id above it"
    assert len(made.dataset) == 60


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_line_ends_and_bom(end: str) -> None:
    plain = draft(table(extra="s60,x,1\n"))
    made = draft(
        b"\xef\xbb\xbf" + table(extra="s60,x,1\n").replace("\n", end).encode(),
        b"\xef\xbb\xbf" + fasta().replace("\n", end).encode(),
    )
    assert made.dataset.id == plain.dataset.id
    assert made.rejected.equals(plain.rejected)


def test_mixed_line_ends_keep_the_line_numbers() -> None:
    lines = table(extra="s60,x,1\n").split("\n")
    mixed = "".join(line + ("\n", "\r\n", "\r")[i % 3] for i, line in enumerate(lines[:-1]))
    made = draft(mixed)
    assert len(made.dataset) == 60
    assert reasons(made)["values.csv", 62] == "column 2h: found 'x', needed a number"


def test_a_table_of_7_mers_in_the_rna_alphabet() -> None:
    rows = "".join(f"U{'ACGU'[i % 4]}GUA{'ACGU'[i // 4 % 4]}A,{i / 9}\n" for i in range(16))
    understood = read(rbp=Source("rbp.csv", f"kmer,enrichment\n{rows}".encode()))
    assert understood.rbp is not None
    assert understood.rbp.frame["motif"].tolist()[:2] == ["TAGTAAA", "TCGTAAA"]


def test_two_files_swapped() -> None:
    error = refusal(fasta(), table())
    assert "The files look swapped" in str(error)
    assert "values.csv, brought as the expression table, holds sequences" in str(error)
    assert "seqs.fa, brought as the sequences, holds values per id" in str(error)
    tsv = "".join(f"s{i}\t{sequence(i)}\n" for i in range(60))
    assert "The files look swapped" in str(refusal(tsv, table()))


def test_one_file_in_the_wrong_place() -> None:
    assert "A file looks misplaced: seqs.fa, brought as the sequences, holds values" in str(
        refusal(table(), table()[:-9])
    )
    with pytest.raises(DataError, match=r"rbp\.fa, brought as the RBP table, holds sequences"):
        read(rbp=Source("rbp.fa", fasta().encode()))
    with pytest.raises(DataError, match=r"rbp\.csv, brought as the RBP table, holds values per id"):
        read(rbp=Source("rbp.csv", table().encode()))


@pytest.mark.parametrize("n", [1, 49])
def test_fewer_than_50_usable_rows(n: int) -> None:
    with pytest.raises(DataError, match=f"Usable rows: {n} of {n}; at least 50 are needed"):
        draft(table(n=n), fasta())


def test_fewer_than_50_usable_rows_hands_over_the_faults() -> None:
    with pytest.raises(DataError, match="Usable rows: 0 of 60") as caught:
        draft(table().replace(".5", "x"), fasta())
    assert len(caught.value.problems) == 60


def test_constant_target() -> None:
    rows = "".join(f"s{i},1.5,2.0\n" for i in range(60))
    with pytest.raises(DataError, match=r"target log2 8h - 2h is 0\.5 in all 60 rows; a model needs one that varies"):
        draft("id,2h,8h\n" + rows)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_only_text(name: str) -> None:
    expression = table(header=f"{name},2h,8h").replace("s3,", f"{name},")
    sequences = "id\tsequence\n" + "".join(f"{name if i == 3 else f's{i}'}\t{sequence(i)}\n" for i in range(60))
    understood = understand(Source(name, expression.encode()), Source(name + "2", sequences.encode()))
    made = build(understood, ImportChoices(name, counts=False))
    assert made.dataset.name == name
    assert made.dataset.ids[3] == name
    assert len(made.dataset) == 60
    assert made.dataset.id.isalnum(), "the id, which becomes a folder, is a hash"


def test_a_file_that_is_read_in_several_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of more than 64 MB are; here a block holds a few rows."""
    tsv = "".join(f"s{i}\t{sequence(i)}\n" for i in range(61))
    whole = draft(table(extra="s60,x,1\n"), tsv)
    monkeypatch.setattr("lib.io.delimited.BLOCK", 128)
    parts = draft(table(extra="s60,x,1\n"), tsv)
    assert parts.dataset.id == whole.dataset.id
    assert parts.dataset.sequences.tolist() == [sequence(i) for i in range(60)]
    assert parts.rejected.equals(whole.rejected)


def test_a_file_that_is_not_there(tmp_path) -> None:
    with pytest.raises(DataError, match="gone.csv cannot be read"):
        understand(Source("gone.csv", tmp_path / "gone.csv"), Source("s.fa", fasta().encode()))
    with pytest.raises(DataError, match="folder holds no file with data"):
        understand(Source("folder", tmp_path), Source("s.fa", fasta().encode()))


def test_rejected_rows_are_a_plain_table() -> None:
    made = draft(table(extra="s60,x,1\n"))
    assert list(made.rejected.columns) == ["file", "line", "id", "reason"]
    assert pd.api.types.is_integer_dtype(made.rejected["line"])
