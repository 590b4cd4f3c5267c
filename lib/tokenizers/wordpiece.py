"""WordPiece, learned from the train part (Schuster and Nakajima 2012, doi:10.1109/ICASSP.2012.6289079)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from lib.core.alphabet import BASES
from lib.core.progress import Progress
from lib.core.registry import setting
from lib.tokenizers.base import CONTINUES, TOKENIZERS, Corpus, Encoded, FittedTokenizer, Vocabulary

if TYPE_CHECKING:
    from lib.tokenizers._trie import Trie


@TOKENIZERS.add
@dataclass(frozen=True)
class WordPieceTokenizer:
    """Take the longest known piece from left to right; pieces that go on with a word are other tokens than first ones.

    Hugging Face ``tokenizers`` learns the pieces, which it builds by merging frequent pairs; cutting is compiled and
    gives the same tokens to the last. A whole sequence counts as one word, of any length. A letter other than A, C, G,
    T is a word of its own, the unknown token, and the letter behind it begins a word.
    """

    name: ClassVar[str] = "wordpiece"
    label: ClassVar[str] = "WordPiece"
    summary: ClassVar[str] = "The longest frequent stretch from left to right is a token; ## marks all but the first."
    partition: ClassVar[bool] = True
    needs: ClassVar[tuple[str, ...]] = ("sequences",)
    size: int = setting(
        512, label="Vocabulary size", low=16, high=65536, help="Tokens in all, the five special ones included."
    )
    least: int = setting(
        2, label="Least count", low=1, high=1_000_000, advanced=True, help="Times a pair must occur to be merged."
    )

    def fit(self, corpus: Corpus, progress: Progress) -> "LongestPieceTokenizer":
        """Learn the pieces of the train part.

        Raises
        ------
        UserError
            If there is nothing to learn from, or it does not allow that many tokens.
        """
        from lib.tokenizers._training import enough, pieces_of, runs

        words = runs(corpus.learned(self.label), label=self.label)
        pieces = pieces_of(words, size=self.size, least=self.least, letters=BASES, progress=progress)
        enough(pieces, self.size, label=self.label, mend=", allow rarer tokens")
        return LongestPieceTokenizer(self, Vocabulary.of(pieces))

    def restore(self, vocabulary: Vocabulary, state: Mapping[str, Any]) -> "LongestPieceTokenizer":
        """Take back the vocabulary, which is all there is."""
        return LongestPieceTokenizer(self, vocabulary)

    def estimate_seconds(self, corpus: Corpus) -> float:
        """Estimate the time from the letters; measured by ``tests.bench.bench_tokenizers_subwords``."""
        return 0.1 + 2e-6 * corpus.letters


class LongestPieceTokenizer(FittedTokenizer):
    """A vocabulary in which pieces that go on with a word begin with ``##``."""

    def __init__(self, settings: Any, vocabulary: Vocabulary) -> None:
        self.settings, self.vocabulary = settings, vocabulary

    @cached_property
    def _tries(self) -> "tuple[Trie, Trie]":
        from lib.tokenizers._trie import Trie

        begins: dict[str, int] = {}
        goes_on: dict[str, int] = {}
        special = set(self.vocabulary.special.values())
        for number, (piece, text) in enumerate(zip(self.vocabulary.pieces, self.vocabulary.texts, strict=True)):
            if number not in special:
                (goes_on if piece.startswith(CONTINUES) else begins)[text] = number
        first, rest = (Trie.of(list(words), list(words.values())) for words in (begins, goes_on))
        return first, rest

    def encode_batch(self, sequences: Sequence[str]) -> Encoded:
        """Cut N sequences."""
        from lib.tokenizers._letters import join_letters
        from lib.tokenizers._trie import longest

        return longest(*join_letters(sequences), self._tries, self.vocabulary.special["unknown"])

    def state(self) -> dict[str, Any]:
        """Nothing beyond the vocabulary."""
        return {}
