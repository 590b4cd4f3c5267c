"""Noise has the meaning of Captum's NoiseTunnel, each sequence with its own draws."""

import numpy as np
import pytest
import torch
from captum.attr import InputXGradient as CaptumInputXGradient
from captum.attr import NoiseTunnel

from lib.attribution.gradients import InputXGradient, Saliency
from lib.attribution.integrated_gradients import IntegratedGradients
from lib.attribution.references import make_generator
from lib.core.alphabet import one_hot
from tests.attribution.explained import OneHot, Places, Small, bert

SEQUENCE = "ACGTTGCAACN"
WEIGHTS = np.random.default_rng(0).normal(size=(2, 4, 11))
CAPTUM = {"smoothgrad": "smoothgrad", "smoothgrad-squared": "smoothgrad_sq", "vargrad": "vargrad"}


@pytest.mark.parametrize("noise", CAPTUM)
def test_a_linear_model_in_closed_form(noise):
    [found] = InputXGradient(noise=noise, samples=6, deviation=0.3).attribute(
        OneHot(Places(WEIGHTS)), [SEQUENCE], target=1
    )
    draw = make_generator(SEQUENCE, 0)
    each = np.stack([(one_hot(SEQUENCE) + 0.3 * draw.standard_normal((4, 11))) * WEIGHTS[1] for _ in range(6)])
    expected = {
        "smoothgrad": each.mean(axis=0),
        "smoothgrad-squared": (each**2).mean(axis=0),
        "vargrad": each.var(axis=0),
    }
    np.testing.assert_allclose(found.scores, expected[noise].sum(axis=0), atol=1e-5)
    assert (found.hypothetical is None) == (noise != "smoothgrad")
    assert found.delta is None and f"{noise} over 6 samples" in found.rule


@pytest.mark.parametrize("noise", CAPTUM)
def test_captum_means_the_same(noise):
    """Both draw 200 samples; they differ by chance alone."""
    model, x = OneHot(Small()), torch.tensor(one_hot(SEQUENCE)[None])
    [found] = InputXGradient(noise=noise, samples=200, deviation=0.2).attribute(model, [SEQUENCE])
    torch.manual_seed(0)
    expected = NoiseTunnel(CaptumInputXGradient(model.network())).attribute(
        x, nt_type=CAPTUM[noise], nt_samples=200, nt_samples_batch_size=200, stdevs=0.2, target=0
    )
    expected = expected.sum(dim=1)[0].detach().numpy()
    np.testing.assert_allclose(found.scores, expected, atol=0.3 * np.abs(expected).max())


def test_gradients_of_a_linear_model_do_not_vary():
    model = OneHot(Places(WEIGHTS))
    [found] = Saliency(noise="vargrad").attribute(model, [SEQUENCE])
    np.testing.assert_allclose(found.scores, 0, atol=1e-10)
    [noisy] = Saliency(noise="smoothgrad").attribute(model, [SEQUENCE])
    [plain] = Saliency().attribute(model, [SEQUENCE])
    np.testing.assert_allclose(noisy.scores, plain.scores, atol=1e-5)


def test_each_noisy_sequence_is_held_against_its_own_prediction(monkeypatch):
    parts, integrate = [], IntegratedGradients._integrate

    def count(self, network, batch, points, number):
        parts.append(number)
        return integrate(self, network, batch, points, number)

    monkeypatch.setattr(IntegratedGradients, "_integrate", count)
    IntegratedGradients(reference="zeros", noise="smoothgrad", samples=3).attribute(OneHot(Places(WEIGHTS)), [SEQUENCE])
    assert parts == [1, 1, 1], "exact from the first points on, for a linear model"


@pytest.mark.parametrize("model", [OneHot(Small()), bert()], ids=["nucleotides", "tokens"])
def test_company_does_not_matter_and_squares_promise_no_sum(model):
    sequences = ["ACGTTGCAACGTTGCATT", "TTGACCATGCAAGGTACA"]
    method = IntegratedGradients(reference="zeros", noise="vargrad", samples=3, steps=64)
    together = method.attribute(model, sequences, seed=3)
    [alone] = method.attribute(model, sequences[1:], seed=3)
    np.testing.assert_allclose(together[1].scores, alone.scores, rtol=1e-3, atol=1e-6)
    assert all(item.delta is None and (item.scores >= -1e-9).all() for item in together)
    smooth = IntegratedGradients(reference="zeros", noise="smoothgrad", samples=3, deviation=0.01, steps=64)
    [found] = smooth.attribute(model, sequences[:1])
    assert found.delta is not None and "smoothgrad over 3 samples" in found.rule
