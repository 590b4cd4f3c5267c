"""Codons in their reading frame, the words in which ribosomes read coding sequences."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from lib.core.alphabet import BASES
from lib.core.progress import Progress
from lib.core.registry import setting
from lib.tokenizers._letters import join_letters
from lib.tokenizers.base import TOKENIZERS, Corpus, Encoded, FittedTokenizer, Token, Vocabulary

FIRST_BASE, FIRST_START, SECOND, THIRD = "first base", "first ATG", "second base", "third base"
FRAMES = {FIRST_BASE: 0, SECOND: 1, THIRD: 2}
_START = bytes(BASES.index(base) for base in "ATG")


@TOKENIZERS.add
@dataclass(frozen=True)
class CodonTokenizer:
    """Cut a sequence into codons, one after the other from where its reading frame begins.

    Letters before the frame, and one or two that are left at the end, are tokens of one letter. A codon with a letter
    other than A C G T (U) becomes the unknown token. Where the frame begins at the first ATG and there is none, it
    begins at the first base. Codons behind a stop codon are cut in the same frame.
    """

    name: ClassVar[str] = "codon"
    label: ClassVar[str] = "Codons"
    summary: ClassVar[str] = "Triplets in the reading frame; for coding sequences."
    partition: ClassVar[bool] = True
    frame: str = setting(
        FIRST_BASE,
        label="Reading frame begins at",
        choices=(FIRST_BASE, FIRST_START, SECOND, THIRD),
        help="Coding sequences from their start codon begin at the first base. Where a 5'UTR stands before it, choose "
        "the first ATG.",
    )

    def tokens(self, sequence: str) -> list[Token]:
        """Split a sequence.

        >>> [token.text for token in CodonTokenizer(frame="first ATG").tokens("CATGGCTTA")]
        ['C', 'ATG', 'GCT', 'T', 'A']
        """
        begin = FRAMES.get(self.frame, max(sequence.find("ATG"), 0))
        begin = min(begin, len(sequence))
        end = begin + (len(sequence) - begin) // 3 * 3
        bounds = [*range(begin), *range(begin, end, 3), *range(end, len(sequence) + 1)]
        return [Token(sequence[first:last], first, last) for first, last in itertools.pairwise(bounds)]

    def fit(self, corpus: Corpus, progress: Progress) -> "FittedCodons":
        """Learn nothing: the four letters and the 64 codons are known."""
        codons = map("".join, itertools.product(BASES, repeat=3))
        return FittedCodons(self, Vocabulary.of([*BASES, *codons]))

    def restore(self, vocabulary: Vocabulary, state: Mapping[str, Any]) -> "FittedCodons":
        """Take the vocabulary back."""
        return FittedCodons(self, vocabulary)


class FittedCodons(FittedTokenizer):
    """The four letters and the codons after the special tokens."""

    def __init__(self, settings: CodonTokenizer, vocabulary: Vocabulary) -> None:
        self.settings, self.vocabulary = settings, vocabulary
        unknown, ids = vocabulary.special["unknown"], vocabulary.ids
        self._letters = np.array([*(ids[base] for base in BASES), unknown], dtype=np.int32)
        codons = ["".join(letters) for letters in itertools.product((*BASES, "N"), repeat=3)]
        self._codons = np.array([ids.get(codon, unknown) for codon in codons], dtype=np.int32)

    def encode_batch(self, sequences: Sequence[str]) -> Encoded:
        """Cut N sequences, all codons of one looked up at once."""
        codes, bounds = join_letters(sequences)
        ids, starts, ends, counts = [], [], [], [0]
        for number in range(len(sequences)):
            letters = codes[bounds[number] : bounds[number + 1]]
            begin = FRAMES.get(self.settings.frame, max(letters.tobytes().find(_START), 0))
            begin = min(begin, len(letters))
            end = begin + (len(letters) - begin) // 3 * 3
            triplets = letters[begin:end].reshape(-1, 3).astype(np.int32) @ np.array([25, 5, 1], dtype=np.int32)
            ids += [self._letters[letters[:begin]], self._codons[triplets], self._letters[letters[end:]]]
            first = np.concatenate([np.arange(begin), np.arange(begin, end, 3), np.arange(end, len(letters))])
            starts.append(first)
            ends.append(np.append(first[1:], len(letters))[: len(first)])
            counts.append(len(first))
        none = np.empty(0, dtype=np.int32)
        joint = [np.concatenate([none, *each]).astype(np.int32) for each in (ids, starts, ends)]
        return Encoded(joint[0], joint[1], joint[2], np.cumsum(counts, dtype=np.int64))

    def state(self) -> dict[str, Any]:
        """Nothing beyond the vocabulary."""
        return {}
