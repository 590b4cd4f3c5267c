"""What a result of an ensemble says in words: better, worse or not sure, and whether its spread warns."""

import pytest

from lib.ui.results.ensemble import gain_words, spread_words, table

GAIN = {"validation": [0.61, 0.58], "best": 0, "best_test": 0.59, "r2": 0.021, "interval": [0.008, 0.035], "n": 1232}


def test_a_gain_is_said_with_both_numbers_the_difference_its_interval_and_n():
    assert gain_words(GAIN, 2, "Net") == (
        "The mean of 2 runs explains **more** than the best of them by validation, Net: test R² 0.611 against 0.590, "
        "difference +0.021 [0.008, 0.035], n = 1,232."
    )


@pytest.mark.parametrize(
    ("interval", "word", "advice"),
    [([-0.2, -0.1], "**less** than", True), ([-0.01, 0.03], "**as much** as", False), ([0.1, 0.2], "**more**", False)],
)
def test_the_interval_decides_what_is_claimed(interval, word, advice):
    said = gain_words({**GAIN, "interval": interval}, 2, "<b>Net</b>")
    assert word in said
    assert ("leave them out" in said) == advice
    assert "<b>" not in said, "names are not markup"


def test_without_a_score_nothing_is_claimed():
    assert gain_words({**GAIN, "r2": None, "best_test": None, "interval": [None, None]}, 3, "Net") == (
        "The mean of 3 runs."
    )


@pytest.mark.parametrize(
    ("rank", "interval", "words"),
    [
        (0.214, [0.15, 0.26], "it errs more: rank correlation ρ 0.21 [0.15, 0.26]."),
        (0.05, [0.01, 0.09], "it errs hardly more"),
        (0.02, [-0.03, 0.07], "is not sure: rank correlation ρ 0.02 [−0.03, 0.07]."),
        (-0.3, [-0.4, -0.2], "is not sure"),
    ],
)
def test_the_spread_is_called_a_warning_only_where_it_is_one(rank, interval, words):
    said = spread_words({"mean": 0.123, "spearman": rank, "interval": interval, "n": 90}, "log2")
    assert said.startswith("Its members lie ±0.12 log2 apart (mean SD).")
    assert words in said


def test_a_spread_that_is_the_same_everywhere_says_only_its_size():
    said = spread_words({"mean": 0.0, "spearman": None, "interval": [None, None], "n": 9}, "")
    assert said == "Its members lie ±0 apart (mean SD)."


def test_the_test_score_stands_only_at_the_best_by_validation():
    members = [{"run": name, "name": name, "model": "cnn", "seed": seed} for name, seed in (("a", 4), ("b", 5))]
    frame = table(members, GAIN)
    assert frame["Test R²"].iloc[0] == 0.59
    assert frame["Test R²"].isna().tolist() == [False, True]
    assert frame["Validation R²"].tolist() == [0.61, 0.58]
    assert frame["Model"].tolist() == ["Convolutional network"] * 2
