"""The matrix of pairs has a square for every row of the table, and the histogram every distance."""

import numpy as np
import pandas as pd
import pytest

from lib.figures.spacing import QUESTIONS, bins, find_tested, histogram, matrix
from lib.motifs.spacing import Histogram

NAN = float("nan")
TABLE = pd.DataFrame(
    {
        "first": ["+1", "+1", "-1"],
        "second": ["+1", "-1", "-1"],
        "sequences": 200,
        "n": [9, 40, 3],
        "expected": [NAN, 20.0, NAN],
        "p_together": [NAN, 0.001, NAN],
        "q_together": [NAN, 0.001, NAN],
        "pairs": [12.0, 50.0, NAN],
        "before": [NAN, 30.0, NAN],
        "expected_before": [NAN, 25.0, NAN],
        "p_order": [NAN, 0.2, NAN],
        "q_order": [NAN, 0.2, NAN],
        "distance": [7.0, -14.0, NAN],
        "observed": [3.0, 15.0, NAN],
        "expected_at": [2.0, 3.5, NAN],
        "p_spacing": [0.6, 0.0005, NAN],
        "q_spacing": [0.6, 0.001, NAN],
    }
)
LABELS = {"+1": "+1 <b>UUAG</b>", "-1": "-1 GCACUU"}


@pytest.mark.parametrize(
    ("question", "colours", "stars", "said"),
    [
        ("spacing", [np.log2(3.5 / 2.5), np.log2(15.5 / 4), 0], ["", "*", "·"], "15 pairs within 2 nt of -14 nt, 3.5"),
        ("order", [0, 0.1, 0], ["·", "", "·"], "30 of 50 with the first one first, 25.0 expected"),
        ("together", [0, np.log2(40.5 / 20.5), 0], ["·", "*", "·"], "40 sequences with both, 20.0 expected"),
    ],
)
def test_each_question_colours_the_pairs_that_it_was_asked_of(question, colours, stars, said):
    (trace,) = matrix(TABLE, list(LABELS), QUESTIONS[question], labels=LABELS).data
    np.testing.assert_allclose(trace.marker.color, colours)
    assert trace.marker.cmax == -trace.marker.cmin == pytest.approx(max(np.abs(colours)))
    assert list(trace.text) == stars and said in trace.customdata[1] and trace.customdata[2] == "not tested"
    assert list(trace.x) == [
        LABELS[name].replace("<b>", "&lt;b&gt;").replace("</b>", "&lt;/b&gt;") for name in TABLE["second"]
    ]


def test_patterns_without_a_tested_pair_are_not_drawn():
    rare = TABLE.iloc[[2, 2]].assign(first=["+1", "-3"], second=["-3", "-3"])
    table = pd.concat([TABLE, rare], ignore_index=True)
    names = ["-3", "+1", "-1"]
    assert find_tested(table, names, QUESTIONS["spacing"]) == ["+1", "-1"]
    assert find_tested(table.iloc[2:], names, QUESTIONS["spacing"]) == []
    alone = table.assign(q_spacing=[0.6, NAN, NAN, NAN, NAN])
    assert find_tested(alone, names, QUESTIONS["spacing"]) == ["+1"], "a pattern and itself are a pair"


def test_the_histogram_holds_every_distance_beside_chance():
    found = Histogram(np.array([-2, 3, 4]), np.array([1, 5, 0]), *(np.array([k, 1.5, 0.25]) for k in (0.5, 0.1, 2.0)))
    figure = histogram(found, "+1 UUAG", "-1 <i>", q=0.003)
    bars, band, line = figure.data
    assert list(bars.x) == [-2, 3, 4] and list(bars.y) == [1, 5, 0] and list(line.y) == [0.5, 1.5, 0.25]
    assert len(band.x) == 6 and "n = 6 pairs, q = 0.003" in figure.layout.title.text
    assert "&lt;i&gt;" in figure.layout.title.text
    assert bins(found)["observed pairs"].tolist() == [1, 5, 0]
