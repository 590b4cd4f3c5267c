"""What the Attribution page explains: the subject, and its attribution with what stands beside it."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from lib.attribution.profile_heads import COUNTS, UNIT, name_target
from lib.core.alphabet import in_alphabet, to_dna
from lib.datasets.dataset import Dataset
from lib.store.rbp_identity import score_of
from lib.store.runs import Run
from lib.ui.predict.classes import misses
from lib.ui.ruler import HitsTrack
from lib.ui.widgets import cached

MOST_HITS = 400
PWM_LOWEST, PWM_DEFAULT = 0.7, 0.9


@dataclass(frozen=True)
class Subject:
    """One sequence that is explained by one run, for one target.

    Parameters
    ----------
    run, dataset
        The run and what it was trained on.
    name, sequence
        What the user calls it; stored DNA of L letters.
    row
        Row of the dataset; None for a pasted sequence.
    target
        Number of the target.
    head
        Which head of a model of profiles is explained, ``counts`` or ``profile``.
    """

    run: Run
    dataset: Dataset
    name: str
    sequence: str
    row: int | None
    target: int
    head: str = COUNTS

    @property
    def target_name(self) -> str:
        """Name of what is explained."""
        return name_target(self.head, self.dataset.target_names[self.target])

    @property
    def unit(self) -> str:
        """Unit of what is explained."""
        return self.dataset.target_units[self.target] if self.head == COUNTS else UNIT

    @property
    def part(self) -> str:
        """Part of the dataset that holds it, empty for a pasted sequence."""
        return "" if self.row is None else str(self.dataset.parts[self.row])

    @property
    def observed(self) -> float | None:
        """What was measured, None for a pasted sequence and for what no measurement says in one number."""
        return None if self.row is None or self.head != COUNTS else float(self.dataset.targets[self.row, self.target])


def pick(dataset: Dataset, run: Run, target: int, kind: str) -> str:
    """Give the id of a telling test sequence: ``highest`` or ``lowest`` prediction, ``best`` or ``worst`` predicted."""
    frame = cached.predictions(run.id)
    test = frame[frame["part"] == "test"]
    test = test if len(test) else frame
    name = dataset.target_names[target]
    predicted = test[f"predicted:{name}"].to_numpy(dtype=float)
    if dataset.classes:
        columns = [[f"{what}:{one}" for one in dataset.target_names] for what in ("observed", "predicted")]
        error = misses(*(test[names].to_numpy(dtype=float) for names in columns))[0]
    else:
        error = np.abs(predicted - test[f"observed:{name}"].to_numpy(dtype=float))
    order = {"highest": -predicted, "lowest": predicted, "best": error, "worst": -error}[kind]
    return str(test["id"].iloc[int(np.argmin(order))])


class Placed(Protocol):
    """A sequence that may be one of a dataset."""

    @property
    def name(self) -> str:
        """What the user calls it."""

    @property
    def row(self) -> int | None:
        """Row of the dataset, None where it is none of it."""

    @property
    def dataset(self) -> Dataset | None:
        """The dataset, None where none is chosen."""


def truth_track(subject: Placed, *, rna: bool = False) -> HitsTrack | None:
    """Give the planted motifs of a simulated sequence, None where there is no truth."""
    if subject.row is None or subject.dataset is None or not subject.dataset.simulated:
        return None
    planted = [
        (int(start), int(end), in_alphabet(str(motif), rna=rna), float(effect))
        for name, motif, start, end, effect in subject.dataset.facts.get("truth", ())
        if name == subject.name
    ]
    return HitsTrack("Planted motifs (the truth)", planted, unit="effect")


def rbp_track(subject: Subject, threshold: float, *, rna: bool = False) -> tuple[HitsTrack, int]:
    """Give the hits of the RBP table at or above a threshold, the strongest first, and how many there are in all."""
    from lib.motifs.scan import hits

    table: pd.DataFrame = subject.dataset.rbp  # type: ignore[assignment]
    found = hits(subject.sequence, table, threshold=threshold, limit=MOST_HITS)
    rows = found[["start", "end", "motif", "mean_rbp"]].itertuples(index=False, name=None)
    named = [(start, end, in_alphabet(motif, rna=rna), value) for start, end, motif, value in rows]
    return HitsTrack("RBP motifs", named, unit=score_of(subject.dataset)), int(found.attrs.get("found", len(found)))


def pwm_track(subject: Subject, threshold: float) -> tuple[HitsTrack, int]:
    """Give the hits of the PWMs at or above a relative score, and how many there are in all."""
    from lib.motifs.scan import pwm_hits

    found = pwm_hits(subject.sequence, subject.dataset.pwms, threshold=threshold, limit=MOST_HITS)
    rows = found[["start", "end", "motif", "relative"]].itertuples(index=False, name=None)
    return HitsTrack("RBP motifs (PWM)", list(rows), unit="relative score"), int(found.attrs.get("found", len(found)))


def suggest_thresholds(table: pd.DataFrame, length: int, *, wanted: int = 12) -> tuple[float, float, float]:
    """Give the lowest and highest mean_rbp and a threshold that lets about ``wanted`` motifs hit by chance.

    A word of k letters hits a random sequence of L letters about L / 4^k times.
    """
    values = table["mean_rbp"].to_numpy(dtype=float)
    finite = np.sort(values[np.isfinite(values)])[::-1]
    if not len(finite):
        return 0.0, 0.0, 0.0
    width = float(table["motif"].str.len().median())
    kept = min(len(finite), max(1, round(wanted * 4**width / max(1, length))))
    return float(finite[-1]), float(finite[0]), float(finite[kept - 1])


def to_stored(text: str) -> str:
    """Bring a sequence of a link to what is stored: DNA, upper case, anything but A C G T as N."""
    letters = to_dna("".join(text.split()))
    return "".join(letter if letter in "ACGT" else "N" for letter in letters)
