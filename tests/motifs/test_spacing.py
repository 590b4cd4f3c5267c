"""A planted distance is found, chance is not, and permutations keep what they promise to keep."""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lib.core.errors import UserError
from lib.motifs.placement import Placed, permute
from lib.motifs.spacing import analyse_spacing

WIDTHS = {"A": 4, "B": 7, "C": 6}


def simulate(rng: np.random.Generator, *, n: int = 250, spaced: float = 0.0, vary: bool = False, ends: bool = False):
    """Draw instances that do not overlap; with ``ends`` A lies before B most times, by where each of them likes to be.

    A share of ``spaced`` of the sequences has an A and a B that starts 12 nt after it.
    """
    lengths = rng.integers(70, 161, n) if vary else np.full(n, 110)
    rows: list[tuple[int, int, int, str]] = []
    for row, length in enumerate(lengths.tolist()):
        taken: list[tuple[int, int]] = []

        def put(name: str, start: int, row: int = row, length: int = length, taken: list = taken) -> bool:
            end = start + WIDTHS[name]
            if start < 0 or end > length or any(start < high and low < end for low, high in taken):
                return False
            taken.append((start, end))
            rows.append((row, start, end, name))
            return True

        if rng.random() < spaced:
            start = int(rng.integers(0, length - 30))
            put("A", start)
            put("B", start + 12)
        for name in "ABC":
            for _ in range(rng.choice([0, 1, 1, 2])):
                for _ in range(500):  # until it fits, or crowding would keep patterns out of each other's sequences
                    place = rng.random() if not ends else rng.beta(*((2, 4) if name == "A" else (4, 2)))
                    if put(name, int(place * (length - WIDTHS[name] + 1))):
                        break
    return pd.DataFrame(rows, columns=["row", "start", "end", "pattern"]), lengths


def test_a_planted_distance_is_found_and_no_other():
    instances, lengths = simulate(np.random.default_rng(3), spaced=0.15)
    found = analyse_spacing(instances, lengths, list("ABC"))
    table = found.table.set_index(["first", "second"])
    assert len(table) == 6 and table.loc[("A", "B"), "distance"] == 12
    assert table.loc[("A", "B"), "q_spacing"] < 0.05
    assert (table["q_spacing"].drop(("A", "B")) > 0.05).all()
    pair, histogram = table.loc[("A", "B")], found.histograms["A", "B"]
    near = np.abs(histogram.distance - 12) <= 2
    assert histogram.observed[near].sum() == pair["observed"] > 2 * pair["expected_at"]
    assert (
        histogram.observed.sum() == pair["pairs"] and histogram.observed[histogram.distance > 0].sum() == pair["before"]
    )
    assert histogram.expected[near].sum() == pytest.approx(pair["expected_at"])


def test_the_same_seed_gives_the_same_p_values():
    instances, lengths = simulate(np.random.default_rng(2), n=120, vary=True)
    first, second = (analyse_spacing(instances, lengths, list("ABC"), seed=5).table for _ in range(2))
    pd.testing.assert_frame_equal(first, second)


def test_p_values_are_uniform_where_there_is_nothing_to_find():
    rng, found = np.random.default_rng(3), []
    for number in range(40):
        instances, lengths = simulate(rng, vary=number % 2 == 0, ends=number % 4 > 1)
        found.append(analyse_spacing(instances, lengths, list("ABC"), seed=number).table)
    table = pd.concat(found)
    for question, count in (("together", 120), ("order", 120), ("spacing", 240)):
        p = table[f"p_{question}"].dropna().to_numpy()
        assert len(p) == count
        assert stats.kstest(p, "uniform").pvalue > 0.01, f"{question}: {np.quantile(p, (0.05, 0.25, 0.5, 0.75, 0.95))}"
        assert (p <= 0.05).mean() < 0.1, question


def test_where_each_likes_to_lie_is_no_order():
    instances, lengths = simulate(np.random.default_rng(6), ends=True)
    pair = analyse_spacing(instances, lengths, list("AB")).table.set_index(["first", "second"]).loc[("A", "B")]
    assert pair["before"] > 0.75 * pair["pairs"], "A lies before B nearly always"
    assert pair["expected_before"] == pytest.approx(pair["before"], rel=0.1) and pair["p_order"] > 0.05


def test_an_order_that_goes_with_the_partner_is_found():
    rng, rows = np.random.default_rng(0), []
    for row in range(80):
        start = int(rng.integers(0, 40))
        rows += [(row, start, start + 4, "A"), (row, start + int(rng.integers(5, 40)), 0, "B")]
    instances = pd.DataFrame(rows, columns=["row", "start", "end", "pattern"])
    instances.loc[instances["pattern"] == "B", "end"] = instances["start"] + 7
    pair = analyse_spacing(instances, np.full(80, 110), list("AB")).table.set_index(["first", "second"]).loc[("A", "B")]
    assert pair["before"] == pair["pairs"] == 80 and pair["q_order"] < 0.05


def test_permutations_keep_counts_lengths_and_distances_from_each_other():
    instances, lengths = simulate(np.random.default_rng(8), n=60, vary=True)
    own = dict(iter(instances.groupby("pattern")))
    placed = Placed.of(own["A"], own["B"], lengths, same=False)
    room = np.repeat(placed.lengths - WIDTHS["B"] + 1, np.diff(placed.moved_bounds))
    rows = np.repeat(np.arange(len(placed.lengths)), np.diff(placed.moved_bounds))
    assert sorted((placed.moved * room).astype(int)) == sorted(
        own["B"].loc[own["B"]["row"].isin(own["A"]["row"]), "start"]
    ), "relative places give the starts back"
    moved = placed.moved.copy()
    permute(placed, moved, np.random.default_rng(0), 10)
    assert sorted(moved) == sorted(placed.moved), "the same places, in other sequences"
    assert (moved != placed.moved).mean() > 0.5
    starts = (moved * room).astype(int)
    assert (starts >= 0).all() and (starts < room).all()
    for row in range(len(placed.lengths)):
        a = placed.fixed[placed.fixed_bounds[row] : placed.fixed_bounds[row + 1]]
        spans = sorted([(one, one + 4) for one in a] + [(one, one + 7) for one in starts[rows == row]])
        assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans))


def test_together_is_the_exact_test_of_two_by_two_tables():
    rng = np.random.default_rng(9)
    has = {"A": rng.random(150) < 0.4, "B": rng.random(150) < 0.3}
    rows = [(row, 10 * k, 10 * k + 4, name) for k, name in enumerate("AB") for row in np.flatnonzero(has[name])]
    instances = pd.DataFrame(rows, columns=["row", "start", "end", "pattern"])
    pair = analyse_spacing(instances, np.full(150, 50), list("AB")).table.set_index(["first", "second"]).loc[("A", "B")]
    both, chance = int((has["A"] & has["B"]).sum()), stats.hypergeom(150, has["A"].sum(), has["B"].sum())
    middle = chance.pmf(both) / 2
    assert pair["n"] == both and pair["expected"] == pytest.approx(chance.mean())
    assert pair["p_together"] == pytest.approx(2 * min(chance.cdf(both) - middle, chance.sf(both) + middle))


def test_long_sequences_that_have_everything_are_no_finding():
    """Both patterns in the long half and neither in the short one: lengths explain that."""
    lengths = np.array([50] * 60 + [200] * 60)
    rows = [(row, start, start + 4, name) for row in range(60, 120) for name, start in (("A", 5), ("B", 50))]
    instances = pd.DataFrame(rows, columns=["row", "start", "end", "pattern"])
    pair = analyse_spacing(instances, lengths, list("AB")).table.set_index(["first", "second"]).loc[("A", "B")]
    assert pair["n"] == 60 and pair["expected"] == pytest.approx(60) and pair["p_together"] == 1


def test_pairs_in_few_sequences_are_not_tested_and_few_sequences_are_refused():
    instances, lengths = simulate(np.random.default_rng(0), n=30)
    table = analyse_spacing(instances[instances["row"] < 15], lengths, list("AB")).table
    assert table[["p_order", "p_spacing", "q_spacing"]].isna().all().all()
    assert table["p_together"].notna().sum() == 1
    with pytest.raises(UserError, match="There are 19 sequences"):
        analyse_spacing(instances, lengths[:19], list("AB"))
