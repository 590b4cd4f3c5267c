"""Predictions of a few sequences by chosen runs, with an interval and with what makes a prediction doubtful."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from lib.analysis.remarks import remarks as remarks_of
from lib.core.arrays import FloatArray
from lib.datasets.dataset import Dataset
from lib.store.files import home
from lib.store.runs import Run
from lib.ui.predict import classes, profiles
from lib.ui.predict.input import Asked
from lib.ui.widgets import cached, domain

LEVEL = 0.9
SPREAD = ", ± SD of members"
"""Ending of the columns with the standard deviation over the members of an ensemble."""


@dataclass(frozen=True)
class Answer:
    """What one run predicts for N sequences.

    Parameters
    ----------
    run, dataset
        The run and what it was trained on.
    values
        (N, T) predictions.
    reach
        (T,) half width of the interval that holds 90% of the test sequences; of a classifier (1,) how far below 1 the
        probability of the true class is at most.
    deviation
        (N, T) standard deviation over the members of an ensemble; None for other models.
    """

    run: Run
    dataset: Dataset
    values: FloatArray
    reach: FloatArray
    deviation: FloatArray | None = None


def answers(asked: Asked, chosen: list[Run]) -> list[Answer]:
    """Predict the sequences by every run."""
    return [_predict_with_deviation(run, asked.sequences) for run in chosen]


def _predict_with_deviation(run: Run, sequences: tuple[str, ...]) -> Answer:
    key = str(home()), run.id, str(run.ended)
    values, deviation = _predict(*key, sequences)
    return Answer(run, cached.dataset(run.dataset), values, _reach(*key), deviation)


@st.cache_data(max_entries=16, show_spinner="Predicting")
def _predict(home: str, run_id: str, ended: str, sequences: tuple[str, ...]) -> tuple[FloatArray, FloatArray | None]:
    from lib.models.ensemble import predict_with_deviation
    from lib.store.fitted import load_fitted

    return predict_with_deviation(load_fitted(run_id), list(sequences))


@st.cache_data(max_entries=64, show_spinner=False)
def _reach(home: str, run_id: str, ended: str) -> FloatArray:
    """Give how far 90% of the test predictions lie from what was observed at most (split conformal prediction)."""
    frame, metrics = cached.predictions(run_id), cached.metrics(run_id)
    test = frame[frame["part"] == "test"]
    predicted, observed = (
        test[[f"{what}:{name}" for name in metrics["targets"]]].to_numpy(dtype=float)
        for what in ("predicted", "observed")
    )
    if metrics.get("classes"):
        return reach(classes.misses(observed, predicted))
    return reach(np.abs(predicted - observed).T)


def reach(errors: FloatArray, level: float = LEVEL) -> FloatArray:
    """Give the half width (T,) of a split conformal interval from absolute errors (T, N) of sequences held back.

    The rank is the smallest with k / (N + 1) >= level (Vovk et al. 2005, doi:10.1007/b106715); infinite where N is
    too small for that.

    >>> reach(np.arange(1.0, 20.0)[None, :])
    array([18.])
    """
    count = errors.shape[1]
    rank = int(np.ceil(level * (count + 1) - 1e-9))
    if rank > count:
        return np.full(len(errors), np.inf)
    return np.asarray(np.sort(errors, axis=1)[:, rank - 1])


def table(asked: Asked, found: list[Answer]) -> pd.DataFrame:
    """Give one row for each sequence: id, length, remarks, and for each run and target prediction, low and high.

    Ensembles have one column more for each target: the standard deviation over their members.
    """
    columns: dict[str, object] = {"id": asked.ids, "length (nt)": [len(text) for text in asked.sequences]}
    for answer in found:
        if answer.dataset.classes:
            columns |= of_classes(answer, found)
            continue
        for place, target in enumerate(answer.dataset.target_names):
            label = column(answer, target, found)
            values, wide = answer.values[:, place], answer.reach[place]
            if answer.dataset.tracks:
                name = profiles.column(answer.dataset, place)
                columns[label.replace(target, name)] = profiles.counts(values)
            columns[label] = values
            if answer.deviation is not None:
                columns[f"{label}{SPREAD}"] = answer.deviation[:, place]
            columns |= {f"{label}, low": values - wide, f"{label}, high": values + wide}
    return pd.DataFrame(columns | {"remarks": remarks(asked, found)})


def of_classes(answer: Answer, found: list[Answer]) -> dict[str, object]:
    """Give the columns of a classifier: class, probabilities, 90% set, log-odds; for an ensemble their spread too."""
    name = column(answer, answer.dataset.target_names[0], found)
    before = "" if len(found) == 1 else f"{name.removesuffix(f': {answer.dataset.target_names[0]}')}: "
    unit = answer.dataset.target_units[0]
    made = classes.columns(answer.dataset.classes, answer.values, float(answer.reach[0]), before, unit)
    if answer.deviation is not None:
        spread = zip(answer.dataset.target_names, answer.deviation.T, strict=True)
        made |= {f"{before}{target} ({unit}){SPREAD}": values for target, values in spread}
    return made


def column(answer: Answer, target: str, found: list[Answer]) -> str:
    """Name the column of one run and target: the target alone where there is one run, else the run as well."""
    if len(found) == 1:
        return target
    same = [other for other in found if other.run.name == answer.run.name]
    name = answer.run.name if len(same) == 1 else f"{answer.run.name} [{answer.run.id}]"
    one = len(answer.dataset.target_names) == 1 and len({other.dataset.target_names for other in found}) == 1
    return name if one else f"{name}: {target}"


def remarks(asked: Asked, found: list[Answer]) -> list[str]:
    """Say for each sequence what makes its prediction doubtful, or that it was trained on."""
    return _remarks(str(home()), tuple(dict.fromkeys(answer.run.dataset for answer in found)), asked.sequences)


@st.cache_data(max_entries=16, show_spinner=False)
def _remarks(home: str, datasets: tuple[str, ...], sequences: tuple[str, ...]) -> list[str]:
    known = [(dataset, domain.of(dataset)) for dataset in map(cached.dataset, datasets)]
    return [remark.text for remark in remarks_of(sequences, known)]
