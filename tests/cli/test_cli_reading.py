"""Every kind of file is read right, told, or asked about: by values worked out by hand, on the command line."""

import json
import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from lib.report import commands
from lib.store import datasets
from tests.cli.test_cli import run

ROWS = 61
"""Rows of each table; row i has the values of ``value(i, hours)``."""
RNG = np.random.default_rng(11)
SEQUENCES = ["".join(RNG.choice(list("ACGT"), size=37)) for _ in range(ROWS)]


def value(row: int, hours: float) -> float:
    """Values with two decimals that differ by row and hour: at 8h minus at 2h they are 1.5 times the row plus 0.75."""
    return row * (1 + hours / 4) + hours / 8 + 0.25


TARGETS = [1.5 * row + 0.75 for row in range(ROWS)]


@pytest.fixture(scope="module", autouse=True)
def workspace(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOTIFLENS_HOME", str(tmp_path_factory.mktemp("home")))
        patch.delenv("MOTIFLENS_DATABASE_URL", raising=False)
        yield


class Import:
    """One run of ``import`` on an expression table and the sequences s0, s1, ... beside it."""

    def __init__(self, folder, table: str, *options: str, fasta: str | None = None, name: str = "e.tsv"):
        (folder / name).write_text(table, encoding="utf-8")
        fasta = fasta if fasta is not None else "".join(f">s{i}\n{text}\n" for i, text in enumerate(SEQUENCES))
        (folder / "s.fa").write_text(fasta, encoding="utf-8")
        files = ["--expression", str(folder / name), *(["--sequences", str(folder / "s.fa")] if fasta else [])]
        self.done = run("import", "--name", "x", "--json", *files, *options)
        self.code, self.said = self.done.returncode, self.done.stderr
        self.answer = json.loads(self.done.stdout) if self.code == 0 else {}

    @property
    def targets(self) -> list[float]:
        assert self.code == 0, self.said
        return datasets.load(self.answer["dataset"]).targets[:, 0].tolist()

    @property
    def dataset(self):
        assert self.code == 0, self.said
        return datasets.load(self.answer["dataset"])


def table(header: str, *hours: float, delimiter: str = "\t", cell=lambda number: f"{number:g}") -> str:
    lines = [header]
    lines += [delimiter.join([f"s{row}", *(cell(value(row, hour)) for hour in hours)]) for row in range(ROWS)]
    return "\n".join(lines) + "\n"


def approx(numbers):
    return pytest.approx(numbers, abs=1e-9)


# Numbers


def thousands(number: float) -> str:
    return f"{round(number * 100 + 700):,}"


def test_group_marks_without_evidence_are_asked(tmp_path) -> None:
    counts = table("id\t2h\t8h", 2, 8, cell=thousands)
    asked = Import(tmp_path, counts)
    assert asked.code == 2
    assert re.search(r"--decimal point \(1,\d{3} is 1\d{3}\) or --decimal comma \(1,\d{3} is 1\.\d+\)", asked.said)
    read = Import(tmp_path, counts, "--decimal", "point", "--counts")
    raw = datasets.counts(read.answer["dataset"])
    assert raw[:, 0].tolist() == [round(value(row, 2) * 100 + 700) for row in range(ROWS)]
    logs = Import(tmp_path, counts, "--decimal", "comma", "--logs")
    first = value(20, 2) * 100 + 700
    assert logs.dataset.values[20, 0] == approx(first / 1000), "with a decimal comma 1,575 is 1.575"


def test_one_cell_with_two_groups_decides_for_all(tmp_path) -> None:
    text = table("id\t2h\t8h", 2, 8, cell=thousands).replace("\ns60\t", "\ns60\t1,234,567\t1,000\nlast\t")
    read = Import(tmp_path, text, "--counts")
    assert datasets.counts(read.answer["dataset"])[60, 0] == 1234567
    assert "Decimal mark" in read.said and "1,234,567" in read.said


@pytest.mark.parametrize(
    ("cell", "delimiter"),
    [
        (lambda number: f"{number:.2f}".replace(".", ","), ";"),
        (lambda number: f"{number:.2f}".replace(".", ","), "\t"),
        (lambda number: f'"{number:.2f}"'.replace(".", ","), ","),
        (lambda number: f"{number:.2f}".replace("-", "\u2212"), "\t"),
        (lambda number: f"{number:,.2f}".replace(",", " ").replace(".", ","), ";"),
        (lambda number: f"{number:,.2f}".replace(",", "\u2019"), "\t"),
    ],
    ids=["semicolons", "tabs", "quoted", "U+2212", "blanks as groups", "apostrophes as groups"],
)
def test_numbers_as_the_world_writes_them(tmp_path, cell, delimiter: str) -> None:
    text = table(delimiter.join(["id", "2h", "8h"]), 2, 8, delimiter=delimiter, cell=lambda number: cell(number - 3000))
    assert Import(tmp_path, text).targets == approx(TARGETS)


# Columns of one time


FOUR = table("id\tctrl_2h\tctrl_8h\tdrug_2h\tdrug_8h", 2, 8, 0, 4)


def test_conditions_are_asked_and_never_averaged(tmp_path) -> None:
    asked = Import(tmp_path, FOUR)
    assert asked.code == 2
    assert "--conditions ctrl" in asked.said and "--conditions drug-ctrl" in asked.said
    assert Import(tmp_path, FOUR, "--conditions", "ctrl").targets == approx(TARGETS)
    drug = [value(row, 4) - value(row, 0) for row in range(ROWS)]
    one = Import(tmp_path, FOUR, "--conditions", "drug")
    assert one.targets == approx(drug)
    assert re.search(r"ctrl_2h +2 h +ctrl +no: condition ctrl", one.said), "told in a table of columns"
    both = Import(tmp_path, FOUR, "--conditions", "drug-ctrl")
    assert both.targets == approx([a - b for a, b in zip(drug, TARGETS, strict=True)])


@pytest.mark.parametrize("names", [("RNA", "DNA"), ("0.5uM", "10uM"), ("2D", "3D")])
def test_whatever_tells_columns_apart_is_a_condition(tmp_path, names) -> None:
    header = "\t".join(["id", *(f"{name}_{hour}h" for name in names for hour in (2, 8))])
    options = ["--columns", "last"] if names == ("2D", "3D") else []
    asked = Import(tmp_path, table(header, 2, 8, 0, 4), *options)
    assert asked.code == 2 and f"--conditions {names[0]}" in asked.said
    assert Import(tmp_path, table(header, 2, 8, 0, 4), *options, "--conditions", names[0]).targets == approx(TARGETS)


def test_replicates_are_averaged(tmp_path) -> None:
    read = Import(tmp_path, table("id\t2h_rep1\t2h_rep2\t8h_rep1\t8h_rep2", 1, 3, 7, 9))
    means = [(value(r, 7) + value(r, 9)) / 2 - (value(r, 1) + value(r, 3)) / 2 for r in range(ROWS)]
    assert read.targets == approx(means)


@pytest.mark.parametrize("what", ["SE", "sd", "pvalue", "log2FC", "n_barcodes"])
def test_statistics_are_kept_out_of_the_values(tmp_path, what: str) -> None:
    read = Import(tmp_path, table(f"id\t2h\t2h_{what}\t8h\t8h_{what}", 2, 5, 8, 5))
    assert read.targets == approx(TARGETS)
    assert re.search(rf"2h_{what} +2 h +no: ", read.said)


# Times


def test_times_before_the_treatment_are_negative(tmp_path) -> None:
    text = table("id\t-2h\t0h\t2h\t8h", 5, 1, 2, 8)
    assert Import(tmp_path, text).targets == approx(TARGETS)
    before = Import(tmp_path, text, "--from", "-2h", "--to", "2h")
    assert before.targets == approx([value(row, 2) - value(row, 5) for row in range(ROWS)])


def test_the_time_of_a_pulse_chase_is_the_one_that_varies(tmp_path) -> None:
    read = Import(tmp_path, table("id\t5min_pulse_0h\t5min_pulse_2h\t5min_pulse_8h", 0, 2, 8))
    assert read.targets == approx(TARGETS)
    assert read.dataset.times == (0, 2, 8)


def test_two_times_that_vary_are_asked(tmp_path) -> None:
    text = table("id\t1d_2h\t1d_8h\t2d_2h\t2d_8h", 2, 8, 0, 4)
    asked = Import(tmp_path, text)
    assert asked.code == 2 and "--columns first" in asked.said and "--columns last" in asked.said


@pytest.mark.parametrize(
    ("names", "unit", "hours"),
    [
        (("T0", "T30", "T120"), "min", (0, 0.5, 2)),
        (("0", "2", "8"), "h", (0, 2, 8)),
        (("d0", "d1", "d3"), "d", (0, 24, 72)),
    ],
)
def test_numbers_without_a_unit_are_asked(tmp_path, names, unit: str, hours) -> None:
    text = table("\t".join(["gene", *names]), 0, 2, 8)
    asked = Import(tmp_path, text, "--from", f"{hours[0]}h", "--to", f"{hours[2]}h")
    assert asked.code == 2 and "--time-unit h (" in asked.said
    said = ("--time-unit", unit, "--from", f"{hours[1]}h", "--to", f"{hours[2]}h")
    read = Import(tmp_path, text, *said)
    assert read.dataset.times == approx(hours)
    assert read.targets == approx(TARGETS)


def test_columns_can_be_given_one_by_one(tmp_path) -> None:
    text = table("id\tfirst\tsecond\tthird", 2, 8, 5)
    assert Import(tmp_path, text, "--columns", "first=2h,second=8h").targets == approx(TARGETS)
    wrong = Import(tmp_path, text, "--columns", "fourth=2h")
    assert wrong.code == 2 and "first, second, third" in wrong.said


# Summary rows of counts


@pytest.mark.parametrize("rows", [("__no_feature", "__ambiguous"), ("N_unmapped", "N_multimapping")])
def test_summary_rows_enter_no_size_factor(tmp_path, rows) -> None:
    counts = table("id\t2h\t8h", 2, 8, cell=lambda number: str(round(number * 10) + 30))
    extra = f"{rows[0]}\t900000\t17\n{rows[1]}\t5\t800000\n"
    plain, with_rows = Import(tmp_path, counts, "--counts"), Import(tmp_path, counts + extra, "--counts")
    assert with_rows.answer["dataset"] == plain.answer["dataset"], "the same content"
    assert with_rows.answer["accounts"][0]["set_aside"] == 2
    assert f"Summary rows: 2 set aside. {rows[0]}, {rows[1]}" in with_rows.said


def test_featurecounts(tmp_path) -> None:
    header = "\t".join(
        ["Geneid", "Chr", "Start", "End", "Strand", "Length", "bam/x2h.sorted.bam", "bam/x8h.sorted.bam"]
    )
    rows = [f"s{r}\tI;I\t5;9\t7;11\t+;+\t4\t{30 + r}\t{50 + 2 * r}" for r in range(ROWS)]
    text = "\n".join(["# Program:featureCounts v2.0; Command:x, y", header, *rows]) + "\n"
    read = Import(tmp_path, text, name="counts.txt")
    assert datasets.counts(read.answer["dataset"])[7].tolist() == [37, 64]
    assert "Header: line 2" in read.said


# The header


BODY = table("", 2, 8).lstrip("\n")


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("Supplementary Table 1. Decay, of all reporters\n\t\t\nid\t2h\t8h", "Header: line 3"),
        ("# made by a program\n#id\t2h\t8h", None),
        ("id\t2h\t8h\n\tlog2\tlog2", "Line 2 holds units"),
        ("id\t2\t8\n\th\th", "Line 2 holds units"),
        ("\tWT\tWT\nid\t2h\t8h", "Lines 1 and 2 name the columns together"),
    ],
)
def test_the_header_is_found_by_content(tmp_path, header: str, told: str | None) -> None:
    read = Import(tmp_path, f"{header}\n{BODY}")
    assert read.targets == approx(TARGETS)
    assert told is None or told in read.said


@pytest.mark.parametrize("header", ['"2h" "8h"', "id   2h 8h"])
def test_blanks_may_separate(tmp_path, header: str) -> None:
    rows = [f'"s{row}" {value(row, 2):g}   {value(row, 8):g}' for row in range(ROWS)]
    read = Import(tmp_path, "\n".join([header, *rows]) + "\n", name="e.txt")
    assert read.targets == approx(TARGETS)
    assert "Delimiter: blanks" in read.said


def test_a_first_row_of_increasing_numbers_is_asked(tmp_path) -> None:
    text = f"reporter\t0\t2\t8\n{table('', 0, 2, 8).lstrip()}"
    asked = Import(tmp_path, text.replace("reporter", "thing"))
    assert asked.code == 2 and "--header-line 1 (it names the columns) or --header-line 0 (it is data)" in asked.said
    read = Import(tmp_path, text.replace("reporter", "thing"), "--header-line", "1", "--time-unit", "h")
    assert read.targets == approx(TARGETS)


def test_a_shuffled_index_is_no_value(tmp_path) -> None:
    rows = np.random.default_rng(3).permutation(ROWS).tolist()
    text = "\tid\tscore\n" + "".join(f"{row}\ts{i}\t{i / 4}\n" for i, row in enumerate(rows))
    read = Import(tmp_path, text, "--target", "column=score")
    assert read.targets == approx([row / 4 for row in range(ROWS)])
    assert "Index column" in read.said
    assert read.dataset.value_names == ("score",)


def test_a_long_table_becomes_a_wide_one(tmp_path) -> None:
    rows = [f"s{row}\t{hour}h\t{value(row, hour):g}" for row in range(ROWS) for hour in (0, 2, 8)]
    read = Import(tmp_path, "\n".join(["id\ttime\tvalue", *rows]) + "\n")
    assert read.targets == approx(TARGETS)
    assert f"Layout: one row per ID. A long table: {3 * ROWS} rows" in read.said


def test_an_open_quotation_mark_costs_its_own_row(tmp_path) -> None:
    lines = table("id,note,2h,8h", 0, 2, 8, delimiter=",").splitlines()
    lines[5] = f's4,"open,{value(4, 2):g},{value(4, 8):g}'
    lines[9] = f's8,"two\nlines",{value(8, 2):g},{value(8, 8):g}'
    read = Import(tmp_path, "\n".join(lines) + "\n", name="e.csv")
    assert read.targets == approx([target for row, target in enumerate(TARGETS) if row != 4])
    assert read.answer["accounts"][0] | {"file": ""} == {
        "file": "",
        "rows": ROWS,
        "used": ROWS - 1,
        "set_aside": 0,
        "excluded": 1,
        "unneeded": 0,
    }
    assert "a quotation mark that is never closed" in read.said and "line 6: s4" in read.said


# Sequences in a table


def sequence_table(header: str, cells) -> str:
    return "\n".join([header, *("\t".join([f"s{i}", *cells(i), f"{value(i, 2):g}"]) for i in range(ROWS))]) + "\n"


def mixed(row: int, size: int) -> str:
    return (SEQUENCES[row][::-1] * 3)[row % 7 :][:size]


def test_barcodes_and_primers_are_no_sequences(tmp_path) -> None:
    text = sequence_table(
        "name\tprimer\tbarcode\toligo\tscore", lambda i: ["ACTGGCCGCTTCACTG", mixed(i, 15), SEQUENCES[i]]
    )
    read = Import(tmp_path, text, "--target", "column=score", fasta="")
    assert read.dataset.sequences.tolist() == SEQUENCES
    assert "Sequence column" in read.said and "primer is the same in all rows" in read.said


def test_several_columns_of_sequences_are_asked_and_can_be_joined(tmp_path) -> None:
    text = sequence_table("name\tUTR5\tUTR3\tscore", lambda i: [mixed(i, 20), SEQUENCES[i]])
    asked = Import(tmp_path, text, "--target", "column=score", fasta="")
    assert asked.code == 2
    for option in ("--sequence-column UTR5 (", "--sequence-column UTR3 (", "--sequence-column UTR5+UTR3 ("):
        assert option in asked.said
    one = Import(tmp_path, text, "--target", "column=score", "--sequence-column", "UTR3", fasta="")
    assert one.dataset.sequences.tolist() == SEQUENCES
    both = Import(tmp_path, text, "--target", "column=score", "--sequence-column", "UTR5+UTR3", fasta="")
    assert both.dataset.sequences.tolist() == [mixed(i, 20) + SEQUENCES[i] for i in range(ROWS)]


# IDs


PLAIN = table("id\t2h\t8h", 2, 8)


@pytest.mark.parametrize(
    ("ours", "theirs", "rule"),
    [
        ("s{}", "s{}::chr1:5-9(+)", "before-coordinates"),
        ("s{}", "s{}(-)", "before-strand"),
        ("ENSG00{}", "ENSG00{}.5", "before-version"),
        ("ENSG00{}.3", "ENSG00{}.5", "before-version"),
        ("ENST00{}.1", "ENST00{}.1|ENSG00{}.7|-|GENE{}|1500|", "before-pipe"),
        ("GENE{}", "ENST00{}.1|ENSG9{}.7|-|GENE{}|1500|", "pipe-4"),
        ("UTR {}", "UTR {}", "whole-header"),
        ("TP{}", "ENST00{} cds gene:ENSG9{}.2 gene_symbol:TP{} description:x", "tag-gene_symbol"),
        ("NM_00{}", "hg38_ncbiRefSeq_NM_00{} range=chr1:1-60 strand=+", "after-prefix"),
        ("Gene{}", "GENE{}", "ignore-case"),
        ("TP{}", "NM_00{}.6 Homo sapiens tumor protein (TP{}), transcript variant 1, mRNA", "parentheses"),
    ],
)
def test_ids_are_matched_by_a_rule_that_is_told(tmp_path, ours: str, theirs: str, rule: str) -> None:
    text = re.sub(r"^s(\d+)", lambda match: ours.replace("{}", match[1]), PLAIN, flags=re.MULTILINE)
    fasta = "".join(f">{theirs.replace('{}', str(i))}\n{text}\n" for i, text in enumerate(SEQUENCES))
    read = Import(tmp_path, text, fasta=fasta)
    assert read.dataset.sequences.tolist() == SEQUENCES
    assert read.targets == approx(TARGETS)
    assert "Matching IDs" in read.said
    again = Import(tmp_path, text, "--match-ids", rule, fasta=fasta)
    assert again.answer["dataset"] == read.answer["dataset"]


def test_a_rule_that_matches_more_than_the_ids_as_they_stand_is_asked(tmp_path) -> None:
    fasta = "".join(f">s{i}{'.2' if i % 3 else ''}\n{text}\n" for i, text in enumerate(SEQUENCES))
    asked = Import(tmp_path, PLAIN, fasta=fasta)
    assert asked.code == 2 and "--match-ids before-version" in asked.said and "--match-ids exact" in asked.said
    assert len(Import(tmp_path, PLAIN, "--match-ids", "before-version", fasta=fasta).targets) == ROWS


def test_ids_that_a_spreadsheet_changed_are_named(tmp_path) -> None:
    changed = PLAIN.replace("\ns3\t", "\n2-Sep\t").replace("\ns4\t", "\n1.23E+05\t")
    read = Import(tmp_path, changed)
    assert "2 IDs look changed: 2-Sep, 1.23E+05" in read.said
    assert len(read.targets) == ROWS - 2


def test_ids_in_another_column_are_offered(tmp_path) -> None:
    rows = [f"gene {row}\ts{row}\t{value(row, 2):g}\t{value(row, 8):g}" for row in range(ROWS)]
    text = "\n".join(["name\treporter label\t2h\t8h", *rows]) + "\n"
    asked = Import(tmp_path, text)
    assert asked.code == 2 and f"--id 'reporter label' ({ROWS} of its {ROWS} IDs are those of sequences)" in asked.said
    assert Import(tmp_path, text, "--id", "reporter label").targets == approx(TARGETS)


def test_files_without_a_common_id_show_five_of_each(tmp_path) -> None:
    refused = Import(tmp_path, PLAIN.replace("\ns", "\nq"))
    assert refused.code == 2
    assert "'q0', 'q1', 'q2', 'q3', 'q4'" in refused.said and "'s0', 's1', 's2', 's3', 's4'" in refused.said


# Repeated IDs


def measured(row: int, kind: str) -> float:
    return row / 2 + (0.25 if kind == "hela" else 1.5)


REPEATED = "gene_id\tcell_type\tcoding\trate\n" + "".join(
    f"s{row}\t{kind}\t{SEQUENCES[row]}\t{measured(row, kind):g}\n" for row in range(ROWS) for kind in ("hela", "k562")
)


def repeated(folder, *options: str) -> Import:
    return Import(folder, REPEATED, "--target", "column=rate", *options, fasta="")


def test_rows_that_share_an_id_are_asked(tmp_path) -> None:
    asked = repeated(tmp_path)
    assert asked.code == 2
    for option in ("number", "average", "exclude", "cell_type=hela", "cell_type=k562"):
        assert f"--repeated-ids {option} (" in asked.said
    assert repeated(tmp_path, "--repeated-ids", "cell_type=k562").targets == approx([r / 2 + 1.5 for r in range(ROWS)])
    assert repeated(tmp_path, "--repeated-ids", "average").targets == approx([r / 2 + 0.875 for r in range(ROWS)])


def test_numbered_rows_of_one_id_stay_in_one_part(tmp_path) -> None:
    made = repeated(tmp_path, "--repeated-ids", "number").dataset
    assert made.ids[:4].tolist() == ["s0-1", "s0-2", "s1-1", "s1-2"]
    parts = pd.Series(made.parts, index=[name.rsplit("-", 1)[0] for name in made.ids])
    assert (parts.groupby(level=0).nunique() == 1).all()
    by_gene = repeated(tmp_path, "--repeated-ids", "number", "--split", "column=gene_id")
    assert by_gene.code == 0, "the ID of the file can be split by"


# Nothing lost


def test_losing_more_than_a_fifth_needs_consent(tmp_path) -> None:
    bad = PLAIN + "".join(f"b{row}\thigh\t{row}\n" for row in range(16))
    asked = Import(tmp_path, bad)
    assert asked.code == 2
    assert "16 of 77 rows (21%) are excluded: 16 column 2h: found 'high', needed a number (line 63: b0)" in asked.said
    assert "Choose --excluded-ok" in asked.said
    read = Import(tmp_path, bad, "--excluded-ok")
    assert read.targets == approx(TARGETS)
    assert [one["excluded"] for one in read.answer["accounts"]] == [16, 0]
    assert Import(tmp_path, PLAIN + "b\thigh\t1\n" * 15).code == 0, "15 of 76 are no more than a fifth"


def test_each_import_keeps_its_own_list(tmp_path) -> None:
    one = Import(tmp_path, PLAIN + "lonely\t1\t2\n")
    other = Import(tmp_path, PLAIN + "alone\t1\t2\nbad\tx\t2\n")
    assert one.answer["dataset"] == other.answer["dataset"], "the same content"
    assert datasets.read_excluded_rows(other.answer["dataset"])["id"].tolist() == ["bad", "alone"]
    path = re.search(r"All excluded rows: (.+)", one.said)[1]
    assert pd.read_csv(path, sep="\t")["id"].tolist() == ["lonely"]
    assert "e.tsv: 62 rows = 61 used, 1 excluded" in one.said
    assert "no sequence with this id in s.fa (line 63: lonely)" in one.said


def test_labels_that_differ_in_spelling_are_asked(tmp_path) -> None:
    labels = ["Stable", "stable", "unstable"]
    text = "id\tlabel\n" + "".join(f"s{i}\t{labels[i % 3]}\n" for i in range(ROWS))
    asked = Import(tmp_path, text, "--target", "class=label")
    assert asked.code == 2 and "Stable (n = 21), stable (n = 20)" in asked.said
    merged = Import(tmp_path, text, "--target", "class=label", "--labels", "merge")
    assert set(merged.dataset.classes) == {"Stable", "unstable"}
    kept = Import(tmp_path, text, "--target", "class=label", "--labels", "keep")
    assert len(kept.dataset.classes) == 3


# inspect


def test_inspect_prints_how_files_would_be_read(tmp_path) -> None:
    (tmp_path / "e.tsv").write_text(FOUR)
    (tmp_path / "s.fa").write_text("".join(f">s{i}\n{text}\n" for i, text in enumerate(SEQUENCES)))
    done = run("inspect", str(tmp_path / "e.tsv"), str(tmp_path / "s.fa"), "--json")
    table_, fasta = json.loads(done.stdout)
    assert (table_["holds"], table_["rows"], fasta["holds"], fasta["rows"]) == ("values", ROWS, "sequences", ROWS)
    assert [(one["column"], one["hours"], one["condition"]) for one in table_["columns"]][:2] == [
        ("ctrl_2h", 2, "ctrl"),
        ("ctrl_8h", 8, "ctrl"),
    ]
    (decision,) = table_["decisions"]
    assert decision["option"] == "--conditions" and decision["question"].startswith("e.tsv: Columns of one time differ")
    readable = run("inspect", str(tmp_path / "e.tsv")).stdout
    assert "ctrl_2h  2 h   ctrl" in readable and "Choose --conditions ctrl" in readable


def test_inspect_tells_how_two_files_go_together(tmp_path) -> None:
    (tmp_path / "e.tsv").write_text(PLAIN)
    (tmp_path / "s.fa").write_text("".join(f">s{i}|x\n{text}\n" for i, text in enumerate(SEQUENCES)))
    done = run("inspect", str(tmp_path / "e.tsv"), str(tmp_path / "s.fa"), "--json")
    (decision,) = json.loads(done.stdout)[0]["decisions"]
    assert (decision["topic"], decision["alternatives"][0]["value"]) == ("Matching IDs", "before-pipe")
    assert decision["taken"] == f"what stands before the first | (s.fa): {ROWS} of {ROWS} match"


def test_the_command_in_a_report_reads_the_files_again(tmp_path, monkeypatch) -> None:
    """What was said about reading is repeated, and times are given only where names do not tell them."""
    read = Import(tmp_path, FOUR, "--conditions", "drug-ctrl", "--shares", "0.7,0.15,0.15")
    material = SimpleNamespace(dataset=read.dataset, row=SimpleNamespace(name="x"))
    line = commands.importing(material)
    assert "--conditions drug-ctrl" in line and "--times" not in line and "--shares 0.7,0.15,0.15" in line
    monkeypatch.chdir(tmp_path)
    again = run(*line.split()[1:], "--json")
    assert json.loads(again.stdout)["dataset"] == read.answer["dataset"]
