"""Runs are compared on the sequences that are fair to all, by tests that are those of scipy."""

import numpy as np
import pytest
from scipy import stats

from lib.analysis.comparison import ELSEWHERE, LEARNED, OTHERWISE, Common, Entry, common, holm, pairs, wilcoxon
from lib.core.errors import UserError
from lib.tasks.bootstrap import apart, difference, together
from lib.tasks.metrics import scores


def normal(n=61, seed=0):
    rng = np.random.default_rng(seed)
    observed = rng.normal(size=n)
    return observed, observed + rng.normal(size=n), observed + 0.8 * rng.normal(size=n) + 0.1


def r2(observed, predicted):
    return 1 - np.mean((observed - predicted) ** 2) / np.var(observed)


def test_the_paired_bootstrap_is_that_of_scipy():
    observed, first, second = normal()
    theirs = stats.bootstrap(
        (np.arange(61),),
        lambda rows: r2(observed[rows], first[rows]) - r2(observed[rows], second[rows]),
        vectorized=False,
        n_resamples=1000,
        method="percentile",
        rng=np.random.default_rng(0),
    )
    columns = [values[:, None] for values in (observed, first, second)]
    assert difference(*columns) == pytest.approx(tuple(theirs.confidence_interval), rel=1e-9)
    one, other = together(columns[0], columns[1:], metrics=["r2"])
    found = apart(-0.1, one["r2"], other["r2"])
    below = int((theirs.bootstrap_distribution <= 0).sum())
    assert found.p == pytest.approx(2 * (min(below, 1000 - below) + 1) / 1001)
    assert (found.low, found.high) == pytest.approx(tuple(theirs.confidence_interval), rel=1e-9)


def test_a_difference_beyond_all_resamples_is_as_sure_as_their_spread_says():
    rng = np.random.default_rng(3)
    near, far = (shift + 0.1 * rng.normal(size=1000) for shift in (0.35, 1.1))
    assert apart(0.35, near, np.zeros(1000)).p <= 2 / 1001
    found = apart(1.1, far, np.zeros(1000))
    assert found.p == pytest.approx(2 * stats.norm.sf(far.mean() / far.std()), rel=1e-6)
    assert 0 < found.p < 1e-10, "45 pairs of ten runs can still be told apart after Holm's correction"
    assert apart(1.0, np.ones(9), np.zeros(9)).p > 0


def test_a_model_against_itself_differs_by_nothing_for_sure():
    observed, first, _ = normal()
    one, other = together(observed[:, None], [first[:, None]] * 2)
    assert apart(0.0, one["r2"], other["r2"]) == (0.0, 0.0, 0.0, 1.0)
    assert wilcoxon(np.abs(first), np.abs(first)) == (0.0, 0.0, 1.0)
    assert np.isnan(apart(np.nan, np.full(5, np.nan), np.ones(5)).p)


def test_wilcoxon_is_that_of_scipy_and_its_effect_by_hand():
    first, second = np.array([4.0, 2, 7, 1, 9, 5]), np.array([1.0, 4, 3, 1, 8, 0])
    found = wilcoxon(first, second)  # differences 3 -2 4 0 1 5, ranks 3 2 4 - 1 5
    assert found.mean == pytest.approx(11 / 6)
    assert found.r == pytest.approx((13 - 2) / 15)
    assert found.p == pytest.approx(stats.wilcoxon(first, second).pvalue)
    assert wilcoxon(second, first).r == -found.r
    observed, one, other = normal(n=203, seed=4)
    errors = np.abs(one - observed), np.abs(other - observed)
    assert wilcoxon(*errors).p == pytest.approx(stats.wilcoxon(*errors).pvalue)
    assert np.isnan(wilcoxon(np.array([1.0, np.nan]), np.array([1.0, 2.0])).p)


def test_holm_leaves_out_what_was_not_asked_and_never_goes_above_one():
    found = holm(np.array([0.5, np.nan, 0.01, 0.9]))
    assert found[[0, 2, 3]].tolist() == pytest.approx([1.0, 0.03, 1.0])
    assert np.isnan(found[1])
    assert holm(np.array([0.04])).tolist() == [0.04]


def test_every_two_runs_are_compared_once_and_corrected_together():
    observed, first, second = normal(n=83)
    predicted = np.stack([first, second, observed])
    found = Common(np.arange(83).astype(str), np.zeros((3, 83), dtype=np.intp), observed, predicted, {})
    drawn = together(observed[:, None], list(predicted[:, :, None]), replicates=200)
    table = pairs(found, drawn, metric="mae")
    assert table[["first", "second"]].to_numpy().tolist() == [[0, 1], [0, 2], [1, 2]]
    mae = [scores(observed[:, None], one[:, None])["mae"] for one in predicted]
    assert table["difference"].tolist() == pytest.approx([mae[0] - mae[1], mae[0], mae[1]])
    assert table["error"].tolist() == pytest.approx(table["difference"].tolist()), "here the metric is the error"
    assert table["p_holm"].tolist() == pytest.approx(holm(table["p"].to_numpy()).tolist())
    assert table["r"].iloc[1] == 1.0, "the first is further off than the truth everywhere"
    with pytest.raises(ValueError, match="no metric"):
        pairs(found, drawn, metric="beauty")


def word(number: int) -> str:
    return "".join("ACGT"[(number >> 2 * place) & 3] for place in range(6))


def entry(label: str, parts: str, *, start: int = 0) -> Entry:
    """Make a run over sequences numbered from ``start``; a letter for the part of each."""
    numbers = np.arange(start, start + len(parts))
    names = {"t": "test", "v": "validation", "l": "train"}
    return Entry(
        label,
        np.array([f"s{number}" for number in numbers]),
        np.array([word(number) for number in numbers]),
        np.array([names[letter] for letter in parts]),
        numbers / 10.0,
        numbers / 10.0 + len(label),
    )


def test_only_sequences_in_the_test_part_of_every_run_are_compared():
    first, second = entry("a", "llv" + "t" * 17), entry("bb", "t" * 14 + "vvll", start=4)
    found = common([first, second], "test")
    assert found.ids.tolist() == [f"s{number}" for number in range(4, 18)]
    assert found.places[0].tolist() == list(range(4, 18)) and found.places[1].tolist() == list(range(14))
    assert found.observed.tolist() == [number / 10 for number in range(4, 18)]
    np.testing.assert_allclose(found.predicted - found.observed, [[1.0] * 14, [2.0] * 14])
    assert found.dropped == {ELSEWHERE: 3, OTHERWISE: 0, LEARNED: 0}
    assert common([second, first], "test").ids.tolist() == found.ids.tolist()


def test_a_copy_under_another_id_in_a_train_or_validation_part_is_left_out():
    first, second = entry("a", "t" * 15), entry("bb", "t" * 15 + "lvl")
    second.sequences[15], second.sequences[16] = word(3), word(5)
    found = common([first, second], "test")
    assert "s3" not in found.ids and "s5" not in found.ids and len(found.ids) == 13
    assert found.dropped[LEARNED] == 2


def test_on_the_validation_part_only_the_train_parts_are_forbidden():
    first, second = entry("a", "v" * 12 + "l"), entry("bb", "v" * 12 + "t")
    second.sequences[12] = word(2)
    assert len(common([first, second], "validation").ids) == 12
    first.sequences[12] = word(2)
    assert "s2" not in common([first, second], "validation").ids


def test_a_sequence_that_is_spelled_or_measured_differently_is_left_out():
    first, second = entry("a", "t" * 15), entry("bb", "t" * 15)
    second.sequences[0] = word(200)
    second.observed[1] += 1e-3
    second.observed[2] += 1e-12
    found = common([first, second], "test")
    assert found.ids.tolist() == [f"s{number}" for number in range(2, 15)]
    assert found.dropped[OTHERWISE] == 2


def test_none_in_common_is_refused_with_the_reasons():
    with pytest.raises(UserError, match=r"no test sequences in common \(of 12 of the first run: 12 not in this part"):
        common([entry("a", "t" * 12), entry("bb", "l" * 12)], "test")
    with pytest.raises(UserError, match="have 9 test sequences in common; a fair comparison needs at least 10"):
        common([entry("a", "t" * 9), entry("bb", "t" * 9)], "test")
