"""``discover`` and ``rbp``: the motifs that a run used, found by TF-MoDISco, and those of an RBP table."""

import argparse
import sys
from pathlib import Path
from typing import Any

from lib.attribution.checks import check_model
from lib.cli import arguments, explain, waiting
from lib.figures.pattern_logos import consensus
from lib.io.decisions import question
from lib.io.meme import to_meme
from lib.io.rbp import RbpTable, read_rbp
from lib.io.sandbox import run_reader
from lib.jobs import discover
from lib.jobs.discover import DEFAULT_SEQUENCES, default_method, parse_settings, suggest_settings
from lib.motifs.discover import BOTH
from lib.motifs.instances import FDR
from lib.motifs.match import best, gather_motifs, match
from lib.motifs.pattern import Pattern
from lib.motifs.pwm import consensus as letters
from lib.motifs.pwm import information
from lib.motifs.specificity import of_table
from lib.store import datasets, instances, patterns, runs, set_files, skills


def add_commands(commands: Any) -> None:
    """Add ``discover`` and ``rbp``."""
    what = "find the motifs that a run used, as the Motifs page does; patterns, instances and spacing are kept as a run"
    found = commands.add_parser("discover", help=what)
    found.add_argument("--run", required=True, metavar="R", dest="run_id")
    found.add_argument("--method", metavar="NAME", help="attribution method; the one of the Motifs page unless named")
    found.add_argument("--target", metavar="NAME", help="which target to explain, where the run has several")
    found.add_argument("--both-strands", action="store_true", help="for double-stranded DNA; RNA has one strand")
    found.add_argument("--out", metavar="FILE", help="write the patterns as a MEME file")
    explain.add_part(found, "part of the run's dataset to look in; all parts unless named", most=DEFAULT_SEQUENCES)
    arguments.add_settings(found)
    what = "settings of TF-MoDISco, such as least=30; repeat it, or give several"
    found.add_argument(
        "--discovery-set", nargs="+", type=arguments.pair, action="extend", default=[], metavar="key=value", help=what
    )
    found.set_defaults(run=_discover)
    what = "look at an RBP table: its proteins, with specificity and mean sensitivity of k-mers, or its PWMs"
    table = commands.add_parser("rbp", help=what)
    table.add_argument("file", metavar="FILE", help="table with motifs and a binding score, or a file of PWMs")
    table.add_argument("--out", metavar="OUT", help="write the proteins or PWMs as a tab-separated table")
    table.set_defaults(run=_rbp)


def _discover(options: argparse.Namespace) -> dict[str, Any] | list[dict[str, Any]]:
    """Start the discovery that the page would start, or take the one that is there, and wait for it."""
    method = options.method or default_method(options.run_id)
    options.set = [*suggest_settings(method).items(), *options.set]
    choice = explain.read_set_choice(options, method)
    explain.tell_model(check_model(skills.find_skill(choice.run, target=choice.target, head=choice.head)))
    strands = {"strands": BOTH} if options.both_strands else {}
    job = discover.start_discovery(choice, parse_settings({**strands, **dict(options.discovery_set)}))

    def finished() -> dict[str, Any]:
        found = patterns.load(job)
        trust = set_files.judge_job(job)
        if options.out:
            _write(options.out, found, trust.list_remarks())
        return {"patterns": _rows(job, found, trust), "model": trust.model.to_json()}

    result = waiting.outcome(job, finished, wait=True)
    sys.stderr.write(f"Kept as {job}; the Motifs page shows it.\n")
    return result if options.json else list(result["patterns"])


def _rows(job: str, found: list[Pattern], trust: set_files.SetTrust) -> list[dict[str, Any]]:
    """Describe patterns: consensus, seqlets, instances (q up to 0.05), mean contribution, best match, badges."""
    made = runs.get(job)
    dataset, both = datasets.load(made.dataset), made.payload["discovery"]["strands"] == BOTH
    known = gather_motifs(dataset.rbp, dataset.pwms)
    matches = match(found, known, both=both) if known else None
    called = instances.find(job)
    counts = called.loc[called["q"] <= FDR, "pattern"].value_counts()
    rows = []
    for pattern in found:
        matched = None if matches is None else best(matches, pattern.name)
        rows.append(
            {
                "name": pattern.name,
                "consensus": consensus(pattern.ppm),
                "seqlets": len(pattern.seqlets),
                "instances": int(counts.get(pattern.name, 0)),
                "contribution": float(pattern.contribution.sum()),
                "match": None if matched is None else matched[0],
                "q": None if matched is None else matched[1],
                "badge": trust.write(pattern.seqlets["id"]),
            }
        )
    return rows


def _rbp(options: argparse.Namespace) -> dict[str, Any] | None:
    """Say how a file is read, an open choice included, and describe its proteins or PWMs."""
    table = run_reader(read_rbp, arguments.source(options.file), reading=arguments.reading(options))
    arguments.tell(table.decisions)
    sys.stderr.writelines(f"{note}\n" for note in table.notes)
    sys.stderr.writelines(f"{question(one)}\n" for one in table.decisions if one.is_open)
    found = of_table(table)
    rows = _pwms(table) if table.pwms else [] if found is None else found.to_dict("records")
    if not rows:
        sys.stderr.write("Specificity and sensitivity are of k-mers: words of A C G T/U, all of one length.\n")
    if rows and (options.out or not options.json):
        arguments.write_table(tuple(map(str, rows[0])), (tuple(row.values()) for row in rows), options.out)
    if not options.json:
        return None
    decisions = [one.facts() for one in table.decisions]
    facts = {"motifs": len(table.frame), "pwms": len(table.pwms), **table.facts(), "notes": list(table.notes)}
    return {"file": Path(options.file).name, **facts, "decisions": decisions, "rows": rows}


def _pwms(table: RbpTable) -> list[dict[str, Any]]:
    return [
        {"name": name, "width": pwm.shape[1], "consensus": letters(pwm), "bits": float(information(pwm).sum())}
        for name, pwm in table.pwms.items()
    ]


def _write(out: str, found: list[Pattern], remarks: list[str]) -> None:
    sites = {f"pattern_{pattern.name}": len(pattern.seqlets) for pattern in found}
    text = to_meme({f"pattern_{one.name}": one.ppm for one in found}, sites=sites, remarks=remarks)
    arguments.write_file(out, text.encode("utf-8"))
