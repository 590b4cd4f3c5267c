"""Start work: freeze what was chosen as a RunSpec, make the run, hand its id to the runner.

The pages and the command line both start runs here, so that both start the same run.
"""

import functools
import importlib.metadata
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypedDict, Unpack

import lib
from lib.core.errors import UserError
from lib.core.registry import settings_of, values_of
from lib.core.spec import Choice, RunSpec
from lib.datasets.dataset import Dataset
from lib.jobs import failures, runner
from lib.jobs.devices import CPU, DeviceRequest
from lib.models.base import MODELS, Model, is_offered, own_tokenizer, uses_tokenizer
from lib.models.ensemble import FEWEST, MOST, EnsembleModel
from lib.store import datasets, fitted, rbp_tables, runs
from lib.store.runs import Run
from lib.tokenizers import Corpus, Tokenizer

DECIDING = ("torch", "transformers", "scikit-learn", "numpy", "scipy", "pandas")
"""The libraries that decide the numbers."""
_SLOWER = 10
_CHANGED = re.compile(r", learning rate [\d.e-]+$")


class Labels(TypedDict, total=False):
    """What a run is called (empty: the model and the dataset), who starts it, and how early it is to start."""

    name: str
    owner: str
    priority: int


def versions() -> dict[str, str]:
    """Give the versions of MotifLens, Python and the libraries that decide the numbers, without importing them."""
    found = {"motiflens": lib.__version__, "python": platform.python_version()}
    return found | {name: _find_version(name) for name in DECIDING}


@functools.cache
def _find_version(name: str) -> str:
    return importlib.metadata.version(name)


def specify(
    dataset_id: str, model: Model, *, tokenizer: Tokenizer | None = None, seed: int = 0, rbp: str = ""
) -> RunSpec:
    """Freeze one training of one model on one dataset, with the tokenizer of a model that reads tokens.

    A model that has a tokenizer of its own, such as that of its checkpoint, needs none to be named.

    Raises
    ------
    UserError
        If there is no such dataset or RBP table, the model cannot learn its task, or the tokenizer does not suit the
        model or the dataset.
    """
    return spec_of(rbp_tables.with_table(datasets.load(dataset_id), rbp), model, tokenizer=tokenizer, seed=seed)


def spec_of(dataset: Dataset, model: Model, *, tokenizer: Tokenizer | None = None, seed: int = 0) -> RunSpec:
    """Do what ``specify`` does for a dataset that is loaded, with the RBP table that the tokenizer is to learn from.

    Raises
    ------
    UserError
        If the model cannot learn its task, or the tokenizer does not suit the model or the dataset.
    """
    if dataset.task not in model.tasks:
        able = " or ".join(model.tasks).replace("_", " ")
        found = f"{dataset.name} is a {dataset.task.replace('_', ' ')} task"
        raise UserError(f"{found}, and {model.label} learns {able}. Choose another model or another target.")
    tokenizer = own_tokenizer(model) if tokenizer is None else tokenizer
    require_tokenizer(dataset, model, tokenizer)
    return RunSpec(
        dataset=dataset.id,
        split=dataset.split_id,
        task=dataset.task,
        model=Choice(model.name, values_of(model)),
        tokenizer=None if tokenizer is None else Choice(tokenizer.name, values_of(tokenizer)),
        seed=seed,
        versions=versions(),
    )


def require_tokenizer(dataset: Dataset, model: Model, tokenizer: Tokenizer | None) -> None:
    """Check that a model gets a tokenizer where it reads tokens, and that the dataset has what that learns from.

    Raises
    ------
    UserError
        If the model needs one and there is none, or the other way round, or an RBP table is missing.
    """
    own = own_tokenizer(model)
    if own is not None and tokenizer is not None and tokenizer.name != own.name:
        raise UserError(
            f"{model.label} reads the tokens that it was trained on; leave the tokenizer {tokenizer.label} out."
        )
    if uses_tokenizer(model) and tokenizer is None:
        raise UserError(f"{model.label} reads tokens; choose a tokenizer, such as bpe.")
    if tokenizer is not None and not uses_tokenizer(model):
        raise UserError(f"{model.label} reads nucleotides and takes no tokenizer; leave the tokenizer out.")
    if tokenizer is not None and "rbp" in getattr(tokenizer, "needs", ()):
        Corpus(rbp=dataset.rbp).motifs(tokenizer.label)


def start_training(
    dataset_id: str,
    model: Model,
    *,
    tokenizer: Tokenizer | None = None,
    seed: int = 0,
    payload: Mapping[str, Any] | None = None,
    **labels: Unpack[Labels],
) -> str:
    """Queue the training of a model on a dataset and give the id of the run.

    Parameters
    ----------
    dataset_id
        Id of a frozen dataset.
    model
        A registered model with its settings.
    tokenizer
        A registered tokenizer with its settings, for a model that reads tokens; None for all others.
    seed
        Seeds everything random, 0 or more.
    payload
        What the worker needs beside the specification: ``device``, where to train (``DeviceRequest``), and ``rbp``,
        the id of a table of the workspace that the tokenizer learns from in place of the dataset's own.
    **labels
        ``name``, ``owner`` and ``priority``; runs of a higher priority start first.

    Raises
    ------
    UserError
        If there is no such dataset, the model cannot learn its task, the tokenizer does not suit, or nothing can be
        written.
    """
    if not is_offered(model):
        raise UserError(f"{model.label} is not trained on a dataset alone; make one of finished runs under Runs.")
    spec = specify(dataset_id, model, tokenizer=tokenizer, seed=seed, rbp=str((payload or {}).get("rbp", "")))
    run = runs.create(spec=spec, payload=payload_of(model, payload or {}), **labels)
    runner().submit(run.id)
    return run.id


def payload_of(model: Model, payload: Mapping[str, Any]) -> dict[str, Any]:
    """Give what the worker of a training needs; a baseline model takes seconds on the CPU and leaves the GPUs free."""
    return {**payload, **({"device": DeviceRequest(CPU).to_json(), "light": True} if model.baseline else {})}


def lower_rate(run: runs.Run) -> float | None:
    """Give the learning rate to try next, a tenth, for a run that failed because its loss became NaN.

    None where that is not why it ended, or where its model takes no lower one.
    """
    rate = run.spec.model.settings.get("learning_rate")
    diverged = run.state == runs.FAILED and run.results.get("failure") == failures.DIVERGED
    if run.kind != "train" or not diverged or not isinstance(rate, float):
        return None
    lower = float(f"{rate / _SLOWER:.6g}")
    limits = {item.name: item.low for item in settings_of(MODELS.get(run.model))}
    return lower if lower >= (limits.get("learning_rate") or 0.0) else None


def retry(run_id: str, *, owner: str = "") -> str:
    """Queue a training whose loss became NaN again, at a tenth of its learning rate; gives the id of the new run.

    All else is as it was: dataset, split, tokenizer, settings, seed and payload. The name says what changed.

    Raises
    ------
    UserError
        If there is no such run, it did not end that way, or the learning rate cannot be lower.
    """
    run = runs.get(run_id)
    rate = lower_rate(run)
    if rate is None:
        raise UserError(
            f"{run.name} did not stop because its loss became NaN, or its learning rate cannot be lower. Clone it and "
            "change its settings."
        )
    model = Choice(run.model, {**run.spec.model.settings, "learning_rate": rate})
    name = f"{_CHANGED.sub('', run.name)}, learning rate {rate:g}"
    spec = replace(run.spec, model=model, versions=versions())
    labels = {"name": name, "owner": owner or run.owner, "group": run.group_id or ""}
    again = runs.create(spec=spec, priority=run.priority, payload=run.payload, **labels)
    runner().submit(again.id)
    return again.id


def start_ensemble(run_ids: Sequence[str], *, name: str = "", owner: str = "") -> str:
    """Queue the ensemble of some finished runs and give the id of the new run.

    The new run copies the models of its members into its own folder, so that they may be deleted later.

    Parameters
    ----------
    run_ids
        2 to 50 finished trainings on one dataset and split, in the order of the members; a run counts once.
    name
        What the user calls it; empty for ``Ensemble of 3 runs``.
    owner
        Who starts it.

    Raises
    ------
    UserError
        If there are too few or too many, or they do not belong together, or one has no trained model.
    """
    members = [runs.get(run_id) for run_id in dict.fromkeys(run_ids)]
    require_fitting(members)
    for run in members:
        fitted.fingerprint(run.id)
    spec = specify(members[0].dataset, MODELS.create(EnsembleModel.name))
    about = {run.id: {"name": run.name, "model": run.model, "seed": run.spec.seed} for run in members}
    payload = {"members": [run.id for run in members], "about": about, "light": True}
    name = name.strip() or f"Ensemble of {len(members)} runs"
    run = runs.create(spec=spec, name=name, owner=owner, payload=payload)
    runner().submit(run.id)
    return run.id


def require_fitting(members: Sequence[Run]) -> None:
    """Check that runs can form an ensemble.

    Raises
    ------
    UserError
        If there are fewer than 2 or more than 50, one is no finished training or an ensemble itself, or they were
        trained on different datasets, splits or tasks; the sentence names the run.
    """
    if not FEWEST <= len(members) <= MOST:
        found = f"Found {len(members)} run{'' if len(members) == 1 else 's'}"
        raise UserError(f"{found}; an ensemble needs {FEWEST} to {MOST} different ones. Choose some more or fewer.")
    first = members[0]
    for run in members:
        if run.kind != "train":
            raise UserError(f"{run.name} is no training but a run of kind {run.kind}. Leave it out.")
        if run.state != runs.FINISHED:
            raise UserError(
                f"{run.name} is {run.state}; an ensemble needs finished runs. Leave it out, or wait for it."
            )
        if run.model == EnsembleModel.name:
            raise UserError(f"{run.name} is an ensemble itself. Choose its members instead.")
        for what in ("dataset", "split", "task"):
            if getattr(run.spec, what) != getattr(first.spec, what):
                both = f"{first.name} and {run.name} were trained on different {what}s"
                raise UserError(f"{both}, so their predictions cannot be averaged. Choose runs that share them.")
