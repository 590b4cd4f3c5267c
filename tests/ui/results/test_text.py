"""How good a run is, in words and as a table: values worked out by hand."""

import pytest

from lib.report import html
from lib.tasks.regression import CARD, sentence
from lib.tasks.scores import Scores, percent, score_frame, unit_of, write_signed
from lib.views.score_card import ScoreCard


def test_the_sentence_says_how_much_of_how_many_and_against_what():
    cnn = Scores("CNN", {"r2": 0.591}, {"r2": [0.5561, 0.6249]})
    ridge, mean = Scores("k-mer ridge", {"r2": 0.463}), Scores("Mean", {"r2": -0.002})
    assert sentence(cnn, [ridge, mean], n=1232, part="test", ceiling=0.958) == (
        "explains **59%** of the variance [56, 62] of n = 1,232 test sequences; "
        "k-mer ridge 46%, Mean 0%, noise ceiling 96%."
    )


def test_a_model_worse_than_the_mean_explains_none():
    poor = Scores("CNN", {"r2": -0.0312}, {"r2": [-0.2, 0.05]})
    said = sentence(poor, [], n=1, part="validation", ceiling=None)
    assert said == "explains **none** of the variance (R² −0.031 [−0.200, 0.050]) of n = 1 validation sequence."


@pytest.mark.parametrize("r2", [None, float("nan")])
def test_constant_observations_have_no_r2(r2):
    assert "has no R²" in sentence(Scores("CNN", {"r2": r2}), [], n=5, part="train", ceiling=None)


def test_numbers_have_a_true_minus_and_zero_has_none():
    assert [write_signed(-1.5, 1), write_signed(-0.0001), write_signed(2.0, 0)] == ["−1.5", "0.000", "2"]
    assert percent(1.0) == "100%"


def test_errors_carry_the_unit_and_their_square_its_square():
    units = {metric.key: unit_of(metric, "log2 fold change") for metric in CARD}
    assert units["r2"] == "" and units["rmse"] == "log2 fold change" and units["mse"] == "(log2 fold change)²"


def test_the_card_escapes_marks_the_best_and_leaves_gaps():
    models = [Scores("<b>mine</b>", {"r2": 0.5, "mse": 2.0}, {"r2": (0.4, 0.6)}), Scores("other", {"mse": 1.0})]
    text = html.show(ScoreCard(models, "<u>", 7, "<i>"))
    assert "<b>mine</b>" not in text and "&lt;b&gt;mine" in text
    assert "&lt;u&gt;" in text and "&lt;i&gt;" in text
    assert "<b>0.500</b><small>[0.400, 0.600]</small>" in text, "of R2 the highest is best"
    assert "<b>1.000</b>" in text, "of errors the lowest is best"
    assert "–</td>" in text and "n = 7" in text


def test_the_same_numbers_as_a_table():
    frame = score_frame([Scores("CNN", {"r2": 0.5}, {"r2": (0.4, 0.6)})], unit="h", n=7, part="test", metrics=CARD)
    first = frame.iloc[0]
    assert len(frame) == 6
    assert (first["metric"], first["value"], first["low_95"], first["high_95"], first["n"]) == ("r2", 0.5, 0.4, 0.6, 7)
