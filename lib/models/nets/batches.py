"""From sequences to batches of tensors: one-hot (N, 4, L), mask (N, 1, L) or None, labels (N, T).

Token models read ids (N, T) and a mask (N, T) or None instead, each sequence as [CLS] tokens [SEP].
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from lib.core.alphabet import UNKNOWN, codes
from lib.core.arrays import FloatArray
from lib.tokenizers import Encoded, Vocabulary

Ids = NDArray[np.int64]


class Batch(TypedDict):
    """What a network reads, its mask (None without padding), and the labels of N sequences."""

    sequences: Tensor
    mask: Tensor | None
    labels: Tensor


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

    def collate(self, numbers: Sequence[int]) -> Batch:
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


def by_length(lengths: np.ndarray, letters: int) -> list[np.ndarray]:
    """Cut N sequences into batches of equal length that hold at most ``letters`` letters, or one sequence."""
    order = np.argsort(lengths, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(lengths[order])) + 1) if len(order) else []
    batches = []
    for group in groups:
        size = max(1, letters // max(1, int(lengths[group[0]])))
        batches += [group[start : start + size] for start in range(0, len(group), size)]
    return batches


@dataclass(frozen=True)
class Frame:
    """How the tokens of a sequence become what an encoder reads.

    Parameters
    ----------
    pad, cls, sep
        Ids of the special tokens; None for a [CLS] or [SEP] that an encoder does without.
    size
        Rows of the embedding: the vocabulary, and the special tokens that it lacks.
    longest
        Tokens that an encoder reads at most, [CLS] and [SEP] included; those beyond it are left out at the end.
    """

    pad: int
    cls: int | None
    sep: int | None
    size: int
    longest: int

    @classmethod
    def of(cls, vocabulary: Vocabulary, longest: int) -> "Frame":
        """Take the special tokens of a vocabulary; those it has none for follow after it."""
        ids, size = {}, len(vocabulary)
        for role in ("pad", "cls", "sep"):
            if role in vocabulary.special:
                ids[role] = vocabulary.special[role]
            else:
                ids[role], size = size, size + 1
        return cls(**ids, size=size, longest=longest)

    @classmethod
    def from_published(cls, vocabulary: Vocabulary, longest: int, *, size: int) -> "Frame":
        """Take the special tokens of a vocabulary whose embedding of ``size`` rows is there already, as they are."""
        special = vocabulary.special
        return cls(special["pad"], special.get("cls"), special.get("sep"), size, longest)

    @property
    def room(self) -> int:
        """Count the tokens of a sequence that are read at most, beside [CLS] and [SEP]."""
        return self.longest - (self.cls is not None) - (self.sep is not None)

    def rows(self, encoded: Encoded) -> list[Ids]:
        """Give the ids of N sequences, each [CLS] tokens [SEP]; one padding token where there would be nothing."""
        before, after = ([] if end is None else [end] for end in (self.cls, self.sep))
        rows = []
        for first, last in zip(encoded.bounds[:-1].tolist(), encoded.bounds[1:].tolist(), strict=True):
            ids = encoded.ids[first : min(last, first + self.room)]
            row = np.concatenate([before, ids, after], dtype=np.int64, casting="unsafe")
            rows.append(row if len(row) else np.array([self.pad]))
        return rows

    def places(self, encoded: Encoded, lengths: Sequence[int]) -> list[Ids]:
        """Give where the tokens of each of ``rows`` lie, (2, T): starts and ends, half-open; equal for special tokens.

        Parameters
        ----------
        encoded, lengths
            N sequences and how many letters each has.
        """
        found = []
        for number, length in enumerate(lengths):
            first, last = encoded.bounds[number : number + 2].tolist()
            inner = slice(first, min(last, first + self.room))
            before, after = [0] * (self.cls is not None), [length] * (self.sep is not None)
            both = [
                np.concatenate([before, ends[inner], after], dtype=np.int64, casting="unsafe")
                for ends in (encoded.starts, encoded.ends)
            ]
            found.append(np.stack(both) if len(both[0]) else np.zeros((2, 1), dtype=np.int64))
        return found

    def cut(self, encoded: Encoded) -> int:
        """Count the sequences whose last tokens are left out."""
        return int((np.diff(encoded.bounds) > self.room).sum())

    def batch(self, rows: Sequence[Ids]) -> tuple[Tensor, Tensor | None]:
        """Make ids (N, T) of N rows, and the mask (N, T), 1 where a token stands; None where all are equally long."""
        lengths = torch.tensor([len(row) for row in rows])
        longest = int(lengths.max())
        ids = torch.full((len(rows), longest), self.pad, dtype=torch.int64)
        for number, row in enumerate(rows):
            ids[number, : len(row)] = torch.from_numpy(row)
        if bool((lengths == longest).all()):
            return ids, None
        return ids, (torch.arange(longest)[None, :] < lengths[:, None]).long()


class TokenExamples(Examples):
    """N sequences of tokens with their labels (N, T), NaN where missing.

    Parameters
    ----------
    rows
        What ``frame.rows`` gave.
    frame
        What makes batches of them.
    labels
        (N, T), standardised.
    """

    evaluated = 16_000

    def __init__(self, rows: Sequence[Ids], frame: Frame, labels: FloatArray) -> None:
        self.rows, self.frame = rows, frame
        self.lengths = np.array([len(row) for row in rows], dtype=np.int64)
        self.labels = torch.from_numpy(labels.astype(np.float32))

    def batch(self, numbers: Sequence[int]) -> tuple[Tensor, Tensor | None]:
        """Make ids (N, T), and the mask (N, T) where there is padding."""
        return self.frame.batch([self.rows[number] for number in numbers])


class PlacedExamples(TokenExamples):
    """The same with the places of the tokens, for networks that bring their states back to the nucleotides.

    Parameters
    ----------
    rows, frame, labels
        See ``TokenExamples``.
    places
        What ``frame.places`` gave.
    """

    def __init__(self, rows: Sequence[Ids], frame: Frame, labels: FloatArray, places: Sequence[Ids]) -> None:
        super().__init__(rows, frame, labels)
        self.places = places

    def batch(self, numbers: Sequence[int]) -> tuple[Tensor, Tensor | None]:
        """Make ids, starts and ends (N, T, 3), 0 for padding, and the mask (N, T) where there is padding."""
        ids, mask = super().batch(numbers)
        packed = torch.zeros((*ids.shape, 3), dtype=torch.int64)
        packed[:, :, 0] = ids
        for row, number in enumerate(numbers):
            packed[row, : len(self.rows[number]), 1:] = torch.from_numpy(self.places[number].T.copy())
        return packed, mask


class JitteredWindows(Examples):
    """N windows of one length; how far each is moved depends on the seed, the step and the window alone.

    At step 0, before a training and in a validation part, nothing is moved. What comes into a window is unknown, no
    base and no reads; how many reads the whole window has stays what is learned.

    Parameters
    ----------
    sequences
        Windows of L letters each.
    labels
        (N, T + T L): log(1 + counts) of T tracks, then the counts at each position of each track.
    tracks, shift, seed
        T; nucleotides that a window is moved at most, to either side; what draws them.
    """

    def __init__(self, sequences: Sequence[str], labels: FloatArray, *, tracks: int, shift: int, seed: int) -> None:
        super().__init__(sequences, labels)
        self.tracks, self.shift, self.seed = tracks, shift, seed

    def collate(self, numbers: Sequence[int]) -> Batch:
        """Make ``sequences``, ``mask`` and ``labels`` of a batch."""
        batch = super().collate(numbers)
        sequences, labels = batch["sequences"], batch["labels"]
        if not self.step or not self.shift:
            return batch
        by = torch.tensor([draw_shift(self.seed, self.step, number, self.shift) for number in numbers])
        counts = torch.unflatten(labels[:, self.tracks :], 1, (self.tracks, -1))
        labels = torch.cat([labels[:, : self.tracks], shift(counts, by).flatten(1)], dim=1)
        return {"sequences": shift(sequences, by), "mask": batch["mask"], "labels": labels}


def shift(values: Tensor, by: Tensor) -> Tensor:
    """Move rows (N, C, L) to the right by so many places each, (N,), to the left by negative ones; zeros come in.

    >>> shift(torch.tensor([[[1, 2, 3]], [[1, 2, 3]]]), torch.tensor([1, -2])).tolist()
    [[[0, 1, 2]], [[3, 0, 0]]]
    """
    length = values.shape[2]
    source = torch.arange(length)[None] - by[:, None]  # N, L
    there = (source >= 0) & (source < length)
    found = values.gather(2, source.clamp(0, length - 1)[:, None].expand_as(values))
    return found * there[:, None]


def draw_shift(seed: int, step: int, number: int, most: int) -> int:
    """Draw by how many places an example is moved in a step, from -most to most."""
    return int(np.random.default_rng([seed, step, number]).integers(-most, most + 1))
