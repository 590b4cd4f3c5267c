"""Language models whose guesses can be worked out by hand, and small encoders with heads, none of them trained."""

from dataclasses import replace

import numpy as np
import torch

from lib.models.base import TokenRow
from lib.models.language_model import language_model
from lib.models.nets.mlm_head import Guesser
from tests.attribution.explained import encoder
from tests.models import published

BASES = "ACGT"


class Letters:
    """[CLS], a token for each letter, [SEP]; what it guesses at each place is given by ``odds``.

    Ids: 0 [CLS], 1 [SEP], 2 [MASK], 3 N, 4 to 7 A C G T.
    """

    origin, pieces, mask = "a table", ("", "", "", "N", *BASES), 2

    def __init__(self):
        self.seen = []

    def read(self, sequences):
        rows = []
        for sequence in sequences:
            ids = [0, *(4 + BASES.find(letter) if letter in BASES else 3 for letter in sequence), 1]
            starts = np.array([0, *range(len(sequence)), len(sequence)])
            ends = np.array([0, *range(1, len(sequence) + 1), len(sequence)])
            rows.append(TokenRow(np.array(ids), ("[CLS]", *sequence, "[SEP]"), starts, ends))
        return rows

    def logits(self, ids):
        self.seen.append(ids.copy())
        return np.stack([self.guess(row) for row in ids]).astype(np.float32)

    def guess(self, ids):
        """Give (T, 8) logits: everything is as likely as anything."""
        return np.zeros((len(ids), 8))


class Copies(Letters):
    """Place ``to`` is, with probability 0.97, the letter that stands at ``source``; all else is 1/4 each."""

    def __init__(self, source, to):
        super().__init__()
        self.source, self.to = source, to

    def guess(self, ids):
        found = np.full((len(ids), 8), -60.0)
        found[:, 4:] = np.log(0.25)
        letter = ids[1 + self.source]
        if letter >= 4:
            found[1 + self.to, 4:] = np.log(0.01)
            found[1 + self.to, letter] = np.log(0.97)
        return found


class Words:
    """A partition into given words; each hidden or seen token is guessed as ``shares`` say, wherever it stands."""

    origin = "a table"

    def __init__(self, shares, cut):
        self.pieces, self.cut = ("", "", *shares), cut
        self.mask, self.shares = 1, np.array([1e-30, 1e-30, *shares.values()])

    def read(self, sequences):
        ends = np.cumsum([len(word) for word in self.cut])
        ids = np.array([self.pieces.index(word) for word in self.cut])
        assert sequences == ["".join(self.cut)]
        return [TokenRow(ids, tuple(self.cut), np.array([0, *ends[:-1]]), ends)]

    def logits(self, ids):
        return np.broadcast_to(np.log(self.shares), (*ids.shape, len(self.shares))).astype(np.float32)


def headed(fitted, seed=4):
    """Give a trained model with a language-model head of random weights."""
    torch.manual_seed(seed)
    guesser = Guesser(fitted.module.body.encoder)
    with torch.no_grad():
        guesser.bias.normal_()
        guesser.norm.weight.normal_()
        guesser.norm.bias.normal_()
    return replace(fitted, language_head=guesser.head())


def dnabert2(folder):
    """Give DNABERT-2 in the published layout, on byte pairs, of random weights."""
    weights = str(published.dnabert2(folder / "weights"))
    return language_model(headed(encoder("dnabert-2", {"weights": weights, "adaptation": "frozen"})))
