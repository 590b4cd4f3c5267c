"""A padded batch without its padding, so that no time is spent on it.

N rows of T tokens, of which M are no padding. Rows are put in the order of their lengths, so that rows of one length
lie together and are again a batch, (n, L, ...), that needs no mask.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor


@dataclass(frozen=True)
class Packing:
    """Where the tokens of a batch are.

    Parameters
    ----------
    shape
        N and T.
    places
        (M,), the places of the tokens among the N * T, rows ordered by length.
    groups
        For each length, ascending: how many rows have it, and the length.
    """

    shape: tuple[int, int]
    places: Tensor
    groups: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, mask: Tensor) -> Self | None:
        """Find the tokens of a mask (N, T), True at tokens.

        None if there is none, or padding stands between tokens of a row: their distances would be lost.

        >>> Packing.of(torch.tensor([[True, True, False], [True, False, False]])).places
        tensor([3, 0, 1])
        """
        rows, width = mask.shape
        lengths = mask.sum(dim=1)  # N
        begins = (mask[:, 1:] & ~mask[:, :-1]).sum(dim=1) + mask[:, 0]  # N
        if not mask.any() or (begins > 1).any():
            return None
        order = torch.argsort(lengths, stable=True)
        offsets = (order * width)[:, None] + torch.arange(width, device=mask.device)  # N, T
        distinct, counts = torch.unique_consecutive(lengths[order], return_counts=True)
        groups = zip(counts.tolist(), distinct.tolist(), strict=True)
        return cls((rows, width), offsets[mask[order]], tuple(group for group in groups if group[1]))

    def pack(self, hidden: Tensor) -> Tensor:
        """Take the tokens (M, D) out of a padded batch (N, T, D)."""
        return hidden.flatten(0, 1).index_select(0, self.places)

    def unpack(self, packed: Tensor) -> Tensor:
        """Put the tokens (M, D) back where they were, (N, T, D), zero at padding."""
        rows, width = self.shape
        empty = packed.new_zeros(rows * width, packed.shape[1])
        return empty.index_copy(0, self.places, packed).view(rows, width, -1)

    def each(self, packed: Tensor, work: Callable[[Tensor, Tensor], Tensor], bias: Tensor) -> Tensor:
        """Do ``work`` on the rows of each length and their part of ``bias``.

        Parameters
        ----------
        packed
            (M, C).
        work
            Turns (n, L, C) and a bias (1, H, L, L) into (n, L, D).
        bias
            (1, H, T, T), of which the pair of places i, j depends on i - j alone.
        """
        parts, begin = [], 0
        for rows, length in self.groups:
            end = begin + rows * length
            done = work(packed[begin:end].view(rows, length, -1), bias[:, :, :length, :length])
            parts.append(done.flatten(0, 1))
            begin = end
        return torch.cat(parts)
