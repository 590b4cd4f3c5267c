"""What is said of each sequence beside its prediction, by hand."""

from collections.abc import Sequence

import numpy as np

from lib.analysis.applicability_domain import Domain
from lib.analysis.remarks import remarks
from lib.datasets.dataset import Dataset

TRAIN = ["ACGTACGTAC", "TTGCATGCAAGT"]  # 10 and 12 nt, half and 5 of 12 letters are G or C
TEST = ["CAGTCAGTCAG", "ACGTACGTAC"]  # the second is a copy of the first of the training part


def dataset_of(train: Sequence[str], test: Sequence[str]) -> Dataset:
    """A dataset with these sequences and nothing else that matters."""
    sequences = [*train, *test]
    n = len(sequences)
    return Dataset(
        id="d",
        split_id="s",
        name="",
        ids=np.array([f"s{number}" for number in range(n)]),
        sequences=np.array(sequences),
        targets=np.zeros((n, 1)),
        target_names=("value",),
        target_units=("",),
        values=np.zeros((n, 0)),
        times=(),
        value_names=(),
        task="regression",
        parts=np.array(["train"] * len(train) + ["test"] * len(test)),
    )


def known(train: Sequence[str] = TRAIN, test: Sequence[str] = TEST) -> tuple[Dataset, Domain]:
    dataset = dataset_of(train, test)
    return dataset, Domain.of(dataset)


def test_length_unknown_letters_composition_and_part_are_said():
    texts = ["ACGTACGTAC", "CAGTCAGTCAG", "ACGTNACGNTA", "ACGT", "GCGCGCGCGC", "ACGTACGTACG"]
    found = remarks(texts, [known()])
    assert [one.text for one in found] == [
        "in the train part of the dataset",
        "in the test part of the dataset",
        "2 unknown letters (N)",
        "trained on 10 to 12 nt only",
        "its G + C of 100% lies 13.0 standard deviations above the mean of 46%",
        "",
    ]
    assert [len(one.warnings) for one in found] == [0, 0, 0, 1, 1, 0]
    assert found[3].warnings == ("it has 4 nt, and the model was trained on 10 to 12 nt only",)


def test_of_several_datasets_the_range_of_all_counts_and_each_part_is_named():
    both = [known(), known(["ACGTACGTACG", "ACGTACGTA"], ["GTACGTACGTA"])]
    found = remarks(["ACGTACGTA", "GTACGTACGTA"], both)
    assert found[0].text == "trained on 10 to 11 nt only; in the train part of the dataset"
    assert found[0].warnings == ("it has 9 nt, and the model was trained on 10 to 12 nt only",)
    assert found[1].text == "in the test part of the dataset"
