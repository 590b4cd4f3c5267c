"""The numbers behind a figure: every point of every trace, in columns called what the axes are called."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from plotly.subplots import make_subplots

from lib.figures import numbers
from lib.figures.curves import learning_curve
from lib.figures.scatter import Points, plot_predicted_against_observed


def test_a_scatter_gives_ids_and_both_values_under_the_names_of_the_axes():
    points = Points(["a<b", "b"], np.array([1.0, 2.5]), np.array([0.5, 3.0]), "log2 8h - 2h", "log2 fold change")
    figure = plot_predicted_against_observed(points, title="T")
    figure.data = figure.data[:1]  # without the histograms beside it
    table = numbers.of_figure(figure)
    assert table.to_dict("list") == {
        "label": ["a<b", "b"],
        "Observed log2 8h - 2h (log2 fold change)": [1.0, 2.5],
        "Predicted log2 8h - 2h (log2 fold change)": [0.5, 3.0],
    }


def test_panels_with_axes_of_their_own_give_columns_of_their_own():
    history = pd.DataFrame({"epoch": [1, 2, 3], "loss": [3.0, 2.0, 1.0], "validation_r2": [0.1, np.nan, 0.3]})
    table = numbers.of_figure(learning_curve(history))
    assert set(table["series"]) >= {"Training loss", "Validation R²"}
    losses = table[table["series"] == "Training loss"]
    assert losses["Loss"].tolist() == [3.0, 2.0, 1.0] and losses["Validation R²"].isna().all()


def test_a_heat_map_gives_one_row_for_each_cell():
    figure = go.Figure(
        go.Heatmap(x=["1h", "2h", "4h"], y=["A", "B"], z=[[1, 2, 3], [4, 5, 6]], colorbar={"title": {"text": "log2"}})
    )
    figure.update_layout(xaxis_title="Time", yaxis_title="Motif")
    table = numbers.of_figure(figure)
    assert list(table.columns) == ["Time", "Motif", "log2"]
    assert table.to_numpy().tolist()[:4] == [["1h", "A", 1], ["2h", "A", 2], ["4h", "A", 3], ["1h", "B", 4]]
    assert len(table) == 6


@pytest.mark.parametrize("names", [("first", "second")])
def test_several_traces_are_told_apart_and_errors_are_kept(names):
    figure = make_subplots(rows=1, cols=1)
    figure.add_bar(x=["a", "b", "c"], y=[1, 2, 3], name=names[0])
    figure.add_scatter(x=["a", "b"], y=[5, 6], error_y={"array": [0.5, 0.25]}, name=names[1])
    table = numbers.of_figure(figure)
    assert table["series"].tolist() == [names[0]] * 3 + [names[1]] * 2
    assert table["y, above"].tolist()[3:] == [0.5, 0.25]


def test_parallel_coordinates_give_a_column_for_each_axis():
    figure = go.Figure(
        go.Parcoords(dimensions=[{"label": "Rate", "values": [1, 2]}, {"label": "R²", "values": [3, 4]}])
    )
    assert numbers.of_figure(figure).to_dict("list") == {"Rate": [1, 2], "R²": [3, 4]}


def test_a_figure_without_points_gives_an_empty_table():
    assert numbers.of_figure(go.Figure()).empty
