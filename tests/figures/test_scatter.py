"""Predicted against real: the picture holds every sequence, and says what its axes are."""

import dataclasses

import numpy as np
import plotly.graph_objects as go
import pytest

from lib.figures import scatter
from lib.figures.paper import on_paper
from lib.figures.scatter import (
    GL_ABOVE,
    Points,
    density,
    layers,
    plot_predicted_against_observed,
    rows_of,
)


def points(count: int, *, ids: list[str] | None = None, unit: str = "log2 fold change") -> Points:
    generator = np.random.default_rng(0)
    observed = generator.normal(size=count)
    return Points(
        ids or [f"s{i}" for i in range(count)], observed, 0.5 * observed + generator.normal(size=count), "8h - 2h", unit
    )


def test_the_most_crowded_point_has_density_one_and_a_lonely_one_much_less():
    x = np.concatenate([np.full(40, 1.0) + np.linspace(0, 0.01, 40), [9.0]])
    found = density(x, x)
    assert found.shape == (41,)
    assert found.max() == 1.0
    assert 0 < found[-1] < 0.2, "a point far from the others is not crowded"


@pytest.mark.parametrize("x", [np.array([2.0]), np.full(5, 3.0), np.empty(0)])
def test_density_of_points_without_spread_is_one(x):
    assert density(x, x).tolist() == [1.0] * len(x)


def test_both_axes_share_one_range_that_holds_every_point():
    data = points(37)
    figure = plot_predicted_against_observed(data, title="Test part")
    low, high = figure.layout.xaxis.range
    assert tuple(figure.layout.yaxis.range) == (low, high)
    assert low < min(data.observed.min(), data.predicted.min())
    assert high > max(data.observed.max(), data.predicted.max())
    assert figure.layout.yaxis.scaleanchor == "x", "a unit is as long on both axes"


def test_point_i_is_row_i_and_hover_names_it():
    data = points(3, ids=["a", "b", "c"])
    trace = plot_predicted_against_observed(data, title="").data[0]
    assert list(trace.text) == ["a", "b", "c"]
    np.testing.assert_allclose(trace.x, data.observed, rtol=1e-6)
    np.testing.assert_allclose(trace.y, data.predicted, rtol=1e-6)
    assert "%{text}" in trace.hovertemplate


def test_axes_name_the_target_and_its_unit():
    layout = plot_predicted_against_observed(points(12), title="").layout
    assert layout.xaxis.title.text == "Observed 8h - 2h (log2 fold change)"
    assert layout.yaxis.title.text == "Predicted 8h - 2h (log2 fold change)"


def test_many_points_are_drawn_by_the_graphics_card():
    assert isinstance(plot_predicted_against_observed(points(GL_ABOVE), title="").data[0], go.Scatter)
    assert isinstance(plot_predicted_against_observed(points(GL_ABOVE + 1), title="").data[0], go.Scattergl)


def test_text_of_users_is_escaped():
    figure = plot_predicted_against_observed(
        points(1, ids=["<img src=x onerror=alert(1)>"], unit="<b>"), title="<i>t</i>"
    )
    assert figure.data[0].text[0] == "&lt;img src=x onerror=alert(1)&gt;"
    assert "<b>" not in figure.layout.xaxis.title.text
    assert "<i>" not in figure.layout.title.text


def test_the_picture_for_papers_holds_the_same_points():
    data = points(53, unit="$/h")
    figure = on_paper(plot_predicted_against_observed(data, title="cost in $"))
    axes, above, beside = figure.axes
    assert sum(bar.get_height() for bar in above.patches) == sum(bar.get_width() for bar in beside.patches) == 53
    assert axes.collections[0].get_offsets().shape == (53, 2)
    assert axes.get_xlabel() == r"Observed 8h - 2h (\$/h)"
    assert axes.get_xlim() == axes.get_ylim() == data.limits


def test_the_hover_of_an_ensemble_says_how_far_its_members_lie_apart():
    data = points(3)
    assert "SD" not in plot_predicted_against_observed(data, title="").data[0].hovertemplate
    spread = np.array([0.5, 1.5, 2.5])
    trace = plot_predicted_against_observed(dataclasses.replace(data, deviation=spread), title="").data[0]
    expected = np.column_stack([data.predicted - data.observed, spread])
    np.testing.assert_allclose(trace.customdata, expected, rtol=1e-6)
    assert "± %{customdata[1]:.2f} (SD of members)" in trace.hovertemplate
    assert "off by %{customdata[0]:+.2f}" in trace.hovertemplate


def test_of_many_points_each_is_drawn_once_and_a_chosen_one_is_found_again():
    data = points(GL_ABOVE + 345)
    figure, held = plot_predicted_against_observed(data, title=""), layers(data)
    assert sorted(np.concatenate(held).tolist()) == list(range(GL_ABOVE + 345))
    for trace, rows in zip(figure.data, held, strict=False):
        assert list(trace.text) == [f"s{row}" for row in rows]
        assert trace.x.dtype == np.float32, "half the bytes on the way to the browser"
    shade = density(data.observed, data.predicted)
    middle = [shade[rows].mean() for rows in held if len(rows)]
    assert middle == sorted(middle), "the densest are drawn last, on top"
    assert len({trace.marker.color for trace in figure.data[: len(held)]}) == len(held)
    assert rows_of(data, [(3, 1), (0, 2), (len(held), 0), (1, 10**6)]) == [held[3][1], held[0][2]]
    assert rows_of(data, []) == [] and rows_of(points(5), [(0, 4), (1, 0)]) == [4], "bars are no sequences"


def test_above_the_limit_the_middle_is_counted_and_outlying_points_are_kept(monkeypatch):
    monkeypatch.setattr(scatter, "MOST_DRAWN", 2500)
    monkeypatch.setattr(scatter, "OUTLYING", 400)
    data = points(3001)
    figure, held = plot_predicted_against_observed(data, title=""), layers(data)
    apart = np.concatenate(held)
    shade = density(data.observed, data.predicted)
    crowded = np.setdiff1d(np.arange(3001), apart)
    assert len(apart) == 400 and shade[apart].max() <= shade[crowded].min()
    counts = next(trace for trace in figure.data if trace.type == "heatmap").customdata
    assert counts.sum() == 2601, "every other sequence is counted in one cell"
    assert rows_of(data, [(0, 0)]) == [held[0][0]]


def test_histograms_along_the_axes_count_every_sequence():
    data = points(211)
    above, beside = plot_predicted_against_observed(data, title="").data[-2:]
    assert (above.type, above.yaxis, beside.xaxis) == ("bar", "y2", "x2")
    assert above.y.sum() == beside.x.sum() == 211
    low, high = data.limits
    inside = (data.observed >= low) & (data.observed < low + (high - low) / 2)
    assert above.y[: len(above.y) // 2].sum() == inside.sum()
