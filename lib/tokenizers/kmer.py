"""Overlapping k-mers, the tokens of DNABERT (Ji et al. 2021, doi:10.1093/bioinformatics/btab083)."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from lib.core.errors import UserError
from lib.core.progress import Progress
from lib.core.registry import setting
from lib.tokenizers.base import SPECIAL, TOKENIZERS, Corpus, Encoded, FittedTokenizer, Token, Vocabulary

ORDER = "ATCG"
"""The order in which DNABERT counts the letters: its first word is AAAAAA, its second AAAAAT."""
ALL_WORDS = 8
"""The largest k for which the vocabulary holds every word, 4^k of them."""
MOST_LEARNED = 4**9
"""The most words that are learned for a larger k."""


@TOKENIZERS.add
@dataclass(frozen=True)
class KmerTokenizer:
    """Cut a sequence into every window of ``k`` letters, ``stride`` letters apart.

    Up to k = 8 the vocabulary is that of DNABERT: the special tokens, then all 4^k words in its order. 4^12 words would
    be 17 million, so for a larger k it holds the words that the windows of the train part have, the most frequent first
    and equally frequent ones in alphabetical order, 262,144 (4^9) at most. A window with a letter other than A C G T
    (U), or with a word outside the vocabulary, becomes the unknown token.
    """

    name: ClassVar[str] = "k-mer"
    label: ClassVar[str] = "k-mers"
    summary: ClassVar[str] = "Every window of k letters; neighbours overlap."
    k: int = setting(6, label="Word length", unit="nt", low=1, high=12, help="Letters in each token.")
    stride: int = setting(1, label="Step", unit="nt", low=1, high=12, help="Letters from one token to the next.")

    def tokens(self, sequence: str) -> list[Token]:
        """Split a sequence of L letters into (L - k) // stride + 1 tokens, half-open offsets.

        >>> [(token.text, token.start) for token in KmerTokenizer(k=3, stride=2).tokens("ACGTA")]
        [('ACG', 0), ('GTA', 2)]

        Raises
        ------
        UserError
            If the sequence is shorter than ``k``.
        """
        if len(sequence) < self.k:
            raise UserError(f"The sequence has {len(sequence)} nt; k-mers of {self.k} need at least {self.k}. Lower k.")
        starts = range(0, len(sequence) - self.k + 1, self.stride)
        return [Token(sequence[start : start + self.k], start, start + self.k) for start in starts]

    def fit(self, corpus: Corpus, progress: Progress) -> "FittedKmers":
        """List all words, or learn those of the train part for k above 8.

        Raises
        ------
        UserError
            If k is above 8 and there are no sequences to learn from.
        """
        if self.k <= ALL_WORDS:
            return FittedKmers(self, Vocabulary.of(every_word(self.k)))
        if not any(corpus.sequences):
            raise UserError(
                f"k-mers of {self.k} are learned from sequences, because there are {4**self.k:,} of them, and there "
                f"are no sequences. Choose a dataset, or k of at most {ALL_WORDS}."
            )
        from lib.tokenizers._letters import join_letters
        from lib.tokenizers._windows import frequent_words

        words = frequent_words(*join_letters(corpus.sequences), self.k, stride=self.stride, most=MOST_LEARNED)
        return FittedKmers(self, Vocabulary.of(words))

    def restore(self, vocabulary: Vocabulary, state: Mapping[str, Any]) -> "FittedKmers":
        """Take the vocabulary back."""
        return FittedKmers(self, vocabulary)


def every_word(k: int) -> list[str]:
    """Give all words of k letters in the order of DNABERT.

    >>> every_word(2)[:5]
    ['AA', 'AT', 'AC', 'AG', 'TA']
    """
    return list(map("".join, itertools.product(ORDER, repeat=k)))


class FittedKmers(FittedTokenizer):
    """Words that are looked up in every window."""

    def __init__(self, settings: KmerTokenizer, vocabulary: Vocabulary) -> None:
        from lib.tokenizers._windows import Words

        self.settings, self.vocabulary = settings, vocabulary
        self._words = Words.of(vocabulary.pieces[len(SPECIAL) :], settings.k)

    def encode_batch(self, sequences: Sequence[str]) -> Encoded:
        """Cut N sequences; one that is shorter than a word has no tokens."""
        from lib.tokenizers._letters import join_letters
        from lib.tokenizers._windows import windows

        unknown = self.vocabulary.special["unknown"]
        return windows(
            *join_letters(sequences), self._words, stride=self.settings.stride, offset=len(SPECIAL), unknown=unknown
        )

    def state(self) -> dict[str, Any]:
        """Nothing beyond the vocabulary."""
        return {}
