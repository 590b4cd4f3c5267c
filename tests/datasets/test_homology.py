"""Groups of similar sequences, against a plain comparison of all pairs."""

from collections import Counter
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from lib.datasets.homology import components
from lib.datasets.splits import SplitChoice, assign

BASES = np.array(list("ACGT"))


def informative(sequence: str, k: int) -> list[str]:
    words = [sequence[i : i + k] for i in range(len(sequence) - k + 1)]
    return [word for word in words if set(word) <= set("ACGT")]


def simple(word: str) -> bool:
    return len({word[i : i + 3] for i in range(8)}) < 4


def similar(one: str, other: str) -> bool:
    a, b = (Counter(w for w in informative(s, 10) if not simple(w)) for s in (one, other))
    seeds = [{w for w in informative(s, 14) if not simple(w[:10]) and not simple(w[4:])} for s in (one, other)]
    return bool(seeds[0] & seeds[1]) and (a & b).total() >= 0.3 * max(min(a.total(), b.total()), 20)


def by_brute_force(sequences: list[str]) -> np.ndarray:
    group = list(range(len(sequences)))
    for i, j in combinations(range(len(sequences)), 2):
        if group[i] != group[j] and (sequences[i] == sequences[j] or similar(sequences[i], sequences[j])):
            old, new = group[j], group[i]
            group = [new if g == old else g for g in group]
    return pd.factorize(np.array(group))[0]


def mutated(sequence: str, count: int, rng: np.random.Generator) -> str:
    letters = np.array(list(sequence))
    letters[rng.choice(len(letters), count, replace=False)] = rng.choice(BASES, count)
    return "".join(letters)


def families(rng: np.random.Generator, count: int) -> tuple[list[str], list[int]]:
    """Families of different sizes: point mutants, shifted tiles, fragments, a copy, beside loners."""
    sequences, truth = [], []
    for family in range(count):
        parent = "".join(rng.choice(BASES, 150, p=[0.35, 0.15, 0.15, 0.35]))
        members = [parent[:110]] + [mutated(parent[:110], 5, rng) for _ in range(family % 4)]
        if family % 3 == 0:
            members += [parent[40:150], parent[20:75], parent[:110]]
        sequences += members
        truth += [family] * len(members)
    order = rng.permutation(len(sequences))
    return [sequences[i] for i in order], [truth[i] for i in order]


@pytest.mark.parametrize("seed", [0, 1])
def test_groups_are_those_of_all_pairs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sequences, _ = families(rng, 16)
    sequences += ["A" * 90, "A" * 60 + "C" + "A" * 30, "AT" * 45, "ATC" * 30, "N" * 40, "", "ACGT", "ACGT"]
    sequences += [mutated(sequences[0], count, rng) for count in (8, 12, 16, 20)]
    np.testing.assert_array_equal(components(sequences), by_brute_force(sequences))


def test_planted_families_are_found_and_strangers_are_not() -> None:
    sequences, truth = families(np.random.default_rng(5), 40)
    np.testing.assert_array_equal(components(sequences), pd.factorize(np.array(truth))[0])


def test_repeats_alone_make_no_family() -> None:
    rng = np.random.default_rng(6)
    tails = ["".join(rng.choice(BASES, 60)) + "A" * 50 for _ in range(30)]
    assert components(tails).tolist() == list(range(30))


def test_the_size_of_a_bucket_does_not_tear_a_large_family_apart() -> None:
    rng = np.random.default_rng(7)
    parent = "".join(rng.choice(BASES, 110))
    groups = components([mutated(parent, 3, rng) for _ in range(700)])
    assert groups.max() == 0


def test_numbers_follow_the_first_rows_and_none_is_fine() -> None:
    one, two = ("".join(np.random.default_rng(seed).choice(BASES, 70)) for seed in (1, 2))
    assert components([two, one, two, one]).tolist() == [0, 1, 0, 1]
    assert components([]).tolist() == []


def test_no_similar_pair_straddles_a_homology_split() -> None:
    sequences, truth = families(np.random.default_rng(8), 60)
    parts = assign(SplitChoice("homology"), [str(i) for i in range(len(sequences))], sequences)
    for family in set(truth):
        assert len(set(parts[np.array(truth) == family])) == 1
    assert set(parts) == {"train", "validation", "test"}
