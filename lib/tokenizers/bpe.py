"""Byte-pair encoding, learned from the train part (Sennrich et al. 2016, doi:10.18653/v1/P16-1162)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from lib.core.alphabet import BASES
from lib.core.progress import Progress
from lib.core.registry import setting
from lib.tokenizers.base import TOKENIZERS, Corpus, Encoded, FittedTokenizer, Vocabulary

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_STORED = str.maketrans("acgtuU", "ACGTTT")  # letter by letter, for ``str.upper`` may lengthen a text
_ROWS = 512  # sequences that are cut at a time: a token of the library takes some hundred bytes


@TOKENIZERS.add
@dataclass(frozen=True)
class BpeTokenizer:
    """Merge the most frequent pair of neighbouring tokens into one, again and again, until there are enough tokens.

    Hugging Face ``tokenizers`` learns the merges and cuts by them. A whole sequence counts as one word. A letter other
    than A, C, G, T is a token of its own, the unknown one.
    """

    name: ClassVar[str] = "bpe"
    label: ClassVar[str] = "Byte-pair encoding"
    summary: ClassVar[str] = "Stretches that are frequent in your sequences become tokens, built up from pairs."
    partition: ClassVar[bool] = True
    needs: ClassVar[tuple[str, ...]] = ("sequences",)
    size: int = setting(
        512, label="Vocabulary size", low=16, high=65536, help="Tokens in all, the five special ones included."
    )
    least: int = setting(
        2, label="Least count", low=1, high=1_000_000, advanced=True, help="Times a pair must occur to be merged."
    )
    longest: int = setting(
        32, label="Longest token", unit="nt", low=2, high=1000, advanced=True, help="Letters of a token at most."
    )

    def fit(self, corpus: Corpus, progress: Progress) -> "MergingTokenizer":
        """Learn the merges of the train part.

        Raises
        ------
        UserError
            If there is nothing to learn from, or it does not allow that many tokens.
        """
        from lib.tokenizers._training import enough, merges_of, runs

        words = runs(corpus.learned(self.label), label=self.label)
        pieces, merges = merges_of(
            words, size=self.size, least=self.least, longest=self.longest, letters=BASES, progress=progress
        )
        enough(pieces, self.size, label=self.label, mend=", allow rarer or longer tokens")
        return MergingTokenizer(self, Vocabulary.of(pieces), merges)

    def restore(self, vocabulary: Vocabulary, state: Mapping[str, Any]) -> "MergingTokenizer":
        """Take back the merges."""
        return MergingTokenizer.restore(self, vocabulary, state)

    def estimate_seconds(self, corpus: Corpus) -> float:
        """Estimate the time from the letters; measured by ``tests.bench.bench_tokenizers_subwords``."""
        return 0.1 + 2e-6 * corpus.letters


class MergingTokenizer(FittedTokenizer):
    """A vocabulary and merges in the order of their ranks, as pairs of pieces."""

    def __init__(self, settings: Any, vocabulary: Vocabulary, merges: Sequence[tuple[str, str]]) -> None:
        self.settings, self.vocabulary, self.merges = settings, vocabulary, tuple(merges)

    @classmethod
    def restore(cls, settings: Any, vocabulary: Vocabulary, state: Mapping[str, Any]) -> "MergingTokenizer":
        """Take back what ``state`` gave.

        Raises
        ------
        KeyError, TypeError, ValueError
            If it is damaged.
        """
        merges = []
        for line in state["merges"]:
            left, right = line.split(" ")
            if left + right not in vocabulary.ids or left not in vocabulary.ids or right not in vocabulary.ids:
                raise ValueError(f"the merge {line} makes no piece")
            merges.append((left, right))
        return cls(settings, vocabulary, merges)

    @cached_property
    def _cutter(self) -> "Tokenizer":
        from tokenizers import Tokenizer, models

        special = set(self.vocabulary.special.values())
        ids = {text: number for number, text in enumerate(self.vocabulary.texts) if number not in special}
        pairs = [(left.upper(), right.upper()) for left, right in self.merges]
        unknown = self.vocabulary.special["unknown"]
        ids[self.vocabulary.pieces[unknown]] = unknown
        return Tokenizer(models.BPE(ids, pairs, unk_token=self.vocabulary.pieces[unknown]))

    def encode_batch(self, sequences: Sequence[str]) -> Encoded:
        """Cut N sequences."""
        special = set(self.vocabulary.special.values())
        widths = [1 if number in special else len(text) for number, text in enumerate(self.vocabulary.texts)]
        ids, counts = [np.empty(0, dtype=np.int32)], [0]
        for start in range(0, len(sequences), _ROWS):
            texts = [sequence.translate(_STORED) for sequence in sequences[start : start + _ROWS]]
            rows = [row.ids for row in self._cutter.encode_batch_fast(texts, add_special_tokens=False)]
            ids.append(np.fromiter(chain.from_iterable(rows), dtype=np.int32))
            counts += map(len, rows)
        found, bounds = np.concatenate(ids), np.cumsum(counts, dtype=np.int64)
        ends = np.concatenate([[0], np.cumsum(np.array(widths, dtype=np.int64)[found])])
        before = np.repeat(ends[bounds[:-1]], counts[1:])  # letters of the sequences in front
        return Encoded(found, (ends[:-1] - before).astype(np.int32), (ends[1:] - before).astype(np.int32), bounds)

    def state(self) -> dict[str, Any]:
        """Give the merges, each as its two pieces with a blank between them."""
        return {"merges": [f"{left} {right}" for left, right in self.merges]}
