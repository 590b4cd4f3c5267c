"""Integrated gradients against networks whose answer can be worked out by hand."""

import numpy as np
import pytest
import torch
from torch import nn

from lib.attribution import METHODS
from lib.attribution.integrated_gradients import IntegratedGradients
from lib.attribution.references import SHUFFLES
from lib.core.alphabet import one_hot
from lib.core.errors import Cancelled, UserError
from lib.core.progress import Callback


class Linear(nn.Module):
    """Targets are weights (T, 4, L) times the input; no bias."""

    def __init__(self, weights: np.ndarray) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.tensor(weights, dtype=torch.float32))

    def forward(self, x):
        return torch.einsum("ncl,tcl->nt", x, self.weights)


class Both(nn.Module):
    """1 if the sequence starts with A and ends with G, by a product: two layers of meaning, no parameter."""

    def forward(self, x):
        return (x[:, 0, 0] * x[:, 2, -1])[:, None]


class Convolution(nn.Module):
    """A small ReLU network for sequences of any length, three targets."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.body = nn.Sequential(
            nn.Conv1d(4, 7, 5, padding=2),
            nn.ReLU(),
            nn.Conv1d(7, 6, 3, padding=1),
            nn.ReLU(),
            nn.AdaptiveAvgPool1d(1),
            nn.Flatten(),
            nn.Linear(6, 3),
        )

    def forward(self, x):
        return self.body(x) * 10 + 5


class Network:
    def __init__(self, module: nn.Module) -> None:
        self.module = module.eval()

    def network(self) -> nn.Module:
        return self.module

    def predict(self, sequences, *, progress=None):
        with torch.no_grad():
            return np.concatenate([self.module(torch.tensor(one_hot(s)[None])).numpy() for s in sequences]).astype(
                float
            )

    def save(self, folder):
        raise NotImplementedError


SEQUENCE = "ACGTTGCAACN"


def test_a_linear_model_in_closed_form():
    weights = np.random.default_rng(0).normal(size=(2, 4, 11))
    for reference, matrix in (("zeros", np.zeros((4, 11))), ("uniform", np.full((4, 11), 0.25))):
        method = IntegratedGradients(reference=reference, steps=4)
        [found] = method.attribute(Network(Linear(weights)), [SEQUENCE], target=1)
        expected = ((one_hot(SEQUENCE) - matrix) * weights[1]).sum(axis=0)
        np.testing.assert_allclose(found.scores, expected, atol=1e-5)
        hypothetical = weights[1] - (matrix * weights[1]).sum(axis=0)
        np.testing.assert_allclose(found.hypothetical, hypothetical, atol=1e-5)
        assert found.prediction == pytest.approx((one_hot(SEQUENCE) * weights[1]).sum(), abs=1e-5)
        assert found.reference_prediction == pytest.approx((matrix * weights[1]).sum(), abs=1e-5)
        assert abs(found.delta) < 1e-5 and found.relative_delta < 1e-4
        assert found.effects is None


def test_a_product_is_shared_equally_by_hand():
    # from zeros, f = t * t on the line: each of the two letters has gradient t, mean 1/2; f(x) - f(0) = 1
    [found] = IntegratedGradients(reference="zeros", steps=8).attribute(Network(Both()), ["ACCTG"])
    np.testing.assert_allclose(found.scores, [0.5, 0, 0, 0, 0.5], atol=1e-6)
    # from uniform, each letter goes from 1/4 to 1: mean gradient 5/8 times 3/4; f(x) - f(r) = 15/16
    [found] = IntegratedGradients(reference="uniform", steps=8).attribute(Network(Both()), ["ACCTG"])
    np.testing.assert_allclose(found.scores, [15 / 32, 0, 0, 0, 15 / 32], atol=1e-6)
    assert found.reference_prediction == pytest.approx(1 / 16)
    assert found.delta == pytest.approx(0, abs=1e-6)


class Two(nn.Module):
    """f = 3 relu(2 a - c) - relu(g - 1/2) over a first A, a first C and a last G, in two layers."""

    def forward(self, x):
        inner = torch.stack([2 * x[:, 0, 0] - x[:, 1, 0], x[:, 2, -1] - 0.5], dim=1)
        return torch.relu(inner) @ torch.tensor([[3.0], [-1.0]])


def test_two_layers_by_hand():
    # from uniform 2 a - c stays positive, so it is linear: 3 (2 * 3/4 + 1/4) = 21/4. The last G is seen once it is over
    # 1/2, a third of the way from 1/4 to 1: the mean gradient is -2/3, over 3/4.
    [found] = IntegratedGradients(reference="uniform", steps=1024, tolerance=1e-3).attribute(Network(Two()), ["ACG"])
    np.testing.assert_allclose(found.scores, [21 / 4, 0, -1 / 2], atol=5e-3)
    assert found.relative_delta < 1e-3


def test_nothing_is_shifted_to_make_the_sum_look_met():
    # the last G counts from a third of the way on, so at three of the four Gauss-Legendre points, whose weights are
    # (18 + sqrt(30)) / 72 in the middle and (18 - sqrt(30)) / 72 at the ends: its share of 3/4 is what they sum to
    [found] = IntegratedGradients(reference="uniform", steps=4, tolerance=1.0).attribute(Network(Two()), ["ACG"])
    middle, end = (18 + 30**0.5) / 72, (18 - 30**0.5) / 72
    places = np.polynomial.legendre.leggauss(4)[0] / 2 + 1 / 2
    counted = sum(weight for place, weight in zip(places, [end, middle, middle, end], strict=True) if place > 1 / 3)
    np.testing.assert_allclose(found.scores, [21 / 4, 0, -3 / 4 * counted], atol=1e-6)
    assert found.delta == pytest.approx(1 / 2 - 3 / 4 * counted, abs=1e-6) and abs(found.delta) > 0.01
    assert found.relative_delta == pytest.approx(abs(found.delta) / (19 / 4), rel=1e-4)


class Cancelling(nn.Module):
    """A curved rise by a first A and a fall by a last G that is larger by a millionth."""

    def forward(self, x):
        return (100 * x[:, 0, 0] ** 9 - 100.0001 * x[:, 2, -1] ** 9)[:, None]


def test_a_difference_near_zero_asks_for_no_endless_precision(monkeypatch):
    seen = []
    real = Cancelling.forward
    monkeypatch.setattr(Cancelling, "forward", lambda self, x: seen.append(len(x)) or real(self, x))
    [found] = IntegratedGradients(reference="zeros", steps=4096).attribute(Network(Cancelling()), ["ACG"])
    assert max(seen) == 16, "both scores are exact with the fewest points, whatever their sum is"
    np.testing.assert_allclose(found.scores, [100, 0, -100.0001], rtol=1e-5)


def test_scores_are_the_hypothetical_contributions_of_the_bases_that_stand_there():
    [found] = IntegratedGradients(reference=SHUFFLES, shuffles=3).attribute(Network(Convolution()), [SEQUENCE[:-1]])
    np.testing.assert_allclose((found.hypothetical * one_hot(SEQUENCE[:-1])).sum(axis=0), found.scores, atol=1e-6)


@pytest.mark.parametrize("reference", ["dinucleotide-shuffles", "zeros", "uniform"])
def test_scores_add_up_to_the_difference_of_the_predictions(reference):
    rng = np.random.default_rng(1)
    sequences = ["".join(rng.choice(list("ACGT"), size)) for size in (23, 31, 23, 57)]
    network = Network(Convolution())
    found = IntegratedGradients(reference=reference, shuffles=5, steps=100).attribute(network, sequences, target=2)
    assert [item.sequence for item in found] == sequences, "in their order, though lengths differ"
    predicted = network.predict(sequences)[:, 2]
    for item, prediction in zip(found, predicted, strict=True):
        assert item.prediction == pytest.approx(prediction, abs=1e-5)
        assert item.scores.sum() - (item.prediction - item.reference_prediction) == pytest.approx(item.delta, abs=1e-9)
        assert abs(item.delta) < 0.02 * max(1, abs(item.prediction - item.reference_prediction))
    assert reference.split("-")[0] in found[0].reference.replace("all zeros", "zeros")


def test_the_seed_decides_and_company_does_not(monkeypatch):
    network, method = Network(Convolution()), IntegratedGradients(reference=SHUFFLES, shuffles=4)
    sequences = ["ACGTTGCAACGTTGCATT", "TTGACCATGCAAGGTACA", "ACGTACGGT"]
    together = method.attribute(network, sequences, seed=3)
    assert (together[0].scores == method.attribute(network, sequences, seed=3)[0].scores).all()
    assert (together[0].scores != method.attribute(network, sequences, seed=4)[0].scores).any()
    monkeypatch.setattr("lib.attribution._network._BYTES", {"cpu": 7})  # passes of a single point
    for row, sequence in enumerate(sequences):
        [alone] = method.attribute(network, [sequence], seed=3)
        np.testing.assert_allclose(alone.scores, together[row].scores, atol=1e-5)


def test_the_network_comes_back_as_it_was():
    network = Network(Convolution())
    before = {name: value.clone() for name, value in network.module.state_dict().items()}
    IntegratedGradients(reference=SHUFFLES, shuffles=2).attribute(network, ["ACGTTGCAAC"])
    after = network.module.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert not network.module.training
    assert all(p.grad is None and p.requires_grad for p in network.module.parameters())
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in network.module.modules())


class Step(nn.Module):
    """1 where the sequence starts with A, by a jump that no gradient sees."""

    def forward(self, x):
        return (x[:, :1, 0] > 0.3).to(x.dtype) + 0 * x.sum(dim=(1, 2))[:, None]


def test_what_does_not_add_up_stays_and_is_shown():
    [found] = IntegratedGradients(reference="uniform").attribute(Network(Step()), ["ACGT"])
    assert (found.scores == 0).all() and found.delta == pytest.approx(-1) and found.relative_delta == pytest.approx(1)


def test_more_steps_are_taken_only_where_they_are_needed(monkeypatch):
    seen = []
    real = Convolution.forward
    monkeypatch.setattr(Convolution, "forward", lambda self, x: seen.append(len(x)) or real(self, x))
    network, rng = Network(Convolution()), np.random.default_rng(5)
    sequences = ["".join(rng.choice(list("ACGT"), 40)) for _ in range(6)]
    counts = {}
    for tolerance in (1.0, 0.01, 0.001):
        seen.clear()
        found = IntegratedGradients(reference="zeros", tolerance=tolerance).attribute(network, sequences)
        counts[tolerance] = sum(seen)
        for item in found:
            assert item.relative_delta <= tolerance or abs(item.delta) <= tolerance * 0.001 * np.abs(item.scores).sum()
    assert counts[1.0] < counts[0.01] < counts[0.001]


def test_what_cannot_be_done_is_said():
    class Table:
        def predict(self, sequences, *, progress=None):
            return np.zeros((len(sequences), 1))

        def save(self, folder): ...

    with pytest.raises(UserError, match="no gradients.*in-silico mutagenesis"):
        IntegratedGradients().attribute(Table(), ["ACGT"])
    with pytest.raises(UserError, match="empty"):
        IntegratedGradients().attribute(Network(Convolution()), ["ACGT", ""])
    with pytest.raises(UserError, match="3 targets; there is no target number 4"):
        IntegratedGradients().attribute(Network(Convolution()), ["ACGT"], target=3)
    assert IntegratedGradients().attribute(Network(Convolution()), []) == []


def test_progress_is_told_and_can_stop():
    seen = []
    sequences = ["ACGTTG", "ACGTTGA", "ACGTTT"]
    IntegratedGradients(reference=SHUFFLES, shuffles=2).attribute(
        Network(Convolution()), sequences, progress=Callback(seen.append)
    )
    assert (seen[-1].step, seen[-1].total) == (3, 3)
    with pytest.raises(Cancelled):
        IntegratedGradients(reference=SHUFFLES, shuffles=2).attribute(
            Network(Convolution()), sequences, progress=Callback(seen.append, cancelled=lambda: True)
        )


def test_it_is_registered_under_its_slug():
    method = METHODS.create("integrated-gradients", {"steps": "20", "reference": "zeros"})
    assert method == IntegratedGradients(reference="zeros", steps=20)
