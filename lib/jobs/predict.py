"""The work of a prediction run: what the worker does for a run of kind ``predict``."""

import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from lib.core.errors import UserError
from lib.core.progress import Progress, Report, Stage
from lib.jobs import ray_map, runner
from lib.store import runs
from lib.store.files import folder_of, replacing

if TYPE_CHECKING:
    from lib.core.arrays import FloatArray

INPUTS = "inputs"


def input_path(name: str) -> Path:
    """Give the file that holds the sequences of a prediction until it has finished."""
    return folder_of(INPUTS, name).with_suffix(".parquet")


def predict(run_id: str, folder: Path, progress: Progress) -> dict[str, Any]:
    """Predict many sequences with trained models into ``predictions.parquet``: ``id``, a column per run and target.

    Classifiers have the class and the probability of each beside it.

    Raises
    ------
    UserError
        If the sequences or a trained model are gone.
    Cancelled
        If somebody asked for it.
    """
    payload = runs.get(run_id).payload
    source = input_path(payload["input"])
    if not source.exists():
        raise UserError("The sequences of this prediction are not there any more. Start it again on the Predict page.")
    asked = pd.read_parquet(source)
    found: dict[str, Any] = {"id": asked["id"]}
    sequences = asked["sequence"].tolist()
    for number, name in enumerate(payload["runs"], start=1):
        stage = f"Predicting with run {number} of {len(payload['runs'])}"
        progress.report(Report(0, len(sequences), stage))
        predicted, deviation = ray_map.predict(name, sequences, progress=Stage(progress, stage))
        found |= _classes(name, predicted)
        for place, column in enumerate(columns(name)):
            found[column] = predicted[:, place]
            if deviation is not None:
                found[f"{column}, SD of members"] = deviation[:, place]
    with replacing(folder / "predictions.parquet") as temporary:
        pd.DataFrame(found).to_parquet(temporary, index=False)
    source.unlink(missing_ok=True)
    return {"n": len(sequences)}


def columns(run_id: str) -> list[str]:
    """Name the columns of a run's predictions: its name, its id, the target and the unit."""
    run, metrics = runs.get(run_id), runs.metrics(run_id)
    units = [f" ({unit})" if unit else "" for unit in metrics["units"]]
    return [f"{run.name} [{run.id}]: {target}{unit}" for target, unit in zip(metrics["targets"], units, strict=True)]


def _classes(run_id: str, predicted: "FloatArray") -> dict[str, Any]:
    """Give the class and the probability of each of a classifier, (N,) each by name; nothing for other runs."""
    names = runs.metrics(run_id).get("classes")
    if not names:
        return {}
    from lib.tasks import class_metrics

    label, chance = f"{runs.get(run_id).name} [{run_id}]", class_metrics.probabilities(predicted)
    called = [names[number] for number in class_metrics.decide(predicted)]
    return {f"{label}: class": called} | {
        f"{label}: probability of {name}": chance[:, number] for number, name in enumerate(names)
    }


def start_prediction(
    run_ids: Sequence[str], ids: Sequence[str], sequences: Sequence[str], *, name: str = "", owner: str = ""
) -> str:
    """Queue the prediction of N sequences by finished runs and give the id of the new run.

    Parameters
    ----------
    run_ids
        Finished runs, at least one; they may be trained on different datasets.
    ids, sequences
        (N,) each; sequences as they are stored.

    Raises
    ------
    UserError
        If a run is gone or nothing can be written.
    """
    import pandas as pd

    asked = [runs.get(run_id) for run_id in run_ids]
    source = secrets.token_hex(8)
    with replacing(input_path(source)) as temporary:
        pd.DataFrame({"id": list(ids), "sequence": list(sequences)}).to_parquet(temporary, index=False)
    name = name or f"Prediction of {len(sequences):,} sequences"
    payload: dict[str, Any] = {"runs": list(run_ids), "input": source, "n": len(sequences)}
    run = runs.create(spec=asked[0].spec, name=name, owner=owner, kind="predict", payload=payload)
    runner().submit(run.id)
    return run.id
