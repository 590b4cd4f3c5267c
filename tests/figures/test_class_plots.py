"""Pictures of classifiers: what is drawn is what was counted, a click is told from the figure, names are escaped."""

import numpy as np
import pandas as pd
import pytest

from lib.figures import classes
from lib.figures.class_points import MOST_DRAWN, ClassPoints, probabilities_by_class, rows_of, spread
from lib.figures.dots import Series
from lib.figures.files import to_svg
from lib.figures.paper import on_paper
from lib.tasks import thresholds

NASTY = "<b>$x$</b>"
NAMES = ("none", NASTY, "promoter")


def points(count: int = 23, classes: int = 3, seed: int = 0) -> ClassPoints:
    rng = np.random.default_rng(seed)
    return ClassPoints(
        [f"{NASTY}{row}" for row in range(count)],
        NAMES[:classes],
        rng.integers(0, classes, count),
        rng.random(count),
        1,
    )


def test_each_sequence_is_one_point_in_the_band_of_its_class():
    found = points()
    figure = probabilities_by_class(found, title="Probability", threshold=0.3)
    assert [len(trace.x) for trace in figure.data] == np.bincount(found.observed, minlength=3).tolist()
    assert rows_of(found, [(2, 1), (0, 99), (7, 0)]) == [np.flatnonzero(found.observed == 2)[1]]
    trace = figure.data[1]
    assert np.allclose(trace.x, found.probability[found.observed == 1])
    assert np.abs(trace.y - 2).max() <= 0.4 + 1e-6, "the chosen class is on top"
    assert np.abs(figure.data[0].y - 0).max() <= 0.4 + 1e-6
    assert "<b>$" not in figure.to_json() and "&lt;b&gt;" in figure.to_json()
    assert figure.layout.shapes[0].x0 == 0.3
    assert found.miss[found.observed == 1] == pytest.approx(1 - found.probability[found.observed == 1])


def test_a_class_without_sequences_and_no_sequence_at_all():
    empty = ClassPoints([], ("a", "b"), np.empty(0, dtype=np.intp), np.empty(0), 1)
    assert len(probabilities_by_class(empty, title="").data) == 2
    alone = ClassPoints(["x"], ("a", "b", "c"), np.array([2]), np.array([0.5]), 0)
    assert rows_of(alone, [(2, 0)]) == [0]


def test_of_very_many_the_most_wrong_ones_are_drawn_all():
    many = points(MOST_DRAWN + 5000, 2)
    drawn = np.concatenate(many.layers)
    assert 0.9 * MOST_DRAWN < len(drawn) <= MOST_DRAWN and len(np.unique(drawn)) == len(drawn)
    worst = np.argsort(-many.miss)[:1000]
    assert np.isin(worst, drawn).all()


def test_neighbours_lie_apart_and_within_their_band():
    places = spread(np.full(50, 0.5))
    assert np.abs(places).max() <= 0.4 and len(np.unique(places.round(6))) == 50


def test_the_confusion_matrix_says_counts_and_shares_of_rows():
    counts = np.array([[6, 2, 0], [1, 3, 0], [0, 0, 0]])
    assert classes.shares(counts)[0].tolist() == [0.75, 0.25, 0.0] and np.isnan(classes.shares(counts)[2]).all()
    figure = classes.confusion(counts, NAMES, title="Confusion")
    said = [item.text for item in figure.layout.annotations]
    assert said[0] == "<b>6<br>75%</b>" and said[1] == "2<br>25%" and said[-1] == "<b>0<br>–</b>"
    assert figure.layout.yaxis.ticktext[0] == "none<br>n = 8" and figure.layout.yaxis.autorange == "reversed"
    assert "<b>$x" not in figure.to_json()


def test_curves_carry_the_area_and_the_lines_of_guessing():
    positive, score = np.array([True, False, True, False, True]), np.array([0.9, 0.8, 0.7, 0.2, 0.1])
    drawn = [
        classes.Drawn(Series(name, "#000"), thresholds.roc(positive, score), area)
        for name, area in ((NASTY, 0.5), ("mean", float("nan")))
    ]
    figure = classes.roc(drawn, title="ROC")
    assert {trace.name for trace in figure.data} == {"&lt;b&gt;&#36;x&#36;&lt;/b&gt; 0.500", "mean"}
    assert figure.data[-1].name.endswith("0.500"), "the run is drawn over its baselines"
    recall = [item._replace(curve=thresholds.precision_recall(positive, score)) for item in drawn]
    figure = classes.precision_recall(recall, prevalence=0.6, title="PR")
    assert figure.layout.shapes[0].y0 == 0.6
    left, right = on_paper(classes.roc(drawn, title=""), figure, title=NASTY).axes
    assert [text.get_text() for text in left.get_legend().texts] == [r"<b>\$x\$</b> 0.500", "mean"]
    assert right.get_xlabel() == "Recall" and right.lines[-1].get_ydata().tolist() == [0.6, 0.6]


def test_calibration_and_thresholds_in_both_forms():
    bins = pd.DataFrame(
        {"predicted": [0.2, 0.8], "observed": [0.1, 0.9], "low_95": [0.0, 0.7], "high_95": [0.3, 1.0], "n": [10, 12]}
    )
    values = [np.array([0.1, 0.5]), np.array([0.6, 1.0, 0.9])]
    figure = classes.calibration(bins, values, NAMES[:2], name=NASTY, title="Calibration")
    assert figure.data[0].error_y.arrayminus == pytest.approx((0.1, 0.2))
    assert sum(figure.data[1].y) == 2 and sum(figure.data[2].y) == 3
    bins.loc[0, "low_95"] = 0.1 + 1e-16  # Wilson's interval ends at the share itself but for rounding
    assert to_svg(on_paper(classes.calibration(bins, values, NAMES[:2], name=NASTY, title="Calibration")))
    frame = thresholds.by_threshold(np.array([True, False]), np.array([0.7, 0.4]))
    figure = classes.by_threshold(frame, 0.25, title="Thresholds")
    assert [trace.name for trace in figure.data] == ["MCC", "F1", "Precision", "Recall", "Specificity"]
    assert figure.layout.shapes[0].x0 == 0.25
