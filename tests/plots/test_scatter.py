"""Predicted against real: the picture holds every sequence, and says what its axes are."""

import dataclasses

import numpy as np
import plotly.graph_objects as go
import pytest

from lib.plots.scatter import GL_ABOVE, Points, density, predicted_against_real, predicted_against_real_picture


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
    figure = predicted_against_real(data, title="Test part")
    low, high = figure.layout.xaxis.range
    assert tuple(figure.layout.yaxis.range) == (low, high)
    assert low < min(data.observed.min(), data.predicted.min())
    assert high > max(data.observed.max(), data.predicted.max())
    assert figure.layout.yaxis.scaleanchor == "x", "a unit is as long on both axes"


def test_point_i_is_row_i_and_hover_names_it():
    data = points(3, ids=["a", "b", "c"])
    trace = predicted_against_real(data, title="").data[0]
    assert list(trace.text) == ["a", "b", "c"]
    np.testing.assert_array_equal(trace.x, data.observed)
    np.testing.assert_array_equal(trace.y, data.predicted)
    assert "%{text}" in trace.hovertemplate


def test_axes_name_the_target_and_its_unit():
    layout = predicted_against_real(points(12), title="").layout
    assert layout.xaxis.title.text == "Observed 8h - 2h (log2 fold change)"
    assert layout.yaxis.title.text == "Predicted 8h - 2h (log2 fold change)"


def test_many_points_are_drawn_by_the_graphics_card():
    assert isinstance(predicted_against_real(points(GL_ABOVE), title="").data[0], go.Scatter)
    assert isinstance(predicted_against_real(points(GL_ABOVE + 1), title="").data[0], go.Scattergl)


def test_text_of_users_is_escaped():
    figure = predicted_against_real(points(1, ids=["<img src=x onerror=alert(1)>"], unit="<b>"), title="<i>t</i>")
    assert figure.data[0].text[0] == "&lt;img src=x onerror=alert(1)&gt;"
    assert "<b>" not in figure.layout.xaxis.title.text
    assert "<i>" not in figure.layout.title.text


def test_the_picture_for_papers_holds_the_same_points():
    data = points(53, unit="$/h")
    figure = predicted_against_real_picture(data, title="cost in $")
    axes = figure.axes[0]
    assert axes.collections[0].get_offsets().shape == (53, 2)
    assert axes.get_xlabel() == r"Observed 8h - 2h (\$/h)"
    assert axes.get_xlim() == axes.get_ylim() == data.limits


def test_the_hover_of_an_ensemble_says_how_far_its_members_lie_apart():
    data = points(3)
    assert "SD" not in predicted_against_real(data, title="").data[0].hovertemplate
    spread = np.array([0.5, 1.5, 2.5])
    trace = predicted_against_real(dataclasses.replace(data, deviation=spread), title="").data[0]
    np.testing.assert_array_equal(trace.customdata, np.column_stack([data.predicted - data.observed, spread]))
    assert "± %{customdata[1]:.2f} (SD of members)" in trace.hovertemplate
    assert "off by %{customdata[0]:+.2f}" in trace.hovertemplate
