"""Residuals against a property."""

import numpy as np

from lib.figures import residuals as plots
from lib.figures.paper import on_paper
from lib.figures.residuals import Residuals, gc_percent, residuals_against, trend


def residuals(count: int) -> Residuals:
    generator = np.random.default_rng(1)
    return Residuals(
        [f"<s{i}>" for i in range(count)],
        generator.normal(size=count),
        generator.uniform(20, 80, size=count),
        "GC content (%)",
        "log2 fold change",
    )


def test_gc_counts_known_letters_only():
    assert gc_percent(["GGCA", "ATN", "NN", "", "GCN"]).tolist() == [75.0, 0.0, 0.0, 0.0, 100.0]


def test_trend_gives_the_median_of_each_group():
    x = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    y = np.array([10.0, 20.0, 30.0, 1.0, 2.0, 3.0])
    middle, level = trend(x, y, bins=2)
    assert middle.tolist() == [2.0, 5.0]
    assert level.tolist() == [20.0, 2.0]


def test_trend_of_one_value_is_one_group():
    middle, level = trend(np.full(7, 110.0), np.arange(7.0))
    assert middle.tolist() == [110.0]
    assert level.tolist() == [3.0]


def test_trend_of_nothing_is_nothing():
    assert [part.tolist() for part in trend(np.empty(0), np.empty(0))] == [[], []]


def test_the_figure_holds_every_point_and_escapes_ids():
    figure = residuals_against(residuals(23), title="Residuals against GC")
    assert len(figure.data[0].x) == 23
    assert figure.data[0].text[0] == "&lt;s0&gt;"
    assert figure.layout.xaxis.title.text == "GC content (%)"
    assert figure.layout.yaxis.title.text == "Predicted - observed (log2 fold change)"


def test_the_picture_has_one_panel_for_each_property():
    figure = on_paper(*(residuals_against(residuals(n), title="") for n in (23, 11)), title="Residuals")
    assert [axes.collections[0].get_offsets().shape for axes in figure.axes] == [(23, 2), (11, 2)]


def test_of_very_many_some_are_drawn_and_the_line_is_of_all(monkeypatch):
    data = residuals(403)
    whole = residuals_against(data, title="").data[1]
    monkeypatch.setattr(plots, "MOST_DRAWN", 50)
    few = residuals_against(data, title="")
    assert len(few.data[0].x) == len(few.data[0].text) == 50
    rows = [int(name.removeprefix("&lt;s").removesuffix("&gt;")) for name in few.data[0].text]
    np.testing.assert_allclose(few.data[0].y, data.residual[rows], rtol=1e-6)
    np.testing.assert_array_equal(few.data[1].y, whole.y)
