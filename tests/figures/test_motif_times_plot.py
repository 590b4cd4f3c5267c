"""The heat map of motifs by time: right cells, stars with their sign, colours by sign, names escaped."""

import numpy as np
import pandas as pd

from lib.figures import colours
from lib.figures.motif_times import heat_map
from lib.figures.numbers import of_figure

TABLE = pd.DataFrame(
    {
        "motif": ["A", "B"] * 3,
        "hours": [1.0, 1.0, 2.5, 2.5, 10.0, 10.0],
        "effect": [0.1, -0.2, 0.5, -1.0, 2.0, np.nan],
        "low": [0.0, -0.3, 0.4, -1.2, 1.5, np.nan],
        "high": [0.2, -0.1, 0.6, -0.8, 2.5, np.nan],
        "n_with": [10, 12, 10, 12, 10, 3],
        "n": [50] * 6,
        "p": [0.5, 0.02, 0.01, 0.001, 0.0001, np.nan],
        "q": [0.5, 0.06, 0.02, 0.004, 0.0005, np.nan],
    }
)


def test_cells_stars_and_hovers():
    figure = heat_map(TABLE, ["B", "A"], names={"A": "<b>A</b>", "B": "UUAG"}, title="T", effect="log2")
    (trace,) = figure.data
    assert list(trace.y) == ["UUAG", "&lt;b&gt;A&lt;/b&gt;"] and list(trace.x) == ["1 h", "2.5 h", "10 h"]
    assert np.array(trace.z, dtype=float)[0, :2].tolist() == [-0.2, -1.0] and np.isnan(
        np.array(trace.z, dtype=float)[0, 2]
    )
    assert np.array(trace.text).tolist() == [["", "−*", ""], ["", "+*", "+*"]]
    assert (trace.zmin, trace.zmax) == (-2.0, 2.0), "neutral is no effect"
    assert trace.colorscale[0][1] == colours.LOWERS and trace.colorscale[-1][1] == colours.RAISES
    assert list(trace.customdata[1][2]) == [1.5, 2.5, 10.0, 50.0, "q = 0.0005"]
    assert trace.customdata[0][2][4] == "not tested"


def test_its_numbers_have_a_row_for_each_cell():
    figure = heat_map(TABLE, ["A", "B"], names={"A": "A", "B": "B"}, title="T", effect="log2")
    assert list(of_figure(figure).columns) == ["Time (hours)", "y", "log2"] and len(of_figure(figure)) == 6
