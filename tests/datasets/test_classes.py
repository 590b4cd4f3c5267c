"""Class labels, from a column of a file to a frozen split."""

import gzip
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lib.core.errors import DataError, UserError
from lib.datasets import classes, leakage, pipeline, presplit
from lib.datasets.draft import ImportChoices
from lib.datasets.splits import SplitChoice
from lib.datasets.targets import TargetChoice
from lib.io.files import Source

SHARED = Path(__file__).parents[3] / "shared" / "data" / "gue" / "prom_300_tata"


def table(rows, header="sequence,label", name="a.csv"):
    return Source(name, "\n".join([header, *rows]).encode())


def sequences(count, seed=0):
    rng = np.random.default_rng(seed)
    return ["".join(rng.choice(list("ACGT"), size=rng.integers(20, 31))) for _ in range(count)]


def imported(source, column="label", positive="", **choices):
    target = TargetChoice("class", None, None, column=column, positive=positive)
    return pipeline.build(pipeline.understand(source, source), ImportChoices(name="x", target=target, **choices))


def two(count=103, labels=("0", "1")):
    return [f"{seq},{labels[number % 4 == 0]}" for number, seq in enumerate(sequences(count))]


def test_two_classes_are_one_target_of_log_odds():
    made = imported(table(two())).dataset
    assert (made.task, made.classes, made.target_names, made.target_units) == (
        "classification",
        ("0", "1"),
        ("1",),
        ("log-odds",),
    )
    assert made.targets.shape == (103, 1)
    assert made.targets.sum() == 26
    assert made.values.shape == (103, 0), "labels are no expression"
    assert made.ids[:2].tolist() == ["row-1", "row-2"]


@pytest.mark.parametrize("labels", [("none", "TATA promoter"), ("1.0", "0.0"), ("no", "yes"), ("False", "True")])
def test_the_positive_class_is_the_one_that_says_so_else_the_rarer_or_as_chosen(labels):
    made = imported(table(two(labels=labels))).dataset
    other, rarer = (label.removesuffix(".0") for label in labels)
    assert made.classes == (("0", "1") if "1.0" in labels else (other, rarer))
    chosen = imported(table(two(labels=labels)), positive=other).dataset
    assert chosen.classes == (rarer, other)
    assert chosen.target_names == (other,)
    flipped = made.classes != chosen.classes
    np.testing.assert_array_equal(chosen.targets, 1 - made.targets if flipped else made.targets)


def test_more_classes_are_one_hot_and_sorted():
    rows = [f"{seq},{10 - number % 3}" for number, seq in enumerate(sequences(100))]
    made = imported(table(rows)).dataset
    assert made.classes == made.target_names == ("8", "9", "10")
    assert made.target_units == ("logit",) * 3
    assert made.targets[:3].tolist() == [[0, 0, 1], [0, 1, 0], [1, 0, 0]]


def test_labels_may_stand_beside_fasta():
    kept = sequences(80)
    fasta = Source("a.fa", "".join(f">s{i}\n{seq}\n" for i, seq in enumerate(kept)).encode())
    labels = Source("b.tsv", "\n".join(["id\tkind", *(f"s{i}\t{'ab'[i % 2]}" for i in range(80))]).encode())
    target = TargetChoice("class", None, None, column="kind")
    made = pipeline.build(pipeline.understand(labels, fasta), ImportChoices(name="x", target=target)).dataset
    assert made.classes == ("a", "b")
    assert made.sequences[3] == kept[3]


def test_parts_have_their_share_of_a_rare_class():
    rows = [f"{seq},{int(number < 20)}" for number, seq in enumerate(sequences(400))]
    for seed in range(3):
        made = imported(table(rows), split=SplitChoice(seed=seed)).dataset
        counts = classes.members(made.targets, made.parts, made.classes)
        assert counts.to_numpy().tolist() == [[304, 38, 38], [16, 2, 2]]


def test_copies_stay_together_in_a_split_by_class():
    rows = two(90) + two(30) + two(10)
    made = imported(table(rows)).dataset
    where = {}
    for sequence, part in zip(made.sequences, made.parts, strict=True):
        assert where.setdefault(sequence, part) == part


def test_rows_without_a_label_are_left_out():
    rows = [*two(90), *(f"{seq},NA" for seq in sequences(7, seed=5))]
    made = imported(table(rows))
    assert len(made.dataset) == 90
    assert made.rejected["reason"].unique().tolist() == ["no label in the column label"]


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([f"{seq},1" for seq in sequences(60)], "says '1' in all 60 rows, and one class alone"),
        ([f"{seq},c{i}" for i, seq in enumerate(sequences(60))], "60 different values in 60 rows .* no labels"),
        ([f"{seq}," for seq in sequences(60)], "is empty in every row"),
    ],
)
def test_what_are_no_labels_is_said(rows, sentence):
    with pytest.raises(UserError, match=sentence):
        imported(
            Source("a.csv", "\n".join(["sequence,label,n", *(f"{row},{i}" for i, row in enumerate(rows))]).encode())
        )


def test_choices_that_do_not_fit_are_said():
    with pytest.raises(UserError, match="no class 'x' in the column 'label'; choose '0' or '1'"):
        imported(table(two()), positive="x")
    with pytest.raises(UserError, match="no column 'kind' to predict; choose one of sequence, label"):
        imported(table(two()), column="kind")
    three = [f"{seq},{number % 3}" for number, seq in enumerate(sequences(60))]
    with pytest.raises(UserError, match="has 3 classes; a positive class is chosen where there are two"):
        imported(table(three), positive="1")


def test_a_part_that_cannot_judge_is_refused_and_a_small_one_is_mentioned():
    def split(parts_of, labels):
        rows = [f"{seq},{label},{part}" for seq, label, part in zip(sequences(60), labels, parts_of, strict=True)]
        return imported(table(rows, "sequence,label,part"), split=SplitChoice("column", "part"))

    parts_of = ["train"] * 40 + ["dev"] * 10 + ["test"] * 10
    with pytest.raises(UserError, match="The test part holds 'b' only"):
        split(parts_of, ["a", "b"] * 25 + ["b"] * 10)
    with pytest.raises(UserError, match="The class 'c' has no sequence in the train part"):
        split(parts_of, ["a", "b"] * 25 + ["b", "c"] * 5)
    assert not any("Few members" in note for note in split(parts_of, ["a", "b"] * 30).notes)
    said = split(parts_of, ["a", "b"] * 25 + ["b"] * 8 + ["a"] * 2).notes
    assert "Few members: 'a' has 2 test sequences; what is said of such a class is uncertain." in said


def test_duplicates_across_parts_are_found():
    texts = np.array(["AC", "GT", "AC", "GT", "CC", "GT", "AC"])
    where = np.array(["train", "train", "test", "test", "test", "validation", "train"])
    dataset = replace(imported(table(two())).dataset, sequences=texts, parts=where)
    assert leakage.find_duplicates(dataset, "test").tolist() == [2, 3]
    assert leakage.find_duplicates(dataset, "validation").tolist() == [5]
    assert leakage.find_duplicates(dataset, "train").tolist() == []
    labels = np.array([0, 1, 1, 0, 0, 1, 1])
    facts = leakage.measure(texts, where, labels)  # AC has both in training, GT is 1 there and 0 here
    assert facts["test"]["train"] == {"close_neighbours": 2, "duplicates": 2, "conflicting": 1}
    assert facts["validation"]["train"] == {"close_neighbours": 1, "duplicates": 1, "conflicting": 0}


def test_an_import_by_a_column_says_which_are_duplicates():
    known = sequences(60)
    rows = [f"{seq},{i % 2},{('train', 'train', 'train', 'dev', 'test')[i % 5]}" for i, seq in enumerate(known)]
    rows += [f"{known[0]},0,test", f"{known[1]},0,test", f"{known[2]},0,dev"]
    made = imported(table(rows, "sequence,label,part"), split=SplitChoice("column", "part"))
    assert made.dataset.facts["leakage"]["test"]["train"] == {
        "close_neighbours": 2,
        "duplicates": 2,
        "conflicting": 1,
    }
    said = "2 of 14 test sequences have a close neighbour in training (2 duplicates, 1 with another label); try the "
    assert any(note.startswith(f"{said}homology split. 1 of 13 validation sequences has") for note in made.notes)


def test_three_files_are_one_table_with_ids_that_say_the_line():
    files = [table(two(60)[at : at + 20], name=f"{at}.csv") for at in (0, 20, 40)]
    source = presplit.combine_parts(files)
    assert source.name == "0.csv + 20.csv + 40.csv"
    made = imported(source, split=SplitChoice("column", presplit.COLUMN)).dataset
    assert made.ids[[0, 20, 59]].tolist() == ["train-2", "validation-2", "test-21"]
    assert [len(made.rows(part)) for part in ("train", "validation", "test")] == [20, 20, 20]
    named = [table([f"g{at + i},{row}" for i, row in enumerate(two(9))], "id,sequence,label") for at in (0, 9, 18)]
    assert pd.read_csv(pd.io.common.BytesIO(presplit.combine_parts(named).data))["id"].tolist()[10] == "g10"
    with pytest.raises(DataError, match="b.csv has the columns sequence, class; it needs the columns of a.csv"):
        presplit.combine_parts(
            [files[0].__class__("a.csv", files[0].data), table(two(9), "sequence,class", "b.csv"), files[2]]
        )


def test_columns_that_may_hold_labels_are_found():
    rows = [f"r{i},{seq},{i % 2},{i * 0.37:.2f},kind {i % 3},{i}" for i, seq in enumerate(sequences(60))]
    read = pipeline.understand(*[table(rows, "id,sequence,label,score,kind,number")] * 2)
    assert classes.candidates(read.expression, read.columns) == ["label", "kind"]


@pytest.mark.skipif(not SHARED.exists(), reason="../shared/data/gue is not here")
def test_the_duplicates_of_the_promoters_of_gue_are_found(tmp_path):
    files = [Source(f"{name}.csv", SHARED / f"{name}.csv") for name in ("train", "dev", "test")]
    made = imported(presplit.combine_parts(files), split=SplitChoice("column", presplit.COLUMN))
    dataset = made.dataset
    found = leakage.read_overlaps(dataset.facts["leakage"])
    assert found["validation", "train"][-2:] == (14, 5) and found["test", "train"][-2:] == (6, 0)
    assert len(leakage.find_duplicates(dataset, "test")) == 6
    assert dataset.classes == ("0", "1")
    packed = tmp_path / "test.csv.gz"
    packed.write_bytes(gzip.compress((SHARED / "test.csv").read_bytes()))
    again = imported(
        presplit.combine_parts([*files[:2], Source(packed.name, packed)]), split=SplitChoice("column", "part")
    )
    assert again.dataset.id == dataset.id
