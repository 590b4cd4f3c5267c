"""How good a dataset is, by hand and on the published assay."""

import numpy as np
import pandas as pd
import pytest

from lib.datasets import quality
from lib.datasets.normalise import log2_counts
from lib.datasets.quality import Duplicates, noise_ceiling
from lib.datasets.targets import TargetChoice
from lib.io.columns import ValueColumn

TIMES = (2.0, 5.0, 8.0)


def test_the_ceiling_of_the_published_assay(shared) -> None:
    table = pd.read_csv(shared / "utr-seq" / "reporter_counts.txt", sep="\t", index_col=0)
    spike = table.index.str.startswith("SPIKE_")
    counts = table[~spike].to_numpy(float)
    columns = [ValueColumn(name, hour) for name, hour in zip(table, [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12], strict=True)]
    values = log2_counts(counts, table[spike].to_numpy(float)).values
    found = noise_ceiling(TargetChoice(), values, columns, counts)
    assert found is not None
    assert found.r2 == pytest.approx(0.958, abs=0.002)
    assert "Poisson" in found.source
    per_hour = noise_ceiling(TargetChoice(per_hour=True), values, columns, counts)
    assert per_hour is not None
    assert per_hour.r2 == pytest.approx(found.r2)


def test_poisson_noise_by_hand() -> None:
    counts = np.array([[1.5, 7.5], [3.5, 0.5]] * 10)
    columns = [ValueColumn("2h", 2.0), ValueColumn("8h", 8.0)]
    found = noise_ceiling(TargetChoice(), np.log2(counts + 0.5), columns, counts)
    # targets are log2(8/2) = 2 and log2(1/4) = -2: variance 4
    noise = np.mean([1.5 / 2**2 + 7.5 / 8**2, 3.5 / 4**2 + 0.5 / 1**2]) / np.log(2) ** 2
    assert found is not None
    assert found.r2 == pytest.approx(1 - noise / 4)


@pytest.mark.parametrize("kind", ["difference", "slope", "all", "column"])
def test_poisson_ceilings_agree_with_simulated_recounts(kind: str) -> None:
    rng = np.random.default_rng(0)
    expected = rng.lognormal(5.5, 0.8, (4000, 1)) * np.exp(-rng.gamma(3, 0.05, (4000, 1)) * np.array(TIMES))
    columns = [ValueColumn(f"{hour:g}h", hour) for hour in TIMES]
    choice = TargetChoice(kind, column="5h")  # type: ignore[arg-type]
    counts = rng.poisson(expected).astype(float)
    observed = np.log2(counts + 0.5)
    found = noise_ceiling(choice, observed, columns, counts)
    truth = quality.compute(choice, np.log2(expected), columns).values
    target = quality.compute(choice, observed, columns).values
    best = 1 - ((target - truth) ** 2).sum(axis=0) / ((target - target.mean(axis=0)) ** 2).sum(axis=0)
    assert found is not None
    assert found.r2 == pytest.approx(best.mean(), abs=0.01)


@pytest.mark.parametrize("kind", ["difference", "slope", "decay", "all", "column"])
def test_replicates_give_the_share_that_is_no_noise(kind: str) -> None:
    rng = np.random.default_rng(1)
    rate = rng.gamma(4, 0.1, (6000, 1))
    truth = 8 - rate * np.array(TIMES)
    columns = [ValueColumn(f"{h:g}h_{r}", h, r) for r in "abc" for h in TIMES]
    shift = np.repeat([0.0, 5.0, -3.0], len(TIMES))  # what differs by replicate alone costs no R2
    values = np.tile(truth, 3) + rng.normal(0, 0.3, (6000, 9)) + shift
    choice = TargetChoice(kind, column="5h_b")  # type: ignore[arg-type]
    found = noise_ceiling(choice, values, columns)
    target = quality.compute(choice, values, columns).values
    ideal = quality.compute(
        choice,
        truth,
        [ValueColumn(f"{h:g}h", h) for h in TIMES] if kind != "column" else [ValueColumn("5h_b", h) for h in TIMES],
    ).values
    if kind == "column":
        ideal = truth[:, [1]]
    error = (target - ideal) - (target - ideal).mean(axis=0)
    best = 1 - error.var(axis=0) / target.var(axis=0)
    assert found is not None
    assert found.source == "3 replicates"
    assert found.r2 == pytest.approx(best.mean(), abs=0.01)


def test_unnamed_replicates_are_matched_by_order_and_gaps_are_left_out() -> None:
    rng = np.random.default_rng(2)
    columns = [ValueColumn(n, h) for n, h in [("2h", 2.0), ("8h", 8.0), ("2h.1", 2.0), ("8h.1", 8.0), ("5h", 5.0)]]
    signal = rng.normal(0, 2, (500, 1))
    values = signal * np.array([0, 1, 0, 1, 0]) + rng.normal(0, 0.5, (500, 5))
    found = noise_ceiling(TargetChoice(), values, columns)
    assert found is not None
    assert found.source == "2 replicates"
    assert noise_ceiling(TargetChoice("slope"), values, columns) is None  # only the first replicate has 5h


def test_without_replicates_and_counts_there_is_no_ceiling() -> None:
    columns = [ValueColumn("2h", 2.0), ValueColumn("8h", 8.0)]
    assert noise_ceiling(TargetChoice(), np.random.default_rng(0).normal(size=(50, 2)), columns) is None
    assert noise_ceiling(TargetChoice(), np.ones((50, 2)), columns, np.ones((50, 2))) is None


def test_composition_lengths_and_gc() -> None:
    sequences = ["AACN", "GGGGGGGT", "", "NN"]
    assert quality.lengths(sequences).tolist() == [4, 8, 0, 2]
    shares = quality.composition(sequences)
    np.testing.assert_allclose(shares[0], [0.5, 0.25, 0, 0, 0.25])
    np.testing.assert_allclose(shares[1], [0, 0, 0.875, 0.125, 0])
    assert np.isnan(shares[2]).all()
    np.testing.assert_allclose(quality.gc(sequences), [1 / 3, 0.875, np.nan, np.nan])


def test_composition_by_position_counts_those_that_reach() -> None:
    table = quality.composition_by_position(np.array(["ACG", "AT", "CTNN", "A"]), limit=3)
    assert table["n"].tolist() == [4, 3, 2]
    assert table["A"].tolist() == [0.75, 0.0, 0.0]
    assert table["T"].tolist() == pytest.approx([0.0, 2 / 3, 0.0])
    assert table["G"].tolist() == [0.0, 0.0, 0.5]
    assert len(quality.composition_by_position([])) == 0


def test_copies() -> None:
    assert quality.duplicates(["ACGT", "AC", "ACGT", "AC", "ACGT", "T"]) == Duplicates(2, 5, 3)
    assert quality.duplicates([]) == Duplicates(0, 0, 0)


def test_summary() -> None:
    found = quality.summary(np.array([1.0, np.nan, 3.0, 5.0, 7.0]))
    assert found["n"] == 4
    assert (found["mean"], found["variance"], found["median"], found["min"], found["max"]) == (4.0, 5.0, 4.0, 1.0, 7.0)
    assert quality.summary(np.array([np.nan])) == {"n": 0.0}
