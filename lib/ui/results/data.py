"""What the Results page reads: the scores of a run and its baselines on one part, and the points of the scatter."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from lib import tasks
from lib.analysis.slices import Slice, replicates_for, scored
from lib.datasets.dataset import Dataset, PartName
from lib.figures.scatter import Points
from lib.store import runs
from lib.store.files import home
from lib.store.runs import Run
from lib.tasks import regression
from lib.tasks.bootstrap import intervals
from lib.tasks.scores import Metric, Scores
from lib.ui.widgets import cached
from lib.ui.widgets.progress import model_label
from lib.views.baselines import label_models, read_ceiling, read_test_scores


@dataclass(frozen=True)
class View:
    """What the page looks at: a finished run, one of its targets and one part of its dataset."""

    run: Run
    dataset: Dataset
    target: int
    part: PartName

    @property
    def target_name(self) -> str:
        """Name of the target."""
        return self.dataset.target_names[self.target]

    @property
    def unit(self) -> str:
        """Unit of the target."""
        return self.dataset.target_units[self.target]

    @property
    def spread(self) -> str:
        """Name of the column with the standard deviation over the members; only ensembles have it."""
        return f"deviation:{self.target_name}"

    @property
    def key(self) -> str:
        """What tells this view from any other, the run trained anew too."""
        return f"{self.run.id}-{self.run.ended}-{self.part}-{self.target}"

    @property
    def judged(self) -> str:
        """What tells the sequences that are judged from others of the dataset."""
        return self.part

    @cached_property
    def metrics(self) -> dict[str, Any]:
        """What ``metrics.json`` of the run holds."""
        return cached.metrics(self.run.id)

    @cached_property
    def predictions(self) -> pd.DataFrame:
        """What the run and its baselines predict for every sequence of the dataset; shared, so never changed."""
        return cached.predictions(self.run.id)

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The predictions of the part, one row for each sequence, in the order of the dataset."""
        return self.predictions[self.predictions["part"] == self.part].reset_index(drop=True)

    @cached_property
    def places(self) -> NDArray[np.intp]:
        """Rows of the dataset that are judged, ascending (n,)."""
        return self.dataset.rows(self.part)

    @cached_property
    def sequences(self) -> list[str]:
        """The sequences of the part, in the order of ``rows``."""
        return [str(text) for text in self.dataset.sequences[self.places]]

    @property
    def task(self) -> regression.Regression:
        """The task, of those whose view this is."""
        return regression.get(self.dataset.task)

    @property
    def judged_by(self) -> tuple[Metric, ...]:
        """The metrics of the score card."""
        return tasks.get(self.dataset.task).card

    def sliced(self, slices: list[Slice], metrics: tuple[str, ...], rows: "np.ndarray | None" = None) -> pd.DataFrame:
        """Score the run and its baselines on slices of the part, or of those ``rows`` of it; see ``slices.scored``."""
        frame = self.rows if rows is None else self.rows.iloc[rows]
        predicted = {name: frame[f"{name}:{self.target_name}"].to_numpy(dtype=float) for name in models(self)}
        observed = frame[f"observed:{self.target_name}"].to_numpy(dtype=float)
        return scored(self.task, slices, observed, predicted, metrics=metrics)

    @cached_property
    def points(self) -> Points:
        """What was observed and predicted for every sequence of the part."""
        frame = self.rows
        return Points(
            frame["id"].tolist(),
            frame[f"observed:{self.target_name}"].to_numpy(dtype=float),
            frame[f"predicted:{self.target_name}"].to_numpy(dtype=float),
            self.target_name,
            self.unit,
            None if self.spread not in frame else frame[self.spread].to_numpy(dtype=float),
        )


def scores(view: View) -> list[Scores]:
    """Give the scores of the run and then of its baselines, the strongest first, on the part of the view.

    Those of the test part with one target stand in ``metrics.json``; the others are computed once and kept.
    """
    labels = models(view)
    if view.part == "test" and len(view.dataset.target_names) == 1:
        return read_test_scores(view.metrics, labels)
    computed = _computed(str(home()), view.run.id, str(view.run.ended), view.target_name, view.part, tuple(labels))
    return [Scores(label, *computed[name]) for name, label in labels.items() if name in computed]


def models(view: View) -> dict[str, str]:
    """Name the run's model and its baselines, the strongest first, by the columns of the predictions."""
    return label_models(
        view.metrics,
        view.predictions,
        model=view.run.model,
        label=model_label(view.run.model),
        target=view.target_name,
    )


@st.cache_data(max_entries=64, show_spinner="Computing the scores")
def _computed(
    home: str, run_id: str, ended: str, target: str, part: str, names: tuple[str, ...]
) -> dict[str, tuple[dict[str, float], dict[str, tuple[float, float]]]]:
    frame, task = cached.predictions(run_id), regression.get(runs.get(run_id).spec.task)
    frame = frame[frame["part"] == part]
    observed = frame[f"observed:{target}"].to_numpy(dtype=float)
    found = {}
    for name in names:
        label = f"{name}:{target}"
        if label in frame:
            predicted = frame[label].to_numpy(dtype=float)
            # On the training part an interval would say nothing about new sequences.
            y, f = observed[:, None], predicted[:, None]
            drawn = {} if part == "train" else task.bootstrap(y, [f], replicates=replicates_for(len(y)))[0]
            found[name] = (task.column(observed, predicted), intervals(drawn))
    return found


def ceiling(view: View) -> tuple[float, str] | None:
    """Give the R2 that noise allows and where it was measured; None where nobody knows, or it is not this target's."""
    return read_ceiling(view.metrics, targets=len(view.dataset.target_names))


def sequence_facts(view: View, ids: list[str]) -> pd.DataFrame:
    """Give the rows of some sequences: id, observed, predicted, off by, GC content, length, sequence."""
    from lib.figures.residuals import gc_percent

    frame = view.rows
    places = pd.Index(frame["id"]).get_indexer(ids)
    places = places[places >= 0]
    kept = frame["id"].iloc[places].tolist()
    texts = [view.sequences[place] for place in places]
    observed = frame[f"observed:{view.target_name}"].iloc[places].to_numpy(dtype=float)
    predicted = frame[f"predicted:{view.target_name}"].iloc[places].to_numpy(dtype=float)
    spread = {"± SD": frame[view.spread].iloc[places].to_numpy(dtype=float)} if view.spread in frame else {}
    return pd.DataFrame(
        {
            "id": kept,
            "observed": observed,
            "predicted": predicted,
            **spread,
            "off by": predicted - observed,
            "GC (%)": gc_percent(texts),
            "length (nt)": [len(text) for text in texts],
            "sequence": texts,
        }
    )
