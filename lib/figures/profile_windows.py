"""One window for print: observed and predicted counts of each track, with letters of an attribution below them.

Figures are made without pyplot. Positions on the axis count from 1; ranges in the code are half-open and 0-based.
"""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.core.alphabet import in_alphabet
from lib.datasets.dataset import Dataset
from lib.datasets.locus import locus
from lib.figures import colours
from lib.figures.profiles import OBSERVED, PREDICTED
from lib.io.strands import groups
from lib.tasks.profile_metrics import correlations

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Counts = NDArray[np.floating]

LONGEST_LETTERS = 1200
"""Nucleotides up to which letters are drawn; of longer windows bars."""
_PROFILE, _LOGO, _SIDES, _LETTER = 1.5, 1.1, 1.3, 0.036  # inches


@dataclass(frozen=True)
class WindowProfile:
    """One window with its counts.

    Parameters
    ----------
    name, sequence
        Id, and the stored sequence of L letters.
    tracks
        (T,) names of the tracks.
    predicted
        (T, L) in counts.
    observed
        (T, L), None for a sequence that was not measured.
    replicates
        (T, L) by name.
    pearson
        (T,) correlation of observed and predicted profile, NaN where it is not defined; empty where not known.
    scaled
        How shares became counts, in words: ``predicted total`` or ``observed total``.
    coordinates
        (L,) places in the genome counted from 1; None where nobody knows.
    chromosome
        Name of the chromosome with its strand, empty where nobody knows.
    """

    name: str
    sequence: str
    tracks: tuple[str, ...]
    predicted: Counts
    observed: Counts | None = None
    replicates: Mapping[str, Counts] = field(default_factory=dict)
    pearson: tuple[float, ...] = ()
    scaled: str = "predicted total"
    coordinates: NDArray[np.int64] | None = None
    chromosome: str = ""

    @classmethod
    def of(cls, dataset: Dataset, row: int, shares: Counts, totals: Counts, *, scaled: str) -> "WindowProfile":
        """Take a window of a dataset.

        Parameters
        ----------
        shares, totals
            (T, L) predicted shares of the bases, and (T,) what they are multiplied by, which ``scaled`` names.
        """
        observed, where = dataset.profiles, locus(dataset, row)
        sequence = str(dataset.sequences[row])
        probabilities = shares.astype(np.float64)
        return cls(
            str(dataset.ids[row]),
            sequence,
            dataset.tracks,
            probabilities * totals[:, None],
            None if observed is None else observed[row].astype(np.float64),
            {_name_replicate(name): counts[row].astype(np.float64) for name, counts in dataset.replicates.items()},
            () if observed is None else tuple(correlations(observed[row].astype(np.float64), probabilities).tolist()),
            scaled,
            None if where is None else where.coordinates(len(sequence)),
            "" if where is None else where.name,
        )

    def table(self, scores: Counts | None = None, *, unit: str = "", rna: bool = False) -> pd.DataFrame:
        """Give one row for each base and track: position from 1, base, counts of each series, the attribution."""
        length = len(self.sequence)
        frames = []
        for number, track in enumerate(self.tracks):
            columns: dict[str, object] = {"window": self.name, "track": track, "position": np.arange(1, length + 1)}
            if self.coordinates is not None:
                columns |= {"chromosome": self.chromosome, "coordinate": self.coordinates}
            columns["base"] = list(in_alphabet(self.sequence, rna=rna))
            if self.observed is not None:
                columns["observed (counts)"] = self.observed[number]
            columns |= {f"{name} (counts)": counts[number] for name, counts in self.replicates.items()}
            columns[f"predicted (counts, {self.scaled})"] = self.predicted[number]
            if scores is not None:
                columns[f"attribution ({unit})" if unit else "attribution"] = scores
            frames.append(pd.DataFrame(columns))
        return pd.concat(frames, ignore_index=True)


def _name_replicate(replicate: str) -> str:
    """Say of a replicate that it is one where its name is a number.

    >>> _name_replicate("2"), _name_replicate("WT 2")
    ('replicate 2', 'WT 2')
    """
    return f"replicate {replicate}" if replicate.isdigit() else replicate


def window_picture(
    window: WindowProfile,
    *,
    title: str,
    scores: Counts | None = None,
    label: str = "Attribution",
    note: str = "",
    rna: bool = False,
) -> "Figure":
    """Draw the tracks of a window below each other, strands mirrored, and the letters of an attribution, on one axis.

    Parameters
    ----------
    title
        Stands above.
    scores
        (L,) attribution; None draws none.
    label
        What the attribution is of, with its unit.
    note
        Stands below, such as the trust badge of the attribution.
    """
    from matplotlib.figure import Figure

    drawn = groups(window.tracks)
    length = len(window.sequence)
    heights = [_PROFILE * (1.4 if len(group.tracks) > 1 else 1.0) for group in drawn]
    heights += [_LOGO] * (scores is not None)
    width = float(np.clip(_SIDES + _LETTER * length, 7.0, 40.0))
    figure = Figure(figsize=(width, 0.9 + sum(heights) + 0.35 * len(heights)), facecolor="white", layout="constrained")
    panels = figure.subplots(len(heights), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0]
    for panel, group in zip(panels, drawn, strict=False):
        _counts(panel, window, group.tracks, group.label)
    if scores is not None:
        _letters(panels[-1], window.sequence, np.asarray(scores, dtype=float), label, rna=rna)
    panels[0].legend(fontsize=7, frameon=False, ncols=3, loc="upper left")
    panels[-1].set_xlabel("Position in the window (nt)", fontsize=8)
    panels[-1].set_xlim(0.5, length + 0.5)
    figure.suptitle(title, fontsize=10, parse_math=False)
    if note:
        figure.supxlabel("\n".join(textwrap.wrap(note, int(width * 17))), fontsize=6.5, parse_math=False)
    return figure


def _counts(axes: "Axes", window: WindowProfile, tracks: Sequence[int], label: str) -> None:
    """Draw one track, or the second of two strands downwards; labels of the legend come from the first."""
    place = np.arange(1, len(window.sequence) + 1)
    for number, track in enumerate(tracks):
        sign = -1.0 if number else 1.0
        name = (lambda text: "") if number else (lambda text: text)
        if window.observed is not None:
            axes.bar(place, sign * window.observed[track], width=1.0, color=OBSERVED, alpha=0.6, label=name("observed"))
        for first, counts in enumerate(window.replicates.values()):
            said = name("replicates") if not first else ""
            axes.plot(place, sign * counts[track], color="#444444", alpha=0.35, linewidth=0.6, label=said)
        axes.plot(place, sign * window.predicted[track], color=PREDICTED, linewidth=1.3, label=name("predicted"))
    if len(tracks) > 1:
        axes.axhline(0, color="#444444", linewidth=0.5)
        axes.yaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
    axes.set_ylabel(
        f"{label}\n(counts)" if label and label.lower() != "counts" else "Counts", fontsize=8, parse_math=False
    )
    _plain(axes)


def _letters(axes: "Axes", sequence: str, scores: NDArray[np.float64], label: str, *, rna: bool) -> None:
    axes.axhline(0, color="#444444", linewidth=0.5)
    if len(sequence) > LONGEST_LETTERS:
        shades = np.where(scores >= 0, colours.RAISES, colours.LOWERS)
        axes.bar(np.arange(1, len(sequence) + 1), scores, width=1.0, color=shades)
    else:
        import logomaker

        for position, letter in enumerate(in_alphabet(sequence, rna=rna)):
            score = float(scores[position])
            if score:
                logomaker.Glyph(
                    position + 1,
                    letter,
                    floor=min(0.0, score),
                    ceiling=max(0.0, score),
                    ax=axes,
                    flip=score < 0,
                    color=colours.NUCLEOTIDES.get(letter, colours.NUCLEOTIDES["N"]),
                )
    low, high = min(0.0, float(scores.min())), max(0.0, float(scores.max()))
    air = 0.05 * (high - low) or 1.0
    axes.set_ylim(low - air, high + air)
    axes.set_ylabel(label, fontsize=8, parse_math=False)
    _plain(axes)


def _plain(axes: "Axes") -> None:
    axes.tick_params(labelsize=7, length=2)
    axes.spines[["top", "right"]].set_visible(False)
