"""Figures of counts at each base: cells of the heat map by hand, one line for each track, agreement of replicates."""

import numpy as np

from lib.figures import profile_data
from lib.figures.numbers import of_figure


def test_cells_are_mean_shares_of_windows_sorted_by_their_counts():
    counts = np.array([[1, 1, 0], [0, 0, 0], [0, 6, 2], [2, 1, 1]], dtype=np.float32)
    cells, means, first, bases = profile_data.sort_shares(counts)
    assert means.tolist() == [8.0, 4.0, 2.0]
    assert first.tolist() == [0, 1, 2]
    assert bases.tolist() == [0, 1, 2]
    np.testing.assert_allclose(cells, [[0, 75, 25], [50, 25, 25], [50, 50, 0]])


def test_many_windows_share_rows_and_many_bases_columns():
    rng = np.random.default_rng(0)
    counts = rng.poisson(2, (401, 650)).astype(np.float32)
    cells, means, first, bases = profile_data.sort_shares(counts)
    assert cells.shape == (profile_data.ROWS, 217)
    assert (np.diff(means) <= 0).all()
    assert first[0] == 0
    assert bases[-1] == 648
    sizes = np.diff(np.append(first, 401))
    widths = np.diff(np.append(bases, 650))
    whole = (cells * widths).sum(axis=1)
    np.testing.assert_allclose(whole @ sizes / 401, 100, rtol=1e-9)
    assert widths.tolist()[:2] == [3, 3]


def test_a_heat_map_of_silent_windows_is_empty():
    figure = profile_data.heat_map(np.zeros((3, 5), dtype=np.float32), track="<b>x</b>")
    assert "n = 0" in figure.layout.title.text
    assert "<b>" not in figure.layout.title.text


def test_each_track_has_a_line_from_position_one():
    counts = np.zeros((4, 2, 6), dtype=np.float32)
    counts[:, 0, 2], counts[:, 1, 5] = 10, 5
    figure = profile_data.mean_figure(counts, ("plus", "minus"))
    assert [trace.name for trace in figure.data] == ["plus", "minus"]
    assert figure.data[0].x[0] == 1
    assert int(np.argmax(figure.data[1].y)) == 5
    assert set(of_figure(figure)["series"]) == {"plus", "minus"}


def test_agreement_counts_windows_with_reads():
    values = np.array([[0.9, 0.2], [0.7, np.nan], [np.nan, np.nan]])
    figure = profile_data.agreement_figure(values, ("a", "b"), replicates=3)
    assert [int(sum(trace.y)) for trace in figure.data] == [2, 1]
    assert "3 replicates" in figure.layout.title.text
    assert "n = 2" in figure.layout.title.text


def test_replicates_are_listed_with_their_counts():
    one = np.arange(12, dtype=np.float32).reshape(3, 1, 4)
    table = profile_data.totals_table({"1": one, "2": one * 2}, ("t",))
    assert table["Counts"].tolist() == [66, 132]
    assert table["Pearson r"].min() > 0.99
