"""References of models that read tokens: K rows of embeddings as long as those of the sequence, (K, T, D).

- Dinucleotide shuffles of the letters, cut by the model's own tokenizer. Only those that give as many tokens as the
  sequence can be compared with it token by token; where too few are found, its own tokens in a random order stand for
  the rest, and the description says how many.
- Zeros: embeddings of nothing. Uniform: the mean of the embeddings of all words. Mask: the token that hides others.

Special tokens such as [CLS] are the same in sequence and reference.
"""

from collections.abc import Callable, Iterator
from itertools import islice

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lib.attribution.references import KINDS, MASK, SHUFFLES, UNIFORM, ZEROS, describe, draw_shuffles, make_generator
from lib.core.alphabet import to_texts
from lib.core.errors import UserError
from lib.models.base import TokenDifferentiable, TokenRow

_TRIES = 10  # shuffles that are cut for each one that is wanted, at most

FIXED: dict[str, tuple[str, Callable[[TokenDifferentiable, Tensor], Tensor]]] = {
    ZEROS: ("zeros instead of the embeddings of words", lambda _, own: torch.zeros_like(own[0])),
    UNIFORM: (
        "the mean of the embeddings of all words",
        lambda model, _: model.table()[torch.from_numpy(model.words())].mean(dim=0),
    ),
}
"""References that are one embedding (D,) in place of every word, from the model and the words of the sequence."""


def token_references(
    model: TokenDifferentiable, sequence: str, row: TokenRow, kind: str, *, shuffles: int, seed: int
) -> tuple[Tensor, str]:
    """Make the K references of a sequence, (K, T, D), and say in words what they are.

    Raises
    ------
    UserError
        If there is no such kind, or the tokenizer has no mask token.
    """
    table = model.table()
    words = torch.from_numpy(row.ends > row.starts)  # T
    if kind == SHUFFLES:
        ids, others = _draw_shuffled(model, sequence, row, shuffles, seed)
        said = describe(kind, shuffles)
        if others:
            said += f", of which {others} are its tokens in random order, for too few shuffles have as many tokens"
        return table[torch.from_numpy(ids)], said
    own = table[torch.from_numpy(row.ids)]  # T, D
    if kind in FIXED:
        said, embedding = FIXED[kind]
        return torch.where(words[:, None], embedding(model, own[words]), own)[None], said
    if kind != MASK:
        raise UserError(f"There is no reference called {kind!r}; choose one of {', '.join(KINDS)}.")
    number = model.mask_token()
    if number is None:
        raise UserError("The tokenizer of this model has no mask token. Choose another reference sequence.")
    return torch.where(words[:, None], table[number], own)[None], describe(kind, shuffles)


def _draw_shuffled(
    model: TokenDifferentiable, sequence: str, row: TokenRow, shuffles: int, seed: int
) -> tuple[NDArray[np.int64], int]:
    """Give ids (K, T) of K shuffles with as many tokens, and how many of them are tokens in random order."""
    drawn = draw_shuffles(sequence, seed)
    found: list[NDArray[np.int64]] = []
    for _ in range(_TRIES):
        rows = model.read(to_texts(np.stack(list(islice(drawn, shuffles)))))
        found += [other.ids for other in rows if _fits(other, row)]
        if len(found) >= shuffles:
            break
    missing = max(0, shuffles - len(found))
    found += islice(_permute(row, make_generator(sequence, seed)), missing)
    return np.stack(found[:shuffles]), missing


def _fits(other: TokenRow, row: TokenRow) -> bool:
    special = row.ends == row.starts
    return len(other.ids) == len(row.ids) and bool(((other.ends == other.starts) == special).all())


def _permute(row: TokenRow, rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    words = np.flatnonzero(row.ends > row.starts)
    while True:
        ids = row.ids.copy()
        ids[words] = row.ids[rng.permutation(words)]
        yield ids
