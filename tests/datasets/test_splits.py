"""Splits keep together what belongs together, and repeat with their seed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.core.errors import UserError
from lib.datasets.dataset import PARTS
from lib.datasets.splits import SplitChoice, assign

RNG = np.random.default_rng(0)


def random_sequences(count: int, length: int = 40) -> list[str]:
    return ["".join(row) for row in RNG.choice(list("ACGT"), (count, length))]


def counts(parts: np.ndarray) -> list[int]:
    return [int((parts == part).sum()) for part in PARTS]


def test_fractions_are_met_to_the_row_where_sequences_differ() -> None:
    sequences = random_sequences(1003)
    parts = assign(SplitChoice(fractions=(0.7, 0.2, 0.1)), [str(i) for i in range(1003)], sequences)
    assert counts(parts) == [702, 201, 100]


def test_the_seed_repeats_and_matters() -> None:
    sequences, ids = random_sequences(200), [str(i) for i in range(200)]
    first, again = assign(SplitChoice(seed=3), ids, sequences), assign(SplitChoice(seed=3), ids, sequences)
    other = assign(SplitChoice(seed=4), ids, sequences)
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@pytest.mark.parametrize("kind", ["random", "homology"])
def test_copies_never_straddle(kind: str) -> None:
    unique = random_sequences(150, 60)
    sequences = unique + unique[:70] + unique[:30] + unique[:30]
    parts = assign(SplitChoice(kind), [str(i) for i in range(len(sequences))], sequences)
    for sequence in unique:
        found = {part for part, other in zip(parts, sequences, strict=True) if other == sequence}
        assert len(found) == 1, f"{sequence} lies in {found}"
    assert abs(counts(parts)[0] - 0.8 * len(sequences)) <= 3
    assert min(counts(parts)) > 0


def test_copies_also_reach_the_test_part() -> None:
    unique = random_sequences(300)
    parts = assign(SplitChoice(), [str(i) for i in range(600)], unique + unique)
    assert counts(parts) == [480, 60, 60]


def test_a_column_of_part_names_is_taken_as_it_is() -> None:
    values = ["train", "Train ", "dev", "test", "training"]
    parts = assign(SplitChoice("column", column="set"), list("abcde"), random_sequences(5), values)
    assert parts.tolist() == ["train", "train", "validation", "test", "train"]


def test_chromosomes_stay_whole_and_no_part_is_empty() -> None:
    values = ["chrI"] * 40 + ["chrII"] * 35 + ["chrIII"] * 25
    parts = assign(SplitChoice("column", column="chrom"), [str(i) for i in range(100)], random_sequences(100), values)
    by_chromosome = {value: set(parts[np.array(values) == value]) for value in set(values)}
    assert all(len(found) == 1 for found in by_chromosome.values()), by_chromosome
    assert set(parts) == set(PARTS)


@pytest.mark.parametrize(
    ("choice", "values", "words"),
    [
        (SplitChoice(fractions=(0.9, 0.1, 0.0)), None, "each must be above 0"),
        (SplitChoice(fractions=(0.8, 0.1, 0.2)), None, "sum 1"),
        (SplitChoice("column", column="chrom"), None, "no such column"),
        (SplitChoice("column", column="chrom"), ["a", "b"] * 3, "2 different values in the column 'chrom'"),
        (SplitChoice("column", column="chrom"), ["a", "b", "c", " ", "", "d"], "empty in 2 of 6 rows"),
        (SplitChoice("by-name"), None, "no split called 'by-name'"),  # type: ignore[arg-type]
    ],
)
def test_impossible_splits_are_said(choice: SplitChoice, values: list[str] | None, words: str) -> None:
    with pytest.raises(UserError, match=words):
        assign(choice, list("abcdef"), random_sequences(6), values)


def test_copies_of_two_sequences_cannot_be_split() -> None:
    with pytest.raises(UserError, match="2 different sequences"):
        assign(SplitChoice(), list("abcdef"), ["ACGT", "TTTT"] * 3)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=20, max_size=120), st.integers(0, 5))
def test_every_group_is_whole_whatever_the_sizes(groups: list[int], seed: int) -> None:
    if len(set(groups)) < 3:
        return
    values = [f"chr{group}" for group in groups]
    parts = assign(SplitChoice("column", column="c", seed=seed), [str(i) for i in range(len(groups))], values, values)
    assert set(parts) == set(PARTS)
    assert all(len(set(parts[np.array(values) == value])) == 1 for value in set(values))
