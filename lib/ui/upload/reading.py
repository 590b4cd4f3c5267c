"""What was read from the files and made of them, kept a while and bounded, so that a choice does not read them again.

Keys are hashes of the files' bytes, so that what one session read can only meet a session that brought the same files.
"""

from dataclasses import replace

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from lib.core.errors import DataError
from lib.datasets import file_types, pipeline, quality
from lib.datasets.draft import Draft, ImportChoices, Understood
from lib.io.columns import Columns
from lib.io.decisions import DEFAULT, Reading
from lib.io.numbers import look_like_counts, numbers
from lib.io.rbp import RbpTable, read_rbp
from lib.io.sandbox import run_reader
from lib.io.sequences import Sequences, read_sequences
from lib.io.table import Table
from lib.io.tables import read_table
from lib.ui.upload.files import Held, Kind

KEPT = 3
KEPT_SECONDS = 3600


def understood(held: dict[Kind, Held], said: Reading = DEFAULT) -> Understood:
    """Read all files together.

    The expression table may bring the sequences in a column of its own.

    Raises
    ------
    DataError
        If a file cannot be used; the faults of all files are reported together.
    """
    digests = ",".join(f"{kind}={file.digest}" for kind, file in sorted(held.items()))
    return _understood(digests, said, held)


@st.cache_resource(max_entries=KEPT, ttl=KEPT_SECONDS, show_spinner="Reading the files")
def _understood(digests: str, said: Reading, _held: dict[Kind, Held]) -> Understood:
    expression = _held["expression"].source
    sequences = _held["sequences"].source if "sequences" in _held else expression
    return pipeline.understand(expression, sequences, _held["rbp"].source if "rbp" in _held else None, said)


@st.cache_resource(max_entries=KEPT, ttl=KEPT_SECONDS, show_spinner="Reading the RBP motifs")
def _rbp(digest: str, columns: tuple[str, str] | None, said: Reading, _held: Held) -> RbpTable:
    return run_reader(read_rbp, _held.source, columns, said)


@st.cache_resource(max_entries=KEPT, ttl=KEPT_SECONDS, show_spinner="Reading the expression table")
def _table(digest: str, _held: Held) -> Table:
    return run_reader(read_table, _held.source)


def table(held: Held) -> Table:
    """Read an expression table on its own, while the sequences are still missing.

    Raises
    ------
    DataError
        If the file cannot be used as a table.
    """
    return _table(held.digest, held)


@st.cache_resource(max_entries=KEPT * 3, ttl=KEPT_SECONDS, show_spinner=False)
def _find_misplaced(digest: str, kind: Kind, _held: Held) -> DataError | None:
    return file_types.find_misplaced({kind: _held.source})


def explain_misplaced(kind: Kind, held: Held) -> DataError | None:
    """Say whether a file belongs into another zone, None where it does not."""
    return _find_misplaced(held.digest, kind, held)


@st.cache_resource(max_entries=KEPT * 3, ttl=KEPT_SECONDS, show_spinner=False)
def spike_ins(digest: str, column: str, prefix: str, _table: Table) -> int:
    """Count the ids of a table that start with a prefix."""
    return int(_table.text(column).str.startswith(prefix).sum()) if column and prefix else 0


@st.cache_resource(max_entries=KEPT * 3, ttl=KEPT_SECONDS, show_spinner=False)
def lengths(digest: str, _sequences: Sequences) -> NDArray[np.int64]:
    """Give the length of each sequence, (N,) in nt."""
    return quality.lengths(_sequences.sequences)


def counts(held: Held, columns: Columns) -> bool:
    """Say whether the values of an expression table look like raw counts."""
    read = table(held)
    ids = np.full(len(read), "", dtype=object)
    return look_like_counts(numbers(read, [column.name for column in columns.values], ids)[0])


@st.cache_resource(max_entries=KEPT, ttl=KEPT_SECONDS, show_spinner="Reading the sequences")
def _sequences(digest: str, _held: Held) -> Sequences:
    return run_reader(read_sequences, _held.source)


def sequences(held: Held) -> Sequences:
    """Read sequences on their own, while the expression table is still missing.

    Raises
    ------
    DataError
        If the file holds no sequences.
    """
    return _sequences(held.digest, held)


def rbp(held: Held, columns: tuple[str, str] | None = None, said: Reading = DEFAULT) -> RbpTable:
    """Read an RBP table or a file of PWMs.

    Raises
    ------
    DataError
        If the file holds no motifs.
    """
    return _rbp(held.digest, columns, said, held)


def draft(held: dict[Kind, Held], read: Understood, choices: ImportChoices) -> Draft:
    """Join, compute the target and split; the name plays no part, so that typing it costs nothing.

    Raises
    ------
    UserError
        If these files with these choices give no dataset.
    """
    nameless = replace(choices, name="")
    digests = ",".join(f"{kind}={file.digest}" for kind, file in sorted(held.items()))
    return _draft(f"{digests}|{nameless!r}", read, nameless)


@st.cache_resource(max_entries=KEPT, ttl=KEPT_SECONDS, show_spinner="Joining the files and computing the target")
def _draft(key: str, _read: Understood, _choices: ImportChoices) -> Draft:
    return pipeline.build(_read, _choices)


def name_draft(made: Draft, name: str) -> Draft:
    """Give a draft its name.

    Raises
    ------
    DataError
        If the name is empty.
    """
    if not name.strip():
        raise DataError("The dataset has no name; type one above the button, such as the name of the experiment.")
    return replace(made, dataset=replace(made.dataset, name=name.strip()))
