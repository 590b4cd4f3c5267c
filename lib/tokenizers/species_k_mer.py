"""A species token and overlapping k-mers, as SpeciesLM reads (Karollus et al. 2024, doi:10.1186/s13059-024-03221-x).

What its authors do, by their notebook (ModelUsage.ipynb in github.com/gagneurlab/SpeciesLM): the name of a species
stands before all 6-mers of a sequence, one letter apart; a BERT tokenizer puts ``[CLS]`` before and ``[SEP]`` behind;
the 6-mers follow five special tokens in the vocabulary. A species that the model was not trained on is read as a
relative: *Saccharomyces cerevisiae* by ``candida_glabrata``. The five nucleotides at either end lie in fewer than six
6-mers; the authors put zeros in place of the predictions missing there, and filled up a sequence that was too short
with the letters of its plasmid (issue 1 of that repository). The order of words here is A T C G as in DNABERT and in
the vocabulary of the authors' later model (johahi/specieslm-fungi-upstream-k1); one species is known, after the words.

Deviation: the ends can be padded with ``_``, which stands for no letter, so that each nucleotide lies in equally many
k-mers. Such words have pieces of their own, ``_____G``, after the species; without padding the tokens are those of the
notebook (the preset).
"""

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from lib.core.errors import UserError
from lib.core.progress import Progress
from lib.core.registry import setting
from lib.tokenizers.base import SPECIAL, TOKENIZERS, Corpus, Encoded, FittedTokenizer, Vocabulary
from lib.tokenizers.kmer import ORDER, every_word

PAD = "_"
EVERY, SAME, NONE = "every letter in k words", "as many words as letters", "none"
_SPECIES = re.compile(r"[a-z][a-z0-9_.-]*")


@TOKENIZERS.add
@dataclass(frozen=True)
class SpeciesKmerTokenizer:
    """Put ``[CLS]`` and a species token before every window of ``k`` letters, and ``[SEP]`` behind.

    A window with a letter other than A C G T (U) becomes the unknown token. Words of padded ends have the offsets of
    their letters; the special tokens stand for no letters and lie at the start and at the end.
    """

    name: ClassVar[str] = "species-k-mer"
    label: ClassVar[str] = "Species and k-mers"
    summary: ClassVar[str] = (
        "The name of a species, then every window of k letters, so that one model reads many species."
    )
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "SpeciesLM": {"species": "candida_glabrata", "k": 6, "padding": NONE}
    }
    species: str = setting(
        "candida_glabrata",
        label="Species",
        help="Genus and species as the model names them, such as candida_glabrata; a relative for a species that the "
        "model does not know.",
    )
    k: int = setting(6, label="Word length", unit="nt", low=1, high=8, help="Letters in each word.")
    padding: str = setting(
        EVERY,
        label="Padding of the ends",
        choices=(EVERY, SAME, NONE),
        help="Without padding the letters near the ends lie in fewer words than the others.",
    )

    def fit(self, corpus: Corpus, progress: Progress) -> "FittedSpeciesKmers":
        """Learn nothing: all words are known.

        Raises
        ------
        UserError
            If the species is not written as a name.
        """
        if not _SPECIES.fullmatch(self.species):
            raise UserError(
                f"The species is {self.species[:60]!r}; write it in lower case without blanks, such as "
                "candida_glabrata."
            )
        words = [*every_word(self.k), self.species]
        if self.padding != NONE:
            words += _pad_words(self.k)
        plain = Vocabulary.of(words)
        special = {**plain.special, "species": len(SPECIAL) + 4**self.k}
        return FittedSpeciesKmers(self, Vocabulary(plain.pieces, special))

    def restore(self, vocabulary: Vocabulary, state: Mapping[str, Any]) -> "FittedSpeciesKmers":
        """Take the vocabulary back."""
        return FittedSpeciesKmers(self, vocabulary)

    @property
    def pads(self) -> tuple[int, int]:
        """Count the letters of padding before and after each sequence."""
        return {EVERY: (self.k - 1, self.k - 1), SAME: ((self.k - 1) // 2, self.k // 2), NONE: (0, 0)}[self.padding]


def _pad_words(k: int) -> list[str]:
    """Give the words of k places that are partly padding: by letters, then by places of padding before them.

    >>> _pad_words(2)
    ['A_', 'T_', 'C_', 'G_', '_A', '_T', '_C', '_G']
    """
    return [
        f"{PAD * before}{''.join(letters)}{PAD * (k - count - before)}"
        for count in range(1, k)
        for before in range(k - count + 1)
        for letters in itertools.product(ORDER, repeat=count)
    ]


class _Vocabulary(Vocabulary):
    @cached_property
    def texts(self) -> tuple[str, ...]:
        """Letters of each piece without padding."""
        return tuple(text.strip(PAD) for text in super().texts)


class FittedSpeciesKmers(FittedTokenizer):
    """All words of k letters, a species, and the words of padded ends."""

    def __init__(self, settings: SpeciesKmerTokenizer, vocabulary: Vocabulary) -> None:
        self.settings = settings
        self.vocabulary = _Vocabulary(vocabulary.pieces, vocabulary.special)
        self._first = self._places(settings.k)

    def _places(self, k: int) -> NDArray[np.int32]:
        """Find the id of the first word of each layout, (k, k + 1): places of padding before, letters."""
        ids, first = self.vocabulary.ids, np.zeros((k, k + 1), dtype=np.int32)
        first[0, k] = ids[ORDER[0] * k]
        if self.settings.padding != NONE:
            for count in range(1, k):
                for before in range(k - count + 1):
                    first[before, count] = ids[f"{PAD * before}{ORDER[0] * count}{PAD * (k - count - before)}"]
        return first

    def encode_batch(self, sequences: Sequence[str]) -> Encoded:
        """Cut N sequences; an empty one, and one that is shorter than a word and not padded, has no tokens."""
        from lib.tokenizers._letters import join_letters
        from lib.tokenizers._species import frame_words

        special = self.vocabulary.special
        return frame_words(
            *join_letters(sequences),
            k=self.settings.k,
            pads=self.settings.pads,
            first=self._first,
            frame=(special["cls"], special["species"], special["sep"], special["unknown"]),
        )

    def state(self) -> dict[str, Any]:
        """Nothing beyond the vocabulary."""
        return {}
