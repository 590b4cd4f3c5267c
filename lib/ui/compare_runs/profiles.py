"""How models of profiles compare: the metrics of all tracks in the same resamples of windows, and each window."""

from functools import partial

import numpy as np

from lib.analysis.comparison import Common
from lib.analysis.slices import replicates_for
from lib.core.arrays import FloatArray
from lib.store import profiles as stored
from lib.store import runs as store
from lib.tasks import bootstrap, profile_metrics
from lib.tasks.profile_card import METRICS
from lib.ui.compare_runs.data import Judged, Versions
from lib.ui.results.profiles.data import counts_of
from lib.ui.widgets import cached

OFF = "profile errors of windows (1 - Pearson r)"


def judge(found: Common, versions: Versions) -> Judged:
    """Judge K runs by the profiles of all tracks on their common windows.

    Raises
    ------
    UserError
        If a run holds no predicted profiles.
    """
    each = [
        _judged(run_id, dataset, places) for (run_id, dataset, _), places in zip(versions, found.places, strict=True)
    ]
    keys = [metric.key for metric in METRICS]
    replicates = replicates_for(len(found.ids))
    resamples = [
        bootstrap.together(
            one.observed,
            [one.predicted],
            replicates=replicates,
            metrics=keys,
            by=partial(lambda one, observed, predicted, counts, wanted: one.resampled(counts, wanted), one),
        )[0]
        for one in each
    ]
    pearson = np.stack([one.pearson for one in each])  # K, N, T
    errors = 1 - pearson[:, np.isfinite(pearson).all(axis=0)]
    tracks = cached.dataset(versions[0][1]).tracks
    caption = "Profiles and counts" + (f", mean over {len(tracks)} tracks" if len(tracks) > 1 else "")
    values = [profile_metrics.scores(one, keys) for one in each]
    return Judged(
        METRICS,
        values,
        resamples,
        errors,
        OFF,
        caption,
        each=_means(pearson),
        each_name="profile Pearson r",
    )


def _means(pearson: FloatArray) -> FloatArray:
    """Average (K, N, T) over the tracks where it is defined, (K, N)."""
    known = np.isfinite(pearson)
    total = np.where(known, pearson, 0.0).sum(axis=2)
    return np.asarray(np.where(known.any(axis=2), total / np.maximum(known.sum(axis=2), 1), np.nan))


def _judged(run_id: str, dataset_id: str, places: np.ndarray) -> profile_metrics.Judged:
    dataset, frame = cached.dataset(dataset_id), store.predictions(run_id)
    predicted = frame[[f"predicted:{name}" for name in dataset.target_names]].to_numpy(dtype=float)
    shares = stored.load(run_id)[stored.PREDICTED].astype(np.float64)
    return profile_metrics.Judged(
        counts_of(dataset)[places], shares[places], dataset.targets[places], predicted[places]
    )
