"""The pipeline from files to a dataset: what is kept, what is left out and why, and what a dataset's id stands for."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from lib.core.errors import UserError
from lib.core.progress import Report
from lib.datasets.pipeline import Columns, ImportChoices, Source, SplitChoice, TargetChoice, build, understand
from lib.io.columns import assign_times
from lib.io.decisions import Reading

TIMES = (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12)


def sequence(i: int) -> str:
    """A sequence that no other i has, 31 nt."""
    return "".join("ACGT"[(i >> 2 * k) & 3] for k in range(8)) + "GATTACAGATTACAGATTACAGA"


def expression(n: int = 60, *, extra: str = "") -> str:
    rows = [f"s{i},{i % 7}.5,{(i * 13) % 11}.25,{(i * 5) % 3}" for i in range(n)]
    return "\n".join(["id,2h,8h,GC", *rows]) + "\n" + extra


def fasta(n: int = 60, *, extra: str = "") -> str:
    return "".join(f">s{i}\n{sequence(i)}\n" for i in range(n)) + extra


def read(table: str, sequences: str, **choices):
    understood = understand(Source("e.csv", table.encode()), Source("s.fa", sequences.encode()))
    return build(understood, ImportChoices(**{"name": "test", "counts": False, **choices}))


def test_a_clean_import_keeps_every_row_in_the_order_of_the_table() -> None:
    draft = read(expression(), fasta())
    data = draft.dataset
    assert data.ids.tolist() == [f"s{i}" for i in range(60)]
    assert data.sequences.tolist() == [sequence(i) for i in range(60)]
    assert data.targets[:3, 0].tolist() == [0.25 - 0.5, 2.25 - 1.5, 4.25 - 2.5]
    assert (data.times, data.value_names) == ((2.0, 8.0), ("2h", "8h")), "GC is no time and no value"
    assert data.target_names == ("log2 8h - 2h",)
    assert len(draft.rejected) == draft.join.rejected == 0
    assert set(data.parts) == {"train", "validation", "test"}
    assert draft.counts is None


def test_every_row_of_both_files_is_accounted_for() -> None:
    table = expression(extra="s1,1.5,2.25,0\ns2,9,9,9\nlonely,1,2,3\ns5,x,1,1\nSPIKE_1,5,5,5\n,1,2,3\n")
    sequences = fasta(extra=">spare\nACGTACGTACGT\n>s1\n" + sequence(1) + "\n>s3\nGGGGGGGGGGGGGG\n")
    draft = read(table, sequences, reading=Reading(repeated_ids="exclude"))
    join = draft.join
    assert (join.expression_rows, join.sequence_rows) == (66, 63)
    assert join.identical_duplicates == 2, "s1 stands twice the same in the table, and twice in the sequences"
    assert join.conflicting_duplicates == 4, "s2 in the table and s3 in the sequences, two rows each"
    assert join.spike_ins == 1
    assert (join.only_expression, join.only_sequences) == (2, 2), "lonely and s3; spare and s2"
    assert join.matched == len(draft.dataset) == 58
    assert join.rejected == len(draft.rejected)
    reasons = {(row.file, row.line): row.reason for row in draft.rejected.itertuples()}
    assert len(reasons) == len(draft.rejected), "every row is listed once"
    assert reasons["e.csv", 62] == "repeats line 3, which is kept"
    assert "different values (lines 4, 63)" in reasons["e.csv", 4]
    assert "different values (lines 4, 63)" in reasons["e.csv", 63]
    assert reasons["e.csv", 64] == "no sequence with this id in s.fa"
    assert "column 2h: found 'x', needed a number" in reasons["e.csv", 65]
    assert "no ID" in reasons["e.csv", 67]
    assert reasons["e.csv", 5] == "its sequence in s.fa, line 7, could not be used", "s3"
    assert reasons["s.fa", 5] == "its values in e.csv, line 4, could not be used", "s2"
    expression_lines = {line for file, line in reasons if file == "e.csv"}
    assert len(expression_lines) + join.spike_ins + join.matched == join.expression_rows
    accounts = {one.file: (one.rows, one.used, one.set_aside, one.excluded, one.lost) for one in draft.accounts}
    assert accounts == {"e.csv": (66, 58, 1, 7, 6), "s.fa": (63, 58, 0, 5, 2)}, (
        "s.fa: spare, s2 and s1 again are no loss"
    )


def test_a_row_whose_text_number_has_a_sound_copy_is_kept_once() -> None:
    draft = read(expression(extra="s5,x,1,1\n"), fasta())
    assert draft.join.matched == 60
    assert draft.rejected[["line", "id"]].to_numpy().tolist() == [[62, "s5"]]


def test_a_missing_value_matters_only_where_the_target_needs_it() -> None:
    table = "id,1h,2h,8h\n" + "".join(f"s{i},{'' if i == 3 else 1},{'NA' if i == 4 else 2},{i}\n" for i in range(60))
    draft = read(table, fasta())
    assert draft.rejected[["file", "id"]].to_numpy().tolist() == [["e.csv", "s4"], ["s.fa", "s4"]]
    assert "log2 8h - 2h cannot be computed: a value is missing" in draft.rejected["reason"][0]
    assert np.isnan(draft.dataset.values[3, 0])


def test_the_id_stands_for_content_and_choices_not_for_names() -> None:
    first = read(expression(), fasta())
    again = read(expression(), fasta(), name="another name")
    assert first.dataset.id == again.dataset.id
    assert first.dataset.split_id == again.dataset.split_id
    semicolons = build(
        understand(Source("x.txt", expression().replace(",", ";").encode()), Source("y", fasta().lower().encode())),
        ImportChoices("z", counts=False),
    )
    assert semicolons.dataset.id == first.dataset.id, "the same content in another layout"
    changed = [
        read(expression().replace("s7,0.5", "s7,0.75"), fasta()),
        read(expression(), fasta().replace(sequence(7), sequence(7) + "A")),
        read(expression(), fasta(), split=SplitChoice(seed=1)),
        read(expression(), fasta(), target=TargetChoice(per_hour=True)),
        read(expression(), fasta(), simulated=True),
    ]
    assert len({first.dataset.id, *(draft.dataset.id for draft in changed)}) == 6
    assert changed[2].dataset.split_id != first.dataset.split_id


def test_raw_counts_are_recognised_and_normalised_by_spike_ins() -> None:
    rows = "".join(f"s{i},{40 + i},{80 + i * i}\n" for i in range(60))
    draft = read("id,2h,8h\n" + rows + "SPIKE_0,10,30\nSPIKE_1,10,10\n", fasta(), counts=None)
    facts = draft.dataset.facts["normalisation"]
    assert (facts["method"], facts["spike_ins"], facts["counts"]) == ("spike-in", 2, True)
    assert facts["size_factors"] == {"2h": 2 / 3, "8h": 4 / 3}
    assert draft.counts is not None
    assert draft.counts[3].tolist() == [43, 89]
    assert draft.dataset.targets[3, 0] == pytest.approx(np.log2(89.5 / 43.5) - 1)
    assert draft.dataset.facts["ceiling"]["source"].startswith("Poisson")


def test_large_values_that_are_no_counts_are_remarked_upon() -> None:
    """Normalised but linear values, such as TPM, are neither counts nor logarithms."""
    table = expression().replace("s7,0.5", "s7,5000.5")
    understood = understand(Source("e.csv", table.encode()), Source("s.fa", fasta().encode()))
    assert not understood.counts
    assert "Values reach 5,000, which is large for logarithms; if these are counts, say so." in understood.notes


def test_a_column_without_a_time_can_be_the_target() -> None:
    draft = read(expression(), fasta(), target=TargetChoice("column", column="GC"))
    assert draft.dataset.targets[:4, 0].tolist() == [0, 2, 1, 0]
    assert draft.dataset.times == (2.0, 8.0)


def test_a_column_of_counts_without_times_has_the_unit_of_its_values() -> None:
    rows = "".join(f"s{i}\t{20 + 7 * i}\t{900 - 3 * i}\n" for i in range(60))
    understood = understand(Source("c.tsv", f"id\tliver\tbrain\n{rows}".encode()), Source("s.fa", fasta().encode()))
    assert understood.counts
    data = build(understood, ImportChoices("x", target=TargetChoice("column", column="liver"))).dataset
    assert data.target_units == ("log2 expression",) and data.targets.max() < 20, "no counts any more"


def test_a_split_by_a_column_of_either_file() -> None:
    draft = read(expression(), fasta(), split=SplitChoice("column", column="GC"))
    data = draft.dataset
    assert all(len(set(data.parts[[i for i in range(60) if (i * 5) % 3 == value]])) == 1 for value in range(3))
    table = "name\tseq\tchrom\n" + "".join(f"s{i}\t{sequence(i)}\tchr{i % 4}\n" for i in reversed(range(60)))
    draft = read(expression(), table, split=SplitChoice("column", column="chrom"))
    data = draft.dataset
    assert data.sequences.tolist() == [sequence(i) for i in range(60)]
    assert all(len({data.parts[i] for i in range(value, 60, 4)}) == 1 for value in range(4))
    with pytest.raises(UserError, match="no column 'nowhere' to split by; choose one of id, 2h, 8h, GC, name"):
        read(expression(), table, split=SplitChoice("column", column="nowhere"))


def test_one_file_may_hold_sequences_and_values() -> None:
    rows = "".join(f"s{i},{sequence(i)},{i}.5\n" for i in range(60))
    source = Source("all.csv", f"id,sequence,score\n{rows}bad,ACGTX,3\ns3,{sequence(3)},3.5\n".encode())
    draft = build(understand(source, source), ImportChoices("x", target=TargetChoice("column", column="score")))
    join = draft.join
    assert (join.expression_rows, join.sequence_rows, join.matched, join.identical_duplicates) == (62, 62, 60, 1)
    assert (join.only_expression, join.only_sequences) == (0, 0)
    assert draft.rejected["line"].tolist() == [62, 63]
    assert len(draft.dataset) == 60


def test_a_headerless_table_of_sequence_and_value_gets_numbered_ids() -> None:
    source = Source("mpra.txt", "".join(f"{sequence(i)}\t{i / 4}\n" for i in range(60)).encode())
    understood = understand(source, source)
    draft = build(understood, ImportChoices("x", target=TargetChoice("column", column="column 2")))
    assert draft.dataset.ids[:2].tolist() == ["row-1", "row-2"]
    assert draft.dataset.targets[5, 0] == 1.25


def test_times_can_be_given_in_the_order_of_the_columns() -> None:
    table = expression().replace("2h,8h,GC", "AR01,AR02,AR03")
    understood = understand(Source("e.csv", table.encode()), Source("s.fa", fasta().encode()))
    with pytest.raises(UserError, match="AR01"):
        build(understood, ImportChoices("x", counts=False))
    columns = assign_times(understood.columns, [2, 8, 9])
    assert build(understood, ImportChoices("x", columns=columns, counts=False)).dataset.times == (2.0, 8.0, 9.0)
    with pytest.raises(UserError, match="2 times were given for 3 value columns"):
        assign_times(understood.columns, [2, 8])


def test_columns_that_are_not_there_are_named() -> None:
    understood = understand(Source("e.csv", expression().encode()), Source("s.fa", fasta().encode()))
    wrong = Columns("nowhere", understood.columns.values)
    with pytest.raises(UserError, match="no column 'nowhere'; choose one of id, 2h, 8h, GC"):
        build(understood, ImportChoices("x", columns=wrong))


def test_ambiguous_sequences_are_kept_as_n_or_rejected() -> None:
    sequences = fasta().replace(sequence(4), "RYACGTACGTN")
    assert read(expression(), sequences).dataset.sequences[4] == "NNACGTACGTN"
    draft = read(expression(), sequences, ambiguity="reject")
    assert len(draft.dataset) == 59
    reasons = dict(zip(draft.rejected["file"], draft.rejected["reason"], strict=True))
    assert "IUPAC" in reasons["s.fa"]
    assert reasons["e.csv"] == "its sequence in s.fa, line 9, could not be used"


def test_an_rbp_table_comes_along() -> None:
    rbp = Source("rbp.tsv", b"Motif\tMean_RBP\nUGUANAU\t0.5\nuuuuuuu\t-1\n")
    understood = understand(Source("e.csv", expression().encode()), Source("s.fa", fasta().encode()), rbp)
    draft = build(understood, ImportChoices("x", counts=False))
    assert draft.dataset.rbp is not None
    assert draft.dataset.rbp[["motif", "mean_rbp"]].to_numpy().tolist() == [["TGTANAT", 0.5], ["TTTTTTT", -1.0]]
    assert set(draft.dataset.facts["files"]) == {"expression", "sequences", "rbp"}
    assert draft.dataset.id != read(expression(), fasta()).dataset.id


def test_the_planted_truth_of_simulated_data_comes_along() -> None:
    truth = Source("truth.tsv", b"id\tmotif\tstart\tend\teffect\ns1\tTTTTTT\t4\t10\t0.5\nnot-here\tA\t0\t1\t1\n")
    draft = read(expression(), fasta(), simulated=True, truth=truth)
    assert draft.dataset.facts["truth"] == [["s1", "TTTTTT", 4, 10, 0.5]]
    assert draft.dataset.simulated


def test_progress_is_told_and_can_cancel() -> None:
    heard: list[Report] = []

    class Listener:
        def report(self, report: Report) -> None:
            heard.append(report)

    understood = understand(Source("e.csv", expression().encode()), Source("s.fa", fasta().encode()))
    build(understood, ImportChoices("x", counts=False), progress=Listener())
    assert [report.step for report in heard] == [0, 1, 2, 3, 4]


def _shared(folder: Path, name: str) -> Source:
    return Source(Path(name).name, folder / name)


def test_utr_seq(shared: Path) -> None:
    understood = understand(
        _shared(shared, "utr-seq/reporter_counts.txt"),
        _shared(shared, "utr-seq/reporter_seq.txt"),
        _shared(shared, "transite/transite_kmers_enrichment.csv"),
    )
    assert understood.counts
    draft = build(understood, ImportChoices("utr", columns=assign_times(understood.columns, TIMES)))
    assert len(draft.dataset) == 12_322
    assert draft.join.spike_ins == 5
    assert draft.join.rejected == 0
    assert round(float(draft.dataset.targets.var()), 2) == 1.22
    assert draft.dataset.rbp is not None
    assert len(draft.dataset.rbp) == 4096
    assert draft.dataset.facts["ceiling"]["r2"] == pytest.approx(0.958, abs=0.002)


@pytest.mark.parametrize(
    ("name", "column", "rows"),
    [("erle-fastutr/fastUTR_mpra.txt", "column 2", 1967), ("yeast-5utr/Native_UTRs.csv.gz", "growth_rate", 11_856)],
)
def test_public_tables_that_hold_sequences_and_values(shared: Path, name: str, column: str, rows: int) -> None:
    source = _shared(shared, name)
    draft = build(understand(source, source), ImportChoices("x", target=TargetChoice("column", column=column)))
    assert len(draft.dataset) + draft.join.rejected == rows
    assert draft.dataset.target_names == (column,)
    assert np.isfinite(draft.dataset.targets).all()


def test_choices_are_plain_values() -> None:
    """They are compared and hashed by the pages, so nothing in them may be mutable."""
    assert dataclasses.replace(ImportChoices("x"), name="y") == ImportChoices("y")
