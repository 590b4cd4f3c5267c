"""How sequences reach a network that is to be explained: as nucleotides, one-hot, or as the embeddings of their tokens.

Shapes: N sequences of one shape S, (4, L) or (T, D); K references; P positions of the network, L or T.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lib.attribution._network import Network
from lib.attribution._token_references import token_references
from lib.attribution.references import describe, make_references
from lib.attribution.token_to_base import spread_tokens
from lib.core.alphabet import BASES, one_hot
from lib.core.arrays import FloatArray
from lib.models.base import Differentiable, Fitted, TokenDifferentiable, TokenRow

_NUMBERS = 2**24  # of the references of sequences that are attributed together
_READ_TOGETHER = 512  # substituted sequences


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
    unit
        What a standard deviation of 1 means for noise: 1 for nucleotides, that of the table for embeddings.
    f_x, f_references
        (N,) and (N, K) the predictions of x and of the references.
    """

    sequences: tuple[str, ...]
    x: Tensor
    references: Tensor
    described: tuple[str, ...]
    ids: Tensor | None
    unit: float = 1.0
    f_x: Tensor | None = None
    f_references: Tensor | None = None

    def ids_of(self, rows: Tensor) -> Tensor | None:
        """Give the ids (P, T) of points that belong to rows (P,)."""
        return None if self.ids is None else self.ids[rows]

    def predicted(self, network: Network) -> "Batch":
        """Give the batch with the predictions of its sequences and of its references."""
        count, copies = self.references.shape[:2]
        if self.f_references is None:
            owners = torch.arange(count, device=self.x.device).repeat_interleave(copies)
            values = network.values(self.references.flatten(0, 1), self.ids_of(owners))
            return replace(self, f_references=values.reshape(count, copies)).predicted(network)
        return replace(self, f_x=network.values(self.x, self.ids))

    def taken(self, rows: Tensor) -> "Batch":
        """Give some of the sequences."""
        tensors: dict[str, Any] = {
            name: None if (value := getattr(self, name)) is None else value[rows]
            for name in ("x", "references", "ids", "f_x", "f_references")
        }
        chosen = rows.tolist()
        sequences, described = (tuple(words[row] for row in chosen) for words in (self.sequences, self.described))
        return replace(self, sequences=sequences, described=described, **tensors)


class Reader(ABC):
    """Sequences on their way into a network, and numbers on their way back."""

    network: Network
    depth: int
    """Numbers that the network reads at a position."""

    @abstractmethod
    def width(self, row: int) -> int:
        """Count the positions of a sequence: letters, or tokens."""

    @abstractmethod
    def batch(self, rows: Sequence[int], kind: str, *, shuffles: int, seed: int) -> Batch:
        """Read sequences of one shape, with their references; none where ``kind`` is empty."""

    @abstractmethod
    def spread(self, row: int, numbers: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Bring numbers (..., P) of one sequence to its nucleotides, (..., L); and what special tokens hold, (...)."""

    @abstractmethod
    def hypothetical(self, row: int, numbers: FloatArray) -> FloatArray:
        """Give the contribution of each base at each position of one sequence, (4, L), channels A C G T."""

    @abstractmethod
    def tokens(self, row: int, numbers: FloatArray) -> tuple[tuple[str, int, int, float], ...]:
        """Name the tokens of one sequence with their numbers (P,); none where nucleotides are read."""

    def groups(self, count: int, copies: int) -> Iterator[list[int]]:
        """Give rows of one shape, as many at a time as memory holds with so many copies of each, at least one."""
        by_width: dict[int, list[int]] = {}
        for row in range(count):
            by_width.setdefault(self.width(row), []).append(row)
        for width, rows in by_width.items():
            most = max(1, _NUMBERS // (width * self.depth * max(1, copies)))
            for start in range(0, len(rows), most):
                yield rows[start : start + most]


class NucleotideReader(Reader):
    """One-hot nucleotides."""

    depth = 4

    def __init__(
        self, fitted: Differentiable, sequences: Sequence[str], target: int, alive: Callable[[], None]
    ) -> None:
        self.sequences, self.network = sequences, Network(fitted.network(), target, over=1, alive=alive)

    def width(self, row: int) -> int:
        """Count the letters."""
        return len(self.sequences[row])

    def batch(self, rows: Sequence[int], kind: str, *, shuffles: int, seed: int) -> Batch:
        """Read sequences of one length."""
        chosen = tuple(self.sequences[row] for row in rows)
        x = np.stack([one_hot(sequence) for sequence in chosen])
        made = x[:, None][:, :0]
        if kind:
            made = np.stack([make_references(kind, sequence, shuffles=shuffles, seed=seed) for sequence in chosen])
        described = describe(kind, shuffles) if kind else ""
        read, references = (torch.tensor(values, **self.network.kind) for values in (x, made))
        return Batch(chosen, read, references, (described,) * len(chosen), None)

    def spread(self, row: int, numbers: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give the numbers as they are."""
        return numbers, np.zeros(numbers.shape[:-1])

    def hypothetical(self, row: int, numbers: FloatArray) -> FloatArray:
        """Give the numbers (4, L) as they are."""
        return numbers

    def tokens(self, row: int, numbers: FloatArray) -> tuple[tuple[str, int, int, float], ...]:
        """Give none."""
        return ()


class TokenReader(Reader):
    """Embeddings of tokens."""

    def __init__(
        self, fitted: TokenDifferentiable, sequences: Sequence[str], target: int, alive: Callable[[], None]
    ) -> None:
        self.sequences, self.fitted = sequences, fitted
        self.rows: list[TokenRow] = fitted.read(sequences) if sequences else []
        self.network = Network(fitted.embedded_network(), target, over=2, alive=alive)
        self.table = fitted.table()
        self.depth = self.table.shape[1]

    @cached_property
    def embeddings(self) -> FloatArray:
        """The embeddings of all tokens, (V, D)."""
        table: FloatArray = self.table.double().cpu().numpy()
        return table

    def width(self, row: int) -> int:
        """Count the tokens."""
        return len(self.rows[row].ids)

    def batch(self, rows: Sequence[int], kind: str, *, shuffles: int, seed: int) -> Batch:
        """Read sequences of as many tokens."""
        chosen = tuple(self.sequences[row] for row in rows)
        ids = torch.from_numpy(np.stack([self.rows[row].ids for row in rows]))
        x = self.table[ids]
        made, described = x[:, None][:, :0], ("",) * len(rows)
        if kind:
            pairs = [
                token_references(self.fitted, self.sequences[row], self.rows[row], kind, shuffles=shuffles, seed=seed)
                for row in rows
            ]
            made, described = torch.stack([matrix for matrix, _ in pairs]), tuple(words for _, words in pairs)
        to = self.network.kind
        unit = float(self.table.std())
        return Batch(chosen, x.to(**to), made.to(**to), described, ids.to(to["device"]), unit)

    def spread(self, row: int, numbers: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Share the numbers of each token among its nucleotides."""
        read = self.rows[row]
        return spread_tokens(numbers, np.stack([read.starts, read.ends], axis=1), len(self.sequences[row]))

    def hypothetical(self, row: int, numbers: FloatArray) -> FloatArray:
        """Give the contribution of each base at each position, spread from tokens as scores are.

        The sequence with that base is read as the model reads it. Each of its tokens that covers the position meets the
        multipliers of the token of the sequence with the same start and end, and gives the position its share of
        (e - r) G, with e its embedding. Where substitution moves the boundaries, as it may with byte-pair tokens, it
        meets the mean multipliers of the tokens that cover the position. Where no token lies, as beyond the longest
        input of the model, it is 0. At the base that stands there this is the score. For a model that adds up numbers
        of k-mers, the contribution of another base minus the score is the effect of that mutation divided by k.

        Parameters
        ----------
        numbers
            (T, D + 1): multipliers G of the embedding of each token, and the sum of r G.
        """
        sequence, read = self.sequences[row], self.rows[row]
        covered = np.zeros(len(sequence), dtype=bool)
        for start, end in zip(read.starts.tolist(), read.ends.tolist(), strict=True):
            covered[start:end] = True
        cells = [(base, position) for position in np.flatnonzero(covered).tolist() for base in range(len(BASES))]
        changed = [(base, position) for base, position in cells if BASES[base] != sequence[position]]
        contributions = np.zeros((len(BASES), len(sequence)))
        for base, position in set(cells).difference(changed):
            contributions[base, position] = self._share(position, read, read, numbers)
        for start in range(0, len(changed), _READ_TOGETHER):
            chunk = changed[start : start + _READ_TOGETHER]
            texts = [sequence[:position] + BASES[base] + sequence[position + 1 :] for base, position in chunk]
            for (base, position), other in zip(chunk, self.fitted.read(texts), strict=True):
                contributions[base, position] = self._share(position, other, read, numbers)
        return contributions

    def _share(self, position: int, other: TokenRow, read: TokenRow, numbers: FloatArray) -> float:
        """Give what the tokens of another reading that cover a position contribute to it."""
        covering = np.flatnonzero((read.starts <= position) & (position < read.ends))
        spans = {(int(read.starts[token]), int(read.ends[token])): numbers[token] for token in covering}
        total = 0.0
        for token in np.flatnonzero((other.starts <= position) & (position < other.ends)):
            start, end = int(other.starts[token]), int(other.ends[token])
            met = spans.get((start, end))
            met = numbers[covering].mean(axis=0) if met is None else met
            total += float(self.embeddings[other.ids[token]] @ met[:-1] - met[-1]) / (end - start)
        return total

    def tokens(self, row: int, numbers: FloatArray) -> tuple[tuple[str, int, int, float], ...]:
        """Name the tokens, their places and numbers."""
        read = self.rows[row]
        columns = (read.texts, read.starts.tolist(), read.ends.tolist(), numbers.tolist())
        return tuple(zip(*columns, strict=True))


def reader_of(fitted: Fitted, sequences: Sequence[str], target: int, alive: Callable[[], None]) -> Reader | None:
    """Give what brings N sequences to the network of a trained model; None where it shows none."""
    if isinstance(fitted, Differentiable):
        return NucleotideReader(fitted, sequences, target, alive)
    if isinstance(fitted, TokenDifferentiable):
        return TokenReader(fitted, sequences, target, alive)
    return None
