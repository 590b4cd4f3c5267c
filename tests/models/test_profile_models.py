"""Models of profiles in detail: BPNet worked out by hand, states brought to nucleotides, heads that are explained."""

import dataclasses

import numpy as np
import pytest
import torch
from torch import nn

from lib.attribution import METHODS
from lib.attribution.profile_heads import COUNTS, PROFILE, attribute, list_heads, select_head
from lib.attribution.references import SHUFFLES
from lib.core.alphabet import one_hot
from lib.core.errors import UserError
from lib.models import MODELS
from lib.models.bpnet import BpnetModel
from lib.models.ensemble import assemble
from lib.models.nets.profile_network import ProfileNetwork, WideConvolution
from lib.models.nets.token_to_base_head import over
from lib.tasks.data import TrainingData
from lib.training import TrainingContext
from tests.models import profiles_made

SMALL = {"epochs": 12, "channels": 12, "layers": 3, "batch_size": 15, "learning_rate": 1e-2}


@pytest.fixture(scope="module")
def dataset():
    return profiles_made.made()


@pytest.fixture(scope="module")
def fitted(dataset, tmp_path_factory):
    model = BpnetModel(**SMALL)
    return model.fit(TrainingData.of(dataset), TrainingContext(tmp_path_factory.mktemp("bpnet"), device="cpu"))


@pytest.mark.parametrize(("tracks", "channels", "width", "length"), [(1, 4, 75, 9), (3, 2, 5, 11), (2, 5, 1, 4)])
def test_the_wide_convolution_is_a_convolution(tracks, channels, width, length):
    torch.manual_seed(0)
    wide, hidden = WideConvolution(channels, tracks, width).double(), torch.randn(2, channels, length).double()
    expected = nn.functional.conv1d(hidden, wide.weight, wide.bias, padding=width // 2)
    np.testing.assert_allclose(wide(hidden).detach(), expected.detach(), atol=1e-12)


def by_hand(*, layers: int) -> ProfileNetwork:
    """A network of one channel and two tracks that sees A alone: the first track counts A, the second 2 A + 1."""
    network = ProfileNetwork(2, channels=1, layers=layers, dropout=0.0).eval()
    with torch.no_grad():
        for weights in network.parameters():
            weights.zero_()
        network.first.weight[0, 0, 12] = 1.0  # the middle of 25
        for layer in network.layers:
            layer.dilated.weight[0, 0, 0] = 1.0  # what lies ``dilation`` to the left
        network.profile.weight[:, 0, 37] = torch.tensor([1.0, 2.0])  # the middle of 75
        network.profile.bias[1] = 1.0
        network.counts.weight[:, 0] = torch.tensor([10.0, 20.0])
    return network


def test_a_network_worked_out_by_hand():
    given = torch.from_numpy(one_hot("AGCAT")).float()[None]
    found = by_hand(layers=1)(given)[0].tolist()
    # A stands at 0 and 3; the one layer, of dilation 2, adds what lies 2 to the left: at 2 (and at 5, beyond the end)
    assert found[:2] == pytest.approx([10 * 3 / 5, 20 * 3 / 5])
    assert found[2:7] == [1, 0, 1, 1, 0]
    assert found[7:] == [3, 1, 3, 3, 1]
    two = by_hand(layers=2)(given)[0, 2:7].tolist()
    assert two == [1, 0, 1, 1, 1]  # the second layer, of dilation 4, adds what lies 4 to the left: at 4


def test_padding_changes_nothing():
    torch.manual_seed(1)
    network = ProfileNetwork(2, channels=5, layers=3, dropout=0.0).eval()
    short, long = (torch.from_numpy(one_hot(letters)).float() for letters in ("ACGTTGCAAC", "TTGACCATTAGCA"))
    both, mask = torch.zeros(2, 4, 13), torch.ones(2, 1, 13)
    both[0, :, :10], both[1], mask[0, 0, 10:] = short, long, 0.0
    together = network(both, mask)
    alone = network(short[None])
    np.testing.assert_allclose(together[:1, :2].detach(), alone[:, :2].detach(), atol=1e-6)
    logits = together[0, 2:].reshape(2, 13)[:, :10].detach()
    np.testing.assert_allclose(logits, alone[0, 2:].reshape(2, 10).detach(), atol=1e-6)
    np.testing.assert_allclose(network(long[None])[0].detach(), together[1].detach(), atol=1e-6)


def test_it_sees_as_far_as_its_layers():
    torch.manual_seed(2)
    network = ProfileNetwork(1, channels=4, layers=3, dropout=0.0).eval()
    given = torch.zeros(1, 4, 301, requires_grad=True)
    network(given)[0, 1 + 150].backward()
    reached = np.flatnonzero(given.grad.abs().sum(dim=(0, 1)).numpy())
    sight = 12 + 2 + 4 + 8 + 37
    assert (reached.min(), reached.max()) == (150 - sight, 150 + sight)


def test_states_of_tokens_are_brought_to_their_nucleotides():
    places = torch.tensor([[[0, 0], [0, 3], [1, 4], [4, 6], [7, 7]]])  # [CLS], two that overlap, one, [SEP]; 6 is bare
    expected = np.zeros((7, 5))
    expected[0, 1] = 1
    expected[1:3, 1:3] = 0.5
    expected[3, 2] = 1
    expected[4:6, 3] = 1
    np.testing.assert_array_equal(over(places, 7)[0].numpy(), expected)


def test_it_learns_where_the_reads_of_a_motif_lie(dataset, fitted):
    test = dataset.rows("test")
    found = fitted.predict_profiles(dataset.sequences[test].tolist())
    for track in range(profiles_made.TRACKS):
        peaks = dataset.profiles[test, track].argmax(axis=1)
        assert (found[:, track].argmax(axis=1) == peaks).mean() > 0.7


def test_attribution_of_the_profile_finds_the_motif(dataset, fitted):
    rows = dataset.rows("test")[:4]
    method = METHODS.create("deep-lift", {"reference": SHUFFLES, "shuffles": 5})
    sequences = dataset.sequences[rows].tolist()
    for sequence, found in zip(sequences, attribute(method, fitted, sequences, head=PROFILE), strict=True):
        places = [at for at in range(len(sequence)) if sequence.startswith(profiles_made.MOTIF, at)]
        inside = [sum(found.scores[at : at + 4]) for at in places]
        assert max(inside) > 0.4 * found.scores[found.scores > 0].sum()


@pytest.mark.parametrize(
    "name", ["in-silico-mutagenesis", "occlusion", "feature-ablation", "saliency", "gradient-shap"]
)
def test_every_kind_of_method_explains_the_same_head(fitted, name):
    sequence = "ACGTTATAGCATCGACTGACTAGCTAGCATCGATTAC"
    (found,) = attribute(METHODS.create(name), fitted, [sequence], head=PROFILE, target=1)
    assert found.prediction == pytest.approx(select_head(fitted, PROFILE, sequence).predict([sequence])[0, 1], rel=1e-5)
    assert np.isfinite(found.scores).all()
    (counts,) = attribute(METHODS.create(name), fitted, [sequence], head=COUNTS, target=1)
    assert counts.prediction == pytest.approx(fitted.predict([sequence])[0, 1], rel=1e-5)


def test_the_weights_stay_those_of_the_sequence_that_is_explained(fitted):
    sequence, other = "ACGTTATAGCATCGACTGACTAGCTAGCATCGATTAC", "TTTTTTTTGCATCGACTGACTAGCTATAATCGATTAC"
    weights, logits = (fitted.predict_profiles([one])[0] for one in (sequence, other))
    logits = np.log(logits)
    expected = ((logits - logits.mean(axis=1, keepdims=True)) * weights).sum(axis=1)
    np.testing.assert_allclose(select_head(fitted, PROFILE, sequence).predict([other])[0], expected)
    with pytest.raises(UserError, match="37 nt"):
        select_head(fitted, PROFILE, sequence).predict([other[:-1]])


def test_only_models_of_profiles_have_a_profile_head(fitted, dataset, tmp_path):
    assert list_heads(fitted) == (COUNTS, PROFILE)
    numbers = dataclasses.replace(dataset, task="multi_regression", profiles=None)
    ridge = MODELS.create("kmer-ridge", {"k": 2}).fit(TrainingData.of(numbers), TrainingContext(tmp_path))
    assert list_heads(ridge) == (COUNTS,)
    assert select_head(ridge, COUNTS, "ACGT") is ridge
    with pytest.raises(UserError, match="no profiles"):
        select_head(ridge, PROFILE, "ACGT")
    with pytest.raises(UserError, match="no head 'shape'"):
        select_head(fitted, "shape", "ACGT")


def test_an_ensemble_is_the_mean_of_its_members_and_explained_by_them(fitted, dataset, tmp_path):
    mean = MODELS.create("mean").fit(TrainingData.of(dataset), TrainingContext(tmp_path))
    second = dataclasses.replace(fitted, best_epoch=0)
    windows = dataset.sequences[:3].tolist()
    mixed, networks = assemble({"1-a": fitted, "2-b": mean}, tmp_path), assemble({"1": fitted, "2": second}, tmp_path)
    expected = (fitted.predict_profiles(windows) + mean.predict_profiles(windows)) / 2
    np.testing.assert_allclose(mixed.predict_profiles(windows), expected, rtol=1e-12)
    method = METHODS.create("deep-lift", {"reference": SHUFFLES, "shuffles": 3})
    (one,), (two,) = (attribute(method, model, windows[:1], head=PROFILE) for model in (fitted, networks))
    np.testing.assert_allclose(two.scores, one.scores, atol=1e-5)
    with pytest.raises(UserError, match="no gradients"):
        attribute(method, mixed, windows[:1], head=PROFILE)
