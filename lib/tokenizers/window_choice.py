"""Which windows of a sequence are kept by an RBP table; the settings of every tokenizer that starts from them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from lib.core.registry import setting
from lib.tokenizers.base import Corpus

if TYPE_CHECKING:
    from lib.tokenizers._motifs import Kept

QUANTILE, VALUE = "quantile", "value"


@dataclass(frozen=True)
class WindowChoice:
    """Width of the windows, and what their Mean_RBP must exceed."""

    label: ClassVar[str]
    width: int = setting(
        0,
        label="Window",
        unit="nt",
        low=0,
        high=31,
        help="Letters in each window; the table needs motifs of this length. 0 is its commonest length.",
    )
    by: str = setting(
        QUANTILE,
        label="Threshold by",
        choices=(QUANTILE, VALUE),
        help="A share of the motifs suits every table; a value of Mean_RBP suits the table it was made for.",
    )
    quantile: float = setting(
        0.5,
        label="Share of motifs left out",
        low=0.0,
        high=1.0,
        help="0.9 keeps the strongest tenth of the motifs of this width. Used for a threshold by quantile.",
    )
    threshold: float = setting(
        3.32,
        label="Mean_RBP above",
        help="A window is kept if its Mean_RBP exceeds this. Used for a threshold by value.",
    )

    def keep_words(self, corpus: Corpus) -> "Kept":
        """Give the words of the RBP table that are kept, by descending Mean_RBP.

        Raises
        ------
        UserError
            If there is no RBP table, or it has no motif of this width or none above the threshold.
        """
        from lib.tokenizers._windows import keep_words

        threshold = self.threshold if self.by == VALUE else None
        table = corpus.motifs(self.label)
        return keep_words(table, width=self.width, threshold=threshold, quantile=self.quantile, label=self.label)
