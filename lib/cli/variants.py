"""``variants``: what changes of sequences do to the predictions of trained models, beside measured effects."""

import argparse
import csv
import sys
from collections.abc import Mapping, Sequence
from typing import Any, cast

from lib.cli import arguments
from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.io.decisions import Reading, require
from lib.io.files import Rejected
from lib.io.measured import read_measured_columns, read_measured_table
from lib.io.sandbox import run_reader
from lib.io.variant_input import KnownSequences, Understood, examples_by_reason, reference_sequences, understand
from lib.io.variants import Variants
from lib.jobs import variants as job
from lib.store import datasets, runs
from lib.store.variants import RANDOM, Asked
from lib.views import variants as views

_CORRELATIONS = ("pearson", "spearman")


def add_commands(commands: Any) -> None:
    """Add ``variants``."""
    found = commands.add_parser("variants", help="effects of variants: prediction of the change minus that without")
    found.add_argument("--run", required=True, metavar="R", dest="run_ids", action="append", help="may be repeated")
    found.add_argument(
        "--variants",
        required=True,
        metavar="FILE",
        help="VCF, MAF, ANNOVAR, a table, or pairs of sequences such as NAME_ref and NAME_alt (FASTA or a table)",
    )
    where = found.add_mutually_exclusive_group()
    where.add_argument(
        "--sequences", metavar="FILE", help="the sequences that they change, where no dataset holds them"
    )
    where.add_argument("--dataset", metavar="D", help="the dataset that holds them; that of the first run unless named")
    found.add_argument(
        "--measured",
        metavar="COLUMN[,COLUMN...]",
        help="measured effects to compare with: columns of the variants, or of --measured-table",
    )
    found.add_argument(
        "--measured-table",
        metavar="FILE",
        help="a table of measured effects, joined by the name of the variant or by sequence, position and alleles",
    )
    found.add_argument("--target", metavar="NAME", help="which target, or which class, where the run has several")
    found.add_argument(
        "--random", type=int, default=RANDOM, metavar="N", help="random variants of each kind and size to compare with"
    )
    found.add_argument("--seed", type=int, default=0, metavar="N", help="of the random variants")
    found.add_argument(
        "--out", metavar="FILE", help="write a table (.tsv, .csv, .xlsx), or a VCF file where it ends in .vcf"
    )
    found.add_argument("--excluded", metavar="FILE", help="write the excluded variants with their reasons")
    found.set_defaults(run=_variants)


def _variants(options: argparse.Namespace) -> list[dict[str, Any]] | dict[str, Any] | None:
    asked_runs = [runs.get(run_id) for run_id in dict.fromkeys(options.run_ids)]
    targets = tuple(_target(run, options.target) for run in asked_runs)
    reading = arguments.reading(options)
    known = _read_sequences(options, asked_runs[0].dataset)
    read = run_reader(understand, arguments.source(options.variants), known.sequences, reading)
    arguments.tell((*known.decisions, *read.decisions))
    sys.stderr.writelines(f"{note}\n" for note in read.found.notes)
    every = (*known.decisions, *read.decisions)
    if not any(one.is_open and one.option != "excluded_ok" for one in every):
        _say_excluded(read.found)
        if options.excluded:
            _write_excluded(read.found.rejected, options.excluded)
    require(every)
    measured = _read_measured(options, read, known.sequences, reading)
    found = read.found
    asked = Asked(
        tuple(run.id for run in asked_runs),
        targets,
        found.variants,
        found.sequences,
        max(0, options.random),
        options.seed,
        measured,
    )
    tables, notes = job.measure(asked, arguments.show_progress())
    sys.stderr.writelines(f"{note}\n" for note in notes)
    names = {run.id: run.name for run in asked_runs}
    frame = views.tabulate_effects(asked.variants, asked.sequences, tables, names, measured)
    agreement = views.tabulate_agreement(tables, names, measured) if measured else None
    if agreement is not None:
        told = cast(list[dict[str, Any]], agreement.to_dict("records"))
        sys.stderr.writelines(f"{_describe_agreement(row)}\n" for row in told)
    if (options.out or "").endswith(".vcf"):
        text = views.write_vcf(asked.variants, asked.sequences, tables, names)
        arguments.write_file(options.out, text.encode("utf-8"))
    elif options.out or not options.json:
        arguments.write_table(frame.columns.tolist(), frame.itertuples(index=False), options.out)
    if not options.json:
        return None
    rows = cast(list[dict[str, Any]], frame.to_dict("records"))
    return rows if agreement is None else {"variants": rows, "measured": agreement.to_dict("records")}


def _read_measured(
    options: argparse.Namespace, read: Understood, sequences: Mapping[str, str], reading: Reading
) -> Mapping[str, FloatArray]:
    """Read the measured effects that were named, none where none were."""
    columns = [name.strip() for name in next(csv.reader([options.measured or ""]), []) if name.strip()]
    if options.measured_table:
        source = arguments.source(options.measured_table)
        found = run_reader(read_measured_table, source, columns, read, sequences, reading)
    elif columns:
        found = read_measured_columns(read, columns, reading)
    else:
        return {}
    arguments.tell(found.decisions)
    sys.stderr.writelines(f"{note}\n" for note in found.notes)
    require(found.decisions)
    return found.values


def _describe_agreement(row: Mapping[str, Any]) -> str:
    """Say in a line how measured and predicted effects agree."""
    who = f"{row['measured']} against {row['run']} (n = {row['n']:,})"
    if row["why"]:
        return f"{who}: {row['why']}"
    parts = [f"{name} {row[name]:.3f} [{row[f'{name}_low']:.3f}, {row[f'{name}_high']:.3f}]" for name in _CORRELATIONS]
    return f"{who}: {parts[0]}, {parts[1]} (95% bootstrap intervals)"


def _read_sequences(options: argparse.Namespace, dataset_id: str) -> KnownSequences:
    """Give the sequences that variants may change, of a file or of a dataset."""
    if options.sequences:
        known = run_reader(reference_sequences, arguments.source(options.sequences), arguments.reading(options))
        sys.stderr.writelines(f"excluded: {fault.problem()}\n" for fault in known.rejected)
        return known
    dataset = datasets.load(options.dataset or dataset_id)
    return KnownSequences(dict(zip(dataset.ids.tolist(), dataset.sequences.tolist(), strict=True)))


def _target(run: runs.Run, name: str | None) -> int:
    if run.state != runs.FINISHED or run.kind != "train":
        raise UserError(f"Run {run.id} has no trained model; choose a finished run.")
    return arguments.find_target(name, datasets.get(run.dataset).target_names, run.name)


def _say_excluded(found: Variants) -> None:
    """Write on stderr how many variants are excluded, and for each reason how many and the first of them."""
    if not found.excluded:
        return
    sys.stderr.write(f"{found.excluded:,} of {found.total:,} variants excluded:\n")
    for reason, (count, first) in examples_by_reason(found.rejected).items():
        shown = "; ".join(str(one.problem()).rstrip(".") for one in first)
        sys.stderr.write(f"  {count:,} with {reason}: {shown}{'; ...' if count > len(first) else '.'}\n")


def _write_excluded(rejected: Sequence[Rejected], out: str) -> None:
    header = ("file", "line", "variant", "column", "found", "needed")
    arguments.write_table(header, rejected, out)
