"""Close neighbours and duplicates between the parts of a dataset, counted by hand and at an import."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lib.datasets import leakage, pipeline
from lib.datasets.identity import identity
from lib.datasets.leakage import Overlap, measure, read_overlaps, summarise, write_headline
from lib.datasets.pipeline import ImportChoices
from lib.datasets.splits import SplitChoice, assign
from lib.datasets.targets import TargetChoice
from lib.io.files import Source
from lib.store import datasets
from lib.store import leakage as stored
from tests.datasets.test_neighbours import drawn, families, mutated

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


def known() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """20 sequences of 80 nt with their parts and classes: 11 train, 4 validation, 5 test."""
    rng = np.random.default_rng(1)
    train = [drawn(rng, 80) for _ in range(11)]
    validation = [train[0], mutated(train[1], 3, rng), drawn(rng, 80), drawn(rng, 80)]
    test = [train[2], train[3], validation[2], mutated(validation[1], 2, rng), drawn(rng, 80)]
    parts = np.repeat(["train", "validation", "test"], [11, 4, 5])
    labels = np.zeros(20, dtype=np.intp)
    labels[15] = 1  # train[2] has the class 0
    return np.array([*train, *validation, *test], dtype=object), parts, labels


def test_each_pair_of_parts_is_counted():
    sequences, parts, _ = known()
    facts = measure(sequences, parts)
    assert facts == {
        "definition": leakage.CLOSE,
        "validation": {"sequences": 4, "compared": 4, "train": {"close_neighbours": 2, "duplicates": 1}},
        "test": {
            "sequences": 5,
            "compared": 5,
            "train": {"close_neighbours": 3, "duplicates": 2},  # two identical, one a mutant of a mutant
            "validation": {"close_neighbours": 2, "duplicates": 1},
        },
    }
    assert json.loads(json.dumps(facts)) == facts
    assert "30% of the 10-mers and one 14-mer" in facts["definition"] and "given strand" in facts["definition"]


def test_duplicates_whose_class_is_another_there_are_counted():
    sequences, parts, labels = known()
    facts = measure(sequences, parts, labels)
    assert facts["test"]["train"] == {"close_neighbours": 3, "duplicates": 2, "conflicting": 1}
    assert facts["validation"]["train"]["conflicting"] == 0 == facts["test"]["validation"]["conflicting"]


def test_which_ones_they_are():
    sequences, parts, _ = known()
    test, validation = np.flatnonzero(parts == "test"), np.flatnonzero(parts == "validation")
    found = leakage.find_close(sequences, parts, test, "train")
    assert found.dtype == np.bool_ and found.tolist() == [True, True, False, True, False]
    assert leakage.find_close(sequences, parts, test[::-1], "validation").tolist() == [False, True, True, False, False]
    assert leakage.find_close(sequences, parts, validation, "train").tolist() == [True, True, False, False]


@pytest.mark.parametrize("column", [False, True])
def test_a_split_by_similarity_has_none_and_a_random_one_has(column):
    rng = np.random.default_rng(2)
    parent, flank = drawn(rng, 110), drawn(rng, 25)
    sequences = [*families(rng, 90), *(mutated(parent, 20, rng) for _ in range(30 * column))]
    sequences += [flank + drawn(rng, 60) for _ in range(250)]
    texts, ids = np.array(sequences, dtype=object), [str(row) for row in range(len(sequences))]
    facts = measure(texts, assign(SplitChoice("homology"), ids, texts))
    for overlap in read_overlaps(facts).values():
        assert (overlap.close, overlap.duplicates) == (0, 0)
    assert summarise(facts) == "No test or validation sequence has a close neighbour in another part."
    assert write_headline(facts) == ""
    at_random = read_overlaps(measure(texts, assign(SplitChoice("random"), ids, texts)))["test", "train"]
    assert at_random.close > 5 and at_random.duplicates == 0


def test_of_many_sequences_some_are_compared_always_the_same(monkeypatch):
    rng = np.random.default_rng(3)
    train = [drawn(rng, 60) for _ in range(400)]
    test = [train[row] if row % 4 == 0 else drawn(rng, 60) for row in range(300)]
    sequences = np.array([*train, *(drawn(rng, 60) for _ in range(90)), *test], dtype=object)
    parts = np.repeat(["train", "validation", "test"], [400, 90, 300])
    monkeypatch.setattr(leakage, "_FEWEST", 100)
    monkeypatch.setattr(leakage, "_STEP", 50)
    monkeypatch.setattr(leakage, "_LARGE", 10_000)
    monkeypatch.setattr(leakage, "_COMPARED", {False: 10**9, True: 60 * 180})
    facts = measure(sequences, parts)
    found = read_overlaps(facts)["test", "train"]
    assert (found.sequences, found.compared, found.duplicates) == (300, 150, 75)
    assert abs(found.close / 150 - 0.25) < 0.12, "a quarter, by a sample"
    assert read_overlaps(facts)["validation", "train"].compared == 90
    assert facts == measure(sequences, parts)
    said = f"{found.close} of 150 test sequences, drawn from 300, have a close neighbour in training (75 duplicates "
    assert write_headline(facts) == f"{said}among all 300); try the homology split."
    monkeypatch.setattr(leakage, "_COMPARED", {False: 10**9, True: 60 * 10})
    assert read_overlaps(measure(sequences, parts))["test", "train"].compared == 100, "never fewer than that"
    monkeypatch.setattr(leakage, "_LARGE", 10**9)
    assert read_overlaps(measure(sequences, parts))["test", "train"].close == 75
    strangers = np.array([drawn(rng, 60) for _ in range(790)], dtype=object)
    monkeypatch.setattr(leakage, "_LARGE", 10_000)
    said = "None of 100 test and 90 validation sequences, drawn at random, has a close neighbour in another part."
    assert summarise(measure(strangers, parts)) == said


def facts_of(test: tuple[int, int], validation: tuple[int, int] = (0, 0), held: tuple[int, int] = (0, 0)) -> dict:
    """Facts of 3,025 test and 1,000 validation sequences: close ones and duplicates of each pair."""
    pairs = [{"close_neighbours": close, "duplicates": same} for close, same in (test, validation, held)]
    return {
        "test": {"sequences": 3025, "compared": 3025, "train": pairs[0], "validation": pairs[1]},
        "validation": {"sequences": 1000, "compared": 1000, "train": pairs[2]},
    }


def test_the_headline_names_counts_and_remedy_from_a_share_on():
    assert write_headline(facts_of((2900, 0))) == (
        "2,900 of 3,025 test sequences have a close neighbour in training; try the homology split."
    )
    few = int(leakage.HIGH * 3025)
    assert write_headline(facts_of((few, 0))) == "" and write_headline(facts_of((few + 1, 0)))
    assert write_headline(facts_of((2900, 6), (400, 1))) == (
        "2,900 of 3,025 test sequences have a close neighbour in training (6 duplicates); try the homology split. "
        "400 have one in validation (1 duplicate)."
    )
    assert write_headline(facts_of((3, 0), (1, 1))) == (
        "1 of 3,025 test sequences has a close neighbour in validation (1 duplicate); try the homology split."
    )
    held = facts_of((0, 0), held=(700, 0))
    assert write_headline(held) == ""
    assert write_headline(held, "validation").startswith("700 of 1,000 validation sequences have a close neighbour in ")
    assert write_headline({}) == "" == summarise({}) and read_overlaps({}) == {}


def test_the_summary_has_every_pair_and_a_remedy_only_where_it_is_needed():
    assert summarise(facts_of((30, 0), (10, 0), (0, 0))) == (
        "30 of 3,025 test sequences have a close neighbour in training. 10 have one in validation."
    )
    assert summarise(facts_of((0, 0), (0, 0), (70, 0))) == (
        "70 of 1,000 validation sequences have a close neighbour in training; try the homology split."
    )
    assert leakage.describe(facts_of((0, 0)))["sentence"].startswith("No test or validation sequence")


def test_a_part_that_is_empty_says_nothing():
    facts = measure(np.array(["ACGT" * 9, "ACGA" * 9], dtype=object), np.array(["train", "test"]))
    assert read_overlaps(facts)["validation", "train"] == Overlap("validation", "train", 0, 0, 0, 0, 0)
    assert summarise(facts).startswith("No test or validation sequence")


@pytest.fixture
def draft():
    rng = np.random.default_rng(4)
    parent = [drawn(rng, 70) for _ in range(30)]
    texts = [text for each in parent for text in (each, mutated(each, 2, rng), mutated(each, 2, rng))]
    rows = "\n".join(f"s{row},{text},{row * 0.37 % 5:.2f}" for row, text in enumerate(texts))
    source = Source("made.csv", f"id,sequence,score\n{rows}\n".encode())

    def made(kind: str):
        choices = ImportChoices("made", target=TargetChoice("column", None, None, column="score"))
        read = pipeline.understand(source, source)
        return pipeline.build(read, replace(choices, split=SplitChoice(kind)))

    return made


def test_an_import_counts_them_and_tells(draft):
    made = draft("random")
    facts = made.dataset.facts["leakage"]
    assert facts == measure(made.dataset.sequences, made.dataset.parts)
    close = facts["test"]["train"]["close_neighbours"]
    assert 5 <= close <= 9 == facts["test"]["sequences"]
    said = f"{close} of 9 test sequences have a close neighbour in training"
    assert any(note.startswith(said) for note in made.notes)
    assert "No test or validation sequence has a close neighbour in another part." in draft("homology").notes


def test_the_count_is_no_part_of_the_identity(draft):
    dataset = draft("random").dataset
    without = replace(dataset, facts={key: value for key, value in dataset.facts.items() if key != "leakage"})
    assert identity(without) == dataset.id


def test_a_dataset_that_is_older_than_the_count_is_counted_once(draft, tmp_path, monkeypatch):
    monkeypatch.setenv("MOTIFLENS_HOME", str(tmp_path))
    made = draft("random")
    facts = dict(made.dataset.facts)
    wanted = facts.pop("leakage")
    older = datasets.freeze(replace(made, dataset=replace(made.dataset, facts=facts)))
    assert stored.get(older) == wanted
    monkeypatch.setattr(leakage, "measure", lambda *arguments: pytest.fail("counted again"))
    assert stored.get(older) == wanted
    file = tmp_path / "datasets" / older / stored.FILE
    file.write_text("{")
    monkeypatch.undo()
    monkeypatch.setenv("MOTIFLENS_HOME", str(tmp_path))
    assert stored.get(older) == wanted, "a damaged file is replaced"
    assert json.loads(file.read_text()) == wanted


def test_a_frozen_dataset_knows_its_count(draft, tmp_path, monkeypatch):
    monkeypatch.setenv("MOTIFLENS_HOME", str(tmp_path))
    made = draft("random")
    identifier = datasets.freeze(made)
    assert datasets.load(identifier).facts["leakage"] == made.dataset.facts["leakage"] == stored.get(identifier)
    assert not (tmp_path / "datasets" / identifier / stored.FILE).exists()


@pytest.mark.skipif(not SHARED.exists(), reason="../shared/data is not here")
def test_utr_seq_at_random_and_by_similarity():
    lines = (SHARED / "utr-seq" / "reporter_seq.txt").read_text().split()
    ids, texts = lines[::2], np.array(lines[1::2], dtype=object)
    at_random = read_overlaps(measure(texts, assign(SplitChoice("random"), ids, texts)))["test", "train"]
    assert at_random.sequences == at_random.compared == 1232 and 0.2 < at_random.close / 1232 < 0.4
    apart = read_overlaps(measure(texts, assign(SplitChoice("homology"), ids, texts)))
    assert [overlap.close for overlap in apart.values()] == [0, 0, 0]
