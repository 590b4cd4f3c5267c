"""What a model may learn from: the train and the validation part of a dataset, and nothing else."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lib.core.arrays import FloatArray
from lib.datasets.dataset import Dataset, PartName

if TYPE_CHECKING:
    import pandas as pd

    from lib.tokenizers import FittedTokenizer


@dataclass(frozen=True)
class Part:
    """The train or the validation part: sequences (N,), targets (N, T), auxiliary targets (N, A), NaN where missing.

    For the task ``profile`` there are ``profiles`` too, counts (N, T, L).
    """

    sequences: tuple[str, ...]
    targets: FloatArray
    auxiliary: FloatArray
    profiles: NDArray[np.float32] | None = None

    @classmethod
    def of(cls, dataset: Dataset, part: PartName) -> "Part":
        """Take one part of a dataset; its time points are the auxiliary targets."""
        rows = dataset.rows(part)
        profiles = None if dataset.profiles is None else dataset.profiles[rows]
        return cls(tuple(dataset.sequences[rows].tolist()), dataset.targets[rows], dataset.values[rows], profiles)

    def take(self, rows: NDArray[np.bool_]) -> "Part":
        """Take some of the sequences, by a mask (N,)."""
        chosen = np.flatnonzero(rows)
        profiles = None if self.profiles is None else self.profiles[chosen]
        sequences = tuple(self.sequences[row] for row in chosen)
        return Part(sequences, self.targets[chosen], self.auxiliary[chosen], profiles)

    def join(self, other: "Part") -> "Part":
        """Put another part of the same columns behind this one."""
        targets, auxiliary = (
            np.concatenate([getattr(self, name), getattr(other, name)]) for name in ("targets", "auxiliary")
        )
        profiles = None
        if self.profiles is not None and other.profiles is not None:
            profiles = np.concatenate([self.profiles, other.profiles])
        return Part((*self.sequences, *other.sequences), targets, auxiliary, profiles)


@dataclass(frozen=True)
class TrainingData:
    """All that a model may learn from.

    Parameters
    ----------
    train, validation
        The parts.
    target_names, task, classes
        What is predicted; see ``Dataset``.
    tokenizer
        Fitted on the train part, for models that read tokens; None for all others.
    rbp
        RBP table of the dataset, for models that fit tokenizers themselves; None where there is none.
    """

    train: Part
    validation: Part
    target_names: tuple[str, ...]
    task: str
    tokenizer: "FittedTokenizer | None" = None
    classes: tuple[str, ...] = ()
    rbp: "pd.DataFrame | None" = None

    @classmethod
    def of(cls, dataset: Dataset, tokenizer: "FittedTokenizer | None" = None) -> "TrainingData":
        """Take the train and validation parts of a dataset."""
        train, validation = Part.of(dataset, "train"), Part.of(dataset, "validation")
        return cls(train, validation, dataset.target_names, dataset.task, tokenizer, dataset.classes, dataset.rbp)
