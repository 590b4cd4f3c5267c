"""Masked-language modelling: before an encoder learns targets, it learns to guess hidden tokens from their neighbours.

Devlin et al. 2019, doi:10.18653/v1/N19-1423. It reads sequences and no label.
"""

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from lib.core.errors import UserError
from lib.core.progress import Stage
from lib.models.context import CHECKPOINTS, Context, Share
from lib.models.nets.batches import Batch, Frame, Ids, TokenExamples
from lib.models.nets.mlm_head import Guesser, LanguageHead
from lib.models.schedule import Plan
from lib.tokenizers import Vocabulary

FOLDER, STAGE = "pretraining", "Pretraining"
MASKED, RANDOM = 0.8, 0.1
_SEEN = -1  # label of a token that is not to be guessed

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Masking:
    """Which tokens are to be guessed, and what stands in their place.

    Parameters
    ----------
    share
        Share of the tokens of a sequence that are to be guessed, one token at least; [CLS] and [SEP] never are.
    mask
        Id of what stands for most of them.
    words
        (W,) ids of the tokens that may stand for some of them.
    """

    share: float
    mask: int
    words: NDArray[np.int64]

    @classmethod
    def of(cls, vocabulary: Vocabulary, share: float) -> "Masking":
        """Take the ids of a vocabulary; one without [MASK] has its unknown token stand for it.

        Raises
        ------
        UserError
            If it has neither, or no words.
        """
        special = vocabulary.special
        words = np.setdiff1d(np.arange(len(vocabulary)), list(special.values()))
        mask = special.get("mask", vocabulary.unknown)
        if mask is None or not len(words):
            raise UserError(
                "The tokenizer has neither [MASK] nor an unknown token, or no words, so nothing can be hidden from the "
                "encoder. Choose another tokenizer, or no epochs of pretraining."
            )
        return cls(share, mask, words)

    def count(self, tokens: NDArray[np.int64]) -> NDArray[np.int64]:
        """Count the tokens to be guessed of sequences with so many ``tokens`` (N,) each."""
        hidden: NDArray[np.int64] = np.maximum(np.rint(self.share * tokens), 1).astype(np.int64)
        return hidden

    def hide(self, ids: Ids, rng: np.random.Generator) -> tuple[Ids, NDArray[np.int64]]:
        """Hide some of the tokens (T,) of a sequence; also tell where they were.

        Of those, 80% become [MASK], 10% any token, and 10% stay, so that an encoder cannot rely on what stands there.
        """
        chosen = rng.choice(len(ids), size=int(self.count(np.array(len(ids)))), replace=False)
        fate, hidden = rng.random(len(chosen)), ids.copy()
        hidden[chosen[fate < MASKED]] = self.mask
        random = chosen[(fate >= MASKED) & (fate < MASKED + RANDOM)]
        hidden[random] = rng.choice(self.words, size=len(random))
        return hidden, chosen


class MaskedTokens(TokenExamples):
    """N sequences of which some tokens are hidden; which ones depends on seed, step and sequence alone.

    Parameters
    ----------
    rows, frame
        What ``frame.rows`` gave, and what makes batches of them.
    masking, seed
        What is hidden, and what draws it.
    """

    def __init__(self, rows: Sequence[Ids], frame: Frame, masking: Masking, seed: int) -> None:
        self.masking, self.seed, self.step = masking, seed, 0
        self.first = int(frame.cls is not None)
        self.around = self.first + (frame.sep is not None)
        counts = masking.count(np.array([len(row) - self.around for row in rows]))
        super().__init__(rows, frame, counts.astype(np.float64))

    def collate(self, numbers: Sequence[int]) -> Batch:
        """Make ``sequences``, ``mask`` (N, T) and ``labels`` of a batch.

        The sequences (N, 2, T) are the ids as they are seen, and 1 where one is to be guessed; the labels (N, T) are
        the ids to be guessed, and -1 elsewhere.
        """
        ids, mask = self.batch(numbers)
        seen, labels = ids.clone(), torch.full_like(ids, _SEEN)
        for row, number in enumerate(numbers):
            inner = slice(self.first, len(self.rows[number]) - self.around + self.first)
            rng = np.random.default_rng([self.seed, self.step, number])
            hidden, chosen = self.masking.hide(self.rows[number][inner], rng)
            seen[row, inner] = torch.from_numpy(hidden)
            places = torch.from_numpy(chosen) + self.first
            labels[row, places] = ids[row, places]
        return {"sequences": torch.stack([seen, (labels != _SEEN).long()], dim=1), "mask": mask, "labels": labels}


@dataclass(frozen=True)
class MaskedTokenLoss:
    """The cross entropy of the hidden tokens, in nats for each, which is all that tells the best epoch."""

    judged: ClassVar[str] = "score"

    def count_known(self, labels: Tensor) -> Tensor:
        """Count the hidden tokens of sequences that hide so many each, (N,)."""
        return labels.sum()

    def __call__(self, predictions: Tensor, labels: Tensor, known: Tensor | None = None) -> Tensor:
        """Compare logits (M, V) with the M labels (N, T) that are to be guessed, of ``known`` in the whole batch."""
        hidden = labels[labels != _SEEN]
        return cross_entropy(predictions, hidden, reduction="sum") / (len(hidden) if known is None else known)

    def score(self, predictions: Tensor, labels: Tensor) -> float:
        """Give no score beside the loss."""
        return math.nan

    def validate(self, examples: MaskedTokens, share: Share) -> tuple[float, float]:
        """Give the loss of the validation rows; there is no score beside it."""
        loss, known = torch.zeros(()), examples.labels.sum()
        for numbers, logits in share.batches():
            loss += self(logits, examples.collate(numbers)["labels"], known)
        return share.total(loss).item(), math.nan


@dataclass(frozen=True)
class PretrainingRows:
    """What a pretraining reads.

    Parameters
    ----------
    train, validation
        Rows of ids, as ``frame.rows`` gave them: what is learned from, and what tells the best epoch.
    frame, masking
        How they become batches, and what is hidden of them.
    """

    train: Sequence[Ids]
    validation: Sequence[Ids]
    frame: Frame
    masking: Masking


def pretrain(
    encoder: nn.Module, rows: PretrainingRows, *, plan: Plan, ahead: int, context: Context
) -> tuple[LanguageHead, Context]:
    """Teach an encoder to guess hidden tokens, and give the head that guesses with the context for what follows.

    The encoder has the weights of the epoch that guesses the validation rows best, and is on the CPU. The loop is that
    of every training: a pretraining can be cancelled and goes on where it stopped, with the numbers that it would have
    had. Its checkpoints lie in ``checkpoints/pretraining`` of the run for as long as the run goes on.

    Parameters
    ----------
    encoder
        See ``Guesser``.
    plan
        Its epochs are passes over the train rows; it never stops early.
    ahead
        Steps that follow, so that reports know the end of both.

    Raises
    ------
    Cancelled
        If the listener asked for it.
    UserError
        If the loss is no number any more, the device is not there, or nothing can be written.
    """
    folder = context.folder / CHECKPOINTS / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(context.seed)
    train, validation = (
        MaskedTokens(part, rows.frame, rows.masking, context.seed) for part in (rows.train, rows.validation)
    )
    plan = replace(plan, patience=plan.epochs)
    within = replace(context, folder=folder, progress=Stage(context.progress, STAGE, after=ahead))
    network = Guesser(encoder)
    loss = MaskedTokenLoss()
    validate = partial(loss.validate, validation)
    outcome = within.train(network, train, validation, loss=loss, plan=plan, validate=validate)
    encoder.to("cpu")
    log.info("Pretraining: kept epoch %d; validation loss %.4f a hidden token.", outcome.epoch, -outcome.score)
    torch.manual_seed(context.seed)  # what follows begins in one state, whether this was interrupted or not
    before = Stage(context.progress, before=plan.steps(len(train)))
    return network.head(), replace(context, progress=before)
