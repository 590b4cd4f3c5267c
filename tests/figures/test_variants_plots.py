"""Figures of variants show the numbers they are given: bars in order, stems in place, the cell of the variant."""

import numpy as np
import pandas as pd
import pytest

from lib.figures import variants as plots


@pytest.fixture
def table():
    return pd.DataFrame(
        {
            "row": [4, 0, 2, 1],
            "label": ["<b>a</b>", "b", "c", "d"],
            "position": [7, 3, 3, 9],
            "effect": [0.2, -0.9, np.nan, 0.0],
            "low": [0.1, np.nan, np.nan, np.nan],
            "high": [0.3, np.nan, np.nan, np.nan],
            "percentile": [0.5, 0.99, np.nan, np.nan],
        }
    )


def test_the_largest_effect_stands_on_top(table):
    figure = plots.plot_largest_effects(table, effect="<i>x</i>")
    assert figure.layout.yaxis.categoryarray == ("d", "&lt;b&gt;a&lt;/b&gt;", "b")
    bars = {trace.name: trace for trace in figure.data}
    assert list(bars["lowers"].x) == [-0.9]
    assert bars["lowers"].customdata[0][1] == "<br>larger than 99.0% of random variants"
    assert list(bars["raises"].x) == [0.2, 0.0]
    assert bars["raises"].customdata[0][1].startswith(" [+0.100, +0.300]")
    assert "&lt;i&gt;" in figure.layout.xaxis.title.text
    assert figure.layout.xaxis.range[0] < -0.9 and figure.layout.xaxis.range[1] > 0.3
    wide = plots.plot_largest_effects(table.assign(low=-50.0, high=50.0), effect="x").layout.xaxis.range
    assert -2 < wide[0] < -0.9 and 0.2 < wide[1] < 2, "intervals far wider than all effects go beyond the axis"


def test_stems_stand_at_positions_from_1_and_the_chosen_one_is_ringed(table):
    figure = plots.lollipop(table, effect="x", where="<s>", length=12, chosen=0)
    traces = {trace.name: trace for trace in figure.data}
    np.testing.assert_array_equal(traces["stems"].x, [8, 8, np.nan, 4, 4, np.nan, 10, 10, np.nan])
    assert list(traces["lowers (1)"].x) == [4]
    assert traces["lowers (1)"].customdata[0][0] == 0
    assert (list(traces["chosen"].x), list(traces["chosen"].y)) == ([4], [-0.9])
    assert "chosen" not in {trace.name for trace in plots.lollipop(table, effect="x", where="s", length=12).data}
    assert "<s>" not in figure.layout.title.text


@pytest.mark.parametrize(
    ("mark", "box"),
    [((11, 12, "C"), (11.5, 12.5, 1.5, 2.5)), ((11, 13, ""), (11.5, 13.5, -0.5, 3.5)), ((12, 12, "GG"), None)],
)
def test_the_place_of_the_variant_is_marked(mark, box):
    grid = np.arange(12.0).reshape(4, 3)
    figure = plots.saturation(grid, "TGN", 10, mark=mark, unit="log2")
    heat, dots = figure.data
    assert heat.y == ("U", "G", "C", "A") and list(heat.x) == [11, 12, 13]
    np.testing.assert_array_equal(heat.z[::-1], grid)
    assert list(zip(dots.x, dots.y, strict=True)) == [(11, "U"), (12, "G")]
    [shape] = figure.layout.shapes
    if box is None:
        assert (shape.type, shape.x0, shape.x1) == ("line", 12.5, 12.5)
    else:
        assert (shape.x0, shape.x1, shape.y0, shape.y1) == box


def test_measured_effects_stand_across_and_predicted_ones_up(table):
    table = table.assign(measured=[2.0, np.nan, 5.0, -1.5], kind=["SNV", "SNV", "SNV", "deletion"])
    figure = plots.plot_measured_effects(table, column="<b>K562</b>", effect="x", chosen=1)
    traces = {trace.name: trace for trace in figure.data}
    assert (list(traces["SNV (1)"].x), list(traces["SNV (1)"].y)) == ([2.0], [0.2])
    assert (list(traces["deletion (1)"].x), list(traces["deletion (1)"].y)) == ([-1.5], [0.0])
    assert traces["SNV (1)"].text == ("&lt;b&gt;a&lt;/b&gt;",) and traces["SNV (1)"].customdata[0][0] == 4
    assert list(traces["chosen"].x) == [-1.5]
    assert "&lt;b&gt;K562&lt;/b&gt; (n = 2)" in figure.layout.title.text
