"""The standard error of a score is how far it moves from one set of random draws to the next."""

import dataclasses

import numpy as np
import pytest

from lib.attribution import METHODS
from lib.attribution.base import average, compute_standard_errors
from lib.attribution.references import SHUFFLES
from tests.attribution.explained import OneHot, Small, bert, both

SEQUENCE = "ACGTTGCAACGTATTGACA"
SEEDS = 200
RANDOM = [
    ("integrated-gradients", {"reference": SHUFFLES, "shuffles": 8, "steps": 4}),
    ("deep-lift", {"reference": SHUFFLES, "shuffles": 8}),
    ("gradient-shap", {"reference": SHUFFLES, "shuffles": 8, "points": 21}),
    ("gradient-shap", {"reference": SHUFFLES, "shuffles": 12, "points": 7}),
    ("gradient-shap", {"reference": "zeros", "points": 45}),
    ("feature-ablation", {"reference": SHUFFLES, "shuffles": 8}),
    ("occlusion", {"reference": SHUFFLES, "shuffles": 8, "window": 3}),
    ("saliency", {"noise": "smoothgrad", "samples": 12}),
    ("input-x-gradient", {"noise": "smoothgrad-squared", "samples": 12}),
    ("input-x-gradient", {"noise": "vargrad", "samples": 12}),
    ("deep-lift", {"reference": SHUFFLES, "shuffles": 8, "noise": "smoothgrad", "samples": 6, "deviation": 0.5}),
]


@pytest.mark.parametrize(("name", "settings"), RANDOM, ids=lambda value: value if isinstance(value, str) else "")
def test_it_is_the_spread_of_repeated_draws(name, settings):
    method, model = METHODS.create(name, settings), OneHot(Small())
    repeats = [method.attribute(model, [SEQUENCE], seed=seed)[0] for seed in range(SEEDS)]
    spread = np.std([item.scores for item in repeats], axis=0, ddof=1)
    told = np.sqrt(np.mean([item.standard_errors**2 for item in repeats], axis=0))
    assert told.shape == (len(SEQUENCE),)
    moving = spread > 0.02 * spread.max()  # dinucleotide shuffles keep the first and the last letter
    assert np.median(told[moving] / spread[moving]) == pytest.approx(1, abs=0.15)
    np.testing.assert_allclose(told[moving], spread[moving], rtol=0.5)


def test_overlapping_tokens_are_spread_by_draw_and_then_their_errors_are_taken():
    method, model = METHODS.create("deep-lift", {"reference": SHUFFLES, "shuffles": 8}), bert()
    repeats = [method.attribute(model, [SEQUENCE], seed=seed)[0] for seed in range(40)]
    spread = np.std([item.scores for item in repeats], axis=0, ddof=1)
    told = np.sqrt(np.mean([item.standard_errors**2 for item in repeats], axis=0))
    assert np.median(told / spread) == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("integrated-gradients", {"reference": "zeros"}),
        ("deep-lift", {"reference": SHUFFLES, "shuffles": 1}),
        ("gradient-shap", {"reference": SHUFFLES, "shuffles": 1, "points": 9}),
        ("occlusion", {"reference": "uniform"}),
        ("in-silico-mutagenesis", {}),
        ("input-x-gradient", {}),
    ],
)
def test_there_is_none_where_nothing_is_random_or_one_draw_tells_nothing(name, settings):
    [found] = METHODS.create(name, settings).attribute(OneHot(Small()), [SEQUENCE])
    assert found.standard_errors is None


def test_independent_errors_of_members_and_sources_are_combined():
    model = both(OneHot(Small()), bert())
    method = METHODS.create("deep-lift", {"reference": SHUFFLES, "shuffles": 5})
    repeats = [method.attribute(model, [SEQUENCE], seed=seed)[0] for seed in range(40)]
    spread = np.std([item.scores for item in repeats], axis=0, ddof=1)
    told = np.sqrt(np.mean([item.standard_errors**2 for item in repeats], axis=0))
    assert np.median(told / spread) == pytest.approx(1, abs=0.15)
    first = dataclasses.replace(repeats[0], standard_errors=np.full(19, 3.0))
    second = dataclasses.replace(repeats[0], standard_errors=np.full(19, 4.0))
    np.testing.assert_allclose(average([first, second], np.full(2, 0.5)).standard_errors, 2.5)
    certain = dataclasses.replace(first, standard_errors=None)
    np.testing.assert_allclose(average([first, certain], np.full(2, 0.5)).standard_errors, 1.5)
    np.testing.assert_allclose(average([first, second], np.array([0.8, 0.1])).standard_errors, np.hypot(2.4, 0.4))
    draws = [np.array([[3.0], [9.0]]), np.array([[0.0], [8.0]])]  # errors of 3 and of 4
    np.testing.assert_allclose(compute_standard_errors(draws), [5.0])
