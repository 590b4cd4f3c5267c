"""The loss of profiles against scipy, worked out by hand, and as the loop asks for it."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import softmax
from scipy.stats import multinomial

from lib.tasks.profile_labels import ProfileLoss, multinomial_loss

N, TRACKS, LENGTH = 7, 2, 5


def batch(seed=0, depth=40):
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(N, TRACKS, LENGTH))
    counts = rng.poisson(depth / LENGTH, size=(N, TRACKS, LENGTH)).astype(float)
    counts[3, 1] = 0.0  # a window without reads
    return logits, counts


def joined(first, second):
    return torch.from_numpy(np.concatenate([first, second.reshape(N, -1)], axis=1))


@given(st.integers(0, 10**6), st.sampled_from([1, 40, 4000]))
@settings(max_examples=20, deadline=None)
def test_it_is_minus_the_log_probability_of_scipy(seed, depth):
    logits, counts = batch(seed, depth)
    found = multinomial_loss(torch.from_numpy(logits), torch.from_numpy(counts)).numpy()
    expected = -multinomial.logpmf(counts, counts.sum(axis=2), softmax(logits, axis=2))
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)
    assert found[3, 1] == 0


def test_single_precision_is_enough_for_thousands_of_reads():
    logits, counts = batch(depth=9000)
    found = multinomial_loss(torch.from_numpy(logits).float(), torch.from_numpy(counts).float()).numpy()
    expected = -multinomial.logpmf(counts, counts.sum(axis=2), softmax(logits, axis=2))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=0.02)


def test_both_parts_have_their_weights_and_units():
    logits, counts = batch()
    observed, predicted = np.log1p(counts.sum(axis=2)), np.random.default_rng(1).normal(3, 1, size=(N, TRACKS))
    scale = np.array([0.5, 2.0])
    loss = ProfileLoss(tuple(scale), beta=0.8, alpha=0.2, reads=10.0)
    found = loss(joined(predicted / scale, logits), joined(observed / scale, counts)).item()
    profile = -multinomial.logpmf(counts, counts.sum(axis=2), softmax(logits, axis=2)).mean() / 10
    assert found == pytest.approx(0.8 * profile + 0.2 * np.square(predicted - observed).mean())
    assert loss.score(joined(predicted / scale, logits), joined(observed / scale, counts)) == pytest.approx(-found)


def test_the_pieces_of_a_batch_add_up_to_it():
    logits, counts = batch()
    loss = ProfileLoss((1.0, 3.0), reads=7.0)
    predictions, labels = joined(np.zeros((N, TRACKS)), logits), joined(np.ones((N, TRACKS)), counts)
    known = loss.count_known(labels)
    pieces = sum(loss(predictions[part], labels[part], known) for part in (slice(0, 2), slice(2, 3), slice(3, N)))
    assert pieces.item() == pytest.approx(loss(predictions, labels).item(), rel=1e-12)


def test_gradients_are_those_of_finite_differences():
    logits, counts = batch()
    loss, labels = ProfileLoss((1.5, 0.5), reads=3.0), joined(np.ones((N, TRACKS)), counts)
    predictions = joined(np.zeros((N, TRACKS)), logits).requires_grad_()
    assert torch.autograd.gradcheck(lambda given: loss(given, labels), (predictions,))


def test_the_gradient_of_the_logits_is_what_is_predicted_less_what_was_counted():
    logits = torch.zeros(1, 4, dtype=torch.float64, requires_grad=True)
    multinomial_loss(logits, torch.tensor([[6.0, 2.0, 0.0, 0.0]], dtype=torch.float64)).sum().backward()
    assert logits.grad.tolist() == [[-4.0, 0.0, 2.0, 2.0]]  # 8 reads * 1/4 - counts


def test_the_likeliest_profile_is_the_counts_themselves():
    counts = torch.tensor([[5.0, 0.0, 3.0, 2.0]])
    best = multinomial_loss(counts.clamp(min=1e-6).log(), counts)
    assert best < multinomial_loss(torch.zeros(1, 4), counts)
    assert best < multinomial_loss(torch.tensor([[4.0, 0.1, 3.0, 2.0]]).log(), counts)
