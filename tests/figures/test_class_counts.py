"""Bars of the members of classes."""

import pandas as pd

from lib.figures.class_counts import class_bars


def test_each_class_is_a_bar_cut_by_part():
    counts = pd.DataFrame({"train": [30, 10], "validation": [3, 2], "test": [4, 1]}, index=["no <b>", "yes"])
    figure = class_bars(counts)
    assert [trace.name for trace in figure.data] == ["train", "validation", "test"]
    assert list(figure.data[0].x) == [30, 10]
    assert list(figure.data[0].y) == ["no &lt;b&gt;", "yes"]
    assert figure.layout.title.text.endswith("n = 50")
    assert figure.data[0].customdata.tolist() == [75.0, 25.0]


def test_long_names_stay_apart():
    names = ["a" * 40 + "x", "a" * 40 + "y", "b"]
    shown = list(class_bars(pd.DataFrame({"sequences": [1, 2, 3]}, index=names)).data[0].y)
    assert len(set(shown)) == 3
    assert shown[2] == "b"
