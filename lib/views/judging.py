"""How several runs are judged on their common sequences, by the view of their task."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from lib import tasks
from lib.analysis.comparison import Common, Entry, common, mcnemar
from lib.analysis.slices import replicates_for
from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.datasets.dataset import Dataset
from lib.store import profiles as stored
from lib.tasks import bootstrap, class_card, class_metrics, profile_card, profile_metrics, regression
from lib.tasks.profile import require_counts
from lib.views.comparison import Judged


@dataclass(frozen=True, eq=False)
class Member:
    """One of the runs that are compared: its id, its dataset, and what it predicts for the rows of that."""

    run: str
    dataset: Dataset
    predictions: pd.DataFrame

    @property
    def predicted(self) -> FloatArray:
        """What the run predicts of each target, (rows, T)."""
        return self.predictions[[f"predicted:{name}" for name in self.dataset.target_names]].to_numpy(dtype=float)


def compare(members: Sequence[Member], target: str, part: str) -> tuple[Common, Judged]:
    """Give the sequences that K runs have in common in a part, and how good each run is on them.

    Raises
    ------
    UserError
        If too few sequences are common, a run has lost its predictions, or holds no predicted profiles.
    """
    found = common([_entry(member, target) for member in members], part)
    return found, _JUDGES[tasks.get(members[0].dataset.task).view](found, members)


def list_targets(known: Sequence[Dataset]) -> dict[str, str]:
    """Give the targets that all datasets have, as unit by name.

    Raises
    ------
    UserError
        If there is none, or the tasks or classes are not the same.
    """
    kinds = {dataset.name: _kind(dataset) for dataset in known}
    if len(set(kinds.values())) > 1:
        listed = "; ".join(f"{name}: {kind}" for name, kind in kinds.items())
        raise UserError(
            f"These runs do different tasks ({listed}), so they cannot be judged by one metric. Compare runs whose "
            "datasets have the same task and the same classes."
        )
    sets = [dict(zip(dataset.target_names, dataset.target_units, strict=True)) for dataset in known]
    both = {name: unit for name, unit in sets[0].items() if all(one.get(name) == unit for one in sets)}
    if both:
        return both
    listed = "; ".join(dict.fromkeys(f"{dataset.name}: {', '.join(dataset.target_names)}" for dataset in known))
    raise UserError(
        f"These runs learned different targets ({listed}), so their errors cannot be compared. Compare runs whose "
        "dataset has the same target in the same unit."
    )


def _kind(dataset: Dataset) -> str:
    """Name the task of a dataset, and its classes."""
    task = tasks.get(dataset.task)
    kind = task.kind or task.label
    return f"{kind} of {', '.join(dataset.classes)}" if dataset.classes else kind


def _entry(member: Member, target: str) -> Entry:
    frame, dataset = member.predictions, member.dataset
    ids = frame["id"].to_numpy(dtype=np.str_)
    if len(ids) != len(dataset) or not np.array_equal(ids, dataset.ids):
        raise UserError(f"The predictions of run {member.run} are not those of its dataset any more. Train it again.")
    predicted, number = member.predicted, dataset.target_names.index(target)
    if dataset.classes:  # people compare probabilities; of two classes that of the positive one
        predicted, number = class_metrics.probabilities(predicted), number + (len(dataset.classes) == 2)
    return Entry(
        member.run,
        ids,
        dataset.sequences,
        frame["part"].to_numpy(dtype=np.str_),
        frame[f"observed:{target}"].to_numpy(dtype=float),
        predicted[:, number],
    )


def _judge_numbers(found: Common, members: Sequence[Member]) -> Judged:
    """Judge the runs by one number for each sequence."""
    models = [predicted[:, None] for predicted in found.predicted]
    task = regression.get(members[0].dataset.task)
    resamples = task.bootstrap(found.observed[:, None], models, replicates=replicates_for(len(found.ids)))
    return Judged(task.card, [task.column(found.observed, predicted) for predicted in found.predicted], resamples)


def _judge_classes(found: Common, members: Sequence[Member]) -> Judged:
    """Judge K classifiers on their common sequences; of two classes called from a probability of 0.5 on."""
    dataset = members[0].dataset
    targets = np.asarray(dataset.targets[found.places[0]])
    values = [member.predicted[places] for member, places in zip(members, found.places, strict=True)]
    resamples = bootstrap.together(
        targets,
        values,
        replicates=replicates_for(len(targets)),
        metrics=[metric.key for metric in class_card.METRICS],
        by=class_metrics.resample,
    )
    truth = class_metrics.labels(targets)
    wrong = np.stack([class_metrics.decide(one) != truth for one in values]).astype(np.float64)
    classes = dataset.classes
    caption = (
        f"{class_card.name_class(classes[1])} against {class_card.name_class(classes[0])}"
        if len(classes) == 2
        else f"{len(classes)} classes"
    )
    return Judged(
        class_card.METRICS,
        [class_metrics.scores(targets, one) for one in values],
        resamples,
        wrong,
        "calls (right or wrong)",
        caption,
        mcnemar,
        "McNemar's exact test",
        "probability",
    )


def _judge_profiles(found: Common, members: Sequence[Member]) -> Judged:
    """Judge K runs by the profiles of all tracks on their common windows."""
    each = [_align(member, places) for member, places in zip(members, found.places, strict=True)]
    keys = [metric.key for metric in profile_card.METRICS]
    replicates = replicates_for(len(found.ids))
    resamples = [
        bootstrap.together(
            one.observed,
            [one.predicted],
            replicates=replicates,
            metrics=keys,
            by=partial(lambda one, observed, predicted, counts, wanted: one.resample(counts, wanted), one),
        )[0]
        for one in each
    ]
    pearson = np.stack([one.pearson for one in each])  # K, N, T
    errors = 1 - pearson[:, np.isfinite(pearson).all(axis=0)]
    tracks = members[0].dataset.tracks
    caption = "Profiles and counts" + (f", mean over {len(tracks)} tracks" if len(tracks) > 1 else "")
    values = [profile_metrics.scores(one, keys) for one in each]
    return Judged(
        profile_card.METRICS,
        values,
        resamples,
        errors,
        "profile errors of windows (1 - Pearson r)",
        caption,
        each=_means(pearson),
        each_name="profile Pearson r",
    )


def _means(pearson: FloatArray) -> FloatArray:
    """Average (K, N, T) over the tracks where it is defined, (K, N)."""
    known = np.isfinite(pearson)
    total = np.where(known, pearson, 0.0).sum(axis=2)
    return np.asarray(np.where(known.any(axis=2), total / np.maximum(known.sum(axis=2), 1), np.nan))


def _align(member: Member, places: np.ndarray) -> profile_metrics.Judged:
    """Give observed and predicted profiles and counts of some rows of the dataset of a run."""
    shares = stored.load(member.run)[stored.PREDICTED].astype(np.float64)
    counts, observed = require_counts(member.dataset), member.dataset.targets
    return profile_metrics.Judged(counts[places], shares[places], observed[places], member.predicted[places])


_JUDGES: dict[str, Callable[[Common, Sequence[Member]], Judged]] = {
    "numbers": _judge_numbers,
    "classes": _judge_classes,
    "profiles": _judge_profiles,
}
"""What judges runs, by the view of their task."""
