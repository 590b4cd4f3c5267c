"""Rows of tab-separated text whose header is known, as GCT and series matrix files have them, and names of samples."""

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv

from lib.io import sniff
from lib.io.source import Rejected, fault
from lib.io.table import Table
from lib.io.times import read_times

BLOCK = 1 << 26
MOST_COLUMNS = 20_000
_TIME = re.compile(r"time|hour|(^|[^a-z])hrs?($|[^a-z])", re.IGNORECASE)
_HOURS = re.compile(r"hour|(^|[^a-z])hrs?($|[^a-z])", re.IGNORECASE)


def read_tab_rows(
    name: str, body: bytes, columns: Sequence[str], *, first_line: int, kind: str, quoted: bool = False
) -> Table:
    """Read rows of text; blank ones are skipped, uneven ones rejected.

    Parameters
    ----------
    name
        File name as the user knows it.
    body
        The rows, in UTF-8, each ended by a line feed.
    columns
        Names of the columns; equal ones are made distinct.
    first_line
        1-based line of the first row.
    kind
        Name of the format.
    quoted
        Whether cells may stand in double quotes.

    Raises
    ------
    DataError
        If a quote is not closed, or there are more than ``MOST_COLUMNS`` columns.
    """
    if len(columns) > MOST_COLUMNS:
        message = f"{name} has {len(columns):,} columns; rows are sequences or genes and columns are samples: turn it."
        raise fault(
            name, message, f"{len(columns):,} columns", f"at most {MOST_COLUMNS:,} columns", line=first_line - 1
        )
    names = sniff.distinct(columns)
    uneven: list[pacsv.InvalidRow] = []

    def skip(row: pacsv.InvalidRow) -> str:
        uneven.append(row)
        return "skip"

    count = body.count(b"\n") + (not body.endswith(b"\n") and len(body) > 0)
    frame = pd.DataFrame(columns=names, dtype="str")
    if count:
        try:
            read = pacsv.read_csv(
                pa.py_buffer(body),
                read_options=pacsv.ReadOptions(
                    column_names=names, block_size=min(len(body), BLOCK), use_threads=False, encoding="utf8"
                ),
                parse_options=pacsv.ParseOptions(
                    delimiter="\t",
                    quote_char='"' if quoted else False,
                    ignore_empty_lines=False,
                    invalid_row_handler=skip,
                ),
                convert_options=pacsv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
                ),
            )
        except pa.ArrowInvalid as error:
            raise _damage_error(name, first_line) from error
        frame = read.to_pandas()
    if len(frame) + len(uneven) != count:
        raise _damage_error(name, first_line)
    skipped = np.array([row.number - 1 for row in uneven], dtype=np.int64)
    lines = first_line + np.delete(np.arange(count, dtype=np.int64), skipped)
    filled = np.ones(len(frame), dtype=np.bool_)
    suspects = np.flatnonzero(frame.iloc[:, 0].str.strip().eq("").to_numpy())
    if len(suspects):
        filled[suspects] = (frame.iloc[suspects].map(str.strip) != "").any(axis=1).to_numpy()
    rejected = [
        Rejected(
            name,
            first_line + row.number - 1,
            row.text.split("\t")[0].strip('" '),
            "",
            f"{row.actual_columns} field{'s' * (row.actual_columns != 1)}",
            f"{row.expected_columns} fields",
        )
        for row in uneven
    ]
    frame = frame if filled.all() else frame[filled].reset_index(drop=True)
    return Table(
        name, frame, first_line, kind, "\t", header=True, lines=lines[filled], rejected=tuple(rejected), has_points=True
    )


def name_samples(samples: Sequence[str], about: Mapping[str, Sequence[str]]) -> tuple[list[str], str]:
    """Add the time to names of samples that have none, where the file says it elsewhere.

    Parameters
    ----------
    samples
        (S,) names.
    about
        What the file says of each sample, (S,) values by what they are, such as ``time: 2h`` or ``pert_itime``.

    Returns
    -------
    tuple
        The names, and which entry of ``about`` was added; empty where none was.

    >>> name_samples(["a", "b"], {"dose": ["1", "2"], "time": ["time: 2h", "time: 8h"]})
    (['a 2h', 'b 8h'], 'time')
    """
    if _all_timed(samples):
        return list(samples), ""
    for key, values in about.items():
        units = about.get(f"{key}_unit", [""] * len(values))
        texts = [
            f"{value.rpartition(':')[2].strip()} {unit}".strip() for value, unit in zip(values, units, strict=True)
        ]
        label = key + " " + " ".join(value.rpartition(":")[0] for value in values[:1])
        if not _TIME.search(label):
            continue
        if _HOURS.search(label) and all(map(sniff.is_number, texts)):
            texts = [f"{text} h" for text in texts]
        if _all_timed(texts) and len(set(texts)) > 1:
            return [f"{sample} {text}" for sample, text in zip(samples, texts, strict=True)], key
    return list(samples), ""


def _all_timed(names: Sequence[str]) -> bool:
    """Say whether every name has a time with a unit, and one time only."""
    read = read_times(names)
    return bool(names) and not read.decisions and all(one.hours is not None for one in read.names)


def _damage_error(name: str, line: int) -> Exception:
    message = f"{name} has a quote that is not closed, or text that is no row; save it again."
    return fault(name, message, "rows that cannot be told apart", "one row a line", line=line)
