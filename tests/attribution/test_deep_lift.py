"""DeepLIFT against hand-computed networks, against Captum where that is right, and where Captum is silently wrong."""

import numpy as np
import pytest
import torch
from captum.attr import DeepLift as CaptumDeepLift
from torch import nn
from torch.nn import functional

from lib.attribution.deep_lift import DeepLift
from lib.attribution.references import make_references
from lib.core.alphabet import one_hot
from lib.core.errors import UserError
from lib.models.base import MODELS
from tests.attribution.explained import OneHot, Small, bert, cnn, encoder
from tests.models import published

# Captum sets hooks and gradients, and says so.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Input Tensor 0 did not already require gradients:UserWarning"),
    pytest.mark.filterwarnings("ignore:Setting forward, backward hooks:UserWarning"),
]

RNG = np.random.default_rng(8)
SEQUENCES = ["".join(RNG.choice(list("ACGT"), size)) for size in (17, 23, 17, 29)]
REFERENCES = ["dinucleotide-shuffles", "zeros", "uniform"]


def worst(model, reference="dinucleotide-shuffles", sequences=SEQUENCES):
    """Give the largest convergence delta, relative to the difference of the predictions."""
    found = DeepLift(reference=reference, shuffles=5).attribute(model, sequences, target=1)
    return max(item.relative_delta for item in found)


class Two(nn.Module):
    """f = relu(2 a - c) * 3 - relu(g) over a first A, a first C and a last G, in two layers."""

    def __init__(self) -> None:
        super().__init__()
        self.relu = nn.ReLU()

    def forward(self, x):
        inner = torch.stack([2 * x[:, 0, 0] - x[:, 1, 0], x[:, 2, -1] - 0.5], dim=1)
        return self.relu(inner) @ torch.tensor([[3.0], [-1.0]])


def test_two_layers_by_hand():
    # from uniform: 2 a - c goes from 1/4 to 2, relu likewise, so its multiplier is 1: A adds (2 - 1/4) * 3 = 21/4, of
    # which a gives 2 * 3/4 * 3 and c gives -1 * -1/4 * 3. The last G goes from 1/4 - 1/2 to 1/2: relu 0 to 1/2, so the
    # multiplier is 1/2 / 3/4, and -1 * 3/4 * 2/3 = -1/2.
    [found] = DeepLift(reference="uniform").attribute(OneHot(Two()), ["ACG"])
    np.testing.assert_allclose(found.scores, [21 / 4, 0, -1 / 2], atol=1e-6)
    np.testing.assert_allclose(found.hypothetical[:, 0], [21 / 4, -15 / 4, 3 / 4 - 3 / 2, 3 / 4 - 3 / 2], atol=1e-6)
    assert found.delta == pytest.approx(0, abs=1e-6)


class Product(nn.Module):
    """1 if the sequence starts with A and ends with G."""

    def forward(self, x):
        return (x[:, 0, 0] * x[:, 2, -1])[:, None]


def test_a_product_is_shared_by_the_mean_of_the_other_factor():
    # from 1/4 each: (1 - 1/4) times the mean of 1 and 1/4 is 15/32 for either, and they add up to 1 - 1/16
    [found] = DeepLift(reference="uniform").attribute(OneHot(Product()), ["ACG"])
    np.testing.assert_allclose(found.scores, [15 / 32, 0, 15 / 32], atol=1e-6)


@pytest.mark.parametrize("reference", REFERENCES)
def test_captum_gives_the_same_where_every_nonlinearity_is_a_module(reference, tmp_path):
    for model in (OneHot(Small()), cnn(tmp_path)):
        network = model.network()
        for sequence in SEQUENCES[:2]:
            [found] = DeepLift(reference=reference, shuffles=3).attribute(model, [sequence], target=1)
            away = torch.tensor(make_references(reference, sequence, shuffles=3), dtype=torch.float32)
            x = torch.tensor(one_hot(sequence)).expand(len(away), -1, -1).contiguous()
            expected = CaptumDeepLift(network).attribute(x, away, target=1).sum(dim=1).mean(dim=0)
            np.testing.assert_allclose(found.scores, expected.detach().numpy(), atol=1e-5)


@pytest.mark.parametrize("reference", REFERENCES)
def test_networks_of_convolutions_add_up(reference, tmp_path):
    convolutional = [name for name, cls in MODELS.all().items() if name == "cnn"]
    assert convolutional, "every registered network of convolutions belongs here"
    sizes = ({}, {"blocks": 3, "filter_width": 5}, {"channels": 12, "blocks": 1}, {"regions": 4})
    for number, settings in enumerate(sizes):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert worst(cnn(folder, **settings), reference) < 1e-3


@pytest.mark.parametrize("reference", [*REFERENCES, "mask"])
@pytest.mark.parametrize(
    "settings", [("local", "linear"), ("local", "mlp"), ("local", "convolution"), ("published", "mlp")]
)
def test_attention_adds_up(settings, reference):
    assert worst(bert(*settings), reference) < 1e-3


PUBLISHED = {
    published.dnabert2: ("dnabert-2", "weights"),
    published.dnabert: ("hf-encoder", "weights"),
    published.nucleotide_transformer: ("hf-encoder", "weights"),
    published.lamar: ("hf-encoder", "weights"),
    published.utrbert: ("hf-encoder", "weights"),
    published.modern_bpe: ("hf-encoder", "weights"),
    published.utr_lm: ("utr-lm", "pretraining"),
}


@pytest.mark.parametrize("make", PUBLISHED)
def test_published_encoders_add_up(make, tmp_path):
    name, setting = PUBLISHED[make]
    model = encoder(name, {setting: str(make(tmp_path / "published"))})
    assert worst(model) < 1e-3


class Functional(nn.Module):
    """What Captum's DeepLift is silently wrong about: functions instead of modules, and one module used twice."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(4)
        self.first, self.second, self.head = nn.Conv1d(4, 5, 3), nn.Conv1d(5, 6, 3), nn.Linear(6, 2)

    def forward(self, x):
        hidden = functional.gelu(self.first(x))
        hidden = torch.sigmoid(self.second(hidden)) * torch.tanh(self.second(hidden))
        return self.head((hidden / (1 + hidden.exp())).mean(dim=2))


def test_functions_add_up_where_captum_does_not():
    model = OneHot(Functional())
    [found] = DeepLift(reference="zeros").attribute(model, SEQUENCES[:1], target=1)
    assert found.relative_delta < 1e-4
    x = torch.tensor(one_hot(SEQUENCES[0])[None])
    captum = CaptumDeepLift(model.network()).attribute(x, torch.zeros_like(x), target=1).sum().item()
    difference = found.prediction - found.reference_prediction
    assert abs(captum - difference) > 0.05 * abs(difference), "Captum became right: is our own rule still needed?"


def test_a_function_without_a_rule_is_refused():
    class Highest(nn.Module):
        def forward(self, x):
            return x.amax(dim=2)

    with pytest.raises(UserError, match="no rule for amax, which this network uses.*Choose integrated gradients"):
        DeepLift(reference="zeros").attribute(OneHot(Highest()), ["ACGT"])
