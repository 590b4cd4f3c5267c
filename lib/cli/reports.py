"""``report``, ``bundle``, ``unpack`` and ``evaluate``: what leaves the app about a run, and how it is opened again."""

import argparse
from pathlib import Path
from typing import Any

from lib.cli import arguments, waiting
from lib.jobs import check
from lib.report import bundle, evaluation, report, unpack
from lib.store import runs
from lib.training.checks import KINDS


def add_commands(commands: Any) -> None:
    """Add the commands about reports and bundles."""
    written = commands.add_parser("report", help="write all about a finished run into one HTML file")
    written.add_argument("--run", required=True, metavar="R", dest="run_id")
    written.add_argument("--out", required=True, metavar="report.html")
    what = "ids of sequences whose logos to show; telling ones of the test part where left out"
    written.add_argument("--ids", default="", metavar="A,B,C", help=what)
    written.add_argument("--method", default="", metavar="NAME", help="attribution method of the logos")
    written.set_defaults(run=_report)
    packed = commands.add_parser("bundle", help="pack a finished run and its dataset into one zip file")
    packed.add_argument("--run", required=True, metavar="R", dest="run_id")
    packed.add_argument("--out", required=True, metavar="bundle.zip")
    packed.set_defaults(run=_bundle)
    opened = commands.add_parser("unpack", help="bring the run and the dataset of a bundle into this workspace")
    opened.add_argument("bundle", metavar="bundle.zip", help="the bundle, or the folder that it was unzipped to")
    opened.set_defaults(run=lambda options: unpack.unpack(Path(options.bundle)))
    judged = commands.add_parser("evaluate", help="predict and judge with the saved model again, beside what was kept")
    judged.add_argument("--run", required=True, metavar="R", dest="run_id")
    judged.add_argument("--dataset", metavar="OTHER", help="judge all sequences of this dataset with the same target")
    judged.set_defaults(run=_evaluate)
    checked = commands.add_parser("check", help="train the model of a run again: folds, permuted labels, less data")
    checked.add_argument("--run", required=True, metavar="R", dest="run_id")
    checked.add_argument("--what", required=True, choices=list(KINDS), help="what to do")
    checked.add_argument(
        "--count", type=int, default=5, metavar="N", help="folds, permutations or draws of each size (default: 5)"
    )
    checked.add_argument("--seed", type=int, default=0, help="seeds folds, permutations and parts")
    waiting.add_option(checked)
    checked.set_defaults(run=_check)


def _evaluate(options: argparse.Namespace) -> dict[str, Any]:
    progress = arguments.show_progress()
    if options.dataset:
        return evaluation.evaluate_elsewhere(options.run_id, options.dataset, progress=progress)
    return evaluation.evaluate(options.run_id, progress=progress)


def _check(options: argparse.Namespace) -> dict[str, Any]:
    job = check.start_check(options.run_id, options.what, count=options.count, seed=options.seed)
    return waiting.outcome(job, lambda: {**runs.get(job).results, **check.read_check(runs.get(job))}, wait=options.wait)


def _report(options: argparse.Namespace) -> dict[str, Any]:
    ids = [name for name in options.ids.split(",") if name]
    out, progress = Path(options.out), arguments.show_progress()
    return report.write(options.run_id, out, ids=ids, method=options.method, progress=progress)


def _bundle(options: argparse.Namespace) -> dict[str, Any]:
    return bundle.write(options.run_id, Path(options.out), progress=arguments.show_progress())
