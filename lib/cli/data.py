"""``import``, ``demo``, ``datasets`` and ``segment``: from files to a dataset, and how tokenizers cut it."""

import argparse
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pandas as pd

from lib.cli import arguments, inspection, profiles
from lib.core.errors import UserError
from lib.datasets import classes, demo, leakage, pipeline, presplit
from lib.datasets.accounting import count_reasons
from lib.datasets.dataset import PARTS, Dataset
from lib.datasets.draft import Draft
from lib.datasets.pipeline import ImportChoices, Understood
from lib.datasets.splits import SplitChoice
from lib.datasets.targets import TargetChoice, column_targets
from lib.io.columns import Columns, assign_times
from lib.io.decisions import Reading
from lib.io.files import Source
from lib.io.times import parse_hours
from lib.store import datasets, imports, tokenizers
from lib.store.files import folder_of
from lib.tokenizers import TOKENIZERS, Corpus, FittedTokenizer, Tokenizer, fit

TARGETS = ("difference", "decay", "slope", "all")
SPLITS = ("random", "homology")
BLOCK = 5_000
SHOWN = 3


def add_commands(commands: Any) -> None:
    """Add the commands about data and tokens."""
    command = commands.add_parser("import", help="read files, join them by id and freeze a dataset")
    command.add_argument("--name", required=True)
    command.add_argument("--sequences", metavar="FILE", help="FASTA, or a table with id and sequence")
    command.add_argument(
        "--expression", metavar="FILE", help="table with an id and values or labels; one may hold the sequences too"
    )
    three = "three tables of one layout that hold sequences too; ids are made of part and line where there are none"
    command.add_argument("--parts", nargs=3, metavar=("TRAIN", "VALIDATION", "TEST"), help=three)
    command.add_argument("--rbp", metavar="FILE", help="table with motifs and a binding score, or a file of PWMs")
    scale = command.add_mutually_exclusive_group()
    scale.add_argument("--counts", action="store_const", const=True, help="values are raw counts (default: guessed)")
    scale.add_argument("--logs", dest="counts", action="store_const", const=False, help="values are logs")
    command.add_argument(
        "--ambiguity",
        choices=("keep", "reject"),
        default="keep",
        help="sequences with IUPAC codes other than A C G T: keep these as N, or exclude the sequences",
    )
    command.add_argument("--spike-prefix", default="SPIKE_", help="ids that start with this are spike-ins")
    command.add_argument("--times", metavar="0,1,2,...", help="the hour of each value column, in their order")
    command.add_argument(
        "--target",
        default="difference",
        metavar="|".join([*TARGETS, *(f"{kind}=NAME" for kind in ("column", "class", *column_targets()))]),
        help="what to predict; class=NAME takes classes from a column of labels, counts=NAME counts from a column",
    )
    command.add_argument("--positive", default="", metavar="LABEL", help="the positive one of two classes")
    command.add_argument("--from", dest="start", default="2h", metavar="2h", help="first time of the difference")
    command.add_argument("--to", dest="end", default="8h", metavar="8h", help="second time of the difference")
    command.add_argument("--divide-by", type=float, default=1.0, metavar="N", help="divide the difference by a number")
    command.add_argument("--per-hour", action="store_true", help="divide the difference by its hours")
    profiles.add_import(command)
    _add_split(command)
    command.set_defaults(run=_import)
    example = commands.add_parser("demo", help="make the simulated demo dataset")
    example.add_argument("--profiles", action="store_true", help="one of counts at each base")
    _add_split(example)
    example.set_defaults(run=_demo)
    commands.add_parser("datasets", help="list the datasets").set_defaults(run=lambda options: _datasets())
    segment = commands.add_parser("segment", help="cut sequences into tokens: id, start, end, token")
    segment.add_argument("--tokenizer", required=True, metavar="NAME")
    segment.add_argument("--dataset", metavar="D", help="learn from the train part of this dataset; cut all of it")
    segment.add_argument(
        "--sequences", metavar="FILE", help="cut these sequences; learn from them if no dataset is named"
    )
    segment.add_argument(
        "--rbp", metavar="FILE", help="table with motifs and a binding score, for tokenizers that need one"
    )
    segment.add_argument("--out", metavar="FILE")
    arguments.add_settings(segment)
    segment.set_defaults(run=_segment)


def _add_split(command: argparse.ArgumentParser) -> None:
    command.add_argument("--split", metavar=f"{'|'.join(SPLITS)}|column=NAME", help="default: random")
    command.add_argument("--seed", type=int, default=0, help="seeds the split")
    command.add_argument(
        "--shares", metavar="0.8,0.1,0.1", default="0.8,0.1,0.1", help="shares of train, validation and test"
    )
    what = "values of the column, such as chromosomes, that make up this part; all others are the train part"
    for part in ("validation", "test"):
        command.add_argument(f"--{part}", metavar="XV,...", help=f"with --split column=NAME: {what}")


def _import(options: argparse.Namespace) -> dict[str, Any]:
    if profiles.has_profiles(options):
        return _freeze(profiles.draft(options, _split(options)))
    rbp = arguments.source(options.rbp) if options.rbp else None
    reading = arguments.reading(options)
    threading.Thread(target=pipeline.load_compiled).start()  # while other processes read the files
    understood = pipeline.understand(*_files(options), rbp, reading)
    choices = ImportChoices(
        name=options.name,
        columns=_columns(understood, options.times, reading),
        counts=options.counts,
        spike_prefix=options.spike_prefix,
        ambiguity=options.ambiguity,
        target=_target(options),
        split=_split(options),
        reading=reading,
    )
    draft = pipeline.build(understood, choices, progress=arguments.show_progress())
    del understood  # what was read, so that it is not in memory beside what is written
    return _freeze(draft)


def _files(options: argparse.Namespace) -> tuple[Source, Source]:
    """Give the expression table and the sequences, which may be one table, and that may be three files."""
    if options.parts:
        if options.expression or options.sequences or options.split:
            raise UserError(
                "--parts brings values, sequences and the split; leave --expression, --sequences and --split out."
            )
        options.split = f"column={presplit.COLUMN}"
        source = presplit.combine_parts([arguments.source(path) for path in options.parts], arguments.reading(options))
        return source, source
    named = [path for path in (options.expression, options.sequences) if path]
    if not named:
        raise UserError(
            "import needs files: --expression and --sequences, one of them where a table holds both, or --parts."
        )
    expression, sequences = arguments.source(named[0]), arguments.source(named[-1])
    return expression, sequences


def _columns(understood: Understood, times: str | None, reading: Reading) -> Columns:
    if times is None:
        return understood.columns
    hours = [parse_hours(time) for time in times.split(",")]
    return assign_times(understood.columns, hours, reading, file=understood.expression.name)


def _target(options: argparse.Namespace) -> TargetChoice:
    kind, column = _kind(options.target, TARGETS, "--target", ("column", "class", *column_targets()))
    if options.positive and kind != "class":
        raise UserError("--positive names one of two classes; the target is no class. Add --target class=COLUMN.")
    return TargetChoice(
        kind=kind,
        start=parse_hours(options.start),
        end=parse_hours(options.end),
        per_hour=options.per_hour,
        divisor=options.divide_by,
        column=column,
        positive=options.positive,
    )


def _split(options: argparse.Namespace) -> SplitChoice:
    kind, column = _kind(options.split or "random", SPLITS, "--split")
    named = [tuple(filter(None, (text or "").split(","))) for text in (options.validation, options.test)]
    if any(named) and kind != "column":
        raise UserError("--validation and --test name values of a column; name the column by --split column=NAME.")
    try:
        first, second, third = map(float, options.shares.split(","))
    except ValueError:
        raise UserError(f"--shares is {options.shares!r}; give three numbers, such as 0.8,0.1,0.1.") from None
    shares = (first, second, third)
    return SplitChoice(kind, column, options.seed, shares, *named)  # type: ignore[arg-type]


def _kind(text: str, known: tuple[str, ...], option: str, named: tuple[str, ...] = ("column",)) -> tuple[str, str]:
    """Split ``column=NAME`` into its kind and its column; any other kind must be a known one."""
    kind, _, column = text.partition("=")
    if (kind in named) == bool(column) and kind in (*known, *named):
        return kind, column
    *first, last = (*known, *(f"{name}=NAME" for name in named))
    raise UserError(f"{option} is {text!r}; choose one of {', '.join(first)} or {last}.")


def _demo(options: argparse.Namespace) -> dict[str, Any]:
    if options.profiles:
        return _freeze(demo.profile_draft(split=_split(options)))
    return _freeze(demo.draft(split=_split(options), progress=arguments.show_progress()))


def _freeze(draft: Draft) -> dict[str, Any]:
    inspection.tell_columns(draft)
    arguments.tell(draft.decisions)
    sys.stderr.writelines(f"{note}\n" for note in draft.notes)
    identifier = datasets.freeze(draft)
    inspection.tell_excluded(
        draft.accounts, draft.rejected, imports.locate_excluded(folder_of(datasets.KIND, identifier))
    )
    dataset = draft.dataset
    return {
        "dataset": identifier,
        "name": dataset.name,
        "rows": len(dataset),
        "rejected": draft.join.rejected,
        "accounts": [one.facts() for one in draft.accounts],
        "excluded": count_reasons(draft.rejected),
        "decisions": [{"file": d.file, "topic": d.topic, "taken": d.label, "why": d.evidence} for d in draft.decisions],
        "spike_ins": draft.join.spike_ins,
        "matched": draft.join.matched,
        "target": dataset.target_names[0] if len(dataset.target_names) == 1 else list(dataset.target_names),
        "unit": dataset.target_units[0] if len(set(dataset.target_units)) == 1 else list(dataset.target_units),
        "variance": [float(value) for value in dataset.targets.var(axis=0, ddof=1)],
        "parts": {part: len(dataset.rows(part)) for part in ("train", "validation", "test")},
        "simulated": dataset.simulated,
        "leakage": leakage.describe(dataset.facts["leakage"]),
        **_classes(dataset),
    }


def _classes(dataset: Dataset) -> dict[str, Any]:
    """Say how many members each class has in each part, and how many duplicates cross a split by a column."""
    found: dict[str, Any] = {}
    if dataset.classes:
        counts = classes.members(dataset.targets, dataset.parts, dataset.classes)
        found["classes"] = {name: {part: int(n) for part, n in row.items()} for name, row in counts.iterrows()}
        found["positive"] = dataset.target_names[0] if len(dataset.classes) == 2 else None
    if dataset.facts["split"]["kind"] == "column":
        pairs = leakage.read_overlaps(dataset.facts["leakage"])
        found["duplicates"] = {
            part: {"copies": pairs[part, "train"].duplicates, "conflicting": pairs[part, "train"].conflicting}
            for part in PARTS[1:]
        }
    return found


def _datasets() -> list[dict[str, Any]]:
    return [
        {
            "name": row.name,
            "id": row.id,
            "rows": row.rows,
            "rejected": row.rejected,
            "target": list(row.target_names),
            "split": row.split_kind,
            "simulated": row.simulated,
        }
        for row in datasets.all()
    ]


def _segment(options: argparse.Namespace) -> dict[str, Any] | None:
    if not (options.dataset or options.sequences):
        raise UserError("segment needs sequences; name a dataset by --dataset, or a file by --sequences.")
    if options.json and not options.out:
        raise UserError("segment writes a table; with --json name a file for it by --out FILE.")
    settings: Tokenizer = TOKENIZERS.create(options.tokenizer, arguments.settings(options))
    dataset = datasets.load(options.dataset) if options.dataset else None
    if options.sequences:
        pairs = arguments.sequences(options.sequences, arguments.reading(options))
    else:
        pairs = list(zip(dataset.ids.tolist(), dataset.sequences.tolist(), strict=True))  # type: ignore[union-attr]
    rbp = arguments.rbp_table(options.rbp, arguments.reading(options)).frame if options.rbp else None
    tokenizer = _ready(settings, dataset, [sequence for _, sequence in pairs], rbp)
    uncut: list[str] = []
    rows = _tokens(tokenizer, pairs, uncut)
    arguments.write_table(("id", "start", "end", "token"), rows, options.out)
    if uncut:
        listed = ", ".join(uncut[:SHOWN]) + (", ..." if len(uncut) > SHOWN else "")
        sys.stderr.write(f"{settings.label}: no token in {len(uncut):,} of {len(pairs):,} sequences: {listed}\n")
    return {"tokenizer": options.tokenizer, "sequences": len(pairs), "out": options.out} if options.out else None


def _ready(
    settings: Tokenizer, dataset: Dataset | None, sequences: list[str], table: pd.DataFrame | None
) -> FittedTokenizer:
    """Fit on the train part of the dataset; without one on the sequences themselves, which is said."""
    progress = arguments.show_progress()
    if dataset is not None:
        chosen = replace(dataset, rbp=table) if table is not None else dataset
        return tokenizers.load_or_fit(chosen, settings, progress=progress)
    if "sequences" in getattr(settings, "needs", ()):
        sys.stderr.write(f"{settings.label} learns from the {len(sequences):,} sequences that it cuts.\n")
    return fit(settings, Corpus(sequences, table), progress=progress)


def _tokens(
    tokenizer: FittedTokenizer, pairs: list[tuple[str, str]], uncut: list[str]
) -> Iterator[tuple[str, int, int, str]]:
    """Cut a block of sequences at a time, and note those without a token."""
    for first in range(0, len(pairs), BLOCK):
        block = pairs[first : first + BLOCK]
        batch = tokenizer.encode_batch([sequence for _, sequence in block])
        for number, (identifier, sequence) in enumerate(block):
            row = batch.row(number)
            if not len(row.ids):
                uncut.append(identifier)
            for token in tokenizer.name_tokens(row, sequence):
                yield identifier, token.start, token.end, token.shown
