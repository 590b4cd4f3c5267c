"""Close neighbours in other groups, against a plain comparison of all pairs."""

from collections import Counter
from functools import cache

import numpy as np
import pytest

from lib.datasets import homology, neighbours
from lib.datasets.homology import components
from lib.datasets.neighbours import SequenceIndex

BASES = np.array(list("ACGT"))


def is_simple(word: str) -> bool:
    return len({word[i : i + 3] for i in range(8)}) < 4


def words_of(sequence: str, k: int) -> list[str]:
    return [word for i in range(len(sequence) - k + 1) if set(word := sequence[i : i + k]) <= set("ACGT")]


@cache
def content(text: str) -> tuple[Counter[str], set[str]]:
    seeds = {word for word in words_of(text, 14) if not is_simple(word[:10]) and not is_simple(word[4:])}
    return Counter(word for word in words_of(text, 10) if not is_simple(word)), seeds


def are_close(one: str, other: str) -> bool:
    """The rule, as it stands in the docstring of homology."""
    (a, seeds), (b, others) = content(one), content(other)
    enough = (a & b).total() >= 0.3 * max(min(a.total(), b.total()), 20)
    return one == other or (not seeds.isdisjoint(others) and enough)


def expected(sequences: list[str], groups: np.ndarray, asked: np.ndarray) -> list[int]:
    found = []
    for row in asked.tolist():
        near = {int(g) for text, g in zip(sequences, groups, strict=True) if are_close(sequences[row], text)}
        found.append(sum(1 << g for g in near if g < groups[row]))
    return found


def drawn(rng: np.random.Generator, length: int) -> str:
    return "".join(rng.choice(BASES, length, p=[0.35, 0.15, 0.15, 0.35]))


def mutated(sequence: str, count: int, rng: np.random.Generator) -> str:
    """Replace some letters by others."""
    letters = list(sequence)
    for place in rng.choice(len(letters), count, replace=False):
        letters[place] = rng.choice(BASES[BASES != letters[place]])
    return "".join(letters)


def families(rng: np.random.Generator, count: int) -> list[str]:
    """Point mutants, a shifted tile, a fragment and an identical one, each family of another size, among strangers."""
    sequences = []
    for family in range(count):
        parent = drawn(rng, 150)
        sequences += [parent[:110]] + [mutated(parent[:110], 5 + 3 * n, rng) for n in range(family % 4)]
        if family % 3 == 0:
            sequences += [parent[40:150], parent[20:75], parent[:110]]
    sequences += ["A" * 90, "A" * 70, "AT" * 45, "ATC" * 30, "N" * 40, "", "ACGT", "ACGT", sequences[0][:50] + "N" * 9]
    return [sequences[row] for row in rng.permutation(len(sequences))]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_neighbours_are_those_of_all_pairs(seed):
    rng = np.random.default_rng(seed)
    sequences = families(rng, 28)
    groups = rng.choice(3, len(sequences), p=[0.3, 0.4, 0.3])
    asked = np.flatnonzero(groups)
    found = SequenceIndex(sequences).find_neighbours(groups, asked)
    assert found.tolist() == expected(sequences, groups, asked)
    assert {0, 1, 2, 3} <= set(found.tolist()), "every case occurs"


def test_only_some_may_be_asked_about_in_any_order_and_twice():
    rng = np.random.default_rng(5)
    sequences = families(rng, 10)
    groups = rng.choice(3, len(sequences))
    index, asked = SequenceIndex(sequences), np.flatnonzero(groups)
    whole = dict(zip(asked.tolist(), index.find_neighbours(groups, asked).tolist(), strict=True))
    some = np.array([asked[7], asked[2], asked[7], asked[11]])
    assert index.find_neighbours(groups, some).tolist() == [whole[row] for row in some.tolist()]
    assert index.find_neighbours(groups, asked[:0]).tolist() == []


def test_similarity_is_not_handed_on():
    parent = drawn(np.random.default_rng(3), 200)
    tiles = [parent[at : at + 80] for at in (0, 40, 80)]  # the first and the third have nothing in common
    assert components(tiles).tolist() == [0, 0, 0]
    assert SequenceIndex(tiles).find_neighbours(np.array([0, 1, 2]), np.array([1, 2])).tolist() == [0b01, 0b10]


def test_the_reverse_complement_is_no_neighbour():
    one = drawn(np.random.default_rng(4), 90)
    other = one[::-1].translate(str.maketrans("ACGT", "TGCA"))
    assert SequenceIndex([one, other]).find_neighbours(np.array([0, 1]), np.array([1])).tolist() == [0]


def test_identical_sequences_share_a_number_in_the_order_of_the_first():
    index = SequenceIndex(["ACG", "", "ACGT", "ACG", "ACGTACGTA", "", "ACGTACGTC"])
    assert index.numbers.tolist() == [0, 1, 2, 0, 3, 1, 4]
    assert index.first.tolist() == [0, 1, 2, 4, 6]
    assert index.lengths.tolist() == [3, 0, 4, 3, 9, 0, 9]


@pytest.mark.parametrize("texts", [[], [""], ["", "", "N"]])
def test_nothing_to_compare_is_fine(texts):
    groups = np.arange(len(texts))
    found = SequenceIndex(texts).find_neighbours(groups, groups)
    assert found.tolist() == [0, 1, 0][: len(texts)] if len(texts) == 3 else not found.any()


def test_a_neighbour_is_found_among_thousands_with_the_same_flanks():
    """Every 14-mer of the flanks has 3,000 members; the neighbour of each shares more with it than they do."""
    rng = np.random.default_rng(6)
    left, right = drawn(rng, 18), drawn(rng, 18)
    inner = [drawn(rng, 74) for _ in range(3_000)]
    inner[2_990:] = [mutated(text, 4, rng) for text in inner[:10]]
    groups = np.repeat([0, 1], [2_980, 20])
    sequences = [left + text + right for text in inner]
    found = SequenceIndex(sequences).find_neighbours(groups, np.arange(2_980, 3_000))
    assert found.tolist() == [0] * 10 + [1] * 10


@pytest.mark.parametrize("size", [homology._INDEX_SIZE, 4_000])
def test_groups_of_similar_sequences_have_no_neighbours_in_other_groups(size, monkeypatch):
    """Also where 14-mers are crowded, and where only some of them are in the index."""
    rng = np.random.default_rng(7)
    parents = [drawn(rng, 110) for _ in range(3)]
    crowd = [mutated(parents[n % 3], 12 + n % 30, rng) for n in range(900)]
    flank = drawn(rng, 25)
    sequences = [*families(rng, 30), *crowd, *(flank + drawn(rng, 70) for _ in range(500))]
    monkeypatch.setattr(homology, "_INDEX_SIZE", size)
    apart = components(sequences)
    groups = rng.permutation(apart.max() + 1)[apart] % 3
    assert len(set(groups.tolist())) == 3
    index = SequenceIndex(sequences)
    assert not index.find_neighbours(groups, np.flatnonzero(groups)).any()
    mixed = rng.permutation(groups)
    assert index.find_neighbours(mixed, np.flatnonzero(mixed)).any(), "a random split has some"


def test_long_blocks_are_read_in_pieces(monkeypatch):
    rng = np.random.default_rng(8)
    sequences = families(rng, 12)
    groups = rng.choice(3, len(sequences))
    asked = np.flatnonzero(groups)
    whole = SequenceIndex(sequences).find_neighbours(groups, asked)
    for block in (1, 70, 500):
        monkeypatch.setattr(neighbours, "_BLOCK", block)
        assert SequenceIndex(sequences).find_neighbours(groups, asked).tolist() == whole.tolist()
