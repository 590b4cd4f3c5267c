"""``inspect``: how files would be read, what is to be decided, and what became of each row."""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lib.cli import arguments
from lib.core.errors import DataError, UserError
from lib.datasets.accounting import EXAMPLES, FileAccount, count_reasons
from lib.datasets.draft import Draft
from lib.datasets.file_types import role_of
from lib.datasets.ids import match_ids
from lib.io.bed import read_bed
from lib.io.columns import Role
from lib.io.decisions import Decision, Reading, question
from lib.io.files import Source
from lib.io.id_rules import Keys
from lib.io.layout import guess_columns
from lib.io.mangled import tell_mangled
from lib.io.numbers import inspect_numbers
from lib.io.rbp import read_rbp
from lib.io.sandbox import run_reader
from lib.io.sequences import read_sequences, row_ids
from lib.io.tables import read_table

WINDOWS = re.compile(r"\.(bed|narrowpeak|broadpeak)(\.(gz|bz2|xz|zip))?$", re.IGNORECASE)
"""Names of files of windows."""
HOLDS = {
    "sequences": "sequences",
    "values": "values",
    "both": "sequences and values",
    "motifs": "motifs",
    "windows": "windows of a genome",
    "unknown": "nothing that is known",
}


def add_commands(commands: Any) -> None:
    """Add ``inspect``."""
    command = commands.add_parser("inspect", help="how files would be read, and what is left to decide")
    command.add_argument("files", nargs="+", metavar="FILE")
    command.set_defaults(run=_inspect)


def _inspect(options: argparse.Namespace) -> list[dict[str, Any]] | None:
    reading = arguments.reading(options)
    sources = [arguments.source(path) for path in options.files]
    found = [inspect_file(source, reading) for source in sources]
    _inspect_together(sources, found, reading)
    if options.json:
        return found
    for one in found:
        sys.stdout.write(f"{one['file']}: {HOLDS[one['holds']]}, {one['rows']:,} rows\n")
        sys.stdout.writelines(f"  {line}\n" for line in one.get("problems", []))
        sys.stdout.writelines(f"  {line}\n" for line in column_lines(one["columns"]))
        for decision in one["decisions"]:
            sys.stdout.write(f"  {decision['question'] or decision['topic'] + ': ' + decision['taken']}")
            sys.stdout.write(f". {decision['why']}\n" if not decision["question"] else "\n")
    return None


def _inspect_together(sources: Sequence[Source], found: Sequence[dict[str, Any]], reading: Reading) -> None:
    """Add to a table of values how its IDs go with those of the sequences, where there is one file of each."""
    tables = [place for place, one in enumerate(found) if one["holds"] == "values" and "problems" not in one]
    others = [place for place, one in enumerate(found) if one["holds"] == "sequences" and "problems" not in one]
    if len(tables) != 1 or len(others) != 1:
        return
    place = tables[0]
    try:
        table = run_reader(read_table, sources[place], reading)
        sequences = run_reader(read_sequences, sources[others[0]], reading=reading)
        ids = row_ids(table, guess_columns(table, reading).id)
        ours = Keys(table.name, ids, np.zeros(0, dtype=object))
        match = match_ids(ours, Keys(sequences.name, sequences.ids, sequences.descriptions), reading.match_ids)
    except UserError as error:
        found[place]["problems"] = [str(error)]
        return
    if match.decision is not None:
        found[place]["decisions"].append(_decision(match.decision))


def inspect_file(source: Source, reading: Reading) -> dict[str, Any]:
    """Say what a file holds and how it would be read, as plain data."""
    role = "windows" if WINDOWS.search(source.name) else run_reader(role_of, source)
    described: dict[str, Any] = {"file": source.name, "holds": role, "rows": 0, "columns": [], "decisions": []}
    decisions: Sequence[Decision]
    try:
        if role == "windows":
            bed = read_bed(source, reading=reading)
            described |= {"rows": len(bed.regions) + len(bed.rejected), "excluded": len(bed.rejected)}
            decisions = bed.decisions
        elif role == "motifs":
            motifs = run_reader(read_rbp, source, reading=reading)
            described["rows"], decisions = len(motifs), motifs.decisions
        elif role == "sequences":
            read = run_reader(read_sequences, source, reading=reading)
            described["rows"], decisions = len(read) + len(read.rejected), read.decisions
            described["excluded"] = len(read.rejected)
        else:
            table = run_reader(read_table, source, reading)
            columns = guess_columns(table, reading)
            ids = row_ids(table, columns.id)
            marks = inspect_numbers(table, [one.name for one in columns.values], reading)
            decisions = (*columns.decisions, *marks.decisions, *tell_mangled(table.name, ids))
            described |= {"rows": len(table) + len(table.rejected), "excluded": len(table.rejected)}
            described |= {"id": columns.id, "sequence": columns.sequence}
            shown = columns.roles or tuple(Role(v.name, v.hours, "", v.replicate, used=True) for v in columns.values)
            described["columns"] = [_role(one) for one in shown]
    except DataError as error:
        described["problems"] = [str(error), *map(str, error.problems[:EXAMPLES])]
        return described
    described["decisions"] = [_decision(one) for one in dict.fromkeys(decisions)]
    return described


def _decision(one: Decision) -> dict[str, Any]:
    return {
        "topic": one.topic,
        "option": one.flag if one.option else None,
        "taken": one.label,
        "why": one.evidence,
        "question": question(one) if one.is_open else None,
        "alternatives": [{"value": other.value, "label": other.label} for other in one.alternatives],
    }


def _role(one: Role) -> dict[str, Any]:
    return {
        "column": one.name,
        "hours": one.hours,
        "condition": one.condition,
        "replicate": one.replicate,
        "used": one.used,
        "why": one.why,
    }


def column_lines(columns: Sequence[dict[str, Any]]) -> list[str]:
    """Write the table of columns as aligned text: column, time, condition, replicate, used or not."""
    if not columns:
        return []
    rows = [["column", "time", "condition", "replicate", "used"]]
    rows += [
        [
            str(one["column"]),
            "" if one["hours"] is None else f"{one['hours']:g} h",
            one["condition"] or "",
            one["replicate"] or "",
            "yes" if one["used"] else f"no: {one['why']}",
        ]
        for one in columns
    ]
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def tell_columns(draft: Draft) -> None:
    """Write on stderr what each column of numbers was taken for, where names tell more than a time."""
    roles = draft.dataset.facts.get("columns", {}).get("roles", [])
    plain = [{**role, "column": role["name"]} for role in roles]
    if any(role["condition"] or role["replicate"] or not role["used"] for role in plain):
        sys.stderr.writelines(f"{line}\n" for line in column_lines(plain))


def tell_excluded(accounts: Sequence[FileAccount], excluded: pd.DataFrame, listed: Path) -> None:
    """Write on stderr what became of the rows of each file: counts by reason, the first examples, where the list is."""
    for one in accounts:
        aside = f", {one.set_aside:,} set aside" if one.set_aside else ""
        rows = f"{one.rows:,} row{'s' * (one.rows != 1)}"
        sys.stderr.write(f"{one.file}: {rows} = {one.used:,} used{aside}, {one.excluded:,} excluded\n")
    for row in count_reasons(excluded):
        examples = "; ".join(row["examples"])
        sys.stderr.write(f"  {row['file']}: {row['rows']:,} excluded: {row['reason']} ({examples})\n")
    if len(excluded):
        sys.stderr.write(f"All excluded rows: {listed}\n")
