"""What is hidden from an encoder while it learns a language (Devlin et al. 2019, doi:10.18653/v1/N19-1423)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import cross_entropy

from lib.core.errors import UserError
from lib.tokenizers import Vocabulary
from lib.training.tokens import Frame, Ids, TokenExamples

MASKED, RANDOM = 0.8, 0.1
_SEEN = -1  # label of a token that is not to be guessed


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
        return np.maximum(np.rint(self.share * tokens), 1).astype(np.int64)

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


class HiddenTokens(TokenExamples):
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
        super().__init__(rows, frame, counts)

    def collate(self, numbers: Sequence[int]) -> dict[str, Tensor | None]:
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
class GuessingLoss:
    """The cross entropy of the hidden tokens, in nats for each, which is all that tells the best epoch."""

    judged: ClassVar[str] = "score"

    def known(self, counts: Tensor) -> Tensor:
        """Count the hidden tokens of sequences that hide so many each, (N,)."""
        return counts.sum()

    def __call__(self, logits: Tensor, labels: Tensor, known: Tensor) -> Tensor:
        """Compare logits (M, V) with the M labels (N, T) that are to be guessed, of ``known`` in the whole batch."""
        return cross_entropy(logits, labels[labels != _SEEN], reduction="sum") / known

    def score(self, logits: Tensor, labels: Tensor) -> float:
        """Give no score beside the loss."""
        return float("nan")
