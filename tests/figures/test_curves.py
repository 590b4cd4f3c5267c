"""Learning curves from a history with gaps."""

import numpy as np
import pandas as pd

from lib.figures.curves import best_row, has_curve, learning_curve, score_label
from lib.figures.paper import on_paper


def history() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "step": [10, 20, 30, 40, 50],
            "epoch": [1.0, 2.0, 3.0, 4.0, 5.0],
            "seconds": [1.0, 2.0, 3.0, 4.0, 5.0],
            "loss": [1.0, 0.8, np.nan, 0.6, 0.5],
            "validation_loss": [1.1, np.nan, 0.9, 0.8, 0.85],
            "validation_r2": [0.1, np.nan, 0.3, 0.45, 0.4],
            "learning_rate": [1e-3] * 5,
        }
    )


def test_gaps_are_left_out():
    lines = {trace.name: list(trace.x) for trace in learning_curve(history()).data}
    assert lines == {
        "Training loss": [1.0, 2.0, 4.0, 5.0],
        "Validation loss": [1.0, 3.0, 4.0, 5.0],
        "Validation R²": [1.0, 3.0, 4.0, 5.0],
    }


def test_the_best_epoch_is_named():
    assert best_row(history()) == 3
    assert "best 0.450" in [note.text for note in learning_curve(history()).layout.annotations]


def test_without_epochs_the_axis_counts_steps():
    frame = history().assign(epoch=np.nan)
    assert list(learning_curve(frame).data[0].x) == [10, 20, 40, 50]
    assert learning_curve(frame).layout.xaxis.title.text == "Step"


def test_nothing_to_draw():
    empty = history().assign(loss=np.nan, validation_loss=np.nan, validation_r2=np.nan)
    assert not has_curve(empty)
    assert not has_curve(pd.DataFrame())
    assert best_row(empty) is None
    assert has_curve(history())


def test_the_picture_for_papers_holds_the_same_lines():
    figure = on_paper(learning_curve(history(), title="cnn"))
    assert [len(axes.lines) for axes in figure.axes] == [2, 1]
    assert figure.axes[1].lines[0].get_ydata().tolist() == [0.1, 0.3, 0.45, 0.4]


def test_the_score_is_called_what_it_is():
    """A classifier is judged by MCC; a history that names no score is drawn without one."""
    classes = history().rename(columns={"validation_r2": "validation_mcc"})
    figure = learning_curve(classes)
    assert [trace.name for trace in figure.data][2] == "Validation MCC"
    assert figure.layout.yaxis2.title.text == "Validation MCC"
    assert best_row(classes) == 3
    assert on_paper(learning_curve(classes, title="cnn")).axes[1].get_ylabel() == "Validation MCC"
    without = history().drop(columns="validation_r2")
    assert has_curve(without)
    assert [trace.name for trace in learning_curve(without).data] == ["Training loss", "Validation loss"]
    assert (
        score_label(history().rename(columns={"validation_r2": "validation_profile_odd"})) == "Validation profile odd"
    )
