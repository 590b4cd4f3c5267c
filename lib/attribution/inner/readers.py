"""How sequences reach a network that is to be explained: as nucleotides, one-hot, or as the embeddings of their tokens.

Shapes: N sequences of one shape S, (4, L) or (T, D); K references; T tokens.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from lib.attribution.inner.network import Network
from lib.attribution.inner.token_references import token_references
from lib.attribution.references import describe, references
from lib.attribution.spread import spread
from lib.core.alphabet import one_hot
from lib.core.arrays import FloatArray
from lib.models.base import Differentiable, Fitted, TokenDifferentiable, TokenRow

_NUMBERS = 2**24  # of the references of sequences that are attributed together


@dataclass(frozen=True)
class Batch:
    """Sequences of one shape, as the network reads them.

    Parameters
    ----------
    sequences
        N of them.
    x
        (N, *S).
    references, described
        (N, K, *S) and what they are in words, N; K is 0 where nothing is compared.
    ids
        (N, T) for networks that read tokens, else None.
    begins
        (N, K) the predictions of the references, once they were made.
    unit
        What a standard deviation of 1 means for noise: 1 for nucleotides, that of the table for embeddings.
    """

    sequences: tuple[str, ...]
    x: Tensor
    references: Tensor
    described: tuple[str, ...]
    ids: Tensor | None
    unit: float = 1.0
    begins: Tensor | None = None

    def moved(self, x: Tensor) -> "Batch":
        """Give the same sequences elsewhere, such as with noise."""
        return replace(self, x=x)

    def ids_of(self, rows: Tensor) -> Tensor | None:
        """Give the ids (P, T) of points that belong to rows (P,)."""
        return None if self.ids is None else self.ids[rows]


@dataclass(frozen=True)
class Placed:
    """Numbers of one sequence by nucleotide (L,), what special tokens hold, and the tokens themselves."""

    scores: FloatArray
    special: float = 0.0
    tokens: tuple[tuple[str, int, int, float], ...] = ()


class Reader(ABC):
    """Sequences on their way into a network."""

    network: Network

    @abstractmethod
    def width(self, row: int) -> int:
        """Give what decides the shape of a sequence: letters, or tokens."""

    @abstractmethod
    def batch(self, rows: Sequence[int], kind: str, *, shuffles: int, seed: int) -> Batch:
        """Read sequences of one shape, with their references; none where ``kind`` is empty."""

    @abstractmethod
    def spread(self, row: int, numbers: FloatArray) -> FloatArray:
        """Bring numbers (K, P) of the places of one sequence to its nucleotides, (K, L)."""

    @abstractmethod
    def placed(self, row: int, numbers: FloatArray) -> Placed:
        """Bring the numbers of one sequence, one for each place of the network, to its nucleotides."""

    @abstractmethod
    def size(self, width: int) -> int:
        """Count the numbers of a point."""

    def groups(self, count: int, copies: int) -> Iterator[list[int]]:
        """Give rows of one shape, as many at a time as memory holds with so many copies of each, at least one."""
        by_width: dict[int, list[int]] = {}
        for row in range(count):
            by_width.setdefault(self.width(row), []).append(row)
        for width, rows in by_width.items():
            most = max(1, _NUMBERS // (self.size(width) * max(1, copies)))
            for start in range(0, len(rows), most):
                yield rows[start : start + most]


class NucleotideReader(Reader):
    """One-hot nucleotides."""

    def __init__(self, fitted: Differentiable, sequences: Sequence[str], target: int) -> None:
        self.sequences, self.network = sequences, Network(fitted.network(), target, over=1)

    def width(self, row: int) -> int:
        """Count the letters."""
        return len(self.sequences[row])

    def size(self, width: int) -> int:
        """Count four numbers a letter."""
        return 4 * width

    def batch(self, rows: Sequence[int], kind: str, *, shuffles: int, seed: int) -> Batch:
        """Read sequences of one length."""
        chosen = tuple(self.sequences[row] for row in rows)
        x = np.stack([one_hot(sequence) for sequence in chosen])
        if kind:
            made = np.stack([references(kind, sequence, shuffles=shuffles, seed=seed) for sequence in chosen])
        else:
            made = np.empty((len(chosen), 0, *x.shape[1:]))
        said = describe(kind, shuffles) if kind else ""
        tensors = (torch.tensor(values, **self.network.kind) for values in (x, made))
        return Batch(chosen, *tensors, (said,) * len(chosen), None)

    def spread(self, row: int, numbers: FloatArray) -> FloatArray:
        """Give the numbers as they are."""
        return numbers

    def placed(self, row: int, numbers: FloatArray) -> Placed:
        """Give the numbers as they are."""
        return Placed(numbers)


class TokenReader(Reader):
    """Embeddings of tokens."""

    def __init__(self, fitted: TokenDifferentiable, sequences: Sequence[str], target: int) -> None:
        self.sequences, self.fitted = sequences, fitted
        self.rows: list[TokenRow] = fitted.read(sequences) if sequences else []
        self.network = Network(fitted.embedded_network(), target, over=2)
        self.table = fitted.table()

    def width(self, row: int) -> int:
        """Count the tokens."""
        return len(self.rows[row].ids)

    def size(self, width: int) -> int:
        """Count the numbers of so many embeddings."""
        return width * self.table.shape[1]

    def batch(self, rows: Sequence[int], kind: str, *, shuffles: int, seed: int) -> Batch:
        """Read sequences of as many tokens."""
        chosen = tuple(self.sequences[row] for row in rows)
        ids = torch.from_numpy(np.stack([self.rows[row].ids for row in rows]))
        x = self.table[ids]
        made, said = x[:, None][:, :0], [""] * len(rows)
        if kind:
            pairs = [
                token_references(self.fitted, self.sequences[row], self.rows[row], kind, shuffles=shuffles, seed=seed)
                for row in rows
            ]
            made, said = torch.stack([matrix for matrix, _ in pairs]), [words for _, words in pairs]
        kind_of = self.network.kind
        spread_of_table = float(self.table.std())
        return Batch(
            chosen, x.to(**kind_of), made.to(**kind_of), tuple(said), ids.to(kind_of["device"]), spread_of_table
        )

    def spread(self, row: int, numbers: FloatArray) -> FloatArray:
        """Share the numbers of each token among its nucleotides."""
        return self._spread(row, numbers)[0]

    def _spread(self, row: int, numbers: FloatArray) -> tuple[FloatArray, FloatArray]:
        read = self.rows[row]
        return spread(numbers, np.stack([read.starts, read.ends], axis=1), len(self.sequences[row]))

    def placed(self, row: int, numbers: FloatArray) -> Placed:
        """Share the number of each token among its nucleotides."""
        read = self.rows[row]
        starts, ends = read.starts.tolist(), read.ends.tolist()
        scores, special = self._spread(row, numbers)
        return Placed(scores, float(special), tuple(zip(read.texts, starts, ends, numbers.tolist(), strict=True)))


def reader_of(fitted: Fitted, sequences: Sequence[str], target: int) -> Reader | None:
    """Give what brings N sequences to the network of a trained model; None where it shows none."""
    if isinstance(fitted, Differentiable):
        return NucleotideReader(fitted, sequences, target)
    if isinstance(fitted, TokenDifferentiable):
        return TokenReader(fitted, sequences, target)
    return None
