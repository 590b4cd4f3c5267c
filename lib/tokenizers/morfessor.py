"""Morfessor Baseline (Creutz and Lagus 2002, doi:10.3115/1118647.1118650): morphs learned from motifs or sequences.

Morfessor looks for the lexicon of constructions ("morphs") that describes itself and its training words in the fewest
bits, and cuts a sequence along its cheapest path. The package ``morfessor`` trains. Cutting is our own compiled search,
which gives the same tokens as ``BaselineModel.viterbi_segment`` to the last tie, hundreds of times faster; the modules
``lib.tokenizers._morfessor_costs`` and ``morfessor_viterbi`` say why.

What the published description leaves open, and what is done here:

- Morfessor needs whole counts: the sigmoid of a Mean_RBP is rounded, halves up, and is at least 1, so that every motif
  of the table is learned from. On a table whose numbers lie far below the midpoint all motifs count 1.
- IUPAC motifs are written out; a word that several motifs stand for counts as the strongest of them.
- Sequences are taken apart at letters other than A, C, G and T, so that no morph holds one.
- The maximum length of a morph holds in training and in cutting. The package's default training, recursive splitting,
  knows no maximum and is used for training words that fit; longer ones are cut by its Viterbi training.
- Cutting with smoothing may take a construction that the lexicon has not where that is cheaper than all known ones;
  such tokens are unknown. Without smoothing only single letters can be unknown. Some path always exists, because every
  single letter is always possible.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from lib.core.errors import UserError
from lib.core.progress import Progress
from lib.core.registry import setting
from lib.tokenizers.base import TOKENIZERS, Corpus, Encoded, FittedTokenizer, Vocabulary

if TYPE_CHECKING:
    import pandas as pd

    from lib.tokenizers._morfessor_costs import Costs, Lexicon


@TOKENIZERS.add
@dataclass(frozen=True)
class MorfessorTokenizer:
    """Cut a sequence into the morphs that describe it in the fewest bits."""

    name: ClassVar[str] = "morfessor"
    label: ClassVar[str] = "Morfessor"
    summary: ClassVar[str] = (
        "Pieces of variable length that describe RBP motifs, or your sequences, in the fewest bits."
    )
    partition: ClassVar[bool] = True
    source: str = setting(
        "rbp",
        label="Learn from",
        choices=("rbp", "sequences"),
        help="The motifs of the RBP table, each counted by its Mean_RBP, or the training sequences.",
    )
    max_length: int = setting(
        7, label="Longest morph", unit="nt", low=1, high=30, help="Holds in training and in cutting."
    )
    corpus_weight: float = setting(
        1.0,
        label="Corpus weight",
        low=0.001,
        high=1000,
        help="Below 1 a smaller vocabulary of shorter morphs, above 1 a larger one of longer morphs.",
    )
    most: int = setting(
        2000,
        label="Training sequences used",
        low=1,
        high=1_000_000,
        help="Drawn at random from the train part if it has more; all 10,000 of a typical assay take one to two "
        "minutes. Only for learning from sequences.",
    )
    scale: float = setting(
        5.0,
        label="Highest count of a motif",
        low=0.001,
        high=1_000_000,
        advanced=True,
        help="A motif counts scale / (1 + exp(-steepness x (Mean_RBP - midpoint))) times, rounded, at least once.",
    )
    midpoint: float = setting(
        3.188,
        label="Midpoint of the counts",
        advanced=True,
        help="The Mean_RBP of half the highest count. Where all numbers of a table lie far below, each motif counts 1.",
    )
    steepness: float = setting(1.0, label="Steepness of the counts", low=0, high=1000, advanced=True)
    smoothing: float = setting(
        1.0,
        label="Smoothing",
        low=0,
        high=1000,
        advanced=True,
        help="Added to every count when a sequence is cut; at 0 only single letters can be unknown.",
    )
    seed: int = setting(0, label="Seed", low=0, high=2**31 - 1, advanced=True, help="Order and choice of the words.")

    @property
    def needs(self) -> tuple[str, ...]:
        """What it learns from."""
        return (self.source,)

    def fit(self, corpus: Corpus, progress: Progress) -> FittedTokenizer:
        """Train on the motifs or on the train part.

        Raises
        ------
        UserError
            If what it should learn from is missing, or cannot be learned from.
        Cancelled
            If the listener asked for it.
        """
        from lib.tokenizers import _morfessor_training as training

        if self.source == "rbp":
            words = training.motif_words(
                self._motifs(corpus),
                scale=self.scale,
                midpoint=self.midpoint,
                steepness=self.steepness,
                label=self.label,
            )
        else:
            words = training.sequence_words(
                corpus.learned(self.label), most=self.most, seed=self.seed, label=self.label
            )
        lexicon = training.train(
            words, weight=self.corpus_weight, longest=self.max_length, seed=self.seed, progress=progress
        )
        return FittedMorfessor(self, lexicon)

    def _motifs(self, corpus: Corpus) -> "pd.DataFrame":
        try:
            return corpus.motifs(self.label)
        except UserError as error:
            raise UserError(f"{error} Or choose to learn from sequences.") from error

    def restore(self, vocabulary: Vocabulary, state: Mapping[str, Any]) -> FittedTokenizer:
        """Take back the morphs from the vocabulary and their counts from the state.

        Raises
        ------
        KeyError, TypeError, ValueError
            If they do not fit together.
        """
        from lib.tokenizers._morfessor_costs import Lexicon

        lexicon = Lexicon(vocabulary.pieces[_FIRST:], tuple(map(int, state["counts"])), int(state["boundaries"]))
        lexicon.check()
        return FittedMorfessor(self, lexicon)

    def estimate_seconds(self, corpus: Corpus) -> float:
        """Estimate the training time from the letters, the passes and the length of a morph."""
        if self.source == "rbp":
            return 0.0 if corpus.rbp is None else float(corpus.rbp["motif"].str.len().sum()) * 4e-5
        share = min(1.0, self.most / max(1, len(corpus.sequences)))
        return corpus.letters * share * 1e-5 * self.max_length


class FittedMorfessor(FittedTokenizer):
    """A trained model that cuts; the vocabulary is its constructions, the most frequent first, ties by letters."""

    def __init__(self, settings: MorfessorTokenizer, lexicon: "Lexicon") -> None:
        self.settings, self.lexicon = settings, lexicon
        self.vocabulary = Vocabulary.of(lexicon.words)

    @cached_property
    def _costs(self) -> "Costs":
        from lib.tokenizers._morfessor_costs import costs

        settings = self.settings
        return costs(
            self.lexicon, longest=settings.max_length, weight=settings.corpus_weight, smoothing=settings.smoothing
        )

    def encode_batch(self, sequences: Sequence[str]) -> Encoded:
        """Cut N sequences as ``BaselineModel.viterbi_segment(sequence, smoothing, max_length)`` does."""
        from lib.tokenizers._morfessor_costs import letter_costs
        from lib.tokenizers._morfessor_viterbi import segment

        lengths = np.fromiter(map(len, sequences), dtype=np.int64, count=len(sequences))
        cut = segment(sequences, self._costs, letter_costs(self.lexicon, lengths))
        ids = np.where(cut.ids < 0, np.int32(self.vocabulary.special["unknown"]), cut.ids + np.int32(_FIRST))
        return Encoded(ids, cut.starts, cut.ends, cut.bounds)

    def state(self) -> dict[str, Any]:
        """Give the counts of the morphs, in the order of the vocabulary, and the number of training words."""
        return {"counts": list(self.lexicon.counts), "boundaries": self.lexicon.boundaries}


_FIRST = len(Vocabulary.of(()))
"""Id of the first morph."""
