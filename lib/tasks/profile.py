"""The task ``profile``: what is judged of counts at each base, and what it is compared with.

The metrics and their keys are those of ``lib.tasks.profile_metrics``. Beside the models that are trained
automatically, ``metrics.json`` holds, each with ``label``, ``test`` and ``intervals``:

- ``shuffled``: the observed profile and counts of another window, drawn from the train part, as if it were predicted;
- ``replicates``: each replicate judged against the sum of the others, the mean over the replicates, with their
  ``count``; it is the ceiling of a prediction that is judged against one replicate. Against all reads together, which
  are less noisy, a model may come out above it. None where there are no replicates.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.core.files import replacing
from lib.core.progress import Progress, Report
from lib.datasets.dataset import Dataset
from lib.tasks import bootstrap, profile_card, profile_metrics
from lib.tasks.base import LEVEL, REPLICATES, SEED, TASKS, Baseline, LearningSettings, Prediction, Rows, Task
from lib.tasks.data import TrainingData
from lib.tasks.profile_labels import ProfileLabels, ProfileWeights
from lib.tasks.profile_metrics import METRICS, Judged
from lib.tasks.scores import Metric

if TYPE_CHECKING:
    pass

FILE = "profiles.npz"
"""File of the run folder with predicted shares, (N, T, L) float32 in the order of the dataset: ``predicted``, and those
of each baseline under its name."""
_CELLS = 200_000_000  # windows x tracks x bases x resamples that a bootstrap looks at


def smooth(counts: NDArray[Any]) -> FloatArray:
    """Turn counts (..., L) into shares by adding one read, spread over the window; each row sums to 1.

    >>> smooth(np.array([3.0, 0.0])).tolist()
    [0.875, 0.125]
    """
    read = 1.0 / counts.shape[-1]
    return np.asarray((counts + read) / (counts.sum(axis=-1, keepdims=True, dtype=np.float64) + 1.0), dtype=np.float64)


def mean_profile(counts: NDArray[Any]) -> FloatArray:
    """Average the shares of windows (N, T, L) that have reads, (T, L); the same everywhere where none has."""
    there = counts.sum(axis=2, dtype=np.float64) > 0
    total = (smooth(counts) * there[:, :, None]).sum(axis=0) + 1e-9 / counts.shape[2]
    return np.asarray(total / total.sum(axis=1, keepdims=True), dtype=np.float64)


def predict_shuffled(dataset: Dataset, *, seed: int = SEED) -> Prediction:
    """Predict each window by what was observed in another one, drawn from the train part."""
    train, rng = dataset.rows("train"), np.random.default_rng(seed)
    drawn = train[rng.integers(0, len(train), len(dataset))]
    itself = drawn == np.arange(len(dataset))
    drawn[itself] = np.roll(train, 1)[np.searchsorted(train, drawn[itself])]
    return Prediction(np.asarray(dataset.targets[drawn]), smooth(require_counts(dataset)[drawn]))


def between_replicates(dataset: Dataset, rows: Rows) -> FloatArray | None:
    """Correlate each replicate with the sum of the others along each window, the mean over replicates, (n, T).

    NaN where a window has no reads in every replicate; None where there are fewer than two replicates.
    """
    pairs = _replicates(dataset, rows)
    if not pairs:
        return None
    each = np.stack([profile_metrics.correlations(judged, smooth(others)) for judged, others in pairs])
    known = ~np.isnan(each)
    mean = np.where(known, each, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return np.asarray(np.where(known.any(axis=0), mean, np.nan), dtype=np.float64)


def ceiling(dataset: Dataset, rows: Rows, *, replicates: int = REPLICATES) -> dict[str, Any] | None:
    """Judge each replicate against the sum of the others; None where there are fewer than two."""
    pairs, depths = _replicates(dataset, rows), _replicates(dataset, dataset.rows("train"))
    if not pairs:
        return None
    values, resamples = [], []
    for (judged, others), (deep, deep_others) in zip(pairs, depths, strict=True):
        reads, expected = (counts.sum(axis=2, dtype=np.float64) for counts in (judged, others))
        depth = deep.sum(axis=(0, 2)) / np.maximum(deep_others.sum(axis=(0, 2)), 1.0)
        pair = Judged(judged, smooth(others), np.log1p(reads), np.log1p(expected * depth))
        values.append(list(profile_metrics.scores(pair).values()))
        resamples.append(profile_metrics.resample(pair, replicates=replicates, seed=SEED))
    together = {name: np.mean([each[name] for each in resamples], axis=0) for name in METRICS}
    means = dict(zip(METRICS, np.mean(values, axis=0).tolist(), strict=True))
    ends = {name: list(interval) for name, interval in bootstrap.intervals(together, level=LEVEL).items()}
    return {
        "label": "Replicates",
        "count": len(pairs),
        "test": {"n": len(rows), **means},
        "intervals": {"test": ends},
    }


@runtime_checkable
class Profiled(Protocol):
    """A trained model of the task ``profile``, which predicts where the reads lie beside how many there are."""

    def predict_profiles(self, sequences: Sequence[str], *, progress: Progress | None = None) -> FloatArray:
        """Predict the share of the reads at each position of N sequences of L letters, (N, T, L); rows sum to 1."""


@TASKS.add
@dataclass(frozen=True)
class Profile(Task):
    """Where reads lie in windows, and how many there are."""

    name: ClassVar[str] = "profile"
    label: ClassVar[str] = "profile"
    view: ClassVar[str] = "profiles"
    card: ClassVar[tuple[Metric, ...]] = profile_card.METRICS
    skill: ClassVar[tuple[str, float]] = ("r2", 0.0)
    skill_of_each: ClassVar[bool] = False

    def skill_of(self, head: str) -> tuple[str, float]:
        """Give R2 of the counts, or how well the profile is met: a flat one has a correlation of 0."""
        return (profile_card.HEADLINE, 0.0) if head == "profile" else self.skill

    def prediction(
        self, fitted: object, sequences: Sequence[str], values: FloatArray, progress: Progress
    ) -> Prediction:
        """Add the shares of each base to the counts that are known already; None of a model that has none."""
        if not isinstance(fitted, Profiled):
            return Prediction(values)
        progress.report(Report(0, len(sequences), "Predicting profiles"))
        return Prediction(values, fitted.predict_profiles(sequences, progress=progress))

    def labels(self, data: TrainingData, settings: LearningSettings) -> ProfileLabels:
        """Standardise the total counts, and keep the counts at each base."""
        return ProfileLabels.of(data, settings if isinstance(settings, ProfileWeights) else ProfileWeights())

    def scores(self, dataset: Dataset, rows: Rows, predicted: Prediction) -> dict[str, Any]:
        """Give n and each metric."""
        return {"n": len(rows), **profile_metrics.scores(_align(dataset, rows, predicted))}

    def resamples(self, dataset: Dataset, rows: Rows, predicted: Prediction) -> dict[str, FloatArray]:
        """Give each of them in resamples of the windows."""
        judged, replicates = _align(dataset, rows, predicted), self.replicates(dataset, rows)
        return profile_metrics.resample(judged, replicates=replicates, seed=SEED)

    def per_target(self, dataset: Dataset, rows: Rows, predicted: Prediction) -> dict[str, dict[str, Any]]:
        """Give n and each metric of every track, by the name of its target."""
        return {
            name: {"n": len(rows), **profile_metrics.scores(_align(dataset, rows, predicted, tracks=slice(i, i + 1)))}
            for i, name in enumerate(dataset.target_names)
        }

    def replicates(self, dataset: Dataset, rows: Rows) -> int:
        """Give how many resamples are drawn: 1,000, and fewer, at least 200, of very many positions."""
        positions = len(rows) * int(np.prod(require_counts(dataset).shape[1:]))
        return int(np.clip(_CELLS // max(positions, 1), 200, REPLICATES))

    def more(self, dataset: Dataset, predicted: Prediction) -> dict[str, Any]:
        """Give the shuffled profiles and the ceiling of the replicates, judged like the model."""
        test = dataset.rows("test")
        replicates = self.replicates(dataset, test)
        return {
            "tracks": list(dataset.tracks),
            "shuffled": {"label": "Shuffled profiles", **self.judge(dataset, predict_shuffled(dataset))},
            "replicates": ceiling(dataset, test, replicates=replicates),
        }

    def metrics(self, dataset: Dataset, predicted: Prediction, baselines: Mapping[str, Baseline]) -> dict[str, Any]:
        """Give all of ``metrics.json`` but for members and seconds."""
        found = super().metrics(dataset, predicted, baselines)
        drawn = self.replicates(dataset, dataset.rows("test"))
        return {**found, "bootstrap": {**found["bootstrap"], "replicates": drawn}}

    def write(
        self,
        dataset: Dataset,
        predicted: Prediction,
        baselines: Mapping[str, Baseline],
        folder: Path,
        *,
        deviation: FloatArray | None = None,
    ) -> None:
        """Write the predictions of the counts as of every task, and the predicted shares beside them."""
        super().write(dataset, predicted, baselines, folder, deviation=deviation)
        made = {"predicted": predicted.profiles}
        made |= {name: baseline.predicted.profiles for name, baseline in baselines.items()}
        arrays = {name: shares.astype(np.float32) for name, shares in made.items() if shares is not None}
        with replacing(folder / FILE) as temporary:
            np.savez_compressed(temporary, allow_pickle=False, **arrays)

    def columns(self, dataset: Dataset, predicted: Prediction) -> dict[str, Any]:
        """Give the correlation along each window, for each track."""
        if predicted.profiles is None:
            return {}
        found = profile_metrics.correlations(require_counts(dataset), predicted.profiles)
        return {f"profile_pearson:{name}": found[:, place] for place, name in enumerate(dataset.target_names)}


def require_counts(dataset: Dataset) -> NDArray[np.float32]:
    """Give the counts of a dataset, (N, T, L).

    Raises
    ------
    UserError
        If it has none, as datasets of other tasks.
    """
    if dataset.profiles is None:
        raise UserError(f"{dataset.name} has no profiles. Choose a run on a dataset with counts at each base.")
    return dataset.profiles


def _align(dataset: Dataset, rows: Rows, predicted: Prediction, *, tracks: slice = slice(None)) -> Judged:
    counts = require_counts(dataset)[rows][:, tracks]
    nothing = np.full(counts.shape, np.nan)
    shares = nothing if predicted.profiles is None else predicted.profiles[rows][:, tracks].astype(np.float64)
    return Judged(counts, shares, dataset.targets[rows][:, tracks], predicted.values[rows][:, tracks])


def _replicates(dataset: Dataset, rows: Rows) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Give the counts (n, T, L) of each replicate, and those of all others together."""
    if len(dataset.replicates) < 2:
        return []
    each = [counts[rows] for counts in dataset.replicates.values()]
    total = np.sum(each, axis=0, dtype=np.float32)
    return [(counts, total - counts) for counts in each]
