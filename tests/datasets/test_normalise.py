"""Counts become comparable log2 values."""

import numpy as np
import pandas as pd
import pytest

from lib.core.errors import UserError
from lib.datasets.normalise import log2_counts


def test_spike_ins_set_the_size_factors() -> None:
    counts = np.array([[3.5, 11.5, 7.5], [0.0, 0.0, 0.0]])
    spikes = np.array([[5.0, 20.0, 10.0], [5.0, 10.0, 10.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    made = log2_counts(counts, spikes)
    assert made.method == "spike-in"
    np.testing.assert_allclose(made.size_factors, [0.5, 1.5, 1.0])  # totals 10, 30, 20 over their mean 20
    np.testing.assert_allclose(made.values[0], [3.0, 3.0, 3.0])
    np.testing.assert_allclose(made.values[1], [0.0, np.log2(1 / 3), -1.0])


@pytest.mark.parametrize("spikes", [None, np.empty((0, 2))])
def test_without_spike_ins_the_library_size_counts(spikes: np.ndarray | None) -> None:
    made = log2_counts(np.array([[1.0, 3.0], [1.0, 5.0], [2.0, 4.0]]), spikes, pseudo_count=1.0)
    assert made.method == "library size"
    np.testing.assert_allclose(made.size_factors, [0.5, 1.5])  # totals 4, 12 over their mean 8
    np.testing.assert_allclose(made.values[0], [2.0, np.log2(4 / 1.5)])


def test_a_missing_count_stays_missing_and_leaves_the_totals_comparable() -> None:
    made = log2_counts(np.array([[4.0, 4.0], [np.nan, 1000.0], [4.0, 4.0]]))
    np.testing.assert_allclose(made.size_factors, [1.0, 1.0])
    assert np.isnan(made.values).tolist() == [[False, False], [True, False], [False, False]]


@pytest.mark.parametrize(
    ("counts", "spikes", "words"),
    [
        ([[1.0, -2.0]], None, "negative"),
        ([[1.0, np.inf]], None, "infinite"),
        ([[1.0, 2.0]], [[0.0, 3.0]], "Value column 1 has no spike-in reads"),
        ([[1.0, 0.0]], None, "Value column 2 has no reads"),
        ([[np.nan, 0.0]], None, "has no reads"),
    ],
)
def test_what_cannot_be_normalised_is_said(counts: list, spikes: list | None, words: str) -> None:
    with pytest.raises(UserError, match=words):
        log2_counts(np.array(counts), None if spikes is None else np.array(spikes))


def test_the_pseudo_count_is_positive() -> None:
    with pytest.raises(UserError, match="above 0"):
        log2_counts(np.ones((2, 3)), pseudo_count=0.0)


def test_the_published_reporter_assay_has_the_expected_variance(shared) -> None:
    table = pd.read_csv(shared / "utr-seq" / "reporter_counts.txt", sep="\t", index_col=0)
    spike = table.index.str.startswith("SPIKE_")
    made = log2_counts(table[~spike].to_numpy(float), table[spike].to_numpy(float))
    assert made.values.shape == (12322, 11)
    assert np.var(made.values[:, 8] - made.values[:, 2]) == pytest.approx(1.22, abs=0.005)


def test_counts_that_are_no_numbers_of_reads() -> None:
    with pytest.raises(UserError, match=r"The counts reach 1e\+308, which are no numbers of reads; correct"):
        log2_counts(np.full((3, 2), 1e308), None)
