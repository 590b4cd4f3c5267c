"""From sequences to batches of tensors: one-hot (N, 4, L), mask (N, 1, L) or None, labels (N, T).

Batches hold sequences of similar length, so that little of them is padding. Which sequences share a batch in an epoch
depends on the seed and the epoch alone, so a training that was interrupted goes on with the batches it would have had.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from lib.core.alphabet import UNKNOWN, codes
from lib.core.arrays import FloatArray

_POOL = 50  # batches among which sequences are sorted by length


class Examples(Dataset[int]):
    """N sequences with their labels (N, T), NaN where missing; an example is known by its number.

    Parameters
    ----------
    sequences
        Stored sequences of at least one letter.
    labels
        (N, T), standardised.
    """

    evaluated = 64_000
    """Places of a batch at most, where only predictions are made."""
    step = 0
    """Step of the training that examples are made for, counted from 1, on which chance in them may depend; 0 before."""

    def __init__(self, sequences: Sequence[str], labels: FloatArray) -> None:
        self.codes = [codes(sequence) for sequence in sequences]
        self.lengths = np.array([len(sequence) for sequence in sequences], dtype=np.int64)
        self.labels = torch.from_numpy(labels.astype(np.float32))

    def __len__(self) -> int:
        """Count the sequences."""
        return len(self.lengths)

    def __getitem__(self, number: int) -> int:
        """Give the number itself; ``collate`` makes the tensors of a whole batch at once."""
        return number

    def collate(self, numbers: Sequence[int]) -> dict[str, Tensor | None]:
        """Make the tensors of a batch: ``sequences``, ``mask``, ``labels``."""
        sequences, mask = self.batch(numbers)
        return {"sequences": sequences, "mask": mask, "labels": self.labels[list(numbers)]}

    def batch(self, numbers: Sequence[int]) -> tuple[Tensor, Tensor | None]:
        """Make what a network reads: one-hot (N, 4, L), and the mask (N, 1, L) where there is padding."""
        return one_hot_batch([self.codes[number] for number in numbers])


def one_hot_batch(encoded: Sequence[np.ndarray]) -> tuple[Tensor, Tensor | None]:
    """Make one-hot (N, 4, L) of N arrays of letter codes; the mask (N, 1, L) is None where all are equally long."""
    lengths = torch.tensor([len(letters) for letters in encoded])
    longest = int(lengths.max())
    padded = torch.full((len(encoded), longest), UNKNOWN, dtype=torch.uint8)
    for row, letters in enumerate(encoded):
        padded[row, : len(letters)] = torch.from_numpy(letters)
    one_hot = (padded[:, None, :] == torch.arange(4, dtype=torch.uint8)[None, :, None]).float()
    if bool((lengths == longest).all()):
        return one_hot, None
    return one_hot, (torch.arange(longest)[None, None, :] < lengths[:, None, None]).float()


class EpochBatches(Sampler[list[int]]):
    """Batches of ``size`` numbers of examples, drawn anew in every epoch.

    Parameters
    ----------
    lengths
        (N,) lengths of the sequences.
    size, seed
        Sequences of a batch; what draws them, together with the epoch.
    """

    def __init__(self, lengths: np.ndarray, size: int, seed: int) -> None:
        self.lengths, self.size, self.seed, self.epoch = lengths, size, seed, 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch whose batches are given next."""
        self.epoch = epoch

    def __len__(self) -> int:
        """Count the batches of an epoch."""
        return -(-len(self.lengths) // self.size)

    def __iter__(self) -> Iterator[list[int]]:
        """Give the batches of this epoch, nearly equal in size."""
        rng = np.random.default_rng([self.seed, self.epoch])
        order = rng.permutation(len(self.lengths))
        if self.lengths.min() < self.lengths.max():
            pools = np.array_split(order, -(-len(order) // (self.size * _POOL)))
            order = np.concatenate([pool[np.argsort(self.lengths[pool], kind="stable")] for pool in pools])
        batches = np.array_split(order, len(self))
        for number in rng.permutation(len(batches)):
            yield batches[number].tolist()


class EpochLoader(DataLoader[int]):
    """A loader that tells its batches which epoch it is."""

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch whose batches are given next."""
        self.batch_sampler.set_epoch(epoch)  # type: ignore[union-attr]


def loader(examples: Examples, size: int, seed: int) -> EpochLoader:
    """Give the batches of the train part as numbers; ``collate`` makes the tensors of each piece of them."""
    return EpochLoader(examples, batch_sampler=EpochBatches(examples.lengths, size, seed), collate_fn=list)


def cut(numbers: Sequence[int], pieces: int) -> list[list[int]]:
    """Cut a batch into so many pieces, nearly equal in size and none empty; neighbours are of similar length.

    >>> cut([4, 7, 1, 8, 2], 3)
    [[4, 7], [1, 8], [2]]
    """
    return [piece.tolist() for piece in np.array_split(np.asarray(numbers), min(pieces, len(numbers)))]


def by_length(lengths: np.ndarray, letters: int) -> list[np.ndarray]:
    """Cut N sequences into batches of equal length that hold at most ``letters`` letters, or one sequence."""
    order = np.argsort(lengths, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(lengths[order])) + 1) if len(order) else []
    batches = []
    for group in groups:
        size = max(1, letters // max(1, int(lengths[group[0]])))
        batches += [group[start : start + size] for start in range(0, len(group), size)]
    return batches
