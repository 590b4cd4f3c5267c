"""Background sequences: real ones of a part of a dataset, or dinucleotide shuffles of them."""

from collections.abc import Sequence

import numpy as np

from lib.core.alphabet import BASES, codes
from lib.core.errors import UserError
from lib.core.shuffle import dinucleotide_shuffle
from lib.datasets.dataset import Dataset, PartName

REAL, SHUFFLED = KINDS = ("real", "shuffled")
_LETTERS = np.array([*BASES, "N"])


def backgrounds(dataset: Dataset, kind: str, *, part: PartName = "test", count: int = 100, seed: int = 0) -> list[str]:
    """Draw backgrounds from one part of a dataset, each sequence at most once.

    Parameters
    ----------
    dataset, part
        Where they come from.
    kind
        ``real``, or ``shuffled``: each shuffled so that its dinucleotides stay, which breaks the motifs in it.
    count
        How many; all of the part where it has fewer.

    Raises
    ------
    UserError
        If there is no such kind, or the part is empty.
    """
    if kind not in KINDS:
        raise UserError(f"There are no backgrounds called {kind!r}; choose one of {', '.join(KINDS)}.")
    rows = dataset.rows(part)
    if not len(rows):
        raise UserError(f"The {part} part of {dataset.name} holds no sequences. Choose another part.")
    rng = np.random.default_rng(seed)
    chosen = np.sort(rng.permutation(rows)[:count])
    found = [str(sequence) for sequence in dataset.sequences[chosen]]
    return found if kind == REAL else shuffle_each(found, seed=seed)


def shuffle_each(sequences: Sequence[str], *, seed: int = 0) -> list[str]:
    """Shuffle each sequence so that every dinucleotide count stays."""
    rng = np.random.default_rng([seed, len(sequences)])
    return ["".join(_LETTERS[dinucleotide_shuffle(codes(sequence), rng)]) for sequence in sequences]
