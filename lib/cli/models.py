"""``train``, ``ensemble``, ``runs`` and the lists of what is registered."""

import argparse
from typing import Any

from lib.attribution import METHODS
from lib.cli import arguments, waiting
from lib.core.registry import Registry, settings_of
from lib.datasets import leakage
from lib.jobs import start
from lib.jobs.start import start_ensemble
from lib.models import MODELS
from lib.models.base import tokenizer_of_preset
from lib.store import groups, rbp_tables, runs
from lib.store import leakage as measured
from lib.tasks import headline
from lib.tokenizers import TOKENIZERS, Tokenizer

LONG = {"per_target", "calibration"}
"""Metrics that ``train`` does not print; they lie in the folder of the run."""


def add_commands(commands: Any) -> None:
    """Add ``train``, ``ensemble``, ``runs``, ``models``, ``tokenizers`` and ``methods``."""
    train = commands.add_parser("train", help="train a model on a dataset")
    train.add_argument("--dataset", required=True, metavar="D")
    train.add_argument("--model", required=True, metavar="NAME")
    train.add_argument("--name", default="", help="what to call the run")
    train.add_argument("--seed", type=int, default=0)
    train.add_argument("--priority", type=int, default=0, help="higher runs first")
    waiting.add_option(train)
    arguments.add_settings(train)
    arguments.add_tokenizer(train)
    train.add_argument("--rbp", metavar="FILE", help="RBP table for the tokenizer in place of the dataset's own")
    arguments.add_device(train)
    train.set_defaults(run=_train)
    ensemble = commands.add_parser("ensemble", help="make an ensemble of finished runs of one dataset and split")
    ensemble.add_argument("--runs", required=True, metavar="A,B,C", help="ids of 2 to 50 finished runs")
    ensemble.add_argument("--name", default="", help="what to call the ensemble")
    waiting.add_option(ensemble)
    ensemble.set_defaults(run=_ensemble)
    listing = commands.add_parser("runs", help="list the runs")
    listing.set_defaults(run=lambda options: _rows())
    registries: dict[str, Registry[Any]] = {"models": MODELS, "tokenizers": TOKENIZERS, "methods": METHODS}
    for name, registry in registries.items():
        command = commands.add_parser(name, help=f"list the {name} and their settings")
        command.set_defaults(run=lambda options, registry=registry: _list_registered(registry))


def _list_registered(registry: Registry[Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "label": cls.label,
            "summary": cls.summary,
            "settings": {item.name: item.default for item in settings_of(cls)},
        }
        for name, cls in registry.all().items()
    ]


def _rows() -> list[dict[str, Any]]:
    """List the runs; the test metric of sweeps is kept back, as on the pages."""
    known = runs.all()
    hidden = groups.runs_without_test(known)
    rows = [_row(run, hidden=run.id in hidden) for run in known]
    judged = {row["dataset"] for row in rows if "test" in row}
    close = {dataset: leakage.write_headline(measured.get(dataset)) for dataset in judged}
    return [row | ({"leakage": close[row["dataset"]]} if "test" in row else {}) for row in rows]


def _row(run: runs.Run, *, hidden: bool) -> dict[str, Any]:
    key = headline(run.spec.task).key
    tested = {} if hidden or key not in run.results else {"task": run.spec.task, "test": {key: run.results[key]}}
    return {
        "name": run.name,
        "id": run.id,
        "status": run.state,
        "dataset": run.dataset,
        "model": run.model,
        "created": run.created.isoformat(timespec="seconds"),
        **tested,
    }


def _train(options: argparse.Namespace) -> dict[str, Any]:
    run_id = start.start_training(
        options.dataset,
        MODELS.create(options.model, arguments.settings(options)),
        tokenizer=_tokenizer(options),
        payload={"device": arguments.device(options).to_json(), **_table(options)},
        name=options.name,
        seed=options.seed,
        priority=options.priority,
    )
    return _outcome(run_id, wait=options.wait)


def _table(options: argparse.Namespace) -> dict[str, str]:
    """Keep the RBP table of ``--rbp`` in the workspace, and name it for the run."""
    if options.rbp is None:
        return {}
    reading = arguments.reading(options)
    arguments.rbp_table(options.rbp, reading)
    return {"rbp": rbp_tables.keep(arguments.source(options.rbp), reading)}


def _tokenizer(options: argparse.Namespace) -> Tokenizer | None:
    """Make the tokenizer that is named, or else the one that goes with the preset of the model."""
    goes = tokenizer_of_preset(MODELS.get(options.model), str(arguments.settings(options).get("preset", "")))
    named = arguments.tokenizer(options)
    return TOKENIZERS.create(*goes) if named is None and goes is not None else named


def _ensemble(options: argparse.Namespace) -> dict[str, Any]:
    members = [name for name in options.runs.split(",") if name]
    return _outcome(start_ensemble(members, name=options.name), wait=options.wait)


def _outcome(run_id: str, *, wait: bool) -> dict[str, Any]:
    return waiting.outcome(run_id, lambda: {"metrics": _metrics(run_id), "leakage": _leakage(run_id)}, wait=wait)


def _metrics(run_id: str) -> dict[str, Any]:
    return {key: value for key, value in runs.metrics(run_id).items() if key not in LONG}


def _leakage(run_id: str) -> dict[str, Any]:
    return leakage.describe(measured.get(runs.get(run_id).dataset))
