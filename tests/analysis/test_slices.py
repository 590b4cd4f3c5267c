"""Slices hold the sequences that they name, and their scores are those of these sequences alone."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.analysis.slices import Slice, by_answer, by_value, score_slices
from lib.tasks.bootstrap import bootstrap
from lib.tasks.metrics import KEYS, column
from lib.tasks.regression import Regression


def test_quantile_slices_by_hand():
    lengths = np.array([30.0, 10, 20, 40, 10, 30, 20, 50])
    found = by_value(lengths, "{:g}".format, groups=3, fewest=2)
    # A third of eight is three; the two of 20 nt are not torn apart, and the one of 50 nt is too few alone.
    assert [(part.label, part.rows.tolist()) for part in found] == [
        ("10 to 20", [1, 2, 4, 6]),
        ("30 to 50", [0, 3, 5, 7]),
    ]


def test_one_value_only_is_one_slice_and_none_is_none():
    found = by_value(np.full(37, 110.0), "{:g}".format)
    assert [(part.label, len(part.rows)) for part in found] == [("110", 37)]
    assert by_value(np.empty(0), "{:g}".format) == []


@given(st.lists(st.integers(0, 9), min_size=1, max_size=90), st.integers(1, 6), st.integers(1, 15))
@settings(max_examples=60, deadline=None)
def test_every_sequence_is_in_one_slice_and_equal_ones_in_the_same(values, groups, fewest):
    numbers = np.array(values, dtype=float)
    found = by_value(numbers, str, groups=groups, fewest=fewest)
    rows = np.concatenate([part.rows for part in found])
    assert sorted(rows.tolist()) == list(range(len(values)))
    held = [set(numbers[part.rows].tolist()) for part in found]
    for one, other in pairwise(held):
        assert max(one) < min(other), "ascending, and no value in two slices"


def test_scores_of_a_slice_by_hand_and_its_interval_is_the_bootstrap_of_its_rows():
    rng = np.random.default_rng(0)
    observed = np.concatenate([np.tile([0.0, 2.0], 10), rng.normal(size=31)])
    exact, off = observed.copy(), observed + 1.0
    parts = [Slice("first", np.arange(20)), Slice("rest", np.arange(20, 51))]
    table = score_slices(Regression(), parts, observed, {"exact": exact, "off": off}, metrics=KEYS)
    value = table.set_index(["slice", "model", "metric"])["value"]
    # Around their mean of 1 the observed values of the first slice vary by 1; one off everywhere, R2 is 1 - 1 / 1.
    assert value["first", "off", "r2"] == pytest.approx(0.0)
    assert value["first", "off", "rmse"] == pytest.approx(1.0)
    assert value["first", "exact", "r2"] == 1.0
    assert table["n"].unique().tolist() == [20, 31]
    assert table["share"].iloc[0] == pytest.approx(20 / 51)
    alone = bootstrap(observed[20:, None], off[20:, None])
    ends = table.set_index(["slice", "model", "metric"]).loc[("rest", "off")]
    for metric in KEYS:
        assert (ends["low"][metric], ends["high"][metric]) == pytest.approx(alone[metric], nan_ok=True)
    assert value["rest", "off", "mae"] == pytest.approx(column(observed[20:], off[20:])["mae"])


def test_too_few_sequences_are_counted_and_not_scored():
    answers = np.zeros(41, dtype=bool)
    answers[:7] = True
    observed = np.arange(41.0)
    parts = by_answer(answers, yes="near", no="far")
    table = score_slices(Regression(), parts, observed, {"a": observed}, metrics=["r2", "mae"])
    near, far = table[table["slice"] == "near"], table[table["slice"] == "far"]
    assert near["n"].tolist() == [7, 7] and near[["value", "low", "high"]].isna().all().all()
    assert far["n"].tolist() == [34, 34] and far["value"].notna().all()
    nobody = score_slices(
        Regression(), by_answer(answers & False, yes="near", no="far"), observed, {"a": observed}, metrics=KEYS
    )
    assert nobody["n"].min() == 0
