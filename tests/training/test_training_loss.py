"""The loss, worked out by hand."""

import pytest
import torch

from lib.training.loss import MaskedLoss

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
