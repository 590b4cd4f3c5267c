"""The numbers are those of Captum called directly with the same points, references and draws, for each network."""

from functools import cache

import numpy as np
import pytest
import torch
from captum import attr

from lib.attribution import METHODS
from lib.attribution.gradient_shap import GradientShap
from lib.attribution.gradients import InputXGradient
from lib.attribution.integrated_gradients import IntegratedGradients
from lib.attribution.perturbation import Occlusion
from lib.attribution.references import SHUFFLES, make_references
from lib.core.alphabet import one_hot
from lib.core.errors import UserError
from tests.attribution import directly
from tests.attribution.explained import OneHot, Places, Small, bert

SEQUENCE = "ACGTTGCAACNGTTACAGG"
MODEL = OneHot(Small())
X = torch.tensor(one_hot(SEQUENCE)[None])


@pytest.fixture(scope="module")
def model_of(tmp_path_factory):
    return cache(lambda name: directly.MAKERS[name](tmp_path_factory.mktemp("model")))


@pytest.mark.parametrize(("model", "call"), directly.pairs())
def test_each_method_of_each_model(model_of, model, call):
    assert directly.off(model_of(model), call) < 1e-4


@pytest.mark.parametrize("most", [1, 7])
def test_passes_of_few_points_give_the_same_numbers(model_of, most, monkeypatch):
    monkeypatch.setattr("lib.attribution._network.Network.capacity", lambda *_, **__: most)
    for call in ("integrated gradients", "DeepLIFT", "GradientShap", "feature ablation", "saliency"):
        assert directly.off(model_of("cnn"), call) < 1e-4
    for call in ("integrated gradients", "GradientShap", "feature ablation"):
        assert directly.off(model_of("bert"), call) < 1e-4


def test_gradient_shap_converges_to_integrated_gradients():
    away = torch.tensor(make_references(SHUFFLES, SEQUENCE, shuffles=4), dtype=torch.float32)
    captum = attr.IntegratedGradients(MODEL.network())
    expected = captum.attribute(X.expand(4, -1, -1), away, target=1, n_steps=500).sum(dim=1).mean(dim=0).numpy()
    [found] = GradientShap(reference=SHUFFLES, shuffles=4, points=4000).attribute(MODEL, [SEQUENCE], target=1)
    np.testing.assert_allclose(found.scores, expected, atol=0.02 * np.abs(expected).max())


def test_corrected_gradients_have_no_mean_over_the_bases():
    [found] = InputXGradient(gradient_correction=True).attribute(MODEL, [SEQUENCE])
    assert found.rule.endswith("gradients of nucleotides less their mean over the four bases")
    np.testing.assert_allclose(found.hypothetical.sum(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(found.scores, (found.hypothetical * one_hot(SEQUENCE)).sum(axis=0), atol=1e-6)


def test_the_definition_is_the_default_and_settings_of_older_runs_are_read():
    for name in ("input-x-gradient", "saliency"):
        assert not METHODS.create(name).gradient_correction
        assert METHODS.create(name, {"correct": True}) == METHODS.create(name, {"gradient_correction": True})
        assert METHODS.create(name, {"correct": "false"}) == METHODS.create(name)


def test_every_letter_is_in_a_window():
    length = 7
    for window, step in ((1, 1), (3, 2), (5, 5), (9, 4)):
        method = Occlusion(window=window, step=step)
        [found] = method.attribute(OneHot(Places(np.ones((2, 4, length)))), ["ACGTACG"])
        sizes = [min(start + window, length) - start for start in range(0, max(1, length - window + step), step)]
        assert len(found.scores) == length and (found.scores >= 1).all() and found.scores.max() <= max(sizes)
    with pytest.raises(UserError, match="window of 2 nt moves by 3 nt"):
        Occlusion(window=2, step=3).attribute(MODEL, ["ACGT"])
    assert Occlusion(window=9).attribute(MODEL, ["A"])[0].scores.shape == (1,)


def test_only_one_input_is_hidden():
    """Captum 0.9 hides features of equal number in several inputs together; the ids of tokens are no such input."""
    ids = torch.tensor([[1, 2, 3]])
    words = torch.tensor([[[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]]])

    def forward(words, ids):
        assert (ids == torch.tensor([1, 2, 3])).all()
        return (words.sum(dim=2) * ids).sum(dim=1)

    captum, mask = attr.FeatureAblation(forward), torch.arange(3)[None, :, None]
    for most in (1, 2, 3):
        found = captum.attribute(words, additional_forward_args=ids, feature_mask=mask, perturbations_per_eval=most)
        assert found.tolist() == [[[11, 11], [44, 44], [99, 99]]]
    together = attr.FeatureAblation(lambda one, two: (one + two).sum(dim=1)).attribute(
        (torch.ones(1, 2), torch.ones(1, 2)), feature_mask=(torch.tensor([[0, 1]]), torch.tensor([[0, 1]]))
    )
    assert together[0].tolist() == [[2, 2]], "what is relied on when there is one input"


def test_integrated_gradients_of_tokens_take_more_points_until_they_add_up():
    [found] = IntegratedGradients(reference="mask", tolerance=0.0001).attribute(bert(), [SEQUENCE])
    direct = directly.Direct.of(bert(), "mask", 1)
    assert found.relative_delta <= 0.0001 and direct.x.shape[0] == 1
