"""Losses, worked out by hand."""

import math

import pytest
import torch

from lib.tasks.classification import ClassLoss
from lib.tasks.regression import MaskedLoss

NAN = float("nan")


def test_targets_and_auxiliary_targets_have_half_each():
    predictions = torch.tensor([[1.0, 0.0, 2.0], [3.0, 1.0, 0.0]])
    labels = torch.tensor([[0.0, 2.0, NAN], [3.0, NAN, NAN]])
    # targets: (1 + 0) / 2; auxiliary: the one that is known, 4 / 1
    assert MaskedLoss(1)(predictions, labels).item() == pytest.approx(0.5 * 0.5 + 0.5 * 4)
    assert MaskedLoss(1, share=0.9)(predictions, labels).item() == pytest.approx(0.9 * 0.5 + 0.1 * 4)


def test_without_auxiliary_targets_the_targets_have_it_all():
    assert MaskedLoss(2)(torch.tensor([[1.0, 3.0]]), torch.tensor([[0.0, 1.0]])).item() == pytest.approx(2.5)


def test_a_missing_label_gives_no_gradient():
    predictions = torch.tensor([[1.0, 5.0]], requires_grad=True)
    MaskedLoss(1)(predictions, torch.tensor([[0.0, NAN]])).backward()
    assert predictions.grad.tolist() == [[1.0, 0.0]]


LABELS = torch.tensor([[1.0], [0.0], [0.0]])


def test_two_classes_are_judged_by_the_cross_entropy_of_their_log_odds():
    predictions = torch.tensor([[2.0], [-1.0], [0.5]])
    each = [math.log(1 + math.exp(-2)), math.log(1 + math.exp(-1)), math.log(1 + math.exp(0.5))]
    assert ClassLoss((1, 1))(predictions, LABELS).item() == pytest.approx(sum(each) / 3)
    weighted = (3 * each[0] + 0.5 * each[1] + 0.5 * each[2]) / 4
    assert ClassLoss((0.5, 3))(predictions, LABELS).item() == pytest.approx(weighted)


def test_more_classes_are_judged_by_their_softmax_as_torch_does():
    rng = torch.Generator().manual_seed(0)
    predictions, places = torch.randn(7, 3, generator=rng), torch.tensor([0, 2, 1, 1, 0, 2, 2])
    labels = torch.eye(3)[places]
    for weights in ((1.0, 1.0, 1.0), (0.5, 2.0, 7.0)):
        expected = torch.nn.functional.cross_entropy(predictions, places, weight=torch.tensor(weights))
        assert ClassLoss(weights)(predictions, labels).item() == pytest.approx(expected.item())


@pytest.mark.parametrize("columns", [1, 4])
def test_pieces_of_a_batch_add_up_to_its_loss(columns):
    rng = torch.Generator().manual_seed(1)
    predictions = torch.randn(11, columns, generator=rng)
    classes = torch.randint(0, max(2, columns), (11,), generator=rng)
    labels = classes[:, None].float() if columns == 1 else torch.eye(columns)[classes]
    loss = ClassLoss(tuple(0.5 + place for place in range(max(2, columns))))
    known = loss.count_known(labels)
    parts = [loss(predictions[a:b], labels[a:b], known) for a, b in ((0, 2), (2, 3), (3, 11))]
    assert sum(part.item() for part in parts) == pytest.approx(loss(predictions, labels).item())


def test_epochs_are_judged_by_the_correlation_of_classes():
    assert ClassLoss((1, 9)).score(torch.tensor([[2.0], [-1.0], [0.5]]), LABELS) == pytest.approx(0.5)
    assert ClassLoss((1, 1)).score(torch.tensor([[2.0], [-1.0], [-0.5]]), LABELS) == pytest.approx(1)
    assert math.isnan(ClassLoss((1, 1)).score(torch.ones(3, 1), torch.ones(3, 1)))
    assert (ClassLoss.judged, MaskedLoss.judged) == ("mcc", "r2")
