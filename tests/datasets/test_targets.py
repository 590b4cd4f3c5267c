"""Targets by hand."""

import numpy as np
import pytest
from scipy.stats import linregress

from lib.core.errors import UserError
from lib.datasets.targets import TargetChoice, by_time, compute
from lib.io.columns import ValueColumn

COLUMNS = (
    ValueColumn("8h", 8.0),
    ValueColumn("1h_a", 1.0, "a"),
    ValueColumn("1h_b", 1.0, "b"),
    ValueColumn("2h", 2.0),
    ValueColumn("6h", 6.0),
)
VALUES = np.array(
    [
        [1.0, 5.0, 7.0, 5.0, 2.0],
        [2.0, np.nan, 6.0, 4.0, np.nan],
        [np.nan, np.nan, np.nan, 4.0, 3.0],
    ]
)


def test_replicates_are_averaged_over_those_that_are_there() -> None:
    hours, means = by_time(VALUES, COLUMNS)
    assert hours.tolist() == [1.0, 2.0, 6.0, 8.0]
    np.testing.assert_array_equal(means[:, 0], [6.0, 6.0, np.nan])
    np.testing.assert_array_equal(means[:, 3], [1.0, 2.0, np.nan])


def test_the_difference_by_default_is_8h_minus_2h() -> None:
    result = compute(TargetChoice(), VALUES, COLUMNS)
    assert (result.names, result.units) == (("log2 8h - 2h",), ("log2 fold change",))
    np.testing.assert_array_equal(result.values, [[-4.0], [-2.0], [np.nan]])
    assert result.task == "regression"
    assert result.fits.shape == (3, 0)


def test_the_difference_divided_by_a_number() -> None:
    whole = compute(TargetChoice(start=1.0, end=6.0), VALUES, COLUMNS)
    half = compute(TargetChoice(start=1.0, end=6.0, divisor=2.0), VALUES, COLUMNS)
    assert half.names == ("(log2 6h - 1h) / 2",) and half.units == ("log2 fold change / 2",)
    np.testing.assert_allclose(half.values * 2, whole.values)
    with pytest.raises(UserError, match="divided by 0; give a number above 0"):
        compute(TargetChoice(start=1.0, end=6.0, divisor=0.0), VALUES, COLUMNS)


def test_the_difference_per_hour() -> None:
    result = compute(TargetChoice(start=1.0, end=6.0, per_hour=True), VALUES, COLUMNS)
    assert result.units == ("log2 fold change per hour",)
    np.testing.assert_allclose(result.values, [[-0.8], [np.nan], [np.nan]])


def test_all_time_points_together() -> None:
    result = compute(TargetChoice("all"), VALUES, COLUMNS)
    assert result.names == ("log2 1h", "log2 2h", "log2 6h", "log2 8h")
    assert result.values.shape == (3, 4)
    assert result.task == "multi_regression"


def test_all_columns_where_there_are_no_times() -> None:
    result = compute(TargetChoice("all"), VALUES[:, :2], (ValueColumn("liver", None), ValueColumn("brain", None)))
    assert result.names == ("liver", "brain")
    np.testing.assert_array_equal(result.values, VALUES[:, :2])
    assert result.units == ("as given", "as given"), "logarithms of what, nobody said"


def test_counts_without_times_are_log2_expression_and_what_stands_beside_them_is_not() -> None:
    columns = (ValueColumn("liver", None), ValueColumn("brain", None), ValueColumn("GC", None))
    units = [
        compute(TargetChoice("column", column=one.name), VALUES[:, :3], columns, counted=2).units for one in columns
    ]
    assert units == [("log2 expression",), ("log2 expression",), ("as given",)]
    assert compute(TargetChoice("all"), VALUES[:, :2], columns[:2], counted=2).units == ("log2 expression",) * 2


def test_one_column() -> None:
    result = compute(TargetChoice("column", column="1h_b"), VALUES, COLUMNS)
    np.testing.assert_array_equal(result.values, VALUES[:, [2]])
    assert result.names == ("1h_b",)


def test_the_slope_is_that_of_linregress() -> None:
    result = compute(TargetChoice("slope"), VALUES, COLUMNS)
    line = linregress([1.0, 2.0, 6.0, 8.0], [6.0, 5.0, 2.0, 1.0])
    assert result.units == ("log2 per hour",)
    assert result.values[0, 0] == pytest.approx(line.slope)
    assert result.fits.loc[0, "slope_error"] == pytest.approx(line.stderr)
    assert result.fits.loc[0, "fit_r2"] == pytest.approx(line.rvalue**2)
    assert result.values[2, 0] == pytest.approx(-0.25)  # from 4 at 2h to 3 at 6h
    assert np.isnan(result.fits.loc[2, "slope_error"])


def test_decay_brings_its_fits() -> None:
    result = compute(TargetChoice("decay"), VALUES, COLUMNS)
    assert (result.names, result.units) == (("decay rate",), ("1/h",))
    np.testing.assert_array_equal(result.values[:, 0], result.fits["rate"])
    assert result.values[0, 0] > 0
    assert np.isnan(result.values[2, 0])


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        (TargetChoice(start=2.0, end=9.0), "asks for 9h, but the table has 1h, 2h, 6h, 8h"),
        (TargetChoice(start=None, end=8.0), "asks for no time"),
        (TargetChoice(start=2.0, end=2.0), "two different times"),
        (TargetChoice("column", column="liver"), "'liver'; choose one of 8h, 1h_a"),
        (TargetChoice("half-life"), "no target called 'half-life'"),  # type: ignore[arg-type]
    ],
)
def test_impossible_targets_say_what_there_is(choice: TargetChoice, words: str) -> None:
    with pytest.raises(UserError, match=words):
        compute(choice, VALUES, COLUMNS)


@pytest.mark.parametrize("kind", ["difference", "slope", "decay"])
def test_targets_over_time_need_times(kind: str) -> None:
    with pytest.raises(UserError, match="No value column has a time"):
        compute(TargetChoice(kind), VALUES[:, :1], (ValueColumn("stability", None),))


def test_a_slope_needs_two_times() -> None:
    with pytest.raises(UserError, match="two or more times"):
        compute(TargetChoice("slope"), VALUES[:, :1], COLUMNS[:1])
