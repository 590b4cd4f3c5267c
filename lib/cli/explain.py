"""``predict`` and ``attribute``: what a run says about sequences of a file, and which nucleotides it used."""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from lib.analysis.applicability_domain import Domain
from lib.analysis.remarks import Remark, remarks
from lib.attribution import METHODS, list_methods
from lib.attribution.agreement import is_repeatable, repeat
from lib.attribution.base import Attribution, Method
from lib.attribution.checks import Check, Verdict, check_model
from lib.attribution.faithfulness import measure_deletion
from lib.attribution.profile_heads import COUNTS, HEADS
from lib.attribution.trust import WORDS, Trust, judge
from lib.cli import arguments, classes, profiles
from lib.core.errors import UserError
from lib.core.progress import Report
from lib.core.registry import values_of
from lib.datasets.dataset import PARTS
from lib.jobs import ray_map
from lib.store import attribution_sets, datasets, fitted, runs, set_files, skills
from lib.store.attribution_files import list_score_rows, to_npz
from lib.store.set_choice import SetChoice

EXAMPLES = 5
"""Sequences unlike the training part that are named on stderr."""
DEFAULT_METHOD = "the default of the pages for this kind of model unless named"


def add_commands(commands: Any) -> None:
    """Add ``predict`` and ``attribute``."""
    predict = commands.add_parser("predict", help="predict sequences of a file: id, prediction, remarks")
    attribute = commands.add_parser(
        "attribute", help="attribute predictions: id, position (0-based), base, attribution"
    )
    for command in (predict, attribute):
        command.add_argument("--run", required=True, metavar="R", dest="run_id")
        command.add_argument("--sequences", required=command is predict, metavar="FILE")
    predict.add_argument("--out", metavar="FILE", help=".tsv, .csv or .xlsx; with --profiles also .npz")
    attribute.add_argument("--out", metavar="FILE", help=".tsv, .csv, .xlsx or .npz; with --part .npz")
    what = "for an ensemble: add how far its members lie apart (standard deviation)"
    predict.add_argument("--deviation", action="store_true", help=what)
    what = "for a model of profiles: the profile of each sequence, as npz or as a table with a row for each base"
    predict.add_argument("--profiles", action="store_true", help=what)
    what = "for two classes: probability from which on the positive one is called (default 0.5)"
    predict.add_argument("--threshold", type=float, metavar="P", help=what)
    attribute.add_argument("--method", metavar="NAME", help=f"attribution method; {DEFAULT_METHOD}")
    attribute.add_argument("--target", metavar="NAME", help="which target to explain, where the run has several")
    what = "check faithfulness and reproducibility too; needs about 500 predictions a sequence"
    attribute.add_argument("--check", action="store_true", help=what)
    arguments.add_settings(attribute)
    add_part(attribute, "in place of --sequences: attribute this part of the run's dataset into the npz of --out")
    predict.set_defaults(run=_predict)
    attribute.set_defaults(run=_attribute)


def _predict(options: argparse.Namespace) -> dict[str, Any] | None:
    pairs = arguments.sequences(options.sequences, arguments.reading(options))
    names = _targets(options.run_id)
    sequences = [sequence for _, sequence in pairs]
    predicted, deviation = ray_map.predict(options.run_id, sequences, progress=arguments.show_progress())
    noted = _collect_remarks(options.run_id, pairs)
    if options.profiles:
        made = profiles.predict(options, pairs, predicted)
        return None if made is None else made | {"unlike": _unlike(pairs, noted)}
    if labels := runs.metrics(options.run_id).get("classes"):
        made = classes.predict(options, pairs, (predicted, deviation), labels, [one.text for one in noted])
        return None if made is None else made | {"unlike": _unlike(pairs, noted)}
    if options.threshold is not None:
        raise UserError(f"Run {options.run_id} predicts numbers and no classes. Leave --threshold out.")
    header = _name_targets("prediction", names)
    if options.deviation:
        if deviation is None:
            raise UserError(f"Run {options.run_id} is no ensemble, so no members deviate. Leave --deviation out.")
        header += _name_targets("deviation", names)
        predicted = np.concatenate([predicted, deviation], axis=1)  # N, 2 T
    header.append("remarks")
    rows = [
        (identifier, *map(float, row), remark.text)
        for (identifier, _), row, remark in zip(pairs, predicted, noted, strict=True)
    ]
    if options.out or not options.json:
        arguments.write_table(("id", *header), rows, options.out)
    if options.json:
        return {
            "run": options.run_id,
            "targets": names,
            "unlike": _unlike(pairs, noted),
            "predictions": [dict(zip(("id", *header), row, strict=True)) for row in rows],
        }
    return None


def _attribute(options: argparse.Namespace) -> dict[str, Any] | None:
    if (options.part is None) == (options.sequences is None):
        raise UserError("Name either a file by --sequences, or a part of the run's dataset by --part.")
    if options.part is not None:
        return _attribute_part(options)
    pairs = arguments.sequences(options.sequences, arguments.reading(options))
    names = _targets(options.run_id)
    method = METHODS.create(method_of(options), arguments.settings(options))
    found = ray_map.attribute(
        options.run_id,
        method,
        [sequence for _, sequence in pairs],
        target=arguments.find_target(options.target, names, "This run"),
        head=options.head,
        progress=arguments.show_progress(),
    )
    noted = _collect_remarks(options.run_id, pairs)
    judged = _judge(options, method, found)
    ids = [identifier for identifier, _ in pairs]
    if (options.out or "").endswith(".npz"):
        arguments.write_file(options.out, to_npz(found, ids, judged))
    elif options.out or not options.json:
        header, rows = list_score_rows(found, ids, judged)
        arguments.write_table(header, rows, options.out)
    if options.json:
        return {
            "run": options.run_id,
            "method": found[0].method,
            "reference": found[0].reference,
            "rule": found[0].rule,
            "target": found[0].target,
            "unlike": _unlike(pairs, noted),
            "sequences": [
                {
                    "id": identifier,
                    "prediction": attribution.prediction,
                    "reference_prediction": attribution.reference_prediction,
                    "delta": attribution.delta,
                    "special": attribution.special,
                    "attributions": attribution.scores.tolist(),
                    "standard_errors": None
                    if attribution.standard_errors is None
                    else attribution.standard_errors.tolist(),
                    **trust.to_json(),
                }
                for (identifier, _), attribution, trust in zip(pairs, found, judged, strict=True)
            ],
        }
    return None


def _judge(options: argparse.Namespace, method: Method, found: Sequence[Attribution]) -> list[Trust]:
    """Make the checks that cost nothing, or all where that is asked for; a model that fails is told on stderr."""
    head, target = options.head, arguments.find_target(options.target, _targets(options.run_id), "This run")
    skill = skills.find_skill(options.run_id, target=target, head=head)
    tell_model(check_model(skill))
    model = fitted.load_fitted(options.run_id)
    if not options.check:
        return [judge(one, skill, repeatable=is_repeatable(one, method, model)) for one in found]
    judged, progress = [], arguments.show_progress()
    for number, one in enumerate(found):
        progress.report(Report(number, len(found), "Checking"))
        curve = measure_deletion(one, model, target=target, head=head) if one.scores.any() else None
        repeated = repeat(one, method, model, target=target, head=head)
        judged.append(judge(one, skill, deletion=curve, repeated=repeated))
    return judged


def tell_model(model: Check) -> None:
    """Say on stderr why attributions of a model are not to be interpreted, where that is so."""
    if model.verdict is not Verdict.PASS:
        word = f"{WORDS[model.verdict]}: " if model.verdict in WORDS else ""
        sys.stderr.write(f"{word}{model.finding} {model.remedy}".strip() + "\n")


def _collect_remarks(run_id: str, pairs: Sequence[tuple[str, str]]) -> list[Remark]:
    """Say what makes predictions of a run doubtful, as the page does; what is unlike the training part on stderr."""
    dataset = datasets.load(runs.get(run_id).dataset)
    noted = remarks([sequence for _, sequence in pairs], [(dataset, Domain.of(dataset))])
    said = _unlike(pairs, noted)
    if count := said["n"]:
        one = count == 1
        sys.stderr.write(
            f"{count:,} of {len(pairs):,} sequences {'is' if one else 'are'} unlike the training part, so believe "
            f"{'its prediction' if one else 'their predictions'} less:\n"
        )
        sys.stderr.writelines(f"  {example['id']}: {example['why']}.\n" for example in said["examples"])
        if count > EXAMPLES:
            sys.stderr.write(f"  ... and {count - EXAMPLES:,} more.\n")
    return noted


def _unlike(pairs: Sequence[tuple[str, str]], noted: Sequence[Remark]) -> dict[str, Any]:
    """Count the sequences that are unlike the training part, with the first of them and why."""
    found = [(pair[0], remark) for pair, remark in zip(pairs, noted, strict=True) if remark.warnings]
    examples = [{"id": name, "why": "; ".join(remark.warnings)} for name, remark in found[:EXAMPLES]]
    return {"n": len(found), "of": len(pairs), "examples": examples}


def _attribute_part(options: argparse.Namespace) -> dict[str, Any]:
    """Attribute a part of the dataset into an npz; begun anew after an interruption it goes on where it was."""
    if not (options.out or "").endswith(".npz"):
        raise UserError("Attributions of a part are written as npz; name the file by --out set.npz.")
    if options.check:
        raise UserError("--check is for sequences of a file. Leave it out, or name a file by --sequences.")
    choice = read_set_choice(options, method_of(options))
    made = attribution_sets.compute(choice, arguments.show_progress())
    judged = set_files.judge_set(made, choice)
    tell_model(judged[0].model)
    arguments.write_file(options.out, set_files.to_npz(made, judged))
    badges = dict(Counter(trust.word for trust in judged))
    found = {"badges": badges, "model": judged[0].model.to_json(), "out": options.out}
    return {"run": options.run_id, "sequences": len(made), **made.facts, **found}


def add_part(command: argparse.ArgumentParser, what: str, *, most: int = 0) -> None:
    """Add ``--part``, ``--most`` and ``--head``."""
    command.add_argument("--part", choices=("all", *PARTS), help=what)
    many = f"so many sequences at most, drawn at random; 0 for all (default {most or 'all'})"
    command.add_argument("--most", type=int, default=most, metavar="N", help=many)
    what = "for a model of profiles: explain how many reads there are (counts), or how they lie (profile)"
    command.add_argument("--head", choices=HEADS, default=COUNTS, help=what)


def method_of(options: argparse.Namespace) -> str:
    """Give the method that was named, or the default of the run's model, as the pages choose it."""
    named: str | None = options.method
    return named or list_methods(fitted.load_fitted(options.run_id))[0]


def read_set_choice(options: argparse.Namespace, method: str) -> SetChoice:
    """Give which sequences are attributed together, and how.

    Raises
    ------
    UserError
        If the run has not finished, or there is no such method, setting or target.
    """
    names = _targets(options.run_id)
    made = METHODS.create(method, arguments.settings(options))
    parts = PARTS if options.part in (None, "all") else (options.part,)
    target = arguments.find_target(options.target, names, "This run")
    return SetChoice(
        options.run_id,
        method,
        values_of(made),
        parts,
        max(0, options.most),
        target,
        head=options.head,
    )


def _name_targets(what: str, targets: list[str]) -> list[str]:
    return [what] if len(targets) == 1 else [f"{what}:{name}" for name in targets]


def _targets(run_id: str) -> list[str]:
    run = runs.get(run_id)
    if run.state != "finished":
        raise UserError(
            f"Run {run_id} is {run.state}; only a finished run can predict. Wait for it, or choose another."
        )
    return list(runs.metrics(run_id)["targets"])
