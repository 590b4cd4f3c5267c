"""One letter a token, as UTR-LM reads (Chu et al. 2024, doi:10.1038/s42256-024-00823-9)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from lib.core.alphabet import BASES
from lib.core.progress import Progress
from lib.tokenizers._letters import join_letters, places
from lib.tokenizers.base import TOKENIZERS, Corpus, Encoded, FittedTokenizer, Token, Vocabulary


@TOKENIZERS.add
@dataclass(frozen=True)
class NucleotideTokenizer:
    """Cut a sequence into its letters; letters other than A C G T (U) become the unknown token, one each."""

    name: ClassVar[str] = "nucleotide"
    label: ClassVar[str] = "Nucleotides"
    summary: ClassVar[str] = "Each letter is a token."
    partition: ClassVar[bool] = True

    def tokens(self, sequence: str) -> list[Token]:
        """Split a sequence of L letters into L tokens.

        >>> [(token.text, token.start) for token in NucleotideTokenizer().tokens("AC")]
        [('A', 0), ('C', 1)]
        """
        return [Token(letter, start, start + 1) for start, letter in enumerate(sequence)]

    def fit(self, corpus: Corpus, progress: Progress) -> "FittedNucleotides":
        """Learn nothing: the four letters are known."""
        return FittedNucleotides(self, Vocabulary.of(BASES))

    def restore(self, vocabulary: Vocabulary, state: Mapping[str, Any]) -> "FittedNucleotides":
        """Take the vocabulary back."""
        return FittedNucleotides(self, vocabulary)


class FittedNucleotides(FittedTokenizer):
    """The four letters after the special tokens."""

    def __init__(self, settings: NucleotideTokenizer, vocabulary: Vocabulary) -> None:
        self.settings, self.vocabulary = settings, vocabulary
        numbers = [*(vocabulary.ids[base] for base in BASES), vocabulary.special["unknown"]]
        self._ids = np.array(numbers, dtype=np.int32)

    def encode_batch(self, sequences: Sequence[str]) -> Encoded:
        """Look every letter up at once."""
        codes, bounds = join_letters(sequences)
        starts = places(bounds)
        return Encoded(self._ids[codes], starts, starts + np.int32(1), bounds)

    def state(self) -> dict[str, Any]:
        """Nothing beyond the vocabulary."""
        return {}
