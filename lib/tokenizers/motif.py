"""Motifs of RNA-binding proteins and single letters: the tokens that biologists would draw by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from lib.core.alphabet import BASES
from lib.core.errors import UserError
from lib.core.progress import Progress
from lib.core.registry import setting
from lib.tokenizers.base import TOKENIZERS, Corpus, Encoded, FittedTokenizer, Vocabulary
from lib.tokenizers.window_choice import QUANTILE, VALUE

VITERBI, GREEDY = "viterbi", "greedy"


@TOKENIZERS.add
@dataclass(frozen=True)
class MotifTokenizer:
    """Cover a sequence by motifs of the RBP table that do not overlap; every other letter is a token of its own.

    A motif weighs its Mean_RBP, a letter nothing, and motifs of 0 or less are never chosen. IUPAC motifs match their
    words; a word that several motifs stand for has the highest of their weights. Which cover:

    ``viterbi``
        The one whose weights have the largest sum (Viterbi 1967, doi:10.1109/TIT.1967.1054010). Of covers with the same
        sum the one whose tokens, read from the start, are the longer ones first.
    ``greedy``
        The strongest motif of the sequence first, then the strongest of those that fit beside it, and so on; of equally
        strong ones the longer, then the one nearer to the start.

    Weights are added up as decimal numbers of twelve digits, so that ties do not depend on rounding.
    """

    name: ClassVar[str] = "motif"
    label: ClassVar[str] = "Motif cover"
    summary: ClassVar[str] = "The motifs of the RBP table, and single letters between them."
    partition: ClassVar[bool] = True
    needs: ClassVar[tuple[str, ...]] = ("rbp",)
    method: str = setting(
        VITERBI,
        label="Cover",
        choices=(VITERBI, GREEDY),
        help="viterbi: the motifs with the largest sum of Mean_RBP. greedy: the strongest motif first.",
    )
    by: str = setting(
        QUANTILE,
        label="Threshold by",
        choices=(QUANTILE, VALUE),
        help="Weak motifs are left out by their share or by a value of Mean_RBP.",
    )
    quantile: float = setting(
        0.0,
        label="Share of motifs left out",
        low=0.0,
        high=1.0,
        help="0 uses every motif. In a table of all k-mers leave out 0.9 or more, or motifs cover nearly every letter.",
    )
    threshold: float = setting(
        0.0,
        label="Mean_RBP above",
        help="A motif is used if its Mean_RBP exceeds this and 0. Used for a threshold by value.",
    )

    def fit(self, corpus: Corpus, progress: Progress) -> "FittedMotifs":
        """Choose the motifs and write out their words.

        Raises
        ------
        UserError
            If there is no RBP table, or it has no motif with a positive Mean_RBP or none above the threshold.
        """
        from lib.tokenizers._motifs import above, threshold_at

        table = corpus.motifs(self.label)
        if not (table["mean_rbp"] > 0).any():
            raise UserError(
                f"{self.label} takes motifs with a Mean_RBP above 0, and the highest of the RBP table is "
                f"{table['mean_rbp'].max():.6g}. Choose another RBP table, or another column of numbers for it."
            )
        least = self.threshold if self.by == VALUE else threshold_at(table["mean_rbp"].to_numpy(), self.quantile)
        kept = above(table, max(least, 0.0), what="motif", label=self.label)
        words = [word for word in kept.words if len(word) > 1]  # a motif of one letter is that letter, with a weight
        return FittedMotifs(self, Vocabulary.of([*BASES, *words]), kept.words, kept.motifs, kept.values)

    def restore(self, vocabulary: Vocabulary, state: Mapping[str, Any]) -> "FittedMotifs":
        """Take vocabulary, words, motifs and weights back."""
        values = np.array(state["values"], dtype=np.float64)
        return FittedMotifs(self, vocabulary, tuple(state["words"]), tuple(state["motifs"]), values)


class FittedMotifs(FittedTokenizer):
    """The words that motifs stand for, with their weights.

    Parameters
    ----------
    words
        (W,) words by descending weight.
    motifs
        (W,) the motif of the table, IUPAC, that each word has its weight from.
    values
        (W,) Mean_RBP of each word.
    """

    def __init__(
        self,
        settings: MotifTokenizer,
        vocabulary: Vocabulary,
        words: tuple[str, ...],
        motifs: tuple[str, ...],
        values: NDArray[np.float64],
    ) -> None:
        from lib.tokenizers._cover import Tree

        self.settings, self.vocabulary = settings, vocabulary
        self.words, self.motifs, self.values = words, motifs, values
        if not len(words) == len(motifs) == len(values):
            raise ValueError(f"{len(words)} words have {len(motifs)} motifs and {len(values)} weights")
        numbers = [vocabulary.ids[piece] for piece in (*words, *BASES)]
        self._ids = np.array([*numbers, vocabulary.special["unknown"]], dtype=np.int32)
        self._tree = Tree.of(words, values)

    def motif_of(self, number: int) -> tuple[str, float] | None:
        """Give the motif as the table writes it, and its Mean_RBP, for an id; None for a letter that is no motif."""
        return self._matched.get(number)

    @cached_property
    def _matched(self) -> dict[int, tuple[str, float]]:
        facts = zip(self.motifs, self.values.tolist(), strict=True)
        return dict(zip(self._ids[: len(self.words)].tolist(), facts, strict=True))

    def encode_batch(self, sequences: Sequence[str]) -> Encoded:
        """Cover N sequences."""
        from lib.tokenizers._cover import cover
        from lib.tokenizers._letters import join_letters

        return cover(*join_letters(sequences), self._tree, self._ids, greedy=self.settings.method == GREEDY)

    def state(self) -> dict[str, Any]:
        """Give words, motifs and weights."""
        return {"words": list(self.words), "motifs": list(self.motifs), "values": self.values.tolist()}
