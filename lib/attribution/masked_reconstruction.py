"""Masked reconstruction: how likely a language model finds each base where it cannot see it.

A language model of tokens guesses words; this is what it says of bases. All tokens over a nucleotide are hidden
together, so that nothing that is read still holds it. A hidden token guesses a word w that begins where the token
begins, with probability p(w). The probability of base b at the place o of that word is the marginal

    p(b) = sum of p(w) over all words w with the letter b at place o.

Words too short to reach that place, special tokens and words with N there say nothing of it; their share is told as
1 - ``covered``. What several tokens over a nucleotide say is averaged (as Karollus et al. 2024,
doi:10.1186/s13059-024-03221-x, do for overlapping k-mers), then the four numbers are divided by their sum.

- Words of one length (single nucleotides, k-mers): every word reaches every place, so this is the plain marginal.
- Words of many lengths (byte pairs of DNABERT-2, MORPH): the length of the hidden word is **not** given away. To
  condition on it would be to tell the answer, for of some lengths the vocabulary has one word only. Where the hidden
  token begins is still known, and so is that tokenizer's cut of what stands around it.

The logo of these probabilities is as tall as the information that they hold, 2 bits less the entropy (Schneider &
Stephens 1990, doi:10.1093/nar/18.20.6097, without their correction for small samples: these are no counts).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lib.core.alphabet import BASES, codes
from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.core.progress import Progress, Report, Silent
from lib.models.base import TokenRow
from lib.models.language_model import MaskedLanguageModel
from lib.motifs.pwm import information

if TYPE_CHECKING:
    from torch import Tensor

SILENT = Silent()
_TOKENS, _NUMBERS = 16_000, 2**24  # tokens, and numbers of logits, that are computed together
_PAD = "_"


@dataclass(frozen=True)
class Reconstruction:
    """What a language model expects at each nucleotide of a sequence of L letters, without seeing it.

    Parameters
    ----------
    sequence
        Stored DNA.
    probabilities
        (L, 4) of A C G T, each row adds up to 1; NaN where no token lies, such as beyond the longest input.
    covered
        (L,) share of the guesses that name a base there, from 0 to 1.
    origin
        Where encoder and head come from, in words.
    """

    sequence: str
    probabilities: FloatArray
    covered: FloatArray
    origin: str

    @property
    def information(self) -> FloatArray:
        """Bits that the probabilities hold, (L,), from 0 (all alike) to 2 (certain); NaN where no token lies."""
        unread = np.isnan(self.probabilities).any(axis=1)
        return np.where(unread, np.nan, information(self.probabilities.T))

    @property
    def standing(self) -> FloatArray:
        """Probability of the base that stands there, (L,); NaN at N."""
        letters = codes(self.sequence)
        found = np.full(len(letters), np.nan)
        known = np.flatnonzero(letters < len(BASES))
        found[known] = self.probabilities[known, letters[known]]
        return found

    @property
    def accuracy(self) -> float:
        """Share of the bases that are the most likely one at their place; NaN where none is known."""
        letters, known = codes(self.sequence), np.isfinite(self.standing)
        if not known.any():
            return float("nan")
        return float((self.probabilities[known].argmax(axis=1) == letters[known]).mean())

    @property
    def perplexity(self) -> float:
        """Two to the mean of -log2 of ``standing``: 4 for one who knows nothing, 1 for one who knows all."""
        known = self.standing[np.isfinite(self.standing)]
        return float(2 ** -np.log2(np.maximum(known, 1e-12)).mean()) if len(known) else float("nan")


def reconstruct(model: MaskedLanguageModel, sequence: str, *, progress: Progress = SILENT) -> Reconstruction:
    """Hide each nucleotide in turn and read what the model guesses in its place.

    Raises
    ------
    UserError
        If the sequence is empty, or has no token.
    Cancelled
        If the listener asked for it.
    """
    require_letters(sequence)
    [row] = model.read([sequence])
    words = WordLetters(model.pieces)
    by_hidden: dict[bytes, list[int]] = {}
    for position in range(len(sequence)):
        hidden = (row.starts <= position) & (position < row.ends)
        if hidden.any():
            by_hidden.setdefault(hidden.tobytes(), []).append(position)
    if not by_hidden:
        raise UserError("The tokenizer of this run finds no token in the sequence. Choose a longer sequence.")
    probabilities, covered = np.full((len(sequence), 4), np.nan), np.full(len(sequence), np.nan)
    masks = np.stack([np.frombuffer(key, dtype=bool) for key in by_hidden])  # H, T
    positions, done = list(by_hidden.values()), 0
    for part in batches(len(masks), len(row.ids), len(words)):
        progress.report(Report(done, len(masks), "Masked reconstruction"))
        ids = np.where(masks[part], model.mask, row.ids)
        found = words.masses(model.logits(ids), [row] * len(ids), len(sequence))  # H, L, 4
        for mass, places in zip(found, positions[part], strict=True):
            covered[places] = mass[places].sum(axis=1)
            probabilities[places] = mass[places] / mass[places].sum(axis=1, keepdims=True)
        done += len(ids)
    progress.report(Report(len(masks), len(masks), "Masked reconstruction"))
    return Reconstruction(sequence, probabilities, covered, model.origin)


class WordLetters:
    """Which letter each word has at each of its places.

    Parameters
    ----------
    pieces
        (V,) letters of each word; ``_`` for a place without a letter, and nothing for special tokens.
    """

    def __init__(self, pieces: Sequence[str]) -> None:
        self.pieces = pieces
        self.leads = np.array([len(piece) - len(piece.lstrip(_PAD)) for piece in pieces])
        self._tables: dict[tuple[int, int], Tensor] = {}

    def __len__(self) -> int:
        return len(self.pieces)

    def masses(self, logits: NDArray[np.float32], rows: Sequence[TokenRow], length: int) -> FloatArray:
        """Give the probability mass of each base at each nucleotide, (N, L, 4), the mean over the tokens there.

        Rows add up to the share of guesses that name a base; NaN where no token lies.

        Parameters
        ----------
        logits
            (N, T, V') with V' >= V; what lies beyond V are special tokens.
        rows
            N rows of T tokens: where they lie, and what they are when they are not hidden.
        length
            L.
        """
        import torch

        leads = [self._leads(row) for row in rows]
        places = max(int((row.ends - row.starts + lead).max(initial=0)) for row, lead in zip(rows, leads, strict=True))
        shares = torch.from_numpy(logits).softmax(dim=-1) @ self._table(logits.shape[2], places)
        found = shares.double().numpy().reshape(*logits.shape[:2], places, 4)
        total, count = np.zeros((len(rows), length, 4)), np.zeros((len(rows), length))
        for number, (row, lead) in enumerate(zip(rows, leads, strict=True)):
            for place in range(places):
                where = row.starts - lead + place
                there = np.flatnonzero((where >= row.starts) & (where < row.ends))
                np.add.at(total[number], where[there], found[number, there, place])
                np.add.at(count[number], where[there], 1)
        with np.errstate(invalid="ignore"):
            mean: FloatArray = total / count[:, :, None]
        return mean

    def _table(self, words: int, places: int) -> "Tensor":
        """Give 1 where a word has a base at a place, else 0: (V', places * 4)."""
        import torch

        if (words, places) not in self._tables:
            table = torch.zeros(words, places, 4)
            for number, piece in enumerate(self.pieces):
                for place, letter in enumerate(piece[:places]):
                    if (base := BASES.find(letter)) >= 0:
                        table[number, place, base] = 1
            self._tables[words, places] = table.flatten(1)
        return self._tables[words, places]

    def _leads(self, row: TokenRow) -> NDArray[np.int64]:
        """Count the places without a letter before the first one of each token."""
        known = row.ids < len(self.leads)
        found: NDArray[np.int64] = np.where(known, self.leads[np.where(known, row.ids, 0)], 0)
        return found


def batches(count: int, tokens: int, words: int) -> Iterator[slice]:
    """Give slices of rows of so many tokens that are computed together, for logits of so many words each."""
    each = max(1, min(_TOKENS // max(1, tokens), _NUMBERS // max(1, tokens * words)))
    for start in range(0, count, each):
        yield slice(start, min(count, start + each))


def require_letters(sequence: str) -> None:
    """Check that a sequence is not empty.

    Raises
    ------
    UserError
        If it is.
    """
    if not sequence:
        raise UserError("The sequence is empty; a language model needs at least one nucleotide.")
