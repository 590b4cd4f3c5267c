"""From files to a dataset: the one pipeline that the Upload page and the command line both call.

``understand`` inspects the files and gives decisions; ``build`` carries them out, joins, computes and splits.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeVar

import numpy as np

from lib.core.errors import DataError
from lib.core.progress import Progress, Report, Silent
from lib.datasets import assembly, drafting, joining
from lib.datasets.classes import candidates
from lib.datasets.draft import SHOWN_PROBLEMS, Draft, ImportChoices, Understood
from lib.datasets.file_types import find_misplaced, role_of
from lib.datasets.join import JoinReport
from lib.datasets.splits import SplitChoice
from lib.datasets.targets import TargetChoice
from lib.io.columns import Columns
from lib.io.decisions import DEFAULT, Decision, Reading, choose, require
from lib.io.files import Source, fault
from lib.io.layout import VALUE_OPTIONS, guess_columns
from lib.io.mangled import tell_mangled
from lib.io.numbers import inspect_numbers, look_like_counts, numbers
from lib.io.rbp import RbpTable, read_rbp
from lib.io.sandbox import run_reader
from lib.io.sequences import Sequences, from_table, read_sequences, row_ids
from lib.io.table import Table
from lib.io.tables import read_table

__all__ = [
    "Columns",
    "Draft",
    "ImportChoices",
    "JoinReport",
    "Source",
    "SplitChoice",
    "TargetChoice",
    "Understood",
    "build",
    "understand",
]

T = TypeVar("T")
D = TypeVar("D", Sequences, RbpTable)
LARGEST_LOG = 100.0


def load_compiled() -> None:
    """Load what is compiled for an import, which takes half a second; a thread can do it while files are read."""
    from lib.datasets import neighbours

    neighbours.load()


def understand(
    expression: Source, sequences: Source, rbp: Source | None = None, reading: Reading = DEFAULT
) -> Understood:
    """Inspect the files: what they hold, how that is read, and what must be asked. The two may be one file.

    What ``reading`` says about headers, sheets and columns is about the expression table; of the other files it
    answers what they leave open.

    Raises
    ------
    DataError
        If a file cannot be used at all; the faults of all files are reported together.
    """
    sources = {"expression": expression, "sequences": sequences, **({"rbp": rbp} if rbp is not None else {})}
    failures: list[DataError] = []
    others: list[DataError] = []
    together = expression.same_as(sequences)
    with ThreadPoolExecutor(1) as beside:  # each file is read in a process of its own, so two take the time of one
        waiting = None
        if not together:
            waiting = beside.submit(
                _try, lambda: _as_asked(lambda own: run_reader(read_sequences, sequences, reading=own), reading), others
            )
        table = _try(lambda: run_reader(read_table, expression, reading), failures)
        columns = _try(lambda: _columns(table, reading, together=together), failures) if table is not None else None
        if waiting is not None:
            read = waiting.result()
        else:
            read = _try(lambda: from_table(table, reading=reading), failures) if table is not None else None
    failures += others
    motifs = _try(lambda: _as_asked(lambda own: _read_rbp(rbp, own), reading), failures) if rbp else None
    strange = rbp is not None and run_reader(role_of, rbp) == "sequences"
    if table is None or columns is None or read is None or failures or strange:
        raise _join_failures(failures, None if together and rbp is None else find_misplaced(sources))
    names = [column.name for column in columns.values]
    marks = inspect_numbers(table, names, reading)
    ids = row_ids(table, columns.id)
    values, faults = numbers(table, names, ids, marks)
    again = set(table.rejected) if together else set()
    problems = [*table.rejected, *faults, *(fault for fault in read.rejected if fault not in again)]
    shown = tuple(fault.problem() for fault in problems[:SHOWN_PROBLEMS])
    counts = look_like_counts(values)
    notes = [_layout(table, columns, counts=counts), *read.notes, *(motifs.notes if motifs is not None else ())]
    largest = max(np.fmax.reduce(values, axis=None, initial=0.0), -np.fmin.reduce(values, axis=None, initial=0.0))
    if not counts and columns.has_times and largest > LARGEST_LOG:
        notes.append(f"Values reach {largest:,.0f}, which is large for logarithms; if these are counts, say so.")
    decisions = [one for one in columns.decisions if together or one.option != "sequence_column"]
    decisions += [*marks.decisions, *tell_mangled(table.name, ids), *(() if together else read.decisions)]
    decisions += motifs.decisions if motifs is not None else ()
    return Understood(
        table,
        columns,
        counts,
        read,
        motifs,
        tuple(notes),
        shown,
        len(problems),
        sources,
        tuple(dict.fromkeys(decisions)),
        replace(marks, plain={}),
        values,
        tuple(faults),
    )


def _read_sequences(source: Source, reading: Reading) -> Sequences:
    return run_reader(read_sequences, source, reading=reading)


def _read_rbp(source: Source, reading: Reading) -> RbpTable:
    return run_reader(read_rbp, source, reading=reading)


ONE_FILE = ("sheet", "header_line", "decimal", "id", "sequence_column", "columns", "conditions", "time_unit")
"""Options that are about one file, and say nothing of another unless it asks."""


def _as_asked(read: Callable[[Reading], D], reading: Reading) -> D:
    """Read a file beside the main one: by what it says itself, and by the options for what it leaves open."""
    own = reading
    for option in ONE_FILE:
        own = choose(own, option, None)
    found = read(own)
    for _ in ONE_FILE:
        answers = {
            one.option: getattr(reading, one.option)
            for one in found.decisions
            if one.is_open and getattr(own, one.option, None) is None
        }
        if not any(value is not None for value in answers.values()):
            return found
        for option, value in answers.items():
            own = choose(own, option, value)
        found = read(own)
    return found


def _columns(table: Table, reading: Reading, *, together: bool) -> Columns:
    """Find the columns of an expression table, which needs values, and ids unless it holds the sequences too.

    Raises
    ------
    DataError
        If there are none.
    """
    columns = guess_columns(table, reading)
    listed = ", ".join(map(str, table.frame.columns))
    if not columns.values and not candidates(table, columns):
        message = (
            f"{table.name} has no column of numbers; an expression table needs an id and one column per time point, "
            "or a column of class labels."
        )
        raise fault(table.name, message, f"the columns {listed}", "value columns such as 1h, 2h, 3h")
    if not columns.id and not together:
        message = f"{table.name} has no column of ids; add one that holds the same ids as the sequences."
        raise fault(table.name, message, f"the columns {listed}", "a column of ids")
    return columns


def _layout(table: Table, columns: Columns, *, counts: bool) -> str:
    """Say in one sentence how the expression table was understood."""
    separated = {"\t": "tab", ",": "comma", ";": "semicolon", "|": "bar"}.get(table.delimiter or "", "")
    how = f"separated by {separated}" if separated else table.format
    header = "with a header" if table.header else "without a header"
    kind = "raw counts" if counts else "logarithms"
    labels = [] if columns.has_times else candidates(table, columns)
    count = sum(column.name not in labels for column in columns.values)
    values = f"{count} value column{'s' * (count != 1)} that look{'s' * (count == 1)} like {kind}"
    if labels:
        values = (f"{values}; " if count else "") + f"{' and '.join(labels[:3])} may hold class labels"
    ids = "" if columns.id else " There is no column of ids, so the rows are called row-1, row-2, ..."
    return f"{table.name}: {len(table):,} rows {header}, {how}; {values}.{ids}"


def _try(read: Callable[[], T], failures: list[DataError]) -> T | None:
    try:
        return read()
    except DataError as error:
        failures.append(error)
        return None


def _join_failures(failures: Sequence[DataError], placement: DataError | None) -> DataError:
    """Make one error of all; a file in the wrong place is not also told what is wrong with it there."""
    errors = list(failures)
    if placement is not None:
        named = {problem.file for problem in placement.problems}
        errors = [placement, *(e for e in failures if not named & {problem.file for problem in e.problems})]
    problems = [problem for error in errors for problem in error.problems]
    return DataError(" ".join(str(error) for error in errors), problems)


def build(understood: Understood, choices: ImportChoices, *, progress: Progress | None = None) -> Draft:
    """Join, normalise, compute the target and split; nothing is written.

    Raises
    ------
    Undecided
        If files can be read in two ways and the choices do not say which.
    UserError
        If too few rows remain, the target cannot be computed or does not vary, or no ids match.
    """
    progress = progress or Silent()
    if choices.rbp_columns is not None and "rbp" in understood.sources:
        source, columns = understood.sources["rbp"], choices.rbp_columns
        motifs = _as_asked(lambda own: run_reader(read_rbp, source, columns, own), choices.reading)
        before = understood.rbp.decisions if understood.rbp is not None else ()
        others = tuple(one for one in understood.decisions if one not in before)
        understood = replace(understood, rbp=motifs, decisions=(*others, *motifs.decisions))
    require(select_relevant(understood, choices))
    progress.report(Report(0, 4, "Checking rows"))
    rows = assembly.clean_rows(understood, choices)
    drafting.enough(len(rows.ids), understood)
    progress.report(Report(1, 4, "Joining by id"))
    joined = joining.join_rows(rows, choices)
    drafting.enough(len(joined.at), understood)
    progress.report(Report(2, 4, "Computing the target"))
    joined, result = drafting.compute_target(joined, understood, choices)
    progress.report(Report(3, 4, "Splitting"))
    draft = drafting.build_draft(joined, result, understood, choices)
    progress.report(Report(4, 4, "Done"))
    return draft


def select_relevant(understood: Understood, choices: ImportChoices) -> tuple[Decision, ...]:
    """Give the decisions that a target depends on: a single column or a label needs neither times nor conditions."""
    chosen = choices.columns or understood.columns
    found = [one for one in understood.decisions if one.option not in VALUE_OPTIONS]
    if choices.target.kind != "column" and not choices.target.reads_cells:
        found += [one for one in chosen.decisions if one.option in VALUE_OPTIONS]
    return tuple(found)
