"""Attention of an encoder, spread to nucleotides as DNABERT-viz shows it (Ji 2021, doi:10.1093/bioinformatics/btab083).

Attention is no explanation of a prediction: a head can attend to what changes nothing, and what it gathers is mixed
further before anything is predicted (Jain & Wallace 2019, doi:10.18653/v1/N19-1357). So it is no attribution method
here. It is shown beside them, and judged as they are: by deletion curves (``lib.attribution.faithfulness``) and by
planted motifs (``tests/bench/bench_language.py``).

From tokens to nucleotides as in ``lib.attribution.token_to_base``: each nucleotide of a token gets an equal share,
overlapping tokens add up. Deviation from DNABERT-viz: there a nucleotide has the mean over the k-mers that hold it,
which differs only within k of the ends.
"""

from dataclasses import dataclass

import numpy as np

from lib.attribution.masked_reconstruction import require_letters
from lib.attribution.token_to_base import spread_tokens
from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.models.base import Composed, Fitted, TokenRow
from lib.models.fitted import FittedEncoder

CLS, EVERY = READERS = ("cls", "every token")
"""Who attends: [CLS], or the mean over all tokens."""
NO_EXPLANATION = (
    "Attention is not an explanation: it shows where the encoder looks, not what changes the prediction. Compare it "
    "with an attribution, and look at its deletion curve."
)
NO_ATTENTION = "This model has no attention. Choose a run of an encoder, such as BERT, UTR-LM or DNABERT-2."
MEMBERS = "The members of an ensemble attend each for itself. Choose the run of one member."
HIDDEN = "The attention of this encoder cannot be read. Choose a run of another encoder."
NO_CLS = "This encoder reads no [CLS] token. Choose the mean over every token instead."
LONGEST = 1024
"""Tokens of the longest input: the weights of every pair are held for each layer and head, 0.6 GB for 12 of 12."""


@dataclass(frozen=True)
class AttentionScores:
    """What one layer and head, or the mean of several, attend to in a sequence of L letters.

    Parameters
    ----------
    sequence
        Stored DNA.
    scores
        (L,) attention to each nucleotide. ``scores.sum() + special`` is 1.
    special
        What special tokens such as [CLS] and [SEP] get, which stand for no nucleotide.
    tokens
        Text, start, end (half-open) and attention of each token, in their order; start == end for special ones.
    layer, head
        Counted from 0; None for the mean over all.
    reader
        Who attends, one of ``READERS``.
    """

    sequence: str
    scores: FloatArray
    special: float
    tokens: tuple[tuple[str, int, int, float], ...]
    layer: int | None
    head: int | None
    reader: str


@dataclass(frozen=True)
class Attention:
    """The attention of an encoder over one sequence of L letters that is read as T tokens.

    Parameters
    ----------
    sequence, row
        Stored DNA, and how it is read.
    weights
        (layers, heads, T, T) of the tokens that attend (rows) to those attended to (columns); each row adds up to 1.
    cls
        Which of the tokens is [CLS]; None where there is none.
    """

    sequence: str
    row: TokenRow
    weights: FloatArray
    cls: int | None

    def scores(self, *, layer: int | None = None, head: int | None = None, reader: str = CLS) -> AttentionScores:
        """Give the attention to each nucleotide.

        Parameters
        ----------
        layer, head
            Counted from 0; None for the mean over all.
        reader
            One of ``READERS``.

        Raises
        ------
        UserError
            If there is no such layer or head, or no [CLS].
        """
        chosen = self._chosen(layer, head)  # T, T
        if reader == CLS and self.cls is None:
            raise UserError(NO_CLS)
        to = chosen.mean(axis=0) if reader == EVERY else chosen[self.cls]
        row = self.row
        scores, special = spread_tokens(to, np.stack([row.starts, row.ends], axis=1), len(self.sequence))
        tokens = tuple(zip(row.texts, row.starts.tolist(), row.ends.tolist(), to.tolist(), strict=True))
        return AttentionScores(self.sequence, scores, float(special), tokens, layer, head, reader)

    def between(self, *, layer: int | None = None, head: int | None = None) -> FloatArray:
        """Give the attention between nucleotides, (L, L): rows attend to columns.

        What a nucleotide attends to is the mean over the tokens that hold it; NaN where no token does. Each row adds up
        to 1 less what special tokens get.

        Raises
        ------
        UserError
            If there is no such layer or head.
        """
        chosen, length = self._chosen(layer, head), len(self.sequence)
        position = np.arange(length)[:, None]
        over = ((self.row.starts <= position) & (position < self.row.ends)).astype(float)  # L, T
        size = np.maximum(self.row.ends - self.row.starts, 1)
        with np.errstate(invalid="ignore"):
            rows = over / over.sum(axis=1, keepdims=True)
        found: FloatArray = rows @ chosen @ (over / size).T
        return found

    def _chosen(self, layer: int | None, head: int | None) -> FloatArray:
        """Give the weights (T, T) of a layer and head, or the mean over them."""
        for name, number, count in (("layer", layer, self.weights.shape[0]), ("head", head, self.weights.shape[1])):
            if number is not None and not 0 <= number < count:
                raise UserError(f"There is no {name} {number + 1}; this encoder has {count}. Choose one of them.")
        weights = self.weights if layer is None else self.weights[layer : layer + 1]
        weights = weights if head is None else weights[:, head : head + 1]
        mean: FloatArray = weights.mean(axis=(0, 1), dtype=np.float64)
        return mean


def explain_refusal(fitted: Fitted) -> str:
    """Say in one sentence why a trained model has no attention to look at; nothing where it has."""
    if isinstance(fitted, Composed):
        return MEMBERS
    return "" if isinstance(fitted, FittedEncoder) else NO_ATTENTION


def attention(fitted: Fitted, sequence: str) -> Attention:
    """Compute the attention of a trained encoder over a sequence; the encoder is left as it is.

    Raises
    ------
    UserError
        If the model has no attention, or it cannot be read, or the sequence is empty or too long.
    """
    if why := explain_refusal(fitted):
        raise UserError(why)
    assert isinstance(fitted, FittedEncoder)
    require_letters(sequence)
    import torch

    from lib.models.nets.attention_weights import attention_weights

    [row] = fitted.read([sequence])
    if len(row.ids) > LONGEST:
        raise UserError(
            f"The sequence has {len(row.ids):,} tokens, and attention is shown for {LONGEST:,}. Choose a part of it."
        )
    weights = attention_weights(fitted.module.body.encoder, torch.from_numpy(row.ids))
    if weights is None:
        raise UserError(HIDDEN)
    first = None if fitted.frame.cls is None else int(np.flatnonzero(row.ids == fitted.frame.cls)[0])
    return Attention(sequence, row, weights.float().numpy(), first)
