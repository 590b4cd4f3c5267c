"""Batches: what is in them, and that the same epoch gives the same ones."""

import numpy as np
import pytest
import torch

from lib.core.alphabet import codes, one_hot
from lib.models.nets.batches import Examples, by_length, one_hot_batch
from lib.training.accumulation import EpochBatches, make_loader, split_batch


def test_a_batch_holds_one_hot_letters_and_says_where_they_end():
    made = ["ACGTN", "GT", "T"]
    batch, mask = one_hot_batch([codes(sequence) for sequence in made])
    assert batch.shape == (3, 4, 5)
    assert mask.tolist() == [[[1, 1, 1, 1, 1]], [[1, 1, 0, 0, 0]], [[1, 0, 0, 0, 0]]]
    for row, sequence in enumerate(made):
        np.testing.assert_array_equal(batch[row, :, : len(sequence)], one_hot(sequence))
        assert batch[row, :, len(sequence) :].sum() == 0


def test_sequences_of_one_length_need_no_mask():
    batch, mask = one_hot_batch([codes("ACG"), codes("TTT")])
    assert mask is None
    assert batch.shape == (2, 4, 3)


@pytest.mark.parametrize(
    ("n", "size", "lengths"), [(103, 8, (9, 40)), (64, 64, (5, 6)), (7, 50, (3, 30)), (1, 4, (5, 9))]
)
def test_an_epoch_shows_every_sequence_once(n, size, lengths):
    batches = EpochBatches(np.random.default_rng(0).integers(*lengths, size=n), size, seed=1)
    shown = list(batches)
    assert len(shown) == len(batches)
    assert sorted(number for batch in shown for number in batch) == list(range(n))
    assert max(map(len, shown)) <= size
    assert max(map(len, shown)) - min(map(len, shown)) <= 1


def test_batches_depend_on_seed_and_epoch_alone():
    def drawn(seed, epoch):
        batches = EpochBatches(np.arange(5, 45), 7, seed)
        batches.set_epoch(epoch)
        return list(batches)

    assert drawn(0, 3) == drawn(0, 3)
    assert drawn(0, 3) != drawn(0, 4)
    assert drawn(0, 3) != drawn(1, 3)


def test_little_of_a_batch_is_padding():
    lengths = np.random.default_rng(0).integers(10, 1000, size=2000)
    padding = sum(max(lengths[batch]) * len(batch) - lengths[batch].sum() for batch in EpochBatches(lengths, 20, 0))
    assert padding / lengths.sum() < 0.05


def test_the_loader_goes_to_the_epoch_that_it_is_told():
    examples = Examples(["ACGT", "AC", "TTT", "G"] * 5, np.arange(20.0)[:, None])
    batches = make_loader(examples, 6, seed=0)
    first = list(batches)
    batches.set_epoch(1)
    second = list(batches)
    assert first != second
    for shown in (first, second):
        assert sorted(number for batch in shown for number in batch) == list(range(20))


def test_a_batch_is_cut_into_nearly_equal_pieces_in_order():
    assert split_batch([4, 7, 1, 8, 2], 3) == [[4, 7], [1, 8], [2]]
    assert split_batch([4, 7], 5) == [[4], [7]], "no piece is empty"
    assert split_batch([4, 7, 1], 1) == [[4, 7, 1]]


def test_missing_labels_stay_missing():
    examples = Examples(["ACGT", "AC"], np.array([[1.0, np.nan, 3.0], [4.0, 5.0, 6.0]]))
    labels = examples.collate([1, 0])["labels"]
    assert labels.dtype == torch.float32
    assert labels[0].tolist() == [4, 5, 6]
    assert labels[1].isnan().tolist() == [False, True, False]


def test_prediction_batches_are_of_one_length_and_bounded():
    lengths = np.array([30, 5, 30, 5, 5, 200, 30])
    batches = by_length(lengths, 60)
    assert sorted(number for batch in batches for number in batch) == list(range(7))
    for batch in batches:
        assert len(set(lengths[batch])) == 1
        assert lengths[batch].sum() <= 60 or len(batch) == 1
    assert by_length(np.array([], dtype=int), 60) == []
