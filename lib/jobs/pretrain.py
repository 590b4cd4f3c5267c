"""The work of a pretraining run: what the worker does for a run of kind ``pretrain``, and how one is started."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lib.core.errors import UserError
from lib.core.progress import Progress, Report
from lib.core.registry import settings_of, values_of
from lib.core.spec import Choice, RunSpec
from lib.jobs import runner
from lib.jobs.devices import DeviceRequest
from lib.jobs.start import Labels, versions
from lib.models.context import CHECKPOINTS
from lib.models.utr_lm import UtrLmModel
from lib.models.utr_pretraining import LEAST, UtrPretraining
from lib.motifs import folding
from lib.store import datasets, folds, pretrainings, runs
from lib.store.pretrainings import KIND
from lib.training import TrainingContext

TASK = "pretraining"


@dataclass(frozen=True)
class Corpus:
    """What is read: the train part of a dataset, or the sequences of a file.

    Parameters
    ----------
    dataset
        Id of a dataset of which the train part alone is read; empty for a file.
    file, sequences
        Name of the file as the user knows it, and its sequences as they are stored.
    """

    dataset: str = ""
    file: str = ""
    sequences: Sequence[str] = ()

    def read(self) -> Sequence[str]:
        """Give the sequences."""
        if not self.dataset:
            return self.sequences
        dataset = datasets.load(self.dataset)
        return tuple(dataset.sequences[dataset.rows("train")].tolist())


def parse_settings(values: dict[str, object]) -> UtrPretraining:
    """Make the settings of a pretraining from values that may be text, all checked.

    Raises
    ------
    UserError
        If a setting is unknown, or a value breaks its limits.
    """
    known, presets = {item.name: item for item in settings_of(UtrPretraining)}, UtrPretraining.presets
    values = dict(values)
    preset = str(values.pop("preset", ""))
    if preset and preset not in presets:
        raise UserError(f"{UtrPretraining.label} has no preset {preset!r}; choose one of {', '.join(presets)}.")
    values = {**presets.get(preset, {}), **values}
    for name in values:
        if name not in known:
            raise UserError(f"{UtrPretraining.label} has no setting {name!r}; it has: {', '.join(known)}.")
    return UtrPretraining(**{name: known[name].check(value) for name, value in values.items()})  # type: ignore[arg-type]


def start_pretraining(
    settings: UtrPretraining,
    corpus: Corpus,
    *,
    seed: int = 0,
    device: DeviceRequest | None = None,
    labels: Labels | None = None,
) -> str:
    """Queue a pretraining and give the id of its run.

    Raises
    ------
    UserError
        If there are too few sequences, the sizes do not fit each other, several processes are asked for, or nothing
        can be written.
    """
    request = device or DeviceRequest()
    if request.ranks > 1:
        raise UserError(f"A pretraining computes in one process, and {request.ranks} were asked for. Ask for one.")
    settings.sizes()
    read = settings.cut(corpus.read())
    if len(read) < LEAST:
        where = "the training part" if corpus.dataset else corpus.file
        raise UserError(f"There are {len(read):,} distinct sequences in {where}; a pretraining needs {LEAST} or more.")
    dataset = datasets.load(corpus.dataset) if corpus.dataset else None
    spec = RunSpec(
        dataset=dataset.id if dataset else "",
        split=dataset.split_id if dataset else "",
        task=TASK,
        model=Choice(UtrLmModel.name, values_of(settings)),
        tokenizer=Choice("nucleotide"),
        seed=seed,
        versions={**versions(), "viennarna": folding.version()},
    )
    payload: dict[str, Any] = {"device": request.to_json(), "file": corpus.file, "n": len(read)}
    if dataset is None:
        payload["input"] = pretrainings.keep_input(corpus.sequences)
    said = dict(labels or {})
    where = f"the training part of {dataset.name}" if dataset else corpus.file
    name = str(said.get("name") or f"UTR-LM pretrained on {where}")
    run = runs.create(spec=spec, kind=KIND, payload=payload, name=name, owner=str(said.get("owner", "")))
    runner().submit(run.id)
    return run.id


def pretrain(run_id: str, folder: Path, progress: Progress) -> dict[str, Any]:
    """Fold the sequences of a run, and pretrain on them into its folder.

    Raises
    ------
    UserError
        If the sequences are gone, or the loss is no number any more.
    Cancelled
        If somebody asked for it; folds and checkpoints stay, and the same call goes on from there.
    """
    run = runs.get(run_id)
    settings = parse_settings(dict(run.spec.model.settings))
    progress.report(Report(0, 1, "Reading sequences"))
    sequences = pretrainings.take(run)
    read = settings.cut(sequences)
    found = folds.folds(read, progress=progress)
    context = TrainingContext(folder, run.spec.seed, DeviceRequest.of(run.payload).torch_device, progress)
    summary = settings.fit(read, found, context)
    about = {"file": run.payload["file"], "sequences": len(sequences), "distinct": len(read)}
    about |= {"shortened": sum(len(sequence) > settings.longest - 2 for sequence in sequences)}
    shutil.rmtree(folder / CHECKPOINTS, ignore_errors=True)
    pretrainings.keep_summary(run_id, {**about, "viennarna": folding.version(), **summary})
    accuracies = {f"{part}_accuracy": summary[part]["value"] for part in ("letters", "structure")}
    return {"n": len(read), **accuracies, "energy_r2": summary["energy"]["value"]}


def describe_overlap(run: runs.Run) -> str:
    """Say in a sentence how many test sequences the pretraining of a training has read; empty where that is none."""
    source = str(run.spec.model.settings.get("pretraining") or "")
    known = runs.find(source) if source else None
    return "" if known is None else str(pretrainings.overlap(source, datasets.load(run.dataset)))
