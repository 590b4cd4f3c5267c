"""The numbers are Captum's, where Captum has the method; only which points are drawn differs."""

import numpy as np
import pytest
import torch
from captum import attr

from lib.attribution.feature_ablation import FeatureAblation
from lib.attribution.gradient_shap import GradientShap
from lib.attribution.inner.token_references import token_references
from lib.attribution.input_x_gradient import InputXGradient
from lib.attribution.integrated_gradients import IntegratedGradients
from lib.attribution.occlusion import Occlusion, windows_of
from lib.attribution.references import references
from lib.attribution.saliency import Saliency
from lib.core.alphabet import one_hot
from lib.core.errors import UserError
from tests.attribution.explained import OneHot, Small, bert

SEQUENCE = "ACGTTGCAACNGTTACAGG"
MODEL = OneHot(Small())
X = torch.tensor(one_hot(SEQUENCE)[None])


def numbers(tensor):
    return tensor.detach().double().numpy()


@pytest.mark.parametrize("reference", ["dinucleotide-shuffles", "zeros", "uniform"])
def test_integrated_gradients_of_nucleotides(reference):
    method = IntegratedGradients(reference=reference, shuffles=3, tolerance=0.0001, steps=1024)
    [found] = method.attribute(MODEL, [SEQUENCE], target=1)
    away = torch.tensor(references(reference, SEQUENCE, shuffles=3), dtype=torch.float32)
    captum = attr.IntegratedGradients(MODEL.network())
    expected = captum.attribute(X.expand(len(away), -1, -1), away, target=1, n_steps=1000)
    np.testing.assert_allclose(found.scores, numbers(expected.sum(dim=1).mean(dim=0)), atol=2e-3)
    assert abs(found.delta) < 1e-6 and abs(found.integration_error) < 1e-4


@pytest.mark.parametrize("reference", ["dinucleotide-shuffles", "mask"])
def test_integrated_gradients_of_tokens(reference):
    model, sequence = bert(), "ACGTTGCAACGGTTACAGG"
    [row] = model.read([sequence])
    ids = torch.from_numpy(row.ids)[None]
    away, _ = token_references(model, sequence, row, reference, shuffles=3, seed=0)
    [found] = IntegratedGradients(reference=reference, shuffles=3, tolerance=0.001).attribute(model, [sequence])
    network = model.embedded_network()
    captum = attr.IntegratedGradients(lambda words: network(words, ids.expand(len(words), -1))[:, 0])
    expected = captum.attribute(model.table()[ids].expand(len(away), -1, -1), away, n_steps=200)
    expected = numbers(expected.sum(dim=2).mean(dim=0))
    np.testing.assert_allclose([score for *_, score in found.tokens], expected, atol=0.005 * np.abs(expected).max())


def test_gradients_at_the_sequence():
    [found] = InputXGradient(correct=False).attribute(MODEL, [SEQUENCE], target=1)
    expected = attr.InputXGradient(MODEL.network()).attribute(X.clone().requires_grad_(), target=1)
    np.testing.assert_allclose(found.scores, numbers(expected.sum(dim=1)[0]), atol=1e-6)
    [found] = Saliency(correct=False).attribute(MODEL, [SEQUENCE], target=1)
    expected = attr.Saliency(MODEL.network()).attribute(X.clone().requires_grad_(), target=1)
    np.testing.assert_allclose(found.scores, numbers(expected.sum(dim=1)[0]), atol=1e-6)


def test_corrected_gradients_have_no_mean_over_the_bases():
    [found] = InputXGradient().attribute(MODEL, [SEQUENCE])
    np.testing.assert_allclose(found.hypothetical.sum(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(found.scores, (found.hypothetical * one_hot(SEQUENCE)).sum(axis=0), atol=1e-6)


def test_gradient_shap_is_the_same_mean():
    away = torch.tensor(references("dinucleotide-shuffles", SEQUENCE, shuffles=4), dtype=torch.float32)
    torch.manual_seed(0)
    np.random.seed(0)
    expected = attr.GradientShap(MODEL.network()).attribute(X, away, target=1, n_samples=4000, stdevs=0.0)
    [found] = GradientShap(shuffles=4, points=4000).attribute(MODEL, [SEQUENCE], target=1)
    expected = numbers(expected.sum(dim=1)[0])
    np.testing.assert_allclose(found.scores, expected, atol=0.05 * np.abs(expected).max())


@pytest.mark.parametrize(("window", "step"), [(1, 1), (4, 1), (5, 3)])
def test_occlusion(window, step):
    [found] = Occlusion(window=window, step=step).attribute(MODEL, [SEQUENCE], target=1)
    expected = attr.Occlusion(MODEL.network()).attribute(
        X, sliding_window_shapes=(4, window), strides=(4, step), target=1
    )
    np.testing.assert_allclose(found.scores, numbers(expected[0, 0]), atol=1e-6)


@pytest.mark.parametrize("length", [1, 2, 7])
def test_every_letter_is_in_a_window(length):
    for width, step in ((1, 1), (3, 2), (5, 5), (9, 4)):
        covered = {place for start, end in windows_of(length, width, step) for place in range(start, end)}
        assert covered == set(range(length))
    with pytest.raises(UserError, match="window of 2 nt moves by 3 nt"):
        Occlusion(window=2, step=3).attribute(MODEL, ["ACGT"])


def test_feature_ablation_of_nucleotides_and_of_tokens():
    away = torch.tensor(references("dinucleotide-shuffles", SEQUENCE, shuffles=3), dtype=torch.float32)
    captum = attr.FeatureAblation(MODEL.network())
    mask = torch.arange(X.shape[2]).expand(1, 4, -1)
    each = [captum.attribute(X, row[None], target=1, feature_mask=mask)[0, 0] for row in away]
    [found] = FeatureAblation(shuffles=3).attribute(MODEL, [SEQUENCE], target=1)
    np.testing.assert_allclose(found.scores, numbers(torch.stack(each).mean(dim=0)), atol=1e-6)

    model = bert()
    [row] = model.read([SEQUENCE])
    ids, network = torch.from_numpy(row.ids)[None], model.embedded_network()
    words = model.table()[ids]
    hidden, _ = token_references(model, SEQUENCE, row, "mask", shuffles=1, seed=0)
    captum = attr.FeatureAblation(lambda words: network(words, ids)[:, 1])
    mask = torch.arange(ids.shape[1])[None, :, None].expand(words.shape)
    [found] = FeatureAblation(reference="mask").attribute(model, [SEQUENCE], target=1)
    expected = numbers(captum.attribute(words, hidden, feature_mask=mask)[0, :, 0])
    np.testing.assert_allclose([score for *_, score in found.tokens], expected, atol=1e-5)
