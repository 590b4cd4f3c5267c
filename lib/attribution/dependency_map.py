"""Nucleotide dependency maps (Tomaz da Silva et al. 2025, doi:10.1038/s41588-025-02347-3).

Each nucleotide i is mutated to each other base k', and the language model is asked for the probability of each base k
at every other nucleotide j. The dependency is the largest change of the log odds,

    e(i, j) = max over k' and k of |log2 odds(j is k | i is k') - log2 odds(j is k | i as it stands)|,

with odds = p / (1 - p). As published: the sequence is read as it stands, nothing is hidden, so one pass gives a whole
row; 1e-10 is added to the probabilities, which are then divided by their sum; the diagonal is 0.

Probabilities of bases come from those of words as in ``lib.attribution.masked_reconstruction``. Bear in mind: where
tokens overlap (k-mers), neighbours less than k apart share tokens, and a band along the diagonal says no more than
that; where tokens have many lengths (byte pairs), a mutation can move their borders, which is part of what is seen.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from lib.attribution.masked_reconstruction import SILENT, WordLetters, batches, require_letters
from lib.core.alphabet import BASES, codes
from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.core.progress import Progress, Report
from lib.models.language_model import MaskedLanguageModel

LONGEST = 1000
"""Nucleotides of the longest sequence: the changes take 64 bytes for each pair of them."""
EPSILON = 1e-10
_READ = 512  # mutants that are cut into tokens together


@dataclass(frozen=True)
class DependencyMap:
    """How the nucleotides of a sequence of L letters depend on each other in the eyes of a language model.

    Parameters
    ----------
    sequence
        Stored DNA.
    log_odds
        (L, 4) log2 odds of A C G T at each nucleotide of the sequence as it stands.
    changes
        (L, 4, L, 4) float32, change of the log odds of base k at j when i is mutated to k', as [i, k', j, k]; 0 where
        k' stands there. NaN where no token lies, such as beyond the longest input.
    origin
        Where encoder and head come from, in words.
    """

    sequence: str
    log_odds: FloatArray
    changes: NDArray[np.float32]
    origin: str

    @property
    def values(self) -> FloatArray:
        """The map e (L, L): row i is mutated, column j is the target; the diagonal is 0."""
        length = len(self.sequence)
        found = np.empty((length, length))
        for row, changes in enumerate(self.changes):  # one at a time: |changes| at once is as large as they are
            found[row] = np.abs(changes).max(axis=(0, 2))
        np.fill_diagonal(found, np.where(np.isnan(np.diagonal(found)), np.nan, 0.0))
        return found

    def pair(self, mutated: int, target: int) -> tuple[FloatArray, FloatArray]:
        """Give the log odds (4,) of the bases at ``target`` as it stands, and (4, 4) by the base at ``mutated``."""
        before = self.log_odds[target]
        return before, before + self.changes[mutated, :, target].astype(np.float64)


def dependency_map(model: MaskedLanguageModel, sequence: str, *, progress: Progress = SILENT) -> DependencyMap:
    """Mutate each nucleotide to each other base, and compare what the model says of all others.

    Raises
    ------
    UserError
        If the sequence is empty or too long.
    Cancelled
        If the listener asked for it.
    """
    require_letters(sequence)
    length = len(sequence)
    if length > LONGEST:
        raise UserError(
            f"The sequence has {length:,} nt, and a dependency map can have {LONGEST:,}: it compares every pair of "
            "nucleotides. Choose the part that is of interest."
        )
    letters, words = codes(sequence), WordLetters(model.pieces)
    mutations = [(i, k) for i in range(length) for k in range(4) if letters[i] != k]
    [before] = log_odds(model, words, [sequence])
    changes = np.zeros((length, 4, length, 4), dtype=np.float32)
    total = len(mutations)
    for start in range(0, total, _READ):
        part = mutations[start : start + _READ]
        texts = [sequence[:i] + BASES[k] + sequence[i + 1 :] for i, k in part]
        tell = partial(_tell, progress, start, total)
        for (i, k), after in zip(part, log_odds(model, words, texts, tell=tell), strict=True):
            changes[i, k] = after - before
    unread = np.isnan(before).any(axis=1)
    changes[unread] = np.nan
    progress.report(Report(total, total, "Dependency map"))
    return DependencyMap(sequence, before, changes, model.origin)


def log_odds(
    model: MaskedLanguageModel,
    words: WordLetters,
    sequences: Sequence[str],
    *,
    tell: Callable[[int], None] = lambda _: None,
) -> FloatArray:
    """Give the log2 odds of A C G T at each nucleotide of N sequences of L letters as they stand, (N, L, 4).

    Parameters
    ----------
    tell
        Called before each batch with the number of sequences that are done.
    """
    rows, length = model.read(sequences), len(sequences[0])
    found = np.empty((len(rows), length, 4))
    by_count: dict[int, list[int]] = {}
    for number, row in enumerate(rows):
        by_count.setdefault(len(row.ids), []).append(number)
    done = 0
    for count, numbers in by_count.items():
        for part in batches(len(numbers), count, len(words)):
            tell(done)
            some = [rows[number] for number in numbers[part]]
            masses = words.masses(model.logits(np.stack([row.ids for row in some])), some, length) + EPSILON
            shares = masses / masses.sum(axis=2, keepdims=True)
            found[numbers[part]] = np.log2(shares) - np.log2(1 - shares)
            done += len(some)
    return found


def _tell(progress: Progress, before: int, total: int, done: int) -> None:
    progress.report(Report(before + done, total, "Dependency map"))
