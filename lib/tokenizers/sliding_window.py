"""Windows that RNA-binding proteins like: the published input of DNA-MORPH."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from lib.core.progress import Progress
from lib.tokenizers.base import SPECIAL, TOKENIZERS, Corpus, Encoded, FittedTokenizer, Vocabulary
from lib.tokenizers.window_choice import VALUE, WindowChoice


@TOKENIZERS.add
@dataclass(frozen=True)
class SlidingWindowTokenizer(WindowChoice):
    """Keep every window of a sequence whose Mean_RBP in the RBP table exceeds a threshold, and drop the rest.

    Windows start one letter apart and may overlap. IUPAC motifs are written out into their words; a word that several
    motifs stand for has the highest of their values. The published widths and thresholds are presets (7 letters, above
    3.32 and above 0.954). They belong to one table; the defaults suit any: the commonest width of the table, and the
    upper half of the motifs of that width. (The RBP table of the simulated demo has most motifs of 6 letters and a
    single one of 7, which cannot exceed its own quantile.)
    """

    name: ClassVar[str] = "sliding-window"
    label: ClassVar[str] = "Sliding window"
    summary: ClassVar[str] = "Only the windows that RNA-binding proteins like, by the RBP table; the rest is dropped."
    needs: ClassVar[tuple[str, ...]] = ("rbp",)
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "Published, above 3.32": {"width": 7, "by": VALUE, "threshold": 3.32},
        "Published, above 0.954": {"width": 7, "by": VALUE, "threshold": 0.954},
    }

    def fit(self, corpus: Corpus, progress: Progress) -> "FittedWindows":
        """Choose the words; they stand in the vocabulary by descending Mean_RBP.

        Raises
        ------
        UserError
            If there is no RBP table, or it has no motif of this width or none above the threshold.
        """
        kept = self.keep_words(corpus)
        return FittedWindows(self, Vocabulary.of(kept.words), kept.values, kept.threshold)

    def restore(self, vocabulary: Vocabulary, state: Mapping[str, Any]) -> "FittedWindows":
        """Take vocabulary, values and threshold back."""
        return FittedWindows(self, vocabulary, np.array(state["values"], dtype=np.float64), float(state["threshold"]))


class FittedWindows(FittedTokenizer):
    """The words that are kept.

    Parameters
    ----------
    values
        (V - 5,) Mean_RBP of each word, descending.
    threshold
        What each of them exceeds.
    """

    def __init__(
        self,
        settings: SlidingWindowTokenizer,
        vocabulary: Vocabulary,
        values: NDArray[np.float64],
        threshold: float,
    ) -> None:
        from lib.tokenizers._windows import Words

        self.settings, self.vocabulary, self.values, self.threshold = settings, vocabulary, values, threshold
        words = vocabulary.pieces[len(SPECIAL) :]
        if len(words) != len(values):
            raise ValueError(f"{len(words)} words have {len(values)} values")
        self._words = Words.of(words, len(words[0]))

    @property
    def width(self) -> int:
        """Give the letters of each window."""
        return self._words.width

    def encode_batch(self, sequences: Sequence[str]) -> Encoded:
        """Cut N sequences; one without a kept word has no tokens."""
        from lib.tokenizers._letters import join_letters
        from lib.tokenizers._windows import windows

        return windows(*join_letters(sequences), self._words, offset=len(SPECIAL))

    def state(self) -> dict[str, Any]:
        """Give the values and the threshold."""
        return {"values": self.values.tolist(), "threshold": self.threshold}
