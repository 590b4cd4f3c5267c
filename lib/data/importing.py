"""From files to a dataset: the one pipeline that the Upload page and the command line both call.

``understand`` reads the files and says what it sees; ``build`` joins, normalises, computes the target and splits.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from lib.core.errors import DataError, Problem
from lib.core.progress import Progress, Report, Silent
from lib.data import assembly, drafting
from lib.data.draft import SHOWN_PROBLEMS, Draft, ImportChoices, Understood
from lib.data.join import JoinReport
from lib.data.numbers import look_like_counts, numbers
from lib.data.sequences import from_table, read_sequences, row_ids
from lib.data.splits import SplitChoice
from lib.data.tables import Source, read_table
from lib.data.targets import TargetChoice
from lib.data.times import Columns, guess_columns

__all__ = [
    "Columns", "Draft", "ImportChoices", "JoinReport", "Source", "SplitChoice", "TargetChoice", "Understood", "build",
    "understand",
]  # fmt: skip


def understand(expression: Source, sequences: Source, rbp: Source | None = None) -> Understood:
    """Read the files and guess what their columns mean. The two sources may be one file that holds both.

    Raises
    ------
    DataError
        If a file cannot be used at all; the faults of all files are reported together.
    """
    failures: list[DataError] = []
    table = _try(lambda: read_table(expression), failures)
    both = expression.data is sequences.data or expression.data == sequences.data
    read = _try(lambda: from_table(table) if both and table is not None else read_sequences(sequences), failures)
    motifs = _try(lambda: _read_rbp(rbp, None), failures) if rbp is not None else None
    if failures or table is None or read is None:
        raise _together(failures)
    columns = guess_columns(table)
    if not columns.values:
        raise DataError(
            f"{table.name} has no column of numbers; an expression table needs an id and one column per time point.",
            [Problem(table.name, None, "", "no column of numbers", "value columns such as 1h, 2h, 3h")],
        )
    ids = row_ids(table, columns.id)
    values, faults = numbers(table, [column.name for column in columns.values], ids)
    problems = [*table.rejected, *faults, *read.rejected]
    sources = {"expression": expression, "sequences": sequences, **({"rbp": rbp} if rbp else {})}
    return Understood(
        table,
        columns,
        look_like_counts(values),
        read,
        motifs,
        read.notes,
        tuple(fault.problem() for fault in problems[:SHOWN_PROBLEMS]),
        len(problems),
        sources,
    )


def _try(read: Any, failures: list[DataError]) -> Any:
    try:
        return read()
    except DataError as error:
        failures.append(error)
        return None


def _together(failures: Sequence[DataError]) -> DataError:
    problems = [problem for failure in failures for problem in failure.problems]
    return DataError(" ".join(str(failure) for failure in failures), problems)


def _read_rbp(source: Source, columns: tuple[str, str] | None) -> Any:
    import importlib

    return importlib.import_module("lib.motifs.rbp").read_rbp(source, columns)


def build(understood: Understood, choices: ImportChoices, *, progress: Progress | None = None) -> Draft:
    """Join, normalise, compute the target and split; nothing is written.

    Raises
    ------
    UserError
        If too few rows remain, the target cannot be computed or does not vary, or no ids match.
    """
    progress = progress or Silent()
    if choices.rbp_columns is not None and "rbp" in understood.sources:
        motifs = _read_rbp(understood.sources["rbp"], choices.rbp_columns)
        understood = replace(understood, rbp=motifs)
    progress.report(Report(0, 4, "Checking rows"))
    rows = assembly.clean_rows(understood, choices)
    progress.report(Report(1, 4, "Joining by id"))
    joined = assembly.joined(rows, choices)
    progress.report(Report(2, 4, "Computing the target"))
    joined, result = drafting.targeted(joined, understood, choices)
    progress.report(Report(3, 4, "Splitting"))
    draft = drafting.drafted(joined, result, understood, choices)
    progress.report(Report(4, 4, "Done"))
    return draft
