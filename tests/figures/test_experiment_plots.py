"""Figures of experiments: order, intervals, signs told by symbol too, escaped names, positions from 1."""

import numpy as np
import pandas as pd

from lib.figures import experiments as plots

TABLE = pd.DataFrame(
    {
        "label": ["<b>a</b>", "b", "c", "d"],
        "mean": [0.5, -0.8, 0.1, np.nan],
        "low": [0.4, -1.0, -0.1, np.nan],
        "high": [0.7, -0.7, 0.3, np.nan],
        "n": [9, 9, 8, 0],
        "q": [0.01, 0.02, 0.6, np.nan],
        "random": [0.05, -0.02, 0.0, np.nan],
    }
)


def test_effects_stand_by_their_mean_with_their_intervals():
    figure = plots.effects(TABLE, title="<i>T</i>", effect="Change", random=True)
    assert figure.layout.yaxis.categoryarray == ("b", "c", "&lt;b&gt;a&lt;/b&gt;"), "the highest on top, d has no mean"
    cross, raises, lowers, rest = figure.data
    assert list(cross.x) == [0.05, 0.0, -0.02]
    assert [trace.marker.symbol for trace in (raises, lowers, rest)] == ["triangle-up", "triangle-down", "circle-open"]
    assert (list(raises.x), list(lowers.x), list(rest.x)) == ([0.5], [-0.8], [0.1])
    np.testing.assert_allclose(lowers.error_x.array, [0.1])
    np.testing.assert_allclose(lowers.error_x.arrayminus, [0.2])
    assert "<i>" not in figure.layout.title.text


def test_of_many_motifs_the_largest_effects_are_drawn():
    many = pd.concat([TABLE[:1].assign(label=f"m{row}", mean=row - 99.0) for row in range(100)], ignore_index=True)
    shown = plots.strongest(many)
    assert len(shown) == plots.MOST
    assert (shown["mean"].iloc[0], shown["mean"].iloc[-1]) == (-60.0, -99.0)


def test_places_count_from_1():
    table = TABLE[:3].assign(start=[0, 10, 25])
    [curve] = plots.by_place(table, title="a", effect="Change").data
    assert list(curve.x) == [1, 11, 26]
    assert list(curve.y) == [0.5, -0.8, 0.1]


def test_synergy_marks_what_is_sure():
    table = pd.DataFrame(
        {
            "label": ["a → b"] * 2 + ["b → a"] * 2,
            "gap": [5, 0, 5, 0],
            "mean": [0.1, -0.4, 0.0, 0.2],
            "q": [0.01, 0.9, 1.0, 0.03],
        }
    )
    [heat] = plots.synergy(table, title="S", effect="Change").data
    assert list(heat.x) == ["0", "5"]
    np.testing.assert_array_equal(heat.z, [[-0.4, 0.1], [0.2, 0.0]])
    np.testing.assert_array_equal(heat.text, [["", "*"], ["*", ""]])
    assert (heat.zmin, heat.zmax) == (-0.4, 0.4), "one scale to both sides"
    curve = plots.by_gap(TABLE[:3].assign(gap=[0, 4, 9]), title="a", effect="Change").data[0]
    assert list(curve.x) == [0, 4, 9]


def test_the_path_of_a_design_shows_the_wanted_value():
    figure = plots.path([0.0, 0.4, 0.9], ["start", "A5G", "<C9U>"], 0.8, target="decay")
    assert list(figure.data[0].y) == [0.0, 0.4, 0.9]
    assert figure.data[0].text[2] == "&lt;C9U&gt;"
    assert figure.layout.shapes[0].y0 == 0.8
