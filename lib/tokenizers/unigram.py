"""The Unigram language model, learned from the train part (Kudo 2018, doi:10.18653/v1/P18-1007)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from lib.core.progress import Progress
from lib.core.registry import setting
from lib.tokenizers.base import SPECIAL, TOKENIZERS, Corpus, Encoded, FittedTokenizer, Vocabulary

if TYPE_CHECKING:
    from lib.tokenizers._trie import Trie


@TOKENIZERS.add
@dataclass(frozen=True)
class UnigramTokenizer:
    """Start with every repeated stretch, drop those that explain least, and cut in the most probable way.

    Learning and cutting are those of Hugging Face ``tokenizers``, compiled here: its trainer gives other scores each
    time, for it adds numbers up in a random order, and a tokenizer must be the same for the same data. A letter other
    than A, C, G, T is a token of its own, the unknown one.
    """

    name: ClassVar[str] = "unigram"
    label: ClassVar[str] = "Unigram"
    summary: ClassVar[str] = "The stretches that together make your sequences most probable are the tokens."
    partition: ClassVar[bool] = True
    needs: ClassVar[tuple[str, ...]] = ("sequences",)
    size: int = setting(
        512, label="Vocabulary size", low=16, high=65536, help="Tokens in all, the five special ones included."
    )
    longest: int = setting(
        16, label="Longest token", unit="nt", low=1, high=30, advanced=True, help="Letters of a token at most."
    )

    def fit(self, corpus: Corpus, progress: Progress) -> "UnigramPieces":
        """Learn pieces and scores from the train part.

        Raises
        ------
        UserError
            If there is nothing to learn from, or it does not allow that many tokens.
        Cancelled
            If the listener asked for it.
        """
        from lib.tokenizers._training import enough, runs
        from lib.tokenizers._unigram_em import learn

        words = runs(corpus.learned(self.label), label=self.label)
        pieces, scores = learn(words, size=self.size - len(SPECIAL), longest=self.longest, progress=progress)
        enough(pieces, self.size, label=self.label)
        return UnigramPieces(self, Vocabulary.of(pieces), scores)

    def restore(self, vocabulary: Vocabulary, state: Mapping[str, Any]) -> "UnigramPieces":
        """Take back the scores."""
        scores = [float(score) for score in state["scores"]]
        if len(scores) + len(SPECIAL) != len(vocabulary):
            raise ValueError("each piece has one score")
        return UnigramPieces(self, vocabulary, scores)

    def estimate_seconds(self, corpus: Corpus) -> float:
        """Estimate the time from the letters; measured by ``tests.bench.bench_tokenizers_subwords``."""
        return 0.5 + 5e-6 * corpus.letters


class UnigramPieces(FittedTokenizer):
    """A vocabulary and the score of each piece that is not special, a natural logarithm."""

    def __init__(self, settings: UnigramTokenizer, vocabulary: Vocabulary, scores: Sequence[float]) -> None:
        self.settings, self.vocabulary, self.scores = settings, vocabulary, tuple(scores)

    @cached_property
    def _trie(self) -> "Trie":
        from lib.tokenizers._trie import Trie

        return Trie.of(self.vocabulary.pieces[len(SPECIAL) :], range(len(SPECIAL), len(self.vocabulary)))

    def encode_batch(self, sequences: Sequence[str]) -> Encoded:
        """Cut N sequences."""
        from lib.tokenizers._letters import join_letters
        from lib.tokenizers._trie import UNKNOWN_PENALTY, best

        scores = np.array([0.0] * len(SPECIAL) + list(self.scores))
        penalty = float(scores.min()) - UNKNOWN_PENALTY
        return best(*join_letters(sequences), self._trie, scores, self.vocabulary.special["unknown"], penalty)

    def state(self) -> dict[str, Any]:
        """Give the scores in the order of the vocabulary."""
        return {"scores": list(self.scores)}
