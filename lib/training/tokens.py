"""From tokens to batches of tensors: ids (N, T), mask (N, T) or None, each sequence as [CLS] tokens [SEP]."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lib.core.arrays import FloatArray
from lib.tokenizers import Encoded, Vocabulary
from lib.training.collate import Examples

Ids = NDArray[np.int64]


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
    def published(cls, vocabulary: Vocabulary, longest: int, *, size: int) -> "Frame":
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
