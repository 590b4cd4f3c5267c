"""Accuracies beside always saying the same, and energies beside a line, worked out by hand."""

import numpy as np
import pytest

from lib.tasks.pretraining_metrics import accuracy, energy, shares


def test_shares_are_sums_over_sums_and_intervals_hold_them():
    counts = np.array([[3, 1, 4], [0, 2, 2], [5, 5, 10], [1, 0, 1]])
    first, second = shares(counts)
    assert (first["value"], second["value"], first["n"]) == (9 / 17, 8 / 17, 17)
    for one in (first, second):
        low, high = one["interval"]
        assert 0 <= low < one["value"] < high <= 1
    assert shares(counts) == shares(counts), "seeded"


def test_alike_sequences_leave_no_doubt():
    found = accuracy(np.array([[3, 4]] * 6), np.array([2] * 6))
    assert found["interval"] == [0.75, 0.75]
    assert (found["baseline"]["value"], found["baseline"]["n"]) == (0.5, 24)


def test_the_interval_is_that_of_resampled_sequences():
    rng = np.random.default_rng(3)
    total = rng.integers(5, 30, 80)
    right = rng.binomial(total, 0.6)
    rows = rng.integers(0, 80, (4000, 80))
    expected = np.quantile(right[rows].sum(axis=1) / total[rows].sum(axis=1), [0.025, 0.975])
    assert shares(np.column_stack([right, total]))[0]["interval"] == pytest.approx(expected, abs=0.006)


def test_energies_that_follow_length_and_gc_are_told_by_the_line():
    rng = np.random.default_rng(1)
    sequences = ["".join(rng.choice(list("ACGT"), rng.integers(20, 60))) for _ in range(60)]
    gc = np.array([sum(letter in "GC" for letter in sequence) for sequence in sequences])
    energies = -0.5 * gc + 0.1 * np.array([len(sequence) for sequence in sequences])
    train, held = (sequences[:40], energies[:40]), sequences[40:]
    found = energy(energies[40:], energies[40:] + 0.3, train, held)
    assert found["baseline"]["value"] == pytest.approx(1)
    assert found["rmse"] == pytest.approx(0.3)
    spread = energies[40:].var()
    assert found["value"] == pytest.approx(1 - 0.09 / spread)
    assert found["n"] == 20
