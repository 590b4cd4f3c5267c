"""What an import is made of: the choices, what the files hold, and the draft of a dataset."""

from dataclasses import dataclass, field

import pandas as pd

from lib.core.arrays import FloatArray
from lib.core.errors import Problem
from lib.datasets.accounting import FileAccount
from lib.datasets.dataset import Dataset
from lib.datasets.join import JoinReport
from lib.datasets.splits import SplitChoice
from lib.datasets.targets import TargetChoice
from lib.io.columns import Columns
from lib.io.decisions import DEFAULT, Decision, Reading
from lib.io.files import Rejected, Source
from lib.io.numbers import Marks
from lib.io.rbp import RbpTable
from lib.io.sequences import Ambiguity, Sequences
from lib.io.table import Table

SHOWN_PROBLEMS = 500
FEWEST_ROWS = 50


@dataclass(frozen=True)
class ImportChoices:
    """What the user chose for an import; the defaults are guesses and the published target.

    Parameters
    ----------
    name
        What the dataset is called.
    columns
        Mapping of the expression table; None takes the guess.
    counts
        Whether values are raw counts (True) or logs (False); None takes the guess.
    spike_prefix
        Rows whose id starts with this are spike-ins; empty for none.
    ambiguity
        ``keep`` IUPAC codes other than A C G T as N, or ``reject`` such sequences.
    target, split
        What to predict, and how to split.
    pseudo_count
        Added to normalised counts before the logarithm.
    simulated
        Whether the data are made up; every screen says so.
    rbp_columns
        Names of the motif and the number column of the RBP table; None takes the guess.
    sequence_columns
        Names of the id and the sequence column of the sequence table; None takes the guess.
    truth
        For simulated data: a table id, motif, start, end, effect of what was planted. Where it is None and the
        expression table is a file on disk, ``truth.tsv`` beside it is taken.
    reading
        What the user said about how rows of several files or of one ID go together.
    """

    name: str
    columns: Columns | None = None
    counts: bool | None = None
    spike_prefix: str = "SPIKE_"
    ambiguity: Ambiguity = "keep"
    target: TargetChoice = field(default_factory=TargetChoice)
    split: SplitChoice = field(default_factory=SplitChoice)
    pseudo_count: float = 0.5
    simulated: bool = False
    rbp_columns: tuple[str, str] | None = None
    sequence_columns: tuple[str, str] | None = None
    truth: Source | None = None
    reading: Reading = DEFAULT


@dataclass(frozen=True)
class Understood:
    """What the files hold, as far as it can be seen before any choice.

    Parameters
    ----------
    expression, columns
        The expression table and the guessed mapping of its columns.
    counts
        Whether the values look like raw counts.
    sequences
        The sequences.
    rbp
        The RBP table (``lib.io.rbp.RbpTable``), None where there is none.
    notes
        What was understood, in sentences.
    problems
        Faults of single rows (these rows are left out), at most ``SHOWN_PROBLEMS`` of them.
    problem_count
        How many faults there are in all.
    sources
        The files by kind: ``expression``, ``sequences``, ``rbp``.
    decisions
        How the files were read; open ones must be answered before ``build`` can use them.
    marks
        How the numbers of the value columns are written.
    values, faults
        (N, C) these numbers, and what is wrong with some cells.
    """

    expression: Table
    columns: Columns
    counts: bool
    sequences: Sequences
    rbp: RbpTable | None
    notes: tuple[str, ...]
    problems: tuple[Problem, ...]
    problem_count: int
    sources: dict[str, Source]
    decisions: tuple[Decision, ...]
    marks: Marks
    values: FloatArray
    faults: tuple[Rejected, ...]


@dataclass(frozen=True)
class Draft:
    """A dataset before it is frozen, and what became of every row.

    Parameters
    ----------
    dataset
        The dataset, its id already that of its content.
    join
        How many rows went where.
    rejected
        Every row that is left out: ``file``, ``line``, ``id``, ``reason``.
    notes
        What was done, in sentences.
    counts
        (N, C) raw counts of the rows of the dataset, None for logs.
    decisions
        How the files were read and joined, each taken.
    accounts
        What became of the rows of each file.
    """

    dataset: Dataset
    join: JoinReport
    rejected: pd.DataFrame
    notes: tuple[str, ...]
    counts: FloatArray | None
    decisions: tuple[Decision, ...] = ()
    accounts: tuple[FileAccount, ...] = ()
