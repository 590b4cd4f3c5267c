"""One training from a dataset and a specification to a complete run folder; knows neither database nor queue."""

import json
import platform
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from lib import tasks
from lib.analysis.members import Judged, gain, warning
from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.core.files import replacing
from lib.core.progress import Progress, Report, Stage
from lib.core.registry import values_of
from lib.core.spec import RunSpec
from lib.datasets.dataset import Dataset
from lib.models.base import MODELS, CrossFitted, Fitted, Model, Uncertain, uses_tokenizer
from lib.models.context import CHECKPOINTS, Context
from lib.models.ensemble import FittedEnsemble
from lib.models.tokens import encode
from lib.tasks.base import Baseline, Prediction, Task
from lib.tasks.data import TrainingData
from lib.tasks.metrics import plain
from lib.tokenizers import FittedTokenizer
from lib.training import TrainingContext


@dataclass(frozen=True)
class Members:
    """What M members predict for N sequences.

    Parameters
    ----------
    each
        (M, N, T).
    predicted, deviation
        (N, T) each: their mean and their sample standard deviation.
    """

    each: FloatArray
    predicted: FloatArray
    deviation: FloatArray

    def metrics(self, dataset: Dataset) -> dict[str, Any]:
        """Give the number of members, what they gain over the best of them, and whether their spread warns."""
        held, test = (self._judged(dataset, dataset.rows(part)) for part in ("validation", "test"))
        classes = bool(dataset.classes)
        apart = warning(test, self.deviation[dataset.rows("test")], dataset.target_names, classes=classes)
        return {"count": len(self.each), "gain": gain(held, test, classes=classes), "deviation": apart}

    def _judged(self, dataset: Dataset, rows: Any) -> Judged:
        return Judged(np.asarray(dataset.targets[rows]), self.predicted[rows], self.each[:, rows])


def predict_members(fitted: Fitted, sequences: Sequence[str], progress: Progress) -> tuple[FloatArray, Members | None]:
    """Predict N sequences, (N, T), and give what each member predicts where the model has members, else None."""
    if not isinstance(fitted, Uncertain):
        return fitted.predict(sequences, progress=progress), None
    each = list(fitted.each(sequences, progress=progress))
    predicted, deviation = fitted.combine(iter(each))
    return predicted, Members(np.stack(each), predicted, deviation)


Fit = Callable[[Model, TrainingData, Context], Fitted]


def train_run(
    dataset: Dataset,
    spec: RunSpec,
    folder: Path,
    progress: Progress,
    *,
    device: str = "auto",
    tokenizer: FittedTokenizer | None = None,
    fit: Fit | None = None,
) -> dict[str, Any]:
    """Train the model of ``spec`` and the automatic baselines, and write everything the results need into ``folder``.

    A model that reads tokens needs the ``tokenizer`` of ``spec``, fitted on the train part; ``fit`` trains it in
    another way than in this process, such as in several together. Returns the test metrics with n, those of the
    validation part under ``validation``, and the seconds that training took.

    Raises
    ------
    UserError
        If the dataset is not the one of ``spec``, cannot be learned with its settings, or a sequence has no tokens.
    Cancelled
        If the listener asked for it; checkpoints stay, and the same call goes on from them.
    """
    task = _check(dataset, spec)
    folder.mkdir(parents=True, exist_ok=True)
    _describe(spec, folder)
    started = time.monotonic()
    model = MODELS.create(spec.model.name, spec.model.settings)
    if tokenizer is not None and uses_tokenizer(model):
        encode(tokenizer, dataset.sequences.tolist())  # what cannot be read is said now, not after the training
    data = TrainingData.of(dataset, tokenizer)
    context = TrainingContext(folder, spec.seed, device, progress)
    fitted = model.fit(data, context) if fit is None else fit(model, data, context)
    fitted.save(folder)
    seconds = {"training": time.monotonic() - started}
    sequences = dataset.sequences.tolist()
    values, members = predict_members(fitted, sequences, progress)
    if isinstance(fitted, CrossFitted) and fitted.held_out is not None:
        values[dataset.rows("validation")] = fitted.held_out
    predicted = task.prediction(fitted, sequences, values, progress)
    seconds["prediction"] = time.monotonic() - started - seconds["training"]
    baselines: dict[str, Baseline] = {}
    wanted = [name for name, cls in MODELS.all().items() if cls.baseline and spec.task in cls.tasks]
    for number, name in enumerate(wanted):
        progress.report(Report(number, len(wanted), "Baseline models"))
        context = TrainingContext(folder / "baselines" / name, spec.seed, device, Stage(progress, "Baseline models"))
        baselines[name] = _baseline(name, (model, predicted, fitted), data, context, (task, sequences))
    seconds["baselines"] = time.monotonic() - started - sum(seconds.values())
    task.write(dataset, predicted, baselines, folder, deviation=None if members is None else members.deviation)
    progress.report(Report(0, 1, "Evaluation"))
    metrics = task.metrics(dataset, predicted, baselines)
    if isinstance(fitted, FittedEnsemble) and fitted.blend.shares:
        metrics["blend"] = {**fitted.blend.about, "shortfall": task.shortfall_label}
    elif members is not None:
        metrics["members"] = members.metrics(dataset)
    seconds["evaluation"] = time.monotonic() - started - sum(seconds.values())
    metrics["seconds"] = seconds
    with replacing(folder / "metrics.json") as temporary:
        temporary.write_text(json.dumps(plain(metrics), indent=1, allow_nan=False), encoding="utf-8")
    shutil.rmtree(folder / CHECKPOINTS, ignore_errors=True)
    progress.report(Report(1, 1, "Evaluation"))
    return dict(plain({**metrics["test"], "validation": metrics["validation"], "seconds": sum(seconds.values())}))


def _check(dataset: Dataset, spec: RunSpec) -> Task:
    """Refuse what cannot be trained or judged, and give the task."""
    if (spec.dataset, spec.split) != (dataset.id, dataset.split_id):
        raise UserError(
            f"This run is for dataset {spec.dataset} with split {spec.split}, but found {dataset.id} with "
            f"{dataset.split_id}. Start a new run on the dataset that is there."
        )
    able = MODELS.get(spec.model.name).tasks
    if spec.task not in able or spec.task != dataset.task:
        raise UserError(
            f"{MODELS.get(spec.model.name).label} learns {', '.join(able)}; the run asks for {spec.task} and the "
            f"dataset is for {dataset.task}. Choose another model or target."
        )
    if not len(dataset.rows("test")):
        raise UserError("The test part is empty, so no result could be judged; choose another split.")
    return tasks.get(spec.task)


def _describe(spec: RunSpec, folder: Path) -> None:
    """Write what is trained and where, unless it stands there already."""
    facts = {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "packages": {str(item.name): item.version for item in metadata.distributions()},
    }
    for name, value in (("spec.json", spec.to_json()), ("environment.json", facts)):
        if not (folder / name).exists():
            with replacing(folder / name) as temporary:
                temporary.write_text(json.dumps(value, indent=1, sort_keys=True), encoding="utf-8")


def _baseline(
    name: str,
    trained: tuple[Any, Prediction, Fitted],
    data: TrainingData,
    context: Context,
    asked: tuple[Task, list[str]],
) -> Baseline:
    """Fit and save one baseline; the run's own model is not fitted twice."""
    (model, predicted, fitted), (task, sequences) = trained, asked
    baseline: Any = MODELS.create(name)
    context.folder.mkdir(parents=True, exist_ok=True)
    if model.name != name or values_of(model) != values_of(baseline):
        fitted = baseline.fit(data, context)
        predicted = task.prediction(fitted, sequences, fitted.predict(sequences), context.progress)
    fitted.save(context.folder)
    label = getattr(baseline, "labels", {}).get(data.task, baseline.label)  # some are called otherwise in a task
    return Baseline(label, predicted)
