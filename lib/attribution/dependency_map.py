"""Nucleotide dependency maps (Tomaz da Silva et al. 2025, doi:10.1038/s41588-025-02347-3).

Each nucleotide i is mutated to each other base k', and the language model is asked for the probability of each base k
at every other nucleotide j. The dependency is the largest change of the log odds,

    e(i, j) = max over k' and k of |log2 odds(j is k | i is k') - log2 odds(j is k | i as it stands)|,

with odds = p / (1 - p). As published: the sequence is read as it stands, nothing is hidden, so one pass gives a whole
row; 1e-10 is added to the probabilities, which are then divided by their sum; the diagonal is 0.

Probabilities of bases come from those of words as in ``lib.attribution.masked_reconstruction``. Bear in mind: where
nucleotides share a token (``shared``), a mutation of one replaces the token that speaks for the other, and blocks and
bands along the diagonal say little more than that; where tokens have many lengths (byte pairs), a mutation can also
move their borders.
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
from lib.models.base import TokenRow
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
    shared
        (L, L) whether a token of the sequence holds both nucleotides: what they say of each other is then mostly that.
    origin
        Where encoder and head come from, in words.
    """

    sequence: str
    log_odds: FloatArray
    changes: NDArray[np.float32]
    shared: NDArray[np.bool_]
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

    @property
    def strongest(self) -> tuple[int, int] | None:
        """Find the pair (mutated, target) of the largest dependency that shares no token; None where there is none."""
        values = np.where(self.shared, -1.0, np.nan_to_num(self.values, nan=-1.0))
        mutated, target = divmod(int(values.argmax()), len(values))
        return (mutated, target) if values[mutated, target] > 0 else None

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
    return DependencyMap(sequence, before, changes, find_shared_tokens(model.read([sequence])[0], length), model.origin)


def find_shared_tokens(row: TokenRow, length: int) -> NDArray[np.bool_]:
    """Tell of each two of L nucleotides whether a token holds both, (L, L); each nucleotide does with itself.

    >>> row = TokenRow(np.array([7, 8]), ("AC", "G"), np.array([0, 2]), np.array([2, 3]))
    >>> find_shared_tokens(row, 3).astype(int).tolist()
    [[1, 1, 0], [1, 1, 0], [0, 0, 1]]
    """
    position = np.arange(length)[:, None]
    over = ((row.starts <= position) & (position < row.ends)).astype(np.float32)  # L, T
    found: NDArray[np.bool_] = (over @ over.T > 0) | np.eye(length, dtype=bool)
    return found


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
