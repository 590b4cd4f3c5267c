"""Effects of variants: worked out by hand with models that count words, with members, classes and random variants."""

import re
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit

from lib.analysis.variants import (
    Null,
    context,
    effects,
    percentiles,
    random_like,
    saturation,
    scores,
    size_class,
    table,
    together,
)
from lib.core.errors import Cancelled, UserError
from lib.io.variants import Variant
from lib.models.ensemble import assemble
from tests.analysis.toys import Counting

SEQUENCES = {"s1": "ACGTACGTAA", "s2": "TTAGTTTTAGCCCCA"}
VARIANTS = [
    Variant("snv", "s1", 3, "T", "A"),  # ACGAACGTAA
    Variant("ins", "s2", 4, "", "TTAG"),  # TTAGTTAGTTTTAGCCCCA
    Variant("del", "s2", 0, "TTAG", ""),  # TTTTAGCCCCA
]
PAIRS = [(SEQUENCES[one.sequence], one.apply(SEQUENCES[one.sequence])) for one in VARIANTS]


def test_effects_are_those_of_the_words_that_come_and_go():
    found = effects(Counting({"TTAG": 0.5, "CGT": 2.0}, {"C": 1.0}), PAIRS)
    np.testing.assert_allclose(found.before, [4.0, 1.0, 1.0])
    np.testing.assert_allclose(found.effect, [-2.0, 0.5, -0.5])
    assert found.each.shape == (0, 3)
    second = effects(Counting({"TTAG": 0.5}, {"AA": 1.0}), PAIRS, target=1)
    np.testing.assert_allclose(second.effect, [1.0, 0.0, 0.0])


def test_each_distinct_sequence_is_asked_once_and_work_can_be_stopped():
    model = Counting({"A": 1.0})
    effects(model, PAIRS * 3)
    assert model.asked == len({text for pair in PAIRS for text in pair})

    def stop(done):
        raise Cancelled("enough")

    with pytest.raises(Cancelled):
        effects(model, PAIRS, alive=stop)
    with pytest.raises(UserError, match="The model has 1 targets; there is no target number 3"):
        effects(model, PAIRS, target=2)


def test_members_give_an_interval_of_their_mean():
    models = [Counting({"TTAG": weight}) for weight in (1.0, 2.0, 6.0)]
    together = assemble({str(number): model for number, model in enumerate(models)}, Path("nowhere"))
    found = effects(together, PAIRS)
    np.testing.assert_allclose(found.each[:, 1], [1.0, 2.0, 6.0])
    rows = table(found, ["a", "b", "c"], Null((), np.empty(0)))
    np.testing.assert_allclose(rows["effect"], [0.0, 3.0, -3.0])
    low, high = stats.t.interval(0.95, 2, loc=3.0, scale=stats.sem([1.0, 2.0, 6.0]))
    np.testing.assert_allclose([rows["low"][1], rows["high"][1]], [low, high])
    np.testing.assert_allclose(rows["deviation"], np.std([0, 0, 0]) + np.array([0, 1, 1]) * np.std([1, 2, 6], ddof=1))
    assert rows["n"].tolist() == [3, 3, 3]


def test_one_model_alone_has_no_interval_and_several_seeds_have_one():
    tables = [
        table(effects(Counting({"TTAG": weight}), PAIRS), ["a", "b", "c"], Null((), np.empty(0)))
        for weight in (1.0, 3.0)
    ]
    assert tables[0][["low", "high", "deviation"]].isna().all(axis=None)
    assert tables[0]["n"].tolist() == [1, 1, 1]
    both = together(tables, ["a"] * 3, [Null(("a",), np.array([1.0])), Null(("a",), np.array([5.0]))])
    assert both["percentile"].tolist() == [0.0, 0.0, 0.0], "below 3, the mean of the random one"
    np.testing.assert_allclose(both["effect"], [0.0, 2.0, -2.0])
    np.testing.assert_allclose(both["high"][1] - 2.0, stats.t.ppf(0.975, 1) * stats.sem([1.0, 3.0]))
    np.testing.assert_allclose(both["after"], [0.0, 6.0, 2.0])


def test_classes_have_log_odds_against_all_others_and_probabilities():
    logits = np.array([[1.0, 2.0, 0.5], [0.0, -1.0, 3.0]])
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(expit(scores(logits, 1, "classification")), shares[:, 1])
    np.testing.assert_array_equal(scores(logits, 1, "multi_regression"), logits[:, 1])
    np.testing.assert_array_equal(scores(logits[:, :1], 0, "classification"), logits[:, 0])
    found = effects(Counting({"TTAG": 1.0}), PAIRS, task="classification")
    rows = table(found, ["a"] * 3, Null((), np.empty(0)), task="classification")
    np.testing.assert_allclose(rows["probability_before"], expit([0.0, 2.0, 2.0]))
    np.testing.assert_allclose(rows["probability_change"], expit([0.0, 3.0, 1.0]) - expit([0.0, 2.0, 2.0]))


def test_an_effect_stands_among_random_ones_of_its_class():
    null = Null(("SNV",) * 4 + ("deletion of 1 nt",), np.array([0.1, -0.2, 0.3, np.nan, 9.0]))
    share, count = percentiles(np.array([-0.25, 0.2, 5.0, np.nan]), ["SNV", "SNV", "insertion of 1 nt", "SNV"], null)
    np.testing.assert_allclose(share, [2 / 3, 0.5, np.nan, np.nan])
    assert count.tolist() == [3, 3, 0, 3]


def test_random_variants_have_the_kinds_and_sizes_of_the_given_ones():
    drawn = random_like(VARIANTS, SEQUENCES, count=40, seed=1)
    assert drawn == random_like(VARIANTS, SEQUENCES, count=40, seed=1)
    labels = [size_class(one) for one in VARIANTS]
    assert labels == ["SNV", "insertion of 4 to 7 nt", "deletion of 4 to 7 nt"]
    assert [label for label, _ in drawn] == [label for label in labels for _ in range(40)]
    for label, one in drawn:
        text = SEQUENCES[one.sequence]
        changed = one.apply(text)
        assert changed != text
        assert len(changed) - len(text) == {"SNV": 0, labels[1]: 4, labels[2]: -4}[label]
    places = {one.position for label, one in drawn if label == "SNV"}
    assert len(places) > 8 and {one.sequence for _, one in drawn} == {"s1", "s2"}


@pytest.mark.parametrize(
    ("ref", "alt", "name"),
    [
        ("A", "C", "SNV"),
        ("AC", "AG", "SNV"),
        ("AC", "GT", "substitution of 2 to 3 nt"),
        ("A", "", "deletion of 1 nt"),
        ("", "A" * 9, "insertion of 8 nt or more"),
        ("ACC", "TG", "indel of 2 to 3 nt"),
    ],
)
def test_kinds_and_sizes_have_names(ref, alt, name):
    assert size_class(Variant("v", "s", 0, ref, alt)) == name


def test_a_sequence_that_is_too_short_gives_no_random_variant():
    assert random_like([Variant("v", "s", 0, "ACG", "")], {"s": "ACG"}, count=5) == []


def test_the_context_shows_both_alleles():
    assert context(VARIANTS[0], SEQUENCES["s1"], 3) == ("ACG[T]ACG", "ACG[A]ACG")
    assert context(VARIANTS[1], SEQUENCES["s2"], 2) == ("AG[-]TT", "AG[TTAG]TT")


def test_the_saturation_map_holds_every_single_substitution_of_a_region():
    text = SEQUENCES["s2"]
    grid = saturation(Counting({"TTAG": 1.0, "A": 0.25}), text, (2, 9))
    assert grid.shape == (4, 7)
    for place in range(7):
        for row, base in enumerate("ACGT"):
            mutant = text[: 2 + place] + base + text[3 + place :]
            expected = sum(
                weight * (len(re.findall(word, mutant)) - len(re.findall(word, text)))
                for word, weight in (("(?=TTAG)", 1.0), ("A", 0.25))
            )
            assert grid[row, place] == expected, (base, place)
