"""Figures of the data pages: every sequence is counted once, names are escaped, gaps are gaps."""

import numpy as np
import pandas as pd
import pytest

from lib.datasets.dataset import Dataset
from lib.figures import data, timecourse
from lib.figures.theme import axis, safe

PARTS = np.array(["train"] * 5 + ["validation"] * 2 + ["test"] * 1)
VALUES = np.array([0.0, 0.1, 0.2, 0.3, 1.0, 0.5, 0.6, 0.9])


def dataset(values, times):
    rows = len(values)
    ids = np.array([f"u{i}" for i in range(rows)])
    return Dataset(
        id="d",
        split_id="s",
        name="d",
        ids=ids,
        sequences=np.array(["ACGT"] * rows),
        targets=np.zeros((rows, 1)),
        target_names=("t",),
        target_units=("u",),
        values=np.asarray(values, dtype=float),
        times=times,
        value_names=tuple(map(str, times)),
        parts=np.array(["train"] * rows),
        task="regression",
    )


def test_every_finite_value_is_in_one_bin():
    table = data.count_bins(np.append(VALUES, np.nan), np.append(PARTS, "test"))
    assert table[["train", "validation", "test"]].sum().tolist() == [5, 2, 1]
    assert table["low"].iloc[0] == 0.0 and table["high"].iloc[-1] == 1.0
    assert (table["high"].to_numpy()[:-1] == table["low"].to_numpy()[1:]).all(), "bins touch"


@pytest.mark.parametrize(("count", "bins"), [(8, 10), (1000, 20), (12_322, 46), (1_000_000, 60)])
def test_more_values_get_more_bins(count, bins):
    assert len(data.edges(np.linspace(0, 1, count))) == bins + 1


def test_a_single_value_has_a_bin_around_it():
    limits = data.edges(np.full(3, 2.5))
    assert (limits[0], limits[-1]) == (2.0, 3.0)


def test_bins_of_gc_hold_equally_many_possible_values():
    """110 nt have 111 possible GC contents; each bin must hold the same number of them, or there are combs."""
    possible = np.arange(111) / 110
    limits = data.gc_edges(possible, np.full(111, 110))
    counts = np.histogram(possible * 100, bins=limits)[0]
    assert set(counts[:-1]) == {2} and counts.sum() == 111
    assert data.gc_edges(possible, np.arange(111) + 10) is None, "with mixed lengths ordinary bins do"


def test_title_and_axis_say_n_and_unit_and_hold_no_markup():
    figure = data.target_histogram(VALUES, PARTS, name="<img src=x>", unit="log2 $fold$")
    assert figure.layout.title.text == "Distribution of &lt;img src=x&gt;, n = 8"
    assert "<img" not in figure.layout.xaxis.title.text and "$" not in figure.layout.xaxis.title.text
    assert [bar.name for bar in figure.data] == ["train", "validation", "test"]
    assert sum(sum(bar.y) for bar in figure.data) == 8


@pytest.mark.parametrize(("lengths", "bars"), [([110] * 7, 1), ([10, 10, 12, 15], 3), (list(range(100, 300)), 11)])
def test_lengths_are_drawn_one_by_one_or_in_bins(lengths, bars):
    figure = data.length_histogram(np.array(lengths))
    assert sum(figure.data[0].y) == len(lengths)
    assert len(figure.data[0].y) == bars


def test_composition_is_drawn_in_percent_with_u_for_rna():
    table = pd.DataFrame({"position": [0, 1], "A": [1.0, 0.5], "C": [0, 0.5], "G": [0, 0], "T": [0, 0], "n": [4, 2]})
    figure = data.composition_figure(table, rna=True)
    assert [line.name for line in figure.data] == ["A", "C", "G", "U"]
    assert list(figure.data[0].x) == [1, 2] and list(figure.data[0].y) == [100.0, 50.0]
    assert len({line.line.dash for line in figure.data}) == 4, "colour is not the only sign"


def test_replicates_are_averaged_without_gaps():
    hours = np.array([2.0, 0.0, 2.0])
    values = np.array([[1.0, 5.0, 3.0], [np.nan, 4.0, 6.0], [np.nan, 4.0, np.nan]])
    expected = np.array([[5.0, 2.0], [4.0, 6.0], [4.0, np.nan]])
    np.testing.assert_allclose(timecourse.average_replicates(hours, values), expected)


def test_a_decay_of_one_log2_per_hour_has_a_half_life_of_one_hour():
    times = (0.0, 1.0, 2.0, 3.0, 4.0)
    made = dataset([[9.0, 8.0, 7.0, 6.0, 5.0], [4.0, np.nan, np.nan, np.nan, 3.0]], times)
    first, second = timecourse.courses(made, [0, 1])
    assert first.fit["half_life"] == pytest.approx(1.0)
    assert not second.fitted, "two points are no fit"
    table = timecourse.table([first, second])
    assert len(table) == 10 and table["fitted"].notna().sum() == 5
    figure = timecourse.timecourse_figure([first, second])
    assert [trace.mode for trace in figure.data] == ["markers", "lines", "lines+markers"]
    assert len(figure.data[2].x) == 2, "missing values are not drawn"


def test_ids_of_users_are_escaped_in_hover_and_legend():
    made = timecourse.Course("<b>$x$</b>", np.array([0.0, 1.0]), np.array([1.0, 2.0]))
    trace = timecourse.timecourse_figure([made]).data[0]
    assert "<b>" not in trace.name and "$" not in trace.name
    assert "<b>" not in trace.hovertemplate


def test_an_axis_without_a_unit_has_no_brackets():
    assert axis("Copies") == "Copies" and axis("Length", "nt") == "Length (nt)"
    assert safe("a<b & $c$") == "a&lt;b &amp; &#36;c&#36;"
