"""How sequences reach a network that is to be explained: as nucleotides, one-hot, or as the embeddings of their tokens.

Shapes: N sequences of one shape S, (4, L) or (T, D); K references; P positions of the network, L or T.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lib.attribution._network import Network
from lib.attribution._token_references import token_references
from lib.attribution.base import Attribution, compute_standard_errors
from lib.attribution.references import describe, make_references
from lib.attribution.token_to_base import spread_tokens
from lib.core.alphabet import BASES, one_hot
from lib.core.arrays import FloatArray
from lib.models.base import Differentiable, TokenDifferentiable, TokenRow

_NUMBERS = 2**24  # of the references of sequences that are attributed together
_READ_TOGETHER = 512  # substituted sequences


@dataclass(frozen=True)
class Batch:
    """Sequences of one shape, as the network reads them.

    Parameters
    ----------
    sequences
        N of them.
    described
        What the references are in words, N; empty where nothing is compared.
    x
        (N, *S).
    references
        (N, K, *S); K is 0 where nothing is compared.
    f_x, f_references
        (N,) and (N, K) the predictions of x and of the references.
    ids
        (N, T) for networks that read tokens, else None.
    unit
        What a standard deviation of 1 means for noise: 1 for nucleotides, that of the table for embeddings.
    seed
        Of what is drawn for them.
    """

    sequences: tuple[str, ...]
    described: tuple[str, ...]
    x: Tensor
    references: Tensor
    f_x: Tensor
    f_references: Tensor
    ids: Tensor | None
    unit: float
    seed: int

    def ids_of(self, rows: Tensor) -> Tensor | None:
        """Give the ids (P, T) of points that belong to rows (P,)."""
        return None if self.ids is None else self.ids[rows]

    def move(self, noise: Tensor, number: int, network: Network) -> "Batch":
        """Give the batch with noise (N, *S) added to its sequences, and what the network predicts of these."""
        x = self.x + noise
        return replace(self, x=x, f_x=network.values(x, self.ids), seed=self.seed + number)

    def select(self, rows: Tensor) -> "Batch":
        """Give some of the sequences."""
        chosen: dict[str, Any] = {}
        for name in (field.name for field in fields(self)):
            value = getattr(self, name)
            if isinstance(value, Tensor):
                chosen[name] = value[rows]
            elif isinstance(value, tuple):
                chosen[name] = tuple(value[row] for row in rows.tolist())
        return replace(self, **chosen)


class Reader(ABC):
    """Sequences on their way into a network, and numbers on their way back; those of nucleotides stay as they are.

    Parameters
    ----------
    sequences
        N of them.
    network
        What reads them.
    depth
        Numbers that the network reads at a position.
    unit
        What a standard deviation of 1 means for noise.
    """

    def __init__(self, sequences: Sequence[str], network: Network, *, depth: int, unit: float) -> None:
        self.sequences, self.network, self.depth, self.unit = sequences, network, depth, unit

    @abstractmethod
    def width(self, row: int) -> int:
        """Count the positions of a sequence: letters, or tokens."""

    @abstractmethod
    def read(self, rows: Sequence[int]) -> tuple[Tensor, Tensor | None]:
        """Read N sequences of one shape, (N, *S), with the ids of their tokens, (N, T), if any."""

    @abstractmethod
    def make_references(self, row: int, kind: str, *, shuffles: int, seed: int) -> tuple[Tensor, str]:
        """Make the K references of a sequence, (K, *S), and say in words what they are."""

    def read_batch(self, rows: Sequence[int], kind: str, *, shuffles: int, seed: int) -> Batch:
        """Read sequences of one shape, with their references; none where ``kind`` is empty."""
        x, ids = self.read(rows)
        x, ids = x.to(**self.network.kind), None if ids is None else ids.to(self.network.kind["device"])
        references, described = x[:, None][:, :0], ("",) * len(rows)
        if kind:
            made = [self.make_references(row, kind, shuffles=shuffles, seed=seed) for row in rows]
            references = torch.stack([one for one, _ in made]).to(**self.network.kind)
            described = tuple(words for _, words in made)
        copies = references.shape[1]
        every = None if ids is None else ids.repeat_interleave(copies, dim=0)
        return Batch(
            sequences=tuple(self.sequences[row] for row in rows),
            described=described,
            x=x,
            references=references,
            f_x=self.network.values(x, ids),
            f_references=self.network.values(references.flatten(0, 1), every).reshape(len(rows), copies),
            ids=ids,
            unit=self.unit,
            seed=seed,
        )

    def group_rows(self, copies: int) -> Iterator[list[int]]:
        """Give rows of one shape, as many at a time as memory holds with so many copies of each, at least one."""
        by_width: dict[int, list[int]] = {}
        for row in range(len(self.sequences)):
            by_width.setdefault(self.width(row), []).append(row)
        for width, rows in by_width.items():
            most = max(1, _NUMBERS // (width * self.depth * copies))
            for start in range(0, len(rows), most):
                yield rows[start : start + most]

    def spread(self, row: int, numbers: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Bring numbers (..., P) of one sequence to its nucleotides, (..., L); and what special tokens hold, (...)."""
        return numbers, np.zeros(numbers.shape[:-1])

    def list_tokens(self, row: int, numbers: FloatArray) -> tuple[tuple[str, int, int, float], ...]:
        """Name the tokens of one sequence with their places and numbers (P,); none where nucleotides are read."""
        return ()

    def make_hypothetical(self, row: int, multipliers: FloatArray, taken: FloatArray) -> FloatArray:
        """Give the contribution of each base at each position of one sequence, (4, L), channels A C G T.

        Parameters
        ----------
        multipliers, taken
            (*S) each, the means over the references r of the multipliers G, and of r G.
        """
        contributions: FloatArray = multipliers - taken.sum(axis=0)
        return contributions

    def make_attribution(
        self, row: int, numbers: FloatArray, sources: Sequence[FloatArray], **facts: Any
    ) -> Attribution:
        """Make the attribution of one sequence from numbers (P,), and from (K, P) of each source of chance in them."""
        scores, special = self.spread(row, numbers)
        return Attribution(
            sequence=self.sequences[row],
            scores=scores,
            special=float(special),
            tokens=self.list_tokens(row, numbers),
            standard_errors=compute_standard_errors(self.spread(row, source)[0] for source in sources),
            **facts,
        )


class NucleotideReader(Reader):
    """One-hot nucleotides."""

    def __init__(
        self, fitted: Differentiable, sequences: Sequence[str], target: int, alive: Callable[[], None]
    ) -> None:
        super().__init__(sequences, Network(fitted.network(), target, over=1, alive=alive), depth=4, unit=1.0)

    def width(self, row: int) -> int:
        """Count the letters."""
        return len(self.sequences[row])

    def read(self, rows: Sequence[int]) -> tuple[Tensor, Tensor | None]:
        """Read N sequences of L letters, (N, 4, L)."""
        return torch.from_numpy(np.stack([one_hot(self.sequences[row]) for row in rows])), None

    def make_references(self, row: int, kind: str, *, shuffles: int, seed: int) -> tuple[Tensor, str]:
        """Make the K references of a sequence, (K, 4, L), and say in words what they are."""
        made = make_references(kind, self.sequences[row], shuffles=shuffles, seed=seed)
        return torch.from_numpy(made), describe(kind, shuffles)


class TokenReader(Reader):
    """Embeddings of tokens."""

    def __init__(
        self, fitted: TokenDifferentiable, sequences: Sequence[str], target: int, alive: Callable[[], None]
    ) -> None:
        self.fitted, self.table = fitted, fitted.table()
        self.rows: list[TokenRow] = fitted.read(sequences) if sequences else []
        network = Network(fitted.embedded_network(), target, over=2, alive=alive)
        super().__init__(sequences, network, depth=self.table.shape[1], unit=float(self.table.std()))

    @cached_property
    def embeddings(self) -> FloatArray:
        """The embeddings of all tokens, (V, D)."""
        table: FloatArray = self.table.double().cpu().numpy()
        return table

    def width(self, row: int) -> int:
        """Count the tokens."""
        return len(self.rows[row].ids)

    def read(self, rows: Sequence[int]) -> tuple[Tensor, Tensor | None]:
        """Read N sequences of T tokens, (N, T, D), with their ids, (N, T)."""
        ids = torch.from_numpy(np.stack([self.rows[row].ids for row in rows]))
        return self.table[ids], ids

    def make_references(self, row: int, kind: str, *, shuffles: int, seed: int) -> tuple[Tensor, str]:
        """Make the K references of a sequence, (K, T, D), and say in words what they are."""
        return token_references(self.fitted, self.sequences[row], self.rows[row], kind, shuffles=shuffles, seed=seed)

    def spread(self, row: int, numbers: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Share the numbers of each token among its nucleotides."""
        read = self.rows[row]
        return spread_tokens(numbers, np.stack([read.starts, read.ends], axis=1), len(self.sequences[row]))

    def list_tokens(self, row: int, numbers: FloatArray) -> tuple[tuple[str, int, int, float], ...]:
        """Name the tokens, their places and numbers."""
        read = self.rows[row]
        columns = (read.texts, read.starts.tolist(), read.ends.tolist(), numbers.tolist())
        return tuple(zip(*columns, strict=True))

    def make_hypothetical(self, row: int, multipliers: FloatArray, taken: FloatArray) -> FloatArray:
        """Give the contribution of each base at each position, spread from tokens as scores are.

        The sequence with that base is read as the model reads it. Each of its tokens that covers the position meets the
        multipliers of the token of the sequence with the same start and end, and gives the position its share of
        (e - r) G, with e its embedding. Where substitution moves the boundaries, as it may with byte-pair tokens, it
        meets the mean multipliers of the tokens that cover the position. Where no token lies, as beyond the longest
        input of the model, it is 0. At the base that stands there this is the score. For a model that adds up numbers
        of k-mers, the contribution of another base minus the score is the effect of that mutation divided by k.
        """
        numbers = np.column_stack([multipliers, taken.sum(axis=1)])  # T, D + 1: G of each token, and the sum of r G
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
