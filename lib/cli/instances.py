"""``instances``, ``spacing`` and ``tracks``: what the patterns of a discovery do in their sequences, as files."""

import argparse
from pathlib import Path
from typing import Any

from lib.attribution.checks import check_model
from lib.cli import arguments, explain
from lib.core.errors import UserError
from lib.motifs.instances import FDR, WORST
from lib.store import genome_files, instances, runs, set_files, skills
from lib.store.set_choice import choice_of

KIND = "discover"
MODISCO = "modisco"


def add_commands(commands: Any) -> None:
    """Add ``instances``, ``spacing`` and ``tracks``."""
    called = commands.add_parser(
        "instances", help="motif instances of a discovery: id, start, end (0-based, half-open), strand, pattern, q"
    )
    pairs = commands.add_parser(
        "spacing", help="pairs of patterns of a discovery: together, in which order, how far apart, with q values"
    )
    tracks = commands.add_parser(
        "tracks", help="attributions of a discovery, or predicted profiles of a run, as bigWig, bedGraph or tables"
    )
    for command in (called, pairs):
        command.add_argument("--discovery", required=True, metavar="ID", help="id that discover prints")
    called.add_argument("--fdr", type=float, default=FDR, metavar="Q", help=f"q up to which (default {FDR})")
    what = "file: .bed needs windows with coordinates; .tsv, .csv or .xlsx"
    called.add_argument("--out", metavar="FILE", help=what)
    pairs.add_argument("--out", metavar="FILE", help=".tsv, .csv or .xlsx")
    source = tracks.add_mutually_exclusive_group(required=True)
    source.add_argument("--discovery", metavar="ID", help="its attributions")
    source.add_argument("--run", metavar="R", dest="run_id", help="predicted counts of a run on profiles")
    forms = (*genome_files.FORMS, MODISCO)
    what = "modisco writes ohe.npz and shap.npz, as modisco motifs -s -a reads them"
    tracks.add_argument("--form", choices=forms, default=forms[0], help=what)
    tracks.add_argument("--out", required=True, metavar="FOLDER", help="where the files go; made where it is not there")
    what = "table chrom, length of the genome, for bigWig; the end of the last window of a chromosome unless named"
    tracks.add_argument("--chrom-sizes", metavar="FILE", help=what)
    called.set_defaults(run=_instances)
    pairs.set_defaults(run=_spacing)
    tracks.set_defaults(run=_tracks)


def _instances(options: argparse.Namespace) -> dict[str, Any] | None:
    if not 0 < options.fdr <= WORST:
        raise UserError(
            f"--fdr is {options.fdr:g}; q values are kept up to {WORST:g}. Name one above 0 and up to that."
        )
    job = _discovery(options.discovery)
    bed = (options.out or "").endswith(".bed")
    if bed:
        arguments.write_file(options.out, genome_files.instance_bed(job, fdr=options.fdr))
    table = genome_files.instance_table(job, fdr=options.fdr)
    if not bed and (options.out or not options.json):
        arguments.write_table(tuple(table.columns), table.itertuples(index=False, name=None), options.out)
    return {"discovery": job, "instances": table.to_dict("records")} if options.json else None


def _spacing(options: argparse.Namespace) -> dict[str, Any] | None:
    job = _discovery(options.discovery)
    table = instances.find_spacing(job, arguments.show_progress()).table
    table = table.assign(badge=set_files.judge_job(job).write())
    if options.out or not options.json:
        arguments.write_table(tuple(table.columns), table.itertuples(index=False, name=None), options.out)
    return {"discovery": job, "pairs": table.to_dict("records")} if options.json else None


def _tracks(options: argparse.Namespace) -> dict[str, Any]:
    sizes = _chromosomes(options.chrom_sizes)
    if options.run_id:
        if options.form == MODISCO:
            raise UserError(
                "Predictions are no contributions; name a discovery by --discovery, or take another --form."
            )
        if options.form == genome_files.TSV:
            raise UserError("predict --profiles writes predicted profiles as a table; here take bigwig or bedgraph.")
        made = genome_files.prediction_files(options.run_id, options.form, options.run_id, sizes=sizes)
    elif options.form == MODISCO:
        made = genome_files.modisco_files(_discovery(options.discovery))
    else:
        job = _discovery(options.discovery)
        made = genome_files.attribution_files(job, options.form, f"{job}-attributions", sizes=sizes)
    folder = Path(options.out)
    with arguments.writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    for name, content in made.items():
        arguments.write_file(folder / name, content)
    return {"files": [str(folder / name) for name in made]}


def _discovery(job_id: str) -> str:
    """Check that a job is a finished discovery; why its model should not be interpreted is told on stderr.

    Raises
    ------
    UserError
        If it is not.
    """
    job = runs.get(job_id)
    if job.kind != KIND or job.state != runs.FINISHED:
        found = f"{job_id} is {job.state}" if job.kind == KIND else f"{job_id} is no discovery"
        raise UserError(f"{found}; name a finished discovery, whose id discover prints.")
    choice = choice_of(job)
    explain.tell_model(check_model(skills.find_skill(choice.run, target=choice.target, head=choice.head)))
    return job_id


def _chromosomes(path: str | None) -> dict[str, int]:
    if path is None:
        return {}
    sizes = {}
    text = arguments.source(path).data
    lines = (text if isinstance(text, bytes) else text.read_bytes()).decode("utf-8", "replace").splitlines()
    for number, line in enumerate(lines, start=1):
        cells = line.split()
        if not cells or line.startswith("#"):
            continue
        if len(cells) < 2 or not cells[1].isdigit():
            raise UserError(
                f"{path}, line {number}: found {line[:40]!r}; needed are a chromosome and its length in nt."
            )
        sizes[cells[0]] = int(cells[1])
    return sizes
