"""MORPH: subwords of the windows that RNA-binding proteins like, the tokens of DNA-MORPH."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from lib.core.errors import UserError
from lib.core.progress import Progress
from lib.core.registry import setting
from lib.tokenizers.base import TOKENIZERS, Corpus, Encoded, FittedTokenizer, Vocabulary
from lib.tokenizers.bpe import MergingTokenizer
from lib.tokenizers.window_choice import VALUE, WindowChoice
from lib.tokenizers.wordpiece import LongestPieceTokenizer

BPE, WORDPIECE = "bpe", "wordpiece"
LETTERS = "acgt"


@TOKENIZERS.add
@dataclass(frozen=True)
class MorphTokenizer(WindowChoice):
    """Keep the windows whose Mean_RBP exceeds a threshold, then cut each of these words into subwords.

    The words are those of the sliding window; they are written in lower case and cut by byte-pair encoding or by
    WordPiece, which learns its pieces from all words kept in the train part and marks with ``##`` those that go on
    with a word. The presets fix what is published of the two data sets: windows of 7 letters with a Mean_RBP above
    3.32 (MORPH_D) and above 0.954 (MORPH_O). Which of the two algorithms was used for which is not stated to us:
    **the choice of WordPiece for both is ours**, and a setting. So are the size of the vocabulary and the defaults of
    the threshold, which suit any table.

    Tokens come word by word, the words by their starts and the pieces of each from left to right, for that is what a
    model reads; words that overlap make later tokens start before earlier ones. Training ends early where every word is
    one token already, so the vocabulary size is a limit here, not a promise.
    """

    name: ClassVar[str] = "morph"
    label: ClassVar[str] = "MORPH"
    summary: ClassVar[str] = "Windows that RNA-binding proteins like, each cut into subwords; the rest is dropped."
    needs: ClassVar[tuple[str, ...]] = ("rbp", "sequences")
    ordered: ClassVar[bool] = False
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "MORPH_D": {"width": 7, "by": VALUE, "threshold": 3.32},
        "MORPH_O": {"width": 7, "by": VALUE, "threshold": 0.954},
    }
    algorithm: str = setting(
        WORDPIECE,
        label="Subwords by",
        choices=(WORDPIECE, BPE),
        help="WordPiece takes the longest known piece from left to right; byte-pair encoding merges frequent pairs.",
    )
    size: int = setting(
        256,
        label="Largest vocabulary",
        low=16,
        high=65536,
        help="Tokens in all, the five special ones included; fewer where every word is one token before.",
    )
    least: int = setting(
        1, label="Least count", low=1, high=1_000_000, advanced=True, help="Times a pair must occur to be merged."
    )

    def fit(self, corpus: Corpus, progress: Progress) -> "FittedMorph":
        """Choose the words by the RBP table, then learn pieces from those of the train part.

        Raises
        ------
        UserError
            If there is no RBP table or no train part, no motif above the threshold, or none of them in a sequence.
        Cancelled
            If the listener asked for it.
        """
        from lib.tokenizers._letters import join_letters
        from lib.tokenizers._windows import Words, windows

        kept = self.keep_words(corpus)
        found = windows(*join_letters(corpus.learned(self.label)), Words.of(kept.words, len(kept.words[0])))
        if not len(found.ids):
            raise UserError(
                f"{self.label}: none of the {len(kept.words):,} words above the threshold {kept.threshold:.6g} occurs "
                "in the train part. Choose a lower threshold, or an RBP table for these sequences."
            )
        words = [kept.words[number].lower() for number in found.ids.tolist()]
        return FittedMorph(self._learned(words, progress), kept.words, kept.threshold)

    def restore(self, vocabulary: Vocabulary, state: Mapping[str, Any]) -> "FittedMorph":
        """Take back words and pieces."""
        if self.algorithm == BPE:
            cutter: FittedTokenizer = MergingTokenizer.restore(self, vocabulary, state)
        else:
            cutter = LongestPieceTokenizer(self, vocabulary)
        words = tuple(str(word) for word in state["words"])
        return FittedMorph(cutter, words, float(state["threshold"]))

    def estimate_seconds(self, corpus: Corpus) -> float:
        """Estimate the time from the letters; measured by ``tests.bench.bench_tokenizers_subwords``."""
        return 0.2 + 1e-6 * corpus.letters

    def _learned(self, words: list[str], progress: Progress) -> FittedTokenizer:
        from lib.tokenizers._training import merges_of, pieces_of

        if self.algorithm == BPE:
            pieces, merges = merges_of(
                words, size=self.size, least=self.least, longest=None, letters=LETTERS, progress=progress
            )
            return MergingTokenizer(self, Vocabulary.of(pieces), merges)
        pieces = pieces_of(words, size=self.size, least=self.least, letters=LETTERS, progress=progress)
        return LongestPieceTokenizer(self, Vocabulary.of(pieces))


class FittedMorph(FittedTokenizer):
    """The words that are kept, each cut once, and what cut them.

    Parameters
    ----------
    cutter
        Cuts a word into pieces.
    words
        The words that are kept, DNA, all of one width.
    threshold
        What the Mean_RBP of each exceeds.
    """

    def __init__(self, cutter: FittedTokenizer, words: Sequence[str], threshold: float) -> None:
        from lib.tokenizers._windows import Words

        self.settings, self.vocabulary = cutter.settings, cutter.vocabulary
        self.words, self.threshold, self._cutter = tuple(words), threshold, cutter
        self._windows = Words.of(self.words, len(self.words[0]))
        self._cut = cutter.encode_batch(self.words)

    def encode_batch(self, sequences: Sequence[str]) -> Encoded:
        """Cut N sequences, word by word; one without a kept word has no tokens."""
        from lib.tokenizers._letters import join_letters
        from lib.tokenizers._windows import windows

        found = windows(*join_letters(sequences), self._windows)
        many = np.diff(self._cut.bounds)[found.ids]  # pieces of each word
        ends = np.concatenate([[0], np.cumsum(many)])
        source = np.arange(ends[-1]) - np.repeat(ends[:-1] - self._cut.bounds[found.ids], many)
        shift = np.repeat(found.starts, many)
        return Encoded(
            self._cut.ids[source],
            self._cut.starts[source] + shift,
            self._cut.ends[source] + shift,
            ends[found.bounds],
        )

    def state(self) -> dict[str, Any]:
        """Give words and threshold, and the merges of byte-pair encoding."""
        return {**self._cutter.state(), "words": list(self.words), "threshold": self.threshold}
