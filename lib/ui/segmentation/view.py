"""What the Compare page shows: one sequence, read by several tokenizers. No widgets here."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.analysis.segmentation import MotifCounts, agreement, count_motifs
from lib.core.registry import values_of
from lib.core.spec import content_id
from lib.ui.segmentation.reading import Reading
from lib.ui.segmentation.sequence import Chosen
from lib.ui.segmentation.tracks import Hits


@dataclass(frozen=True)
class View:
    """One sequence and T readings of it.

    Parameters
    ----------
    chosen
        The sequence.
    labels, readings
        (T,) names of the tokenizers, no two alike, and how they read it.
    hits
        The hits of the RBP motifs, by table and PWMs.
    rna
        Whether U is shown instead of T.
    """

    chosen: Chosen
    labels: tuple[str, ...]
    readings: tuple[Reading, ...]
    hits: tuple[Hits, ...]
    rna: bool

    @property
    def length(self) -> int:
        """Letters of the sequence."""
        return len(self.chosen.sequence)

    @cached_property
    def key(self) -> str:
        """Name everything that the figures depend on."""
        asked = [[label, r.tokenizer.name, values_of(r.tokenizer)] for label, r in self._pairs]
        hits = [[item.kind, item.about, len(item)] for item in self.hits]
        dataset = self.chosen.dataset.id if self.chosen.dataset is not None else ""
        return content_id([dataset, self.chosen.name, self.chosen.sequence, asked, hits])

    @property
    def _pairs(self) -> list[tuple[str, Reading]]:
        return list(zip(self.labels, self.readings, strict=True))

    def numbers(self) -> pd.DataFrame:
        """Give a row of numbers for each tokenizer."""
        return pd.DataFrame(
            [
                {
                    "Tokenizer": label,
                    "Tokens": reading.summary.tokens,
                    "Letters per token (nt)": reading.summary.letters_per_token,
                    "Distinct tokens": reading.summary.distinct,
                    "Unknown (%)": 100 * reading.summary.unknown,
                    "Letters covered (%)": 100 * reading.summary.coverage,
                    "Special tokens": reading.summary.special,
                    "Vocabulary": reading.vocabulary,
                    "Time (ms)": reading.milliseconds,
                }
                for label, reading in self._pairs
            ]
        )

    def agreement(self) -> NDArray[np.float64]:
        """Give the F1 of the boundaries of every two tokenizers, (T, T)."""
        return agreement([reading.row for reading in self.readings], self.length)

    def agreement_table(self) -> pd.DataFrame:
        """Give the same as a table with names."""
        frame = pd.DataFrame(self.agreement(), columns=list(self.labels))
        frame.insert(0, "tokenizer", list(self.labels))
        return frame

    def motifs(self, hits: Hits) -> list[MotifCounts]:
        """Give for each tokenizer how many hits stay whole, are cut, and are left out, (T,)."""
        return [count_motifs(reading.row, self.length, hits.starts, hits.ends) for reading in self.readings]

    def motifs_table(self, hits: Hits) -> pd.DataFrame:
        """Give the same as a table with names."""
        counts = self.motifs(hits)
        frame = pd.DataFrame(counts, columns=["whole", "cut", "left_out"])
        frame.insert(0, "tokenizer", list(self.labels))
        return frame.assign(n=[count.n for count in counts], hits=hits.about)
