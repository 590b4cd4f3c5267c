"""Several runs in one picture: every run has its sequences, its colour and its mark, and all share one scale."""

import numpy as np
import plotly.graph_objects as go

from lib.figures import compared
from lib.figures.compared import choose_drawn, disagreement, overlaid, side_by_side
from lib.figures.dots import Row, Series, rows_of_dots

RUNS = [Series("a<b", "#0072B2"), Series("b", "#D55E00", "diamond"), Series("c", "#009E73", "square")]


def data(count: int = 37):
    rng = np.random.default_rng(0)
    observed = rng.normal(size=count)
    return [f"s{i}" for i in range(count)], observed, observed + rng.normal(size=(3, count))


def test_panels_share_one_scale_and_each_has_its_run():
    ids, observed, predicted = data()
    figure = side_by_side(ids, observed, predicted, RUNS, label="8h - 2h (log2)")
    assert [trace.marker.color for trace in figure.data] == [run.colour for run in RUNS]
    for trace, expected in zip(figure.data, predicted, strict=True):
        np.testing.assert_allclose(trace.y, expected, rtol=1e-6)
        assert list(trace.text) == ids
    ranges = {tuple(axis.range) for axis in figure.select_xaxes()} | {
        tuple(axis.range) for axis in figure.select_yaxes()
    }
    assert len(ranges) == 1
    (low, high), *_ = ranges
    assert low < min(observed.min(), predicted.min()) and high > max(observed.max(), predicted.max())
    assert len(figure.layout.shapes) == 3, "the line of identity in each panel"
    assert figure.layout.annotations[0].text == "a&lt;b"


def test_overlaid_runs_are_told_apart_by_mark_too():
    figure = overlaid(*data(), RUNS, label="8h - 2h (log2)")
    assert [trace.marker.symbol for trace in figure.data] == ["circle", "diamond", "square"]
    assert figure.layout.showlegend and figure.layout.xaxis.title.text == "Observed 8h - 2h (log2)"


def test_of_very_many_sequences_the_same_ones_are_drawn_for_each_run(monkeypatch):
    monkeypatch.setattr(compared, "MOST_POINTS", 30)
    ids, observed, predicted = data(53)
    figure = overlaid(ids, observed, predicted, RUNS, label="x")
    rows = choose_drawn(53, 3)
    assert len(rows) == 10
    for trace in figure.data:
        assert list(trace.text) == [ids[row] for row in rows]


def test_residual_against_residual_keeps_the_order_of_the_sequences():
    ids, observed, predicted = data()
    one, other = predicted[0] - observed, predicted[1] - observed
    trace = disagreement(ids, one, other, (RUNS[0], RUNS[1]), unit="log2").data[0]
    np.testing.assert_allclose(trace.x, one, rtol=1e-5)
    np.testing.assert_allclose(trace.customdata, other - one, rtol=1e-4, atol=1e-6)
    assert list(trace.text) == ids and isinstance(trace, go.Scatter)


def test_dots_lie_on_their_lines_with_their_intervals_and_what_is_not_known_is_left_out():
    rows = [Row("all", 80, [(0.5, 0.4, 0.7), (0.2, 0.1, 0.3)]), Row("few", 7, [None, None])]
    figure = rows_of_dots(rows, RUNS[:2], title="R²", score="R²")
    first, second = figure.data
    assert (first.x, second.x) == ((0.5,), (0.2,))
    np.testing.assert_allclose([first.error_x.array[0], first.error_x.arrayminus[0]], [0.2, 0.1])
    assert first.y[0] < 0 < second.y[0], "one below the other on the first line"
    assert list(figure.layout.yaxis.ticktext) == ["all<br>n = 80", "few<br>n = 7"]
    alone = rows_of_dots(
        [Row("a", 9, [(0.5, 0.4, 0.6), None]), Row("b", 9, [None, (0.1, 0, 0.2)])], RUNS[:2], title="", score=""
    )
    assert [trace.y for trace in alone.data] == [(0,), (1,)] and not alone.layout.showlegend


def test_each_sequence_has_the_colour_of_the_run_that_meets_it_better():
    first, second = np.array([0.9, np.nan, 0.2, 0.5]), np.array([0.1, 0.4, 0.7, np.nan])
    figure = compared.plot_both(["<a>", "b", "c", "d"], first, second, (RUNS[0], RUNS[1]), score="r")
    points = figure.data[0]
    assert list(points.x) == [0.9, 0.2] and list(points.y) == [0.1, 0.7]
    assert list(points.marker.color) == [RUNS[0].colour, RUNS[1].colour]
    assert points.text[0] == "&lt;a&gt;"
    assert len(compared.plot_both(["a"], first[1:2], second[1:2], (RUNS[0], RUNS[1]), score="r").data[0].x) == 0
