"""Start work: freeze what was chosen as a RunSpec, make the run, hand its id to the runner.

The pages and the command line both start runs here, so that both start the same run.
"""

import functools
import importlib.metadata
import platform
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypedDict, Unpack

from filelock import FileLock

import lib
from lib.core.errors import UserError
from lib.core.registry import settings_of, values_of
from lib.core.spec import Choice, RunSpec
from lib.datasets.dataset import Dataset
from lib.jobs import failures, runner
from lib.jobs.devices import CPU, Wish
from lib.jobs.predict import input_path
from lib.models.base import MODELS, Model, is_offered, own_tokenizer, uses_tokenizer
from lib.store import datasets, rbp_tables, runs, token_reports
from lib.store.files import folder_of, replacing
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
    return found | {name: _installed(name) for name in DECIDING}


@functools.cache
def _installed(name: str) -> str:
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


def start(
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
        What the worker needs beside the specification: ``device``, where to train (``lib.jobs.devices.Wish``), and
        ``rbp``, the id of a table of the workspace that the tokenizer learns from in place of the dataset's own.
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
    return {**payload, **({"device": Wish(CPU).to_json(), "light": True} if model.baseline else {})}


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


def start_tokens(dataset_id: str, tokenizer: Tokenizer, *, rbp: str = "", owner: str = "") -> str:
    """Queue the fit of a tokenizer on a dataset with its token report and give the id of the run.

    Where a run for the same tokenizer, settings, dataset and RBP table waits or works already, its id is given.

    Parameters
    ----------
    dataset_id, tokenizer
        What is fitted, on the train part of which dataset.
    rbp
        Id of a table of the workspace that stands for the dataset's own; empty for its own.
    owner
        Who starts it.

    Raises
    ------
    UserError
        If there is no such dataset or table, or nothing can be written.
    """
    dataset = rbp_tables.with_table(datasets.load(dataset_id), rbp)
    key = token_reports.key_of(dataset, tokenizer)
    place = folder_of(token_reports.KIND, key)
    place.mkdir(parents=True, exist_ok=True)
    with FileLock(place / ".start.lock"):
        same = find_tokens(dataset_id, key)
        if same is not None and not same.over:
            return same.id
        chosen = Choice(tokenizer.name, values_of(tokenizer))
        spec = RunSpec(
            dataset=dataset.id, split=dataset.split_id, task=dataset.task, model=chosen, tokenizer=chosen,
            versions=versions(),
        )  # fmt: skip
        name = f"{tokenizer.label} tokens of {dataset.name}"
        run = runs.create(spec=spec, name=name, owner=owner, kind="tokens", payload={"report": key, "rbp": rbp})
        runner().submit(run.id)
    return run.id


def find_tokens(dataset_id: str, key: str) -> runs.Run | None:
    """Give the newest token run for the report with this key; None where there is none."""
    return next((run for run in runs.all(dataset=dataset_id, kind="tokens") if run.payload.get("report") == key), None)
