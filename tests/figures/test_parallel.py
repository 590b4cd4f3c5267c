"""Parallel coordinates and dots: where each run lies on each axis, what is marked, and what is drawn."""

import math

import pytest

from lib.figures.dots import Dot, dots
from lib.figures.parallel import Dimension, order, parallel


@pytest.mark.parametrize(
    ("dimension", "places", "marks", "texts"),
    [
        (Dimension("Words", [6, 3, 6]), [6.0, 3.0, 6.0], [3.0, 6.0], ["3", "6"]),
        (Dimension("Rate", [0.001, 0.1], log=True), [-3.0, -1.0], [-3.0, -1.0], ["0.001", "0.1"]),
        (Dimension("Size", ["tiny", "base"], number=False), [1.0, 0.0], [0.0, 1.0], ["base", "tiny"]),
        (Dimension("Zero", [0.0, 1.0], log=True), [0.0, 1.0], [0.0, 1.0], ["0", "1"]),
        (Dimension("Close", [0.1, 0.101, 0.9]), [0.1, 0.101, 0.9], None, None),
    ],
)
def test_where_runs_lie_on_an_axis_and_what_is_marked(dimension, places, marks, texts):
    found = dimension.place()
    assert found[0] == pytest.approx(places)
    assert found[1] == (marks if marks is None else pytest.approx(marks))
    assert found[2] == texts


def test_many_values_are_marked_by_decades_with_both_ends():
    values = [10 ** (-4 + place / 5) for place in range(11)]
    _, marks, texts = Dimension("Rate", values, log=True).place()
    assert texts == ["0.0001", "0.001", "0.01"]
    assert marks == pytest.approx([-4, -3, -2])


def test_the_score_is_the_last_axis_and_the_colour():
    figure = parallel([Dimension("Words", [3, 6, 4])], [0.1, 0.5, 0.3], score="Validation R²")
    drawn = figure.data[0]
    assert [item.label for item in drawn.dimensions] == ["Words", "Validation R²"]
    assert list(drawn.line.color) == list(drawn.dimensions[1]["values"]) == [0.1, 0.5, 0.3]
    assert (drawn.line.cmin, drawn.line.cmax) == (0.1, 0.5)
    single = parallel([Dimension("Words", [3])], [0.5], score="R²", dark=True).data[0]
    assert single.line.cmin < single.line.cmax, "one run has a colour too"
    assert drawn.tickfont.color != single.tickfont.color, "readable on both backgrounds"


def test_the_order_is_from_the_best_to_the_worst_with_unknown_ones_last():
    assert order([0.1, None, 0.5, 0.5, -math.inf]) == [2, 3, 0, 1, 4]


def test_models_are_drawn_with_intervals_and_published_figures():
    models = [
        Dot("<b>BERT</b>", 0.4, 0.35, 0.47, 0.178),
        Dot("CNN", 0.6, 0.55, 0.65),
        Dot("DNABERT-2", None, published=0.457),
    ]
    figure = dots(models, title="Test R²", score="R²")
    here, told = figure.data
    assert list(here.x) == [0.4, 0.6] and list(told.x) == [0.178, 0.457]
    assert list(here.error_x.array) == pytest.approx([0.07, 0.05])
    assert list(here.error_x.arrayminus) == pytest.approx([0.05, 0.05])
    assert here.y[0] == "&lt;b&gt;BERT&lt;/b&gt;", "names are never markup"
    assert list(figure.layout.yaxis.categoryarray) == ["DNABERT-2", "CNN", "&lt;b&gt;BERT&lt;/b&gt;"]
    assert "other data" in told.name
